"""Which changes of a type keep every value as it is."""

from __future__ import annotations

from core.definition.types import SECONDS_PRECISION_TYPES, ColumnType, DataType

_WHOLE_DIGITS = {DataType.SMALLINT: 5, DataType.INT: 10, DataType.BIGINT: 19}
"""Decimal digits that values can have. Source: PostgreSQL manual, table 8.2."""

_WIDER = {
    DataType.SMALLINT: frozenset({DataType.INT, DataType.BIGINT, DataType.FLOAT, DataType.DOUBLE}),
    DataType.INT: frozenset({DataType.BIGINT, DataType.DOUBLE}),
    DataType.BIGINT: frozenset[DataType](),
    DataType.FLOAT: frozenset({DataType.DOUBLE}),
}
"""Types that hold every value of another exactly.

Source: IEEE 754; the significands of binary32 and binary64 have 24 and 53 bits.
"""

_TEXTS = frozenset({DataType.VARCHAR, DataType.CHAR, DataType.ENUM, DataType.UUID})
"""Types whose values read the same as text."""


def keeps_values(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether every value of one type is the same value in another.

    Errs on the safe side: whatever is not known to keep all values does not.
    """
    old, new = before.canonical(), after.canonical()
    if old == new:
        return True
    match new.data_type:
        case DataType.DECIMAL:
            return _fits_decimal(old, new)
        case DataType.TEXT:
            # The blanks at the end of a CHAR go, but they never counted.
            return old.data_type in _TEXTS
        case DataType.VARCHAR:
            return _fits_characters(old, new)
        case _ if old.data_type is new.data_type:
            return _fits_same(old, new)
        case _:
            return new.data_type in _WIDER.get(old.data_type, frozenset())


def _fits_same(old: ColumnType, new: ColumnType) -> bool:
    if old.data_type is DataType.CHAR:
        return (old.length or 1) <= (new.length or 1)
    if old.data_type in SECONDS_PRECISION_TYPES:
        return new.precision is None or (
            old.precision is not None and old.precision <= new.precision
        )
    return False


def _fits_characters(old: ColumnType, new: ColumnType) -> bool:
    if old.data_type is DataType.TEXT:
        return new.length is None
    if old.data_type not in {DataType.VARCHAR, DataType.CHAR}:
        return False
    return new.length is None or (old.length is not None and old.length <= new.length)


def _fits_decimal(old: ColumnType, new: ColumnType) -> bool:
    if old.data_type in _WHOLE_DIGITS:
        whole, fraction = _WHOLE_DIGITS[old.data_type], 0
    elif old.data_type is DataType.DECIMAL:
        if old.precision is None:
            return new.precision is None
        fraction = old.scale or 0
        whole = old.precision - fraction
    else:
        return False
    if new.precision is None:
        return True
    scale = new.scale or 0
    return fraction <= scale and whole <= new.precision - scale
