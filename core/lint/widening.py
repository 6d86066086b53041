"""Whether a type holds every value of another one as it is, as far as that is plain to see."""

from __future__ import annotations

from core.definition.types import SECONDS_PRECISION_TYPES, ColumnType, DataType

_WHOLE_DIGITS = {DataType.SMALLINT: 5, DataType.INT: 10, DataType.BIGINT: 19}
"""Decimal digits of the largest value. Source: PostgreSQL manual, section 8.1.1."""

_PLAIN = frozenset(
    {
        (DataType.SMALLINT, DataType.INT),
        (DataType.SMALLINT, DataType.BIGINT),
        (DataType.INT, DataType.BIGINT),
        (DataType.FLOAT, DataType.DOUBLE),
        (DataType.SMALLINT, DataType.TEXT),
        (DataType.INT, DataType.TEXT),
        (DataType.BIGINT, DataType.TEXT),
        (DataType.BOOLEAN, DataType.TEXT),
        (DataType.UUID, DataType.TEXT),
        (DataType.ENUM, DataType.TEXT),
        (DataType.VARCHAR, DataType.TEXT),
    }
)
"""Pairs where each value of the first is one of the second, or the text that spells it."""


def widens(before: ColumnType, after: ColumnType) -> bool:
    """Say whether every value of one type is the same value in the other.

    A False says only that it is not plain.
    """
    old, new = before.canonical(), after.canonical()
    if old == new:
        return True
    match (old.data_type, new.data_type):
        case (DataType.VARCHAR, DataType.VARCHAR):
            return _at_least(new.length, old.length)
        case (DataType.DECIMAL, DataType.DECIMAL):
            return _holds_decimal(old, new)
        case (was, DataType.DECIMAL) if was in _WHOLE_DIGITS:
            return _at_least(_whole_digits(new), _WHOLE_DIGITS[was])
        case (was, now) if was is now and now in SECONDS_PRECISION_TYPES:
            return _at_least(new.precision, old.precision)
        case pair:
            return pair in _PLAIN


def _at_least(new: int | None, old: int | None) -> bool:
    return new is None or (old is not None and new >= old)


def _holds_decimal(old: ColumnType, new: ColumnType) -> bool:
    if not _at_least(_whole_digits(new), _whole_digits(old)):
        return False
    return new.precision is None or (new.scale or 0) >= (old.scale or 0)


def _whole_digits(column_type: ColumnType) -> int | None:
    """Return how many digits a number may have before the point; None for any number."""
    if column_type.precision is None:
        return None
    return column_type.precision - (column_type.scale or 0)
