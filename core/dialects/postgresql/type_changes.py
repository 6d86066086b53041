"""What changing a column's type does to its table: nothing but the catalogue, or all of it.

Source: PostgreSQL manual, SQL Commands, ALTER TABLE, Notes. Which lengths and precisions are
binary coercible is decided in the server's varchar_support, numeric_support, timestamp_support and
interval_support; a test compares every pair with a real server.
"""

from __future__ import annotations

from core.definition.types import (
    MOST_SECONDS_DIGITS,
    SECONDS_PRECISION_TYPES,
    ColumnType,
    DataType,
)
from core.dialects.postgresql import effects
from core.dialects.statement import Effect

_VARYING = frozenset({DataType.VARCHAR, DataType.TEXT})
"""Texts that are stored alike."""


def rewrites_table(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether the rows are written anew when a column's type changes.

    The enum that both are counts as the same type whatever its labels. A native type that is
    spelled another way is taken as another type.
    """
    old, new = before.canonical(), after.canonical()
    if old == new:
        return False
    if {old.data_type, new.data_type} <= _VARYING:
        return not _fits(new.length, old.length)
    if old.data_type is not new.data_type:
        return True
    if old.data_type is DataType.DECIMAL:
        return not _numeric_fits(old, new)
    if old.data_type in SECONDS_PRECISION_TYPES:
        return not (new.precision == MOST_SECONDS_DIGITS or _fits(new.precision, old.precision))
    return True


def type_change_effect(
    before: ColumnType,
    after: ColumnType,
    *,
    has_checks: bool = False,
    has_expression_indexes: bool = False,
) -> Effect:
    """Return what changing a column's type does.

    Plain indexes on the column stay as they are unless the table is rewritten.

    Args:
        before: The type before.
        after: The type after.
        has_checks: Whether a check speaks of the column; it is made again over all rows.
        has_expression_indexes: Whether an index with an expression or a condition has the column,
            as key or in its text; it is built again.
    """
    if rewrites_table(before, after):
        return effects.CHANGE_TYPE_REWRITING
    if has_expression_indexes:
        return effects.CHANGE_TYPE_BUILDING
    return effects.CHANGE_TYPE_SCANNING if has_checks else effects.CHANGE_TYPE


def _fits(wider: int | None, narrower: int | None) -> bool:
    """Compare limits, of which None is the widest."""
    return wider is None or (narrower is not None and wider >= narrower)


def _numeric_fits(old: ColumnType, new: ColumnType) -> bool:
    if new.precision is None:
        return True
    if old.precision is None:
        return False
    return new.scale == old.scale and new.precision >= old.precision
