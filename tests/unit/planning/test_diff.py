"""What the diff finds where the laws do not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.changes import (
    AddColumn,
    AddForeignKey,
    AddTable,
    Change,
    ChangeColumnDefault,
    ChangeColumnNullability,
    ChangeEnumValues,
    ChangePrimaryKey,
    DropColumn,
    DropTable,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
)
from core.definition.canonical import canonical
from core.definition.model import (
    Check,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    NullsOrder,
    Unique,
)
from core.planning.diff import diff
from core.planning.kinds import TABLES
from tests.builders import (
    column,
    definition,
    expression,
    foreign_key,
    literal,
    native,
    table,
    type_of,
)

REFERENCE = ForeignKey(
    id="f",
    source_table_id="posts",
    source_column_ids=("posts.author",),
    target_table_id="users",
    target_column_ids=("users.id",),
)


def kinds(before: Definition, after: Definition) -> list[type[Change]]:
    """Return the kinds of the changes found."""
    return [type(change) for change in diff(before, after)]


def test_other_ids_for_everything_are_no_change() -> None:
    """A design that was sent again without its ids has not changed."""
    before = definition(table("users", "id", "mail", primary_key="id"))
    after = definition(
        table("users", column("id", column_id="1"), column("mail", column_id="2"), table_id="3")
    )
    after = replace(
        after,
        tables=tuple(
            replace(each, primary_key=replace(before.tables[0].primary_key, column_ids=("1",)))
            for each in after.tables
            if before.tables[0].primary_key is not None
        ),
    )
    assert diff(before, after) == ()


def test_a_column_that_moves_to_another_table_goes_and_comes() -> None:
    """An id that is found in another table does not make a column the same."""
    before = definition(table("a", "x", column("y", column_id="shared")), table("b", "x"))
    after = definition(table("a", "x"), table("b", "x", column("y", column_id="shared")))
    assert kinds(before, after) == [AddColumn, DropColumn]


def test_a_table_with_another_id_is_another_table() -> None:
    """A name alone does not make a table the same when its content differs."""
    before = definition(table("a", "x"))
    after = definition(table("a", "x", "y", table_id="other"))
    assert kinds(before, after) == [AddTable, DropTable]


def test_an_index_that_got_a_new_id_is_the_same_one() -> None:
    """Clients that send no ids for indexes do not have them made anew."""
    part = (IndexPart(column_id="a.x"),)
    before = definition(table("a", "x", indexes=[Index(id="1", parts=part)]))
    after = definition(table("a", "x", "y", indexes=[Index(id="2", parts=part)]))
    assert kinds(before, after) == [AddColumn]


def test_an_index_that_got_a_new_id_and_name_is_renamed() -> None:
    """What says the same about the same table is not built again."""
    before = definition(
        table("a", "x", indexes=[Index(id="1", name="i", parts=(IndexPart(column_id="a.x"),))])
    )
    after = definition(
        table("a", "x", indexes=[Index(id="2", name="j", parts=(IndexPart(column_id="a.x"),))])
    )
    assert kinds(before, after) == [RenameIndex]
    assert canonical(diff(before, after)[0].apply(before)) == canonical(after)


def test_new_ids_pair_one_to_one() -> None:
    """Of two alike one is the old one and the other is new."""
    check = Check(id="1", name="c", expression="true")
    others = [Check(id="2", name="d", expression="true"), Check(id="3", expression="true")]
    before = definition(table("a", "x", checks=[check]))
    after = definition(table("a", "x", checks=others))
    assert [change.summary() for change in diff(before, after)] == [
        "Check constraint c of public.a is renamed to d.",
        "Check constraint public.a.a_check is added.",
    ]


def test_a_foreign_key_that_got_a_new_id_and_name_is_renamed() -> None:
    """Foreign keys are recognised by what they say as well."""
    tables = (table("users", "id", primary_key="id"), table("posts", "author"))
    before = definition(*tables, foreign_keys=[REFERENCE])
    after = definition(*tables, foreign_keys=[replace(REFERENCE, id="g", name="named")])
    assert kinds(before, after) == [RenameForeignKey]


def test_a_renamed_table_renames_what_is_named_after_it() -> None:
    """Names that nobody gave follow their table."""
    before = definition(table("a", "x", primary_key="x"))
    after = replace(before, tables=(replace(before.tables[0], name="b"),))
    assert sorted(each.__name__ for each in kinds(before, after)) == [
        RenamePrimaryKey.__name__,
        RenameTable.__name__,
    ]


def test_a_key_moves_between_nullable_columns_in_an_order_that_works() -> None:
    """A column is not nullable from before it is a key until after."""
    before = definition(table("a", column("x", nullable=False), "y", primary_key="x"))
    after = definition(table("a", "x", column("y", nullable=False), primary_key="y"))
    assert kinds(before, after) == [
        ChangeColumnNullability,
        ChangePrimaryKey,
        ChangeColumnNullability,
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(column("x", "INT"), column("x", "INTEGER"), id="another word"),
        pytest.param(
            column("x", "INT", default=literal("1")), column("x", default=literal(1)), id="default"
        ),
        pytest.param(
            column("x", native("inet ")), column("x", native("inet")), id="blank in a native type"
        ),
        pytest.param(
            column("x", generated="1 "), column("x", generated="1"), id="blank in an expression"
        ),
        pytest.param(
            column("x", "TIMESTAMP", default=literal("NOW()")),
            column("x", "TIMESTAMP", default=expression("now()")),
            id="call",
        ),
    ],
)
def test_other_words_for_the_same_are_no_change(before: object, after: object) -> None:
    """Columns compare by meaning."""
    assert diff(definition(table("a", before)), definition(table("a", after))) == ()  # type: ignore[arg-type] # columns


def test_a_default_that_means_another_value_on_the_new_type_is_set_anew() -> None:
    """A type may change what the same text means."""
    before = definition(table("a", column("x", "TEXT", default=literal(1))))
    after = definition(table("a", column("x", "JSONB", default=literal("1"))))
    assert ChangeColumnDefault in kinds(before, after)


def test_what_an_index_says_anyway_is_no_change() -> None:
    """The place of nulls that an order has anyway need not be said."""
    parts = (IndexPart(column_id="a.x"),)
    said = (IndexPart(column_id="a.x", nulls=NullsOrder.LAST),)
    before = definition(table("a", "x", indexes=[Index(id="i", parts=parts, where="true")]))
    after = definition(table("a", "x", indexes=[Index(id="i", parts=said, where=" true ")]))
    assert diff(before, after) == ()


def test_what_follows_from_something_else_is_no_change() -> None:
    """A default namespace, a repeated key and a deferrable one may be said or not."""
    tables = (table("users", "id", primary_key="id"), table("posts", "author"))
    before = definition(*tables, foreign_keys=[replace(REFERENCE, initially_deferred=True)])
    users = replace(tables[0], uniques=(Unique(id="u", column_ids=("users.id",)),))
    after = Definition(
        tables=(users, tables[1]),
        foreign_keys=(replace(REFERENCE, initially_deferred=True, deferrable=True),),
        namespaces=(Namespace(name="public", description="standard public schema"),),
    )
    assert diff(before, after) == ()


def test_a_foreign_key_to_nothing_does_not_stop_the_diff() -> None:
    """What a rule reports is compared all the same."""
    before = definition(table("posts", "author"))
    after = replace(before, foreign_keys=(REFERENCE,))
    (change,) = diff(before, after)
    assert isinstance(change, AddForeignKey)
    assert change.target.label == "public.users"


@pytest.mark.parametrize(
    ("old", "new", "renamed", "kept"),
    [
        (("a", "b"), ("x", "b"), {"a": "x"}, [("a", "x")]),
        (("a", "b"), ("b", "c"), {"a": "b", "b": "c"}, [("a", "b"), ("b", "c")]),
        (("a", "b"), ("b", "c"), {"a": "b"}, []),
        (("a", "b"), ("a", "c"), {"a": "c"}, []),
        (("a", "b"), ("c",), {"a": "c", "b": "c"}, []),
        (("a", "b"), ("a", "b", "c"), {"a": "a", "x": "c"}, []),
    ],
    ids=["plain", "chain", "onto one that stays", "from one that stays", "merge", "nonsense"],
)
def test_renamed_values_are_kept_where_they_make_sense(
    old: tuple[str, ...],
    new: tuple[str, ...],
    renamed: Mapping[str, str],
    kept: list[tuple[str, str]],
) -> None:
    """Only what went can be what came, and one thing only one."""

    def of(values: tuple[str, ...]) -> Definition:
        return definition(table("t", "x"), enums=[Enum(id="e", name="e", values=values)])

    (change,) = diff(of(old), of(new), renamed_values={"e": renamed})
    assert isinstance(change, ChangeEnumValues)
    assert list(change.renamed) == kept


def test_values_of_enums_nobody_spoke_of_are_not_renamed() -> None:
    """Renames of values are never guessed."""
    before = definition(table("t", "x"), enums=[Enum(id="e", name="e", values=("a",))])
    after = definition(table("t", "x"), enums=[Enum(id="e", name="e", values=("b",))])
    (change,) = diff(before, after, renamed_values={"other": {"a": "b"}})
    assert isinstance(change, ChangeEnumValues)
    assert change.renamed == ()


def test_types_with_other_parameters_differ() -> None:
    """A length is part of a type."""
    before = definition(table("a", column("x", type_of("VARCHAR", length=3))))
    after = definition(table("a", column("x", type_of("VARCHAR", length=4))))
    assert [change.data_loss for change in diff(before, after)] == [False]


def test_a_reference_under_another_id_alone_is_no_change() -> None:
    """Ids are nobody's meaning."""
    tables = table("t", "id", uniques=["id"]), table("c", "a")
    before = definition(*tables, foreign_keys=[foreign_key("c", "a", "t")])
    after = definition(*tables, foreign_keys=[foreign_key("c", "a", "t", id="other")])
    assert diff(before, after) == ()


def test_what_is_known_by_its_id_alone_has_no_twin() -> None:
    """A table with the same columns is another table."""
    assert TABLES.twins(table("t", "a")) == ()
