"""Names that nobody gave, as PostgreSQL itself would give them."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest

from core.definition.model import (
    Check,
    Definition,
    ForeignKey,
    IdentityKind,
    PrimaryKey,
    ReferentialAction,
    Table,
    Unique,
)
from core.definition.names import object_name, resolve_names
from tests.builders import column, definition, foreign_key, index, part, table


def named(*tables: Table, foreign_keys: tuple[ForeignKey, ...] = ()) -> Definition:
    """Name what has no name."""
    return resolve_names(definition(*tables, foreign_keys=foreign_keys))


def index_names(*built: Table) -> list[str | None]:
    """Return the names of the first table's indexes."""
    return [item.name for item in named(*built).tables[0].indexes]


@pytest.mark.parametrize(
    ("first", "second", "label", "expected"),
    [
        ("users", None, "pkey", "users_pkey"),
        ("users", "email", "key", "users_email_key"),
        ("t" * 70, None, "pkey", "t" * 58 + "_pkey"),
        ("t" * 40, "c" * 40, "key", "t" * 29 + "_" + "c" * 29 + "_key"),
        ("t", "c" * 70, "fkey", "t_" + "c" * 56 + "_fkey"),
        ("é" * 31, "c", "idx", "é" * 28 + "_c_idx"),
        ("😀" * 15, "c" * 15, "check", "😀" * 10 + "_" + "c" * 15 + "_check"),
    ],
    ids=["plain", "with column", "cut", "both cut", "longer cut", "two bytes", "four bytes"],
)
def test_long_names_are_cut_on_character_borders(
    first: str, second: str | None, label: str, expected: str
) -> None:
    """The longer of the two loses first, and the whole stays within 63 bytes."""
    assert object_name(first, second, label) == expected
    assert len(expected.encode()) <= 63


def test_constraints_are_named_as_the_server_would() -> None:
    """Table, columns and a label."""
    users = table(
        "users", "id", "a", "b", primary_key="id", uniques=["a", ("a", "b")], checks=["a > 0"]
    )
    (resolved,) = named(users).tables
    assert resolved.primary_key == PrimaryKey(column_ids=("users.id",), name="users_pkey")
    assert [item.name for item in resolved.uniques] == ["users_a_key", "users_a_b_key"]
    assert [item.name for item in resolved.checks] == ["users_a_check"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a > 0", "t_a_check"),
        ("A > 0", "t_a_check"),
        ("a > b", "t_check"),
        ("1 > 0", "t_check"),
        ("a <> 'b'", "t_a_check"),
        ("a <> $$b$$ /* b */ -- b", "t_a_check"),
        ("a$x$ + b > 0", "t_b_check"),
        ('"Odd ""Name""" > 0', 't_Odd "Name"_check'),
    ],
)
def test_a_check_of_one_column_carries_its_name(expression: str, expected: str) -> None:
    """Words in texts and comments are not columns."""
    built = table("t", "a", "b", 'Odd "Name"', checks=[expression])
    assert named(built).tables[0].checks[0].name == expected


def test_indexes_are_named_by_their_parts() -> None:
    """Columns by name, calls by function, anything else by a word; included columns count."""
    built = table(
        "t",
        "a",
        "b",
        indexes=[
            index("a", "b"),
            index("a", include=["b"]),
            index(part(expression="lower(a)")),
            index(part(expression="(a + b)")),
            index("a", "a", "a"),
        ],
    )
    assert index_names(built) == [
        "t_a_b_idx",
        "t_a_b_idx1",
        "t_lower_idx",
        "t_expr_idx",
        "t_a_a1_a2_idx",
    ]


def test_many_columns_make_no_endless_name() -> None:
    """Joining stops where nothing more could fit."""
    columns = [f"column_{number}" for number in range(20)]
    (name,) = index_names(table("t", *columns, indexes=[index(*columns)]))
    assert name is not None
    assert name.startswith("t_column_0_column_1_")
    assert len(name.encode()) == 63


def test_given_names_are_never_touched_nor_given_twice() -> None:
    """Who has no name evades who has one."""
    built = table(
        "t",
        "a",
        uniques=[Unique(id="u", column_ids=("t.a",), name="t_pkey"), "a"],
        checks=[Check(id="k", expression="true", name="t_a_check"), "a > 0"],
        indexes=[index("a", name="t_a_idx"), index("a")],
        primary_key="a",
    )
    (resolved,) = named(built).tables
    assert resolved.primary_key is not None
    assert resolved.primary_key.name == "t_pkey1"
    assert [item.name for item in resolved.uniques] == ["t_pkey", "t_a_key"]
    assert [item.name for item in resolved.checks] == ["t_a_check", "t_a_check1"]
    assert [item.name for item in resolved.indexes] == ["t_a_idx", "t_a_idx1"]


