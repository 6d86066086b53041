"""Which large tables are copied for a generated column, and why others are written anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.definition.model import Column, Definition, Table
from core.dialects.facts import Facts, TableFacts, TableParts
from core.dialects.moves import Options
from core.dialects.statement import Blocks, Work
from core.lint import Level, Policy, lint
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import column, definition, enum, foreign_key, index, native, table
from tests.plan_cases import parts_of


def made(*extra: Column, key: Column | None = None, **others: Any) -> Table:  # noqa: ANN401 - as the builder takes them
    """Build the table, with more columns and other things on it."""
    parts: dict[str, Any] = {"primary_key": "id", "indexes": [index("a", name="by_a")]}
    first = key or column("id", "INT", nullable=False)
    return table("t", first, column("a", "INT"), *extra, **{**parts, **others})


TWICE = column("twice", "INT", generated="a * 2")
PLAIN, GROWN = made(), made(TWICE)
BESIDE = table("beside", column("id", "INT"), column("t_id", "INT"))
REFERRING = foreign_key("beside", "t_id", "t")


def planned(
    before: Definition, after: Definition, *, parts: TableParts | None, size: int = 200_000_000
) -> Plan:
    """Plan a change with a table `t` of which something is known."""
    known = TableFacts(estimated_rows=5, size_bytes=size, index_size_bytes=0, parts=parts)
    return make_plan(
        before,
        after,
        options=Options(token="abc"),
        facts=Facts(server_major=18, tables={"t": known}, rows={}),
    )


def of(before: Definition, after: Definition) -> Plan:
    """Plan a change of a large table on which nothing unknown is."""
    return planned(before, after, parts=parts_of(before.tables[0], before))


def is_copied(plan: Plan) -> bool:
    """Tell whether nobody waits while rows are written."""
    statements = [each for line in plan.up for each in line.statements]
    is_quiet = not any(
        each.effect.work is Work.REWRITE and each.effect.blocks is not Blocks.NOTHING
        for each in statements
    )
    return is_quiet and any("LIKE public.t " in each.sql for each in statements)


def test_a_large_table_is_copied_and_exchanged() -> None:
    """Rows are written while everybody goes on."""
    plan = of(definition(PLAIN), definition(GROWN))
    assert is_copied(plan)
    assert "a copy of the table is filled in batches" in plan.notes[0]


def test_nobody_is_warned_of_a_copy() -> None:
    """What waits for a moment is no finding of work under a lock."""
    before, after = definition(PLAIN), definition(GROWN)
    plan = of(before, after)
    facts = Facts(
        server_major=18,
        tables={"t": TableFacts(estimated_rows=9, size_bytes=200_000_000, index_size_bytes=0)},
        rows={},
    )
    found = lint(plan, before=before, after=after, facts=facts, policy=Policy.read({}))
    assert [each.code for each in found if each.level is not Level.NOTICE] == []


def test_a_small_table_is_written_anew_without_a_word() -> None:
    """It is over before anybody sees it."""
    before = definition(PLAIN)
    plan = planned(before, definition(GROWN), parts=parts_of(PLAIN, before), size=8192)
    assert not is_copied(plan)
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"primary_key": None}, "without a primary key"),
        ({"key": column("id", "INT", generated="a + 1", nullable=False)}, "that is computed"),
        ({"key": column("id", native("inet"), nullable=False)}, "a type of the server's own"),
    ],
    ids=["no primary key", "computed key", "native key"],
)
def test_some_tables_cannot_be_kept_in_step(options: dict[str, Any], words: str) -> None:
    """They are written anew, and the plan says why."""
    plan = of(definition(made(**options)), definition(made(TWICE, **options)))
    assert not is_copied(plan)
    assert words in plan.notes[0]


BUSY = "the same plan changes other things of the table or near it."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (definition(PLAIN), definition(replace(GROWN, indexes=()))),
        (definition(PLAIN), definition(made(TWICE, column("b", "INT")))),
        (definition(PLAIN), definition(replace(GROWN, name="u"))),
        (
            definition(PLAIN, BESIDE, foreign_keys=[REFERRING]),
            definition(GROWN, replace(BESIDE, name="elsewhere"), foreign_keys=[REFERRING]),
        ),
        (
            definition(PLAIN, BESIDE, foreign_keys=[REFERRING]),
            definition(GROWN, BESIDE),
        ),
        (
            definition(PLAIN, enums=[enum("mood", "sad", "ok")]),
            definition(GROWN, enums=[enum("mood", "sad", "ok", "happy")]),
        ),
    ],
    ids=["index goes", "other column", "renamed", "neighbour renamed", "foreign key", "enum"],
)
def test_other_changes_nearby_come_first(before: Definition, after: Definition) -> None:
    """Where the order could matter, the table is written anew."""
    plan = of(before, after)
    assert not is_copied(plan)
    assert any(BUSY in note for note in plan.notes)


def test_what_is_added_and_what_changes_elsewhere_is_not_in_the_way() -> None:
    """Indexes, checks and keys are made on what took the place of the table."""
    elsewhere = foreign_key("beside", "t_id", "beside")
    before = definition(PLAIN, BESIDE, foreign_keys=[elsewhere])
    after = definition(
        made(
            TWICE,
            uniques=["a"],
            checks=["a > 0"],
            indexes=[*PLAIN.indexes, index("twice", name="by_twice")],
        ),
        replace(BESIDE, name="elsewhere"),
        table("new", column("id", "INT")),
        foreign_keys=[elsewhere, REFERRING],
    )
    assert is_copied(of(before, after))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beyond": ("rule r", "trigger x")}, "would not have everything (rule r, trigger x)"),
        ({"columns": frozenset({"id", "a", "sb_aside_x_1"})}, "out of sight"),
        ({"constraints": 2}, "out of sight"),
        ({"indexes": 3}, "out of sight"),
    ],
    ids=["beyond", "column", "constraint", "index"],
)
def test_what_would_not_come_along_keeps_a_table_from_being_copied(
    changes: dict[str, object], words: str
) -> None:
    """Nothing that is on it may get lost."""
    before = definition(PLAIN)
    parts = replace(parts_of(PLAIN, before), **changes)  # type: ignore[arg-type]  # by field
    plan = planned(before, definition(GROWN), parts=parts)
    assert not is_copied(plan)
    assert words in plan.notes[0]


def test_a_table_that_nobody_looked_at_is_not_copied() -> None:
    """What is unknown is not taken for nothing."""
    plan = planned(definition(PLAIN), definition(GROWN), parts=None)
    assert not is_copied(plan)
    assert "nobody looked" in plan.notes[0]
