"""The questions to rows: which are asked, of what, and which cannot be asked beforehand."""

from __future__ import annotations

import pytest

from core.changes import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddIndex,
    AddUnique,
    Change,
    ChangeColumnGenerated,
    ChangeColumnType,
    ChangeEnumValues,
    DropColumn,
    DropTable,
    TableName,
)
from core.definition.model import Check, Definition, Table, Unique
from core.definition.names import resolve_names
from core.definition.types import ColumnType, DataType
from core.dialects.facts import RowTest
from core.dialects.postgresql.row_tests import row_tests
from core.planning.diff import diff
from tests.builders import (
    TEXT,
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
)

MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
MOODS = enum("mood", "sad", "ok")
USERS = table("users", column("id", nullable=False), column("feels", MOOD), primary_key="id")
BEFORE = definition(USERS, enums=[MOODS])


def asked(before: Definition, after: Definition) -> list[RowTest]:
    """Return the questions between two definitions."""
    before, after = resolve_names(before), resolve_names(after)
    return list(row_tests(diff(before, after), before, after))


def codes(before: Definition, after: Definition) -> list[str]:
    """Return what is asked between two definitions."""
    return [each.code for each in asked(before, after)]


def one(whole: Table, *enums: str) -> Definition:
    """Return a definition of one table, and the enum with other values."""
    return definition(whole, enums=[enum("mood", *enums)] if enums else [MOODS])


def people(*extra: object, **others: object) -> Table:
    """Return the table with further columns and parts."""
    return table("users", *USERS.columns, *extra, primary_key="id", **others)  # type: ignore[arg-type] # whatever the builder takes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            people(column("made", generated="id + 1")), people(), id="a computed column goes"
        ),
        pytest.param(people(), people("new", uniques=["new"]), id="a unique over NULLs alone"),
        pytest.param(
            people(),
            people(column("new", default=expression("random()")), uniques=["new"]),
            id="a unique over what the server makes up",
        ),
        pytest.param(
            people(),
            people(column("new", generated="id + 1"), uniques=["new"], checks=["new > 1"]),
            id="parts over what the server computes",
        ),
        pytest.param(
            people(),
            people(
                column("new", generated="id + 1"),
                indexes=[index("new", unique=True), index("id", where="new > 1", unique=True)],
            ),
            id="unique indexes over what the server computes",
        ),
        pytest.param(people(), people(indexes=[index("feels")]), id="a plain index"),
        pytest.param(
            people(column("code", "INT")),
            people(column("code", "BIGINT"), uniques=[]),
            id="a type that holds all",
        ),
        pytest.param(
            people(column("made", "INT", generated="id + 1")),
            people(column("made", "TEXT", generated="id::text")),
            id="a computed column of another type",
        ),
    ],
)
def test_what_no_row_can_break_or_lose_is_not_asked(before: Table, after: Table) -> None:
    """A question whose answer is known, or cannot be known yet, is left out."""
    assert codes(one(before), one(after)) == []


def test_parts_that_speak_of_a_changed_enum_cannot_be_asked() -> None:
    """The type they speak of is not there before."""
    after = people(
        checks=["feels <> 'glad'::mood"],
        uniques=["feels"],
        indexes=[index("id", where="feels = 'glad'::mood", unique=True)],
    )
    assert codes(BEFORE, one(after, "sad", "ok", "glad")) == []


def test_a_part_over_a_column_of_a_changed_enum_cannot_be_asked() -> None:
    """Its values read otherwise by then, even when nothing names the type."""
    assert codes(BEFORE, one(people(checks=["feels IS NOT NULL"]), "sad", "ok", "glad")) == []


def test_a_new_column_of_an_enum_is_asked_with_its_default() -> None:
    """The type is there already."""
    after = people(column("now", MOOD, default=literal("sad")), uniques=["now"])
    (test,) = asked(BEFORE, one(after))
    assert test.code == "DUPLICATES"
    assert "'sad'::public.mood" in test.count_sql