def test_tables_and_sequences_take_names_too() -> None:
    """An index is a relation like a table, and like the sequence of a column that counts up."""
    first = table("t", "a", indexes=[index("a")], primary_key="a")
    second = table("t_a_idx", column("x", identity=IdentityKind.ALWAYS))
    third = table("t_pkey")
    resolved = named(first, second, third).tables[0]
    assert resolved.indexes[0].name == "t_a_idx1"
    assert resolved.primary_key is not None
    assert resolved.primary_key.name == "t_pkey1"


def test_namespaces_have_their_own_names() -> None:
    """The same name can stand in another namespace."""
    tables = [
        table("t", "a", indexes=[index("a")], namespace=space, table_id=space)
        for space in ("public", "other")
    ]
    resolved = named(*tables)
    assert [item.indexes[0].name for item in resolved.tables] == ["t_a_idx", "t_a_idx"]


def test_foreign_keys_are_named_by_their_own_columns() -> None:
    """The second over the same columns gets a number; given names are kept."""
    users, posts = table("users", "id", primary_key="id"), table("posts", "user_id", "other")
    keys = (
        foreign_key("posts", "user_id", "users", on_delete=ReferentialAction.RESTRICT),
        foreign_key("posts", "user_id", "users", on_delete=ReferentialAction.CASCADE),
        foreign_key("posts", "other", "users", name="given"),
    )
    resolved = named(users, posts, foreign_keys=keys)
    assert [key.name for key in resolved.foreign_keys] == [
        "posts_user_id_fkey1",
        "posts_user_id_fkey",
        "given",
    ]


def test_a_foreign_key_of_nothing_is_left_to_the_rules() -> None:
    """Without its table there is nothing to name it by; without its target there is."""
    of_nothing = foreign_key("nothing", "x", "t", name=None)
    named_one = foreign_key("nothing", "x", "t", name="given")
    to_nothing = foreign_key("t", ["x", "gone"], "nothing")
    resolved = named(table("t", "x"), foreign_keys=(of_nothing, named_one, to_nothing))
    assert [key.name for key in resolved.foreign_keys] == [None, "given", "t_x_t.gone_fkey"]


def test_the_order_of_a_design_does_not_change_its_names() -> None:
    """What collides is named by what it says."""
    one, other = index("a", where="a > 1"), index("a", where="a > 2")
    forward = index_names(table("t", "a", indexes=[one, other]))
    backward = index_names(table("t", "a", indexes=[other, one]))
    assert forward == backward[::-1] == ["t_a_idx", "t_a_idx1"]


def test_a_design_with_all_names_stays_as_it_is() -> None:
    """Naming is done once."""
    built = table("t", "a", indexes=[index("a", name="i")])
    design = replace(definition(built), tables=(built,))
    assert resolve_names(design) == design


def test_thousands_of_one_stem_are_named_in_a_moment() -> None:
    """Twenty thousand foreign keys, and checks and indexes as many as tables take."""
    tables = [
        table("t", "a"),
        *(
            table(f"many{place}", "a", checks=["a > 0"] * 2_000, indexes=[index("a")] * 2_000)
            for place in range(3)
        ),
    ]
    keys = tuple(foreign_key("t", "a", "t") for _ in range(20_000))
    started = process_time()
    resolved = named(*tables, foreign_keys=keys)
    assert process_time() - started < 20  # a second, where nothing is measured
    names = {key.name for key in resolved.foreign_keys}
    assert len(names) == 20_000
    assert {"t_a_fkey", "t_a_fkey1", "t_a_fkey19999"} < names


def test_long_stems_that_are_cut_alike_share_their_numbers() -> None:
    """Which number is free depends on what is left of a name, not on what was cut off."""
    columns = [f"{'c' * 70}{place:02}" for place in range(30)]
    names = index_names(table("t", *columns, indexes=[index(name) for name in columns]))
    assert sorted(str(name)[-6:] for name in names) == sorted(
        ["cc_idx", *(f"{'_idx':c>{6 - len(str(n))}}{n}" for n in range(1, 30))]
    )
    assert {len(str(name)) for name in names} == {63}


def test_many_columns_of_one_name_are_numbered() -> None:
    """An index that repeats its columns is wrong, and still gets a name at once."""
    built = table("t", "a", "b" * 63, indexes=[index(*["a", "b" * 63] * 800)] * 20)
    started = process_time()
    assert len(set(index_names(built))) == 20
    assert process_time() - started < 10


@pytest.mark.parametrize(
    "start", ["/*", "$$x", "$a", "'", '"', "'a''", "".join(f"${place}$" for place in range(2_000))]
)
def test_what_a_check_mentions_is_found_in_one_reading(start: str) -> None:
    """Texts that nobody closes cost no more than others."""
    expressions = [(start * 10_000)[:10_000] + f" > {place}" for place in range(5)]
    started = process_time()
    named(table("t", "a", checks=expressions))
    assert process_time() - started < 20
