"""What a change of a type does to the table, and what it keeps of the values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.types import ColumnType, DataType
from core.dialects.postgresql import effects
from core.dialects.postgresql.casts import (
    bare,
    converted,
    is_castable,
    keeps_every_value,
    needs_no_cast,
)
from core.dialects.postgresql.type_changes import rewrites_table, type_change_effect
from tests.builders import native, type_of

MOOD = ColumnType(data_type=DataType.ENUM, enum_id="mood")
TONE = ColumnType(data_type=DataType.ENUM, enum_id="tone")
SECONDS = type_of("TIMESTAMP", precision=3)


def decimal(precision: int | None = None, scale: int | None = None) -> ColumnType:
    """Return a number of that many digits."""
    return type_of("DECIMAL", precision=precision, scale=scale)


@pytest.mark.parametrize(
    ("before", "after", "rewrites"),
    [
        pytest.param(type_of(), type_of(), False, id="the same"),
        pytest.param(type_of("VARCHAR", length=9), type_of("TEXT"), False, id="no limit any more"),
        pytest.param(type_of("TEXT"), type_of("VARCHAR", length=9), True, id="a limit"),
        pytest.param(type_of("INT"), type_of("BIGINT"), True, id="another sort"),
        pytest.param(decimal(5, 2), decimal(), False, id="any number"),
        pytest.param(decimal(), decimal(5, 2), True, id="limited digits"),
        pytest.param(decimal(5, 2), decimal(7, 2), False, id="more digits"),
        pytest.param(decimal(5, 2), decimal(7, 3), True, id="more digits behind the point"),
        pytest.param(SECONDS, type_of("TIMESTAMP"), False, id="all of the second"),
        pytest.param(SECONDS, type_of("TIMESTAMP", precision=6), False, id="all, said so"),
        pytest.param(SECONDS, type_of("TIMESTAMP", precision=1), True, id="less of the second"),
        pytest.param(type_of("CHAR", length=2), type_of("CHAR", length=3), True, id="padded texts"),
    ],
)
def test_a_table_is_written_anew_when_its_values_look_otherwise(
    before: ColumnType, after: ColumnType, *, rewrites: bool
) -> None:
    """Everything else changes the catalogue alone."""
    assert rewrites_table(before, after) is rewrites
    expected = effects.CHANGE_TYPE_REWRITING if rewrites else effects.CHANGE_TYPE
    assert type_change_effect(before, after) == expected


def test_what_is_on_a_column_costs_more_than_its_type() -> None:
    """Indexes with expressions are built again, checks read all rows."""
    wider = type_of("VARCHAR", length=9), type_of("TEXT")
    assert type_change_effect(*wider, has_checks=True) == effects.CHANGE_TYPE_SCANNING
    built = type_change_effect(*wider, has_checks=True, has_expression_indexes=True)
    assert built == effects.CHANGE_TYPE_BUILDING


@pytest.mark.parametrize(
    ("before", "after", "keeps"),
    [
        pytest.param(native("inet"), native("inet"), True, id="the same"),
        pytest.param(native("inet"), type_of("TEXT"), False, id="unknown to text"),
        pytest.param(type_of("CHAR", length=2), type_of("TEXT"), False, id="padding"),
        pytest.param(type_of("UUID"), type_of("TEXT"), True, id="anything to text"),
        pytest.param(SECONDS, type_of("TIMESTAMP"), True, id="more of the second"),
        pytest.param(type_of("TIMESTAMP"), SECONDS, False, id="less of the second"),
        pytest.param(type_of("INT"), decimal(10), True, id="room for the digits"),
        pytest.param(type_of("INT"), decimal(10, 1), False, id="too few digits"),
        pytest.param(type_of("INT"), decimal(), True, id="any number"),
        pytest.param(decimal(), decimal(5), False, id="limited digits"),
        pytest.param(decimal(5, 2), decimal(6, 3), True, id="more digits"),
        pytest.param(decimal(5, 2), decimal(5, 3), False, id="fewer digits before the point"),
        pytest.param(type_of("INT"), type_of("BIGINT"), True, id="wider"),
        pytest.param(type_of("BIGINT"), type_of("INT"), False, id="narrower"),
    ],
)
def test_values_are_kept_where_each_has_room(
    before: ColumnType, after: ColumnType, *, keeps: bool
) -> None:
    """Then nobody needs to look at the rows."""
    assert keeps_every_value(before, after) is keeps


@pytest.mark.parametrize(
    ("before", "after", "written"),
    [
        pytest.param(MOOD, TONE, "x::text::y", id="one enum to another"),
        pytest.param(MOOD, type_of("INT"), None, id="an enum to a number"),
        pytest.param(type_of("BLOB"), type_of("JSONB"), None, id="bytes to JSON"),
        pytest.param(type_of("TIMESTAMP"), type_of("DATE"), "x", id="assigned"),
        pytest.param(type_of("UUID"), type_of("VARCHAR", length=4), "x", id="any to text"),
        pytest.param(native("inet"), native("inet"), "x", id="the same native type"),
        pytest.param(MOOD, MOOD, "x", id="the same enum"),
        pytest.param(
            type_of("DATE"),
            type_of("TIMESTAMPTZ"),
            "x::timestamp AT TIME ZONE 'UTC'",
            id="a day to a point in time",
        ),
        pytest.param(
            type_of("TIMESTAMPTZ"),
            type_of("TIMESTAMP"),
            "x AT TIME ZONE 'UTC'",
            id="a point in time to what a clock shows",
        ),
        pytest.param(
            type_of("TIMESTAMPTZ"),
            type_of("TIME"),
            "(x AT TIME ZONE 'UTC')::time",
            id="a point in time to the time of day",
        ),
    ],
)
def test_a_conversion_is_written_or_there_is_none(
    before: ColumnType, after: ColumnType, written: str | None
) -> None:
    """What means nothing in the other type is not forced into it."""
    assert converted("x", before, after, "y") == written
    assert is_castable(before, after) is (written is not None)
    assert needs_no_cast(before, after) is (written == "x")


def test_a_bare_type_cuts_nothing_off() -> None:
    """Limits are left to the assignment, which refuses."""
    assert bare(type_of("CHAR", length=3)) == type_of("TEXT")
    assert bare(decimal(5, 2)) == decimal()
    assert bare(replace(SECONDS, precision=2)) == type_of("TIMESTAMP")