def test_a_new_column_of_a_new_enum_cannot_be_asked() -> None:
    """Its type is made in the same plan."""
    after = people(column("now", ColumnType(data_type=DataType.ENUM, enum_id="tone")))
    after = table("users", *after.columns, primary_key="id", checks=["now IS NOT NULL"])
    assert codes(BEFORE, definition(after, enums=[MOODS, enum("tone", "low")])) == []


def test_a_check_over_a_new_column_reads_a_typed_null() -> None:
    """An operator is found for it."""
    (test,) = asked(BEFORE, one(people("age", checks=["age > 1 OR id > 1"])))
    assert "NULL::integer AS age" in test.count_sql


def test_a_check_over_a_column_that_nothing_converts_reads_null() -> None:
    """The old values go, so that they break nothing."""
    found = asked(
        one(people(column("code", "UUID"))),
        one(people(column("code", "INT"), checks=["code > 1"])),
    )
    assert [each.code for each in found] == ["VALUES_LOST", "CHECK_VIOLATED"]
    assert "NULL::integer AS code" in found[1].count_sql


def test_values_that_nothing_leads_back_are_all_lost() -> None:
    """A new type that the old one cannot be made of again loses whatever it takes."""
    found = codes(one(people(column("at", "DATE"))), one(people(column("at", native("inet")))))
    assert "CAST_FAILS" in found
    assert codes(one(people(column("at", "TIMESTAMPTZ"))), one(people(column("at", "TIME")))) == [
        "CAST_FAILS",
        "VALUES_LOST",
    ]


def test_keys_are_asked_again_when_a_column_in_them_gets_another_type() -> None:
    """Values that differed may be equal then."""

    def typed(word: str) -> Definition:
        made = table(
            "t",
            column("a", word, nullable=False),
            column("b"),
            primary_key="a",
            uniques=[["a", "b"], "b"],
            indexes=[index("a", unique=True), index("b", unique=True)],
        )
        return definition(made)

    found = [each.cause for each in asked(typed("TEXT"), typed("INT")) if each.code == "DUPLICATES"]
    assert found == ["t.unique0", "t", "t.index0"]


def test_labels_that_go_are_looked_for_in_arrays_too() -> None:
    """An array holds them under whatever name it gives to the type."""
    whole = people(
        column("many", native("mood[]")),
        column("others", native("public.mood[]")),
        column("numbers", native("integer[]")),
        column("net", native("inet")),
    )
    found = asked(one(whole), one(whole, "ok"))
    assert {each.code for each in found} == {"ENUM_VALUE_IN_USE"}
    assert [each.cause for each in found] == ["users.feels", "users.many", "users.others"]
    assert "&& ARRAY['sad']::text[]" in found[1].count_sql


def test_columns_that_leave_an_enum_are_not_asked_for_its_labels() -> None:
    """The question of the other type is theirs."""
    after = table("users", USERS.columns[0], column("feels", TEXT), primary_key="id")
    assert codes(BEFORE, one(after, "ok")) == []
    gone = table("users", USERS.columns[0], primary_key="id")
    assert codes(BEFORE, one(gone, "ok")) == ["VALUES_LOST"]
    assert codes(BEFORE, definition(enums=[enum("mood", "ok")])) == ["ROWS_LOST"]


def test_values_are_compared_with_what_the_server_would_compute() -> None:
    """Only those that differ are replaced; of a type without equality their texts count."""
    before = one(people("size", column("net", native("json"))))
    after = one(
        people(column("size", generated="id * 2"), column("net", native("json"), generated="'1'"))
    )
    found = {each.cause: each.count_sql for each in asked(before, after)}
    assert "sb_held IS DISTINCT FROM (id * 2\n)::integer" in found["users.size"]
    assert "sb_held::text IS DISTINCT FROM ('1'\n)::json::text" in found["users.net"]


def test_values_that_cannot_be_compared_beforehand_all_count_as_replaced() -> None:
    """Nobody knows before what the server computes over what it computes."""
    before = one(people("size"))
    after = one(people(column("size", generated="more + 1"), column("more", generated="id + 1")))
    (test,) = asked(before, after)
    assert test.code == "VALUES_REPLACED"
    assert test.count_sql.endswith("WHERE size IS NOT NULL")


