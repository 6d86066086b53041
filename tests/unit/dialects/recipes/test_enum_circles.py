"""Enums that are made anew and hand columns to each other."""

from __future__ import annotations

from core.definition.model import Definition
from core.definition.types import ColumnType, DataType
from core.dialects.moves import Options
from core.planning.diff import diff
from core.planning.making import make_plan
from tests.builders import column, definition, enum, native, table


def of(enum_id: str) -> ColumnType:
    """Return the type of a column of an enum."""
    return ColumnType(data_type=DataType.ENUM, enum_id=enum_id)


def state(*, is_after: bool, types: dict[str, ColumnType]) -> Definition:
    """Return a table with columns of the types, and three enums whose values turn round."""
    values = ("a", "b")[:: -1 if is_after else 1]
    columns = [column(name, each) for name, each in types.items()]
    enums = [enum(name, *values) for name in ("first", "second", "third")]
    return definition(table("t", *columns), enums=enums)


def statements(before: dict[str, ColumnType], after: dict[str, ColumnType]) -> list[str]:
    """Return what a plan between the types runs."""
    start, end = state(is_after=False, types=before), state(is_after=True, types=after)
    plan = make_plan(start, end, options=Options(token="x"), changes=diff(start, end))
    return [each.sql for line in plan.up for each in line.statements]


def test_columns_that_enums_exchange_are_texts_in_between() -> None:
    """Each leaves before either enum is made anew, and joins afterwards."""
    before = {"x": of("first"), "y": of("second"), "many": native("first[]")}
    after = {"x": of("second"), "y": of("first"), "many": native("second[]")}
    sql = statements(before, after)
    kinds = ["text" if " TYPE text" in each else "enum" for each in sql if "ALTER COLUMN" in each]
    assert kinds == ["text", "text", "text", "enum", "enum", "enum"]


def test_a_column_that_leaves_for_good_is_converted_at_once() -> None:
    """Where no way leads back, and where it leads past the enum, nothing waits in a circle."""
    before = {"x": of("first"), "y": of("second"), "z": of("second")}
    after = {"x": of("second"), "y": of("third"), "z": of("third")}
    assert not any(" TYPE text" in each for each in statements(before, after))


def test_a_column_that_comes_meanwhile_takes_no_part() -> None:
    """It leaves no enum, so those that exchange columns are the same with it as without."""
    before = {"x": of("first"), "y": of("second")}
    after = {"x": of("second"), "y": of("first"), "new": of("first")}
    sql = [each for each in statements(before, after) if "ALTER COLUMN" in each]
    assert [" TYPE text" in each for each in sql] == [True, True, False, False]
