"""Columns with something on them that a design does not know: converted where they stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Definition, Table
from core.definition.types import ColumnType, DataType
from core.dialects.errors import PlanBlockedError
from core.dialects.facts import Facts, Hanging, TableFacts
from core.dialects.moves import Options
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import column, definition, enum, table
from tests.plan_cases import parts_of

MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")


def made(type_of_a: str | ColumnType = "INT") -> Table:
    """Build a table with a column of a type, and two of the enum."""
    return table("t", column("a", type_of_a), column("m", MOOD), column("n", MOOD))


MOODS = enum("mood", "sad", "ok")
BEFORE = definition(made(), enums=[MOODS])
WIDER = definition(made("BIGINT"), enums=[MOODS])
TURNED = replace(BEFORE, enums=(enum("mood", "ok", "sad"),))
MORE = replace(BEFORE, enums=(enum("mood", "sad", "ok", "fine"),))


def planned(
    before: Definition,
    after: Definition,
    *columns: str,
    size: int = 200_000_000,
    stays_in_place: bool = True,
) -> Plan:
    """Plan with an index on each of these columns, of which the design does not know all."""
    hanging = tuple(
        Hanging(column=each, words="index public.i", stays_in_place=stays_in_place)
        for each in columns
    )
    parts = replace(parts_of(before.tables[0], before), hanging=hanging)
    known = TableFacts(estimated_rows=5, size_bytes=size, index_size_bytes=0, parts=parts)
    return make_plan(
        before,
        after,
        options=Options(token="abc"),
        facts=Facts(server_major=18, tables={"t": known}, rows={}),
    )


def is_filled(plan: Plan, column_name: str, *, back: bool = False) -> bool:
    """Tell whether a column is filled in batches beside the old one."""
    statements = [each for line in (plan.down if back else plan.up) for each in line.statements]
    return any(each.batches is not None and column_name in each.sql for each in statements)


def test_a_column_with_something_on_it_is_converted_where_it_stands() -> None:
    """The plan says what it is; of another column it is no matter."""
    assert is_filled(planned(BEFORE, WIDER, "m"), "a")
    plan = planned(BEFORE, WIDER, "a")
    assert not is_filled(plan, "a")
    assert "everybody waits" in " ".join(plan.notes)
    assert "would go with the column: index public.i." in " ".join(plan.notes)


def test_what_is_done_at_once_needs_no_words() -> None:
    """A wider text is had at once; what comes back beside it otherwise is written in place."""
    texts = [
        definition(made(ColumnType(data_type=DataType.VARCHAR, length=each))) for each in (5, 9)
    ]
    texts = [replace(each, enums=(MOODS,)) for each in texts]
    plan = planned(texts[0], texts[1], "a")
    assert len(plan.up) == len(plan.down) == 1
    assert "everybody waits" in " ".join(plan.notes)
    same = replace(texts[1], tables=(made("TEXT"),))
    lasting = replace(texts[1], tables=(made(ColumnType(data_type=DataType.VARCHAR)),))
    assert planned(lasting, same, "a").notes == ()


def test_on_a_small_table_nothing_has_to_be_said() -> None:
    """It is converted where it stands anyway."""
    assert planned(BEFORE, WIDER, "a", size=1).notes == ()
    assert "everybody waits" not in " ".join(planned(BEFORE, TURNED, "m", size=1).notes)


def test_of_an_enum_only_such_columns_are_converted_where_they_stand() -> None:
    """The others are filled beside themselves."""
    some = planned(BEFORE, TURNED, "m")
    assert is_filled(some, '"n"') or is_filled(some, "n")
    assert "public.t.m is converted where it stands" in " ".join(some.notes)
    every = planned(BEFORE, TURNED, "m", "n")
    assert not is_filled(every, "")
    assert "public.t.n is converted where it stands" in " ".join(every.notes)


@pytest.mark.parametrize("after", [WIDER, TURNED])
def test_what_would_be_lost_in_place_too_blocks_the_plan(after: Definition) -> None:
    """It is named with the column."""
    with pytest.raises(PlanBlockedError, match=r"Index public\.i uses public\.t\."):
        planned(BEFORE, after, "a", "m", stays_in_place=False)


def test_added_values_are_not_blocked_by_their_way_back() -> None:
    """It makes the type anew, and nobody may ever take it."""
    assert planned(BEFORE, MORE, "m", stays_in_place=False).up