def test_values_of_another_type_than_what_is_computed_all_count_as_replaced() -> None:
    """There is nothing to compare."""
    after = one(people(column("size", "TEXT", generated="id::text")))
    found = asked(one(people("size")), after)
    assert [each.code for each in found] == ["VALUES_REPLACED"]
    assert found[0].count_sql.endswith("WHERE size IS NOT NULL")


def test_rows_that_refer_to_a_table_that_is_made_refer_to_none() -> None:
    """Nothing is in it yet."""
    before = one(people("team"))
    teams = table("teams", column("id", nullable=False), primary_key="id")
    after = definition(
        people("team"), teams, enums=[MOODS], foreign_keys=[foreign_key("users", "team", "teams")]
    )
    (test,) = asked(before, after)
    assert test.code == "ORPHANS"
    assert "NOT EXISTS" not in test.count_sql


@pytest.mark.parametrize(
    ("teams", "source"),
    [
        pytest.param(
            table("teams", column("id", generated="1"), uniques=["id"]), "team", id="referred"
        ),
        pytest.param(table("teams", "id", uniques=["id"]), "made", id="referring"),
        pytest.param(table("teams", "id", uniques=["id"]), "new", id="new and empty"),
    ],
)
def test_references_over_what_is_not_known_are_not_asked(teams: Table, source: str) -> None:
    """They fail when the constraint is made, or cannot fail."""
    before = definition(people("team"), table("teams", "other"), enums=[MOODS])
    after = definition(
        people("team", "new", column("made", generated="id")),
        teams,
        enums=[MOODS],
        foreign_keys=[foreign_key("users", source, "teams")],
    )
    assert "ORPHANS" not in codes(before, after)


def test_a_row_without_a_key_is_named_by_where_it_is_stored() -> None:
    """Who looks for it finds it for the moment."""
    bare = table("bare", "a")
    (test,) = asked(definition(bare), definition())
    assert "ctid::text" in test.sample_sql
    wide = table("wide", "a", "b", primary_key=["a", "b"])
    (test,) = asked(definition(wide), definition())
    assert "concat_ws(', ', 'a=' || a::text, 'b=' || b::text)" in test.sample_sql


NOWHERE = TableName(id="nowhere", namespace="public", name="nowhere")


@pytest.mark.parametrize(
    "change",
    [
        DropTable(table=table("nowhere", "a")),
        DropColumn(table=NOWHERE, column=column("a")),
        DropColumn(table=TableName.of(USERS), column=column("none", column_id="none")),
        AddColumn(table=NOWHERE, column=column("a", nullable=False)),
        AddUnique(table=NOWHERE, unique=Unique(id="u", column_ids=("a",))),
        AddUnique(table=TableName.of(USERS), unique=Unique(id="u", column_ids=("none",))),
        AddIndex(
            table=NOWHERE, index=table("nowhere", "a", indexes=[index("a", unique=True)]).indexes[0]
        ),
        AddIndex(
            table=TableName.of(USERS),
            index=table("users", "x", indexes=[index(part("x"), unique=True)]).indexes[0],
        ),
        AddCheck(table=NOWHERE, check=Check(id="c", expression="a > 1")),
        AddForeignKey(
            table=NOWHERE,
            target=TableName.of(USERS),
            foreign_key=foreign_key("nowhere", "a", "users"),
        ),
        AddForeignKey(
            table=TableName.of(USERS),
            target=TableName.of(USERS),
            foreign_key=foreign_key("users", "none", "users"),
        ),
        ChangeColumnType(table=NOWHERE, before=column("a"), after=column("a", "TEXT")),
        ChangeColumnGenerated(table=NOWHERE, before=column("a"), after=column("a", generated="1")),
        ChangeEnumValues(before=enum("none", "a", "b"), after=enum("none", "a"), renamed=()),
    ],
    ids=lambda change: f"{type(change).__name__} {change.subject.id}",
)
def test_what_is_not_there_is_not_asked(change: Change) -> None:
    """A change that speaks of something else asks nothing, rather than fail."""
    assert row_tests([change], BEFORE, BEFORE) == ()
