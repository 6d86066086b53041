"""What makes no difference to a database, and what does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.canonical import canonical, qualified
from core.definition.fingerprint import (
    canonical_fingerprint,
    layout_fingerprint,
    structure_fingerprint,
    structure_fingerprints,
)
from core.definition.model import (
    Column,
    Definition,
    ExpressionDefault,
    IdentityKind,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    NullsOrder,
    Position,
    PrimaryKey,
    SortOrder,
    Table,
    Unique,
)
from core.definition.types import ColumnType, DataType
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    literal,
    native,
    part,
    table,
    type_of,
)


def canonical_column(built: Column) -> Column:
    """Return the canonical form of one column."""
    return canonical(definition(table("t", built))).tables[0].columns[0]


def test_ids_become_qualified_names_and_lists_are_sorted() -> None:
    """Whatever the ids and the order were."""
    users = table(
        "users",
        column("name", column_id="2"),
        column("id", column_id="1", nullable=False),
        table_id="t9",
        position=Position(x=1.0, y=2.0),
        color="red",
    )
    keyed = replace(users, primary_key=PrimaryKey(column_ids=("1",)))
    number = ColumnType(data_type=DataType.INT)
    assert canonical(definition(keyed)) == Definition(
        tables=(
            Table(
                id="public.users",
                name="users",
                columns=(
                    Column(id="public.users.id", name="id", type=number, nullable=False),
                    Column(id="public.users.name", name="name", type=number),
                ),
                primary_key=PrimaryKey(column_ids=("public.users.id",), name="users_pkey"),
            ),
        )
    )


def test_qualified_names_never_meet() -> None:
    """Dots and quotation marks inside names are told from those between."""
    names = [("a", "b"), ("a.b",), ('a"."b',), ("A", "b"), ("a", "", "b")]
    assert len({qualified(*name) for name in names}) == len(names)
    assert qualified("public", "Users") == 'public."Users"'


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (column("c", "INT"), column("c", "INTEGER")),
        (column("c", "JSON"), column("c", "JSONB")),
        (column("c", "DATETIME"), column("c", "TIMESTAMP")),
        (column("c", "INT"), column("c", type_of("INT", length=255, precision=10, scale=2))),
        (
            column("c", type_of("NUMERIC", precision=5)),
            column("c", type_of("DECIMAL", precision=5, scale=0)),
        ),
        (column("c", "CHAR"), column("c", type_of("CHAR", length=1))),
        (column("c", native("inet")), column("c", native(" inet "))),
        (column("c", default=literal("5")), column("c", default=literal(5))),
        (column("c", default=literal("NULL")), column("c")),
        (
            column("c", "VARCHAR", default=expression("NULL::character varying")),
            column("c", "VARCHAR"),
        ),
        (
            column("c", "DATE", default=literal("now()")),
            column("c", "DATE", default=expression(" NOW() ")),
        ),
        (
            column("c", "JSON", default=literal({"b": 1, "a": 2})),
            column("c", "JSON", default=literal('{"a": 2, "b": 1}')),
        ),
        (column("c", generated=" a "), column("c", generated="a")),
    ],
)
def test_other_words_for_the_same_column_are_folded(one: Column, other: Column) -> None:
    """Both make the same column."""
    assert canonical_column(one) == canonical_column(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (column("c", "INT"), column("c", "BIGINT")),
        (column("c"), column("c", nullable=False)),
        (column("c", default=literal(1)), column("c", default=literal(2))),
        (column("c", default=literal(1)), column("c", default=expression("1"))),
        (
            column("c", native("some_domain"), default=expression("NULL")),
            column("c", native("some_domain")),
        ),
        (column("c"), column("c", description="x")),
        (column("c"), column("c", identity=IdentityKind.ALWAYS)),
    ],
)
def test_what_makes_another_column_is_kept(one: Column, other: Column) -> None:
    """Even where it is small."""
    assert canonical_column(one) != canonical_column(other)


def test_defaults_have_one_form() -> None:
    """Literals as compact JSON, calls as expressions; what does not fit stays as it was."""
    assert canonical_column(column("c", default=literal("7"))).default == LiteralDefault(json="7")
    call = canonical_column(column("c", "UUID", default=literal("GEN_RANDOM_UUID()"))).default
    assert call == ExpressionDefault(sql="gen_random_uuid()")
    assert canonical_column(column("c", default=literal("x"))).default == literal("x")


def test_keys_and_columns_that_count_up_are_not_nullable() -> None:
    """Whatever the value says, as the server would."""
    keyed = table("t", "a", primary_key="a")
    loose = replace(keyed, columns=(replace(keyed.columns[0], nullable=True),))
    assert canonical(definition(loose)) == canonical(definition(keyed))
    counting = replace(column("c", identity=IdentityKind.ALWAYS), nullable=True)
    assert canonical_column(counting).nullable is False


def test_enums_are_referred_to_by_name() -> None:
    """And an enum that is not there keeps its id."""
    design = definition(
        table("t", column("c", type_of("ENUM", enum_id="e7")), column("d", type_of("ENUM"))),
        table("u", column("c", type_of("ENUM", enum_id="gone"))),
        enums=[replace(enum("mood", "sad"), id="e7")],
    )
    form = canonical(design)
    assert form.enums == (replace(enum("mood", "sad"), id="public.mood"),)
    assert [item.type.enum_id for each in form.tables for item in each.columns] == [
        "public.mood",
        None,
        "gone",
    ]


def test_repeated_unique_constraints_are_one() -> None:
    """The server makes no second index for the same columns in one CREATE TABLE."""
    once = table("t", "a", "b", primary_key="a", uniques=["b"])
    thrice = replace(
        once, uniques=(*once.uniques, Unique(id="again", column_ids=("t.b",)), unique_key())
    )
    assert canonical(definition(thrice)) == canonical(definition(once))


def unique_key() -> Unique:
    """Build a unique constraint over the primary key."""
    return Unique(id="key", column_ids=("t.a",))


def test_the_default_order_of_nulls_is_nothing_to_say() -> None:
    """Last when ascending, first when descending."""
    said = table(
        "t",
        "a",
        indexes=[
            index(
                part("a", nulls=NullsOrder.LAST),
                part("a", order=SortOrder.DESC, nulls=NullsOrder.FIRST),
                part("a", nulls=NullsOrder.FIRST),
                part(expression=" a + 1 "),
                where=" a > 0 ",
                name="i",
            )
        ],
    )
    assert canonical(definition(said)).tables[0].indexes == (
        Index(
            id="public.t.i",
            name="i",
            parts=(
                IndexPart(column_id="public.t.a"),
                IndexPart(column_id="public.t.a", order=SortOrder.DESC),
                IndexPart(column_id="public.t.a", nulls=NullsOrder.FIRST),
                IndexPart(expression="a + 1"),
            ),
            where="a > 0",
        ),
    )


def test_deferred_means_deferrable() -> None:
    """The second word follows from the first."""
    tables = (table("a", "id", primary_key="id"), table("b", "x"))
    deferred = foreign_key("b", "x", "a", initially_deferred=True)
    both = replace(deferred, deferrable=True)
    assert canonical(definition(*tables, foreign_keys=[deferred])) == canonical(
        definition(*tables, foreign_keys=[both])
    )


def test_references_to_nothing_are_kept() -> None:
    """The form of a wrong design is still a form."""
    key = foreign_key("gone", "x", "nowhere", id="f")
    (kept,) = canonical(definition(foreign_keys=[key])).foreign_keys
    assert (kept.source_table_id, kept.target_column_ids) == ("gone", ("nowhere.id",))


@pytest.mark.parametrize(
    ("namespaces", "kept"),
    [
        (["public"], []),
        ([Namespace(name="public", description="standard public schema")], []),
        ([Namespace(name="public", description="mine")], ["public"]),
        (["b", "a"], ["a", "b"]),
    ],
    ids=["plain", "as in a new database", "described", "others"],
)
def test_the_default_namespace_is_there_without_saying(
    namespaces: list[Namespace | str], kept: list[str]
) -> None:
    """Unless there is something to say of it."""
    form = canonical(definition(namespaces=namespaces))
    assert [item.name for item in form.namespaces] == kept


def test_fingerprints_are_digests_that_stay() -> None:
    """A stored fingerprint must still be right after the next release."""
    design = definition(
        table(
            "users",
            column("id", identity=IdentityKind.BY_DEFAULT),
            column("mood", type_of("ENUM", enum_id="mood"), default=literal("sad")),
            primary_key="id",
            position=Position(x=1.5, y=-2.0),
        ),
        enums=[enum("mood", "sad", "glad")],
    )
    assert structure_fingerprint(design) == (
        "05f19bbfb3c451a98bba70b5fdb58b0d697b45cc2b6ec63adca61381aaaaed32"
    )
    assert layout_fingerprint(design) == (
        "b4d031337ca1360eb6b2eca79bd1ca1d1cab71dab5b367adf944bdc77b8f7803"
    )


@pytest.mark.parametrize(
    "built",
    [
        column("a", "TEXT", description='what "it" is'),
        column("a", "TEXT", nullable=False, description="é"),
        column("a", "TEXT", default=expression(" NULL ")),
        column("a", "TEXT", default=expression("lower('X') ")),
        column("a", "INT", generated=" 1 + 1"),
        column("a", "BIGINT", identity=IdentityKind.ALWAYS),
        column('a"b', native(" point ")),
        column("a", type_of("ENUM", enum_id="mood")),
    ],
    ids=["told", "not null", "null", "computed", "generated", "counting", "native", "enum"],
)
def test_a_column_is_digested_as_its_canonical_form(built: Column) -> None:
    """Though that form is not made for it, nor for the same type in another definition."""
    mood, renamed = enum("mood", "sad"), replace(enum("mood", "sad"), name="temper")
    designs = [
        definition(table("t", built, checks=["true"], description="all"), enums=[each])
        for each in (mood, renamed, mood)
    ]
    assert structure_fingerprints(designs) == tuple(
        canonical_fingerprint(canonical(each)) for each in designs
    )


def test_the_layout_has_a_fingerprint_of_its_own() -> None:
    """Order, places and colours."""
    plain = definition(table("t", "a", "b"))
    turned = definition(table("t", "b", "a"))
    coloured = definition(table("t", "a", "b", color="red"))
    assert len({layout_fingerprint(item) for item in (plain, turned, coloured)}) == 3
    assert len({structure_fingerprint(item) for item in (plain, turned, coloured)}) == 1
