"""Column types: the closed list of `dataType` and the value that carries its parameters.

How a type is spelled in SQL is the dialects' affair.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class DataType(StrEnum):
    """A dialect-free type as the document names it. Source: DESIGN, section 5."""

    SMALLINT = "SMALLINT"
    """Whole number of 2 bytes."""
    INT = "INT"
    """Whole number of 4 bytes."""
    INTEGER = "INTEGER"
    """Another word for INT."""
    BIGINT = "BIGINT"
    """Whole number of 8 bytes."""
    DECIMAL = "DECIMAL"
    """Exact number with optional precision and scale, in decimal digits."""
    NUMERIC = "NUMERIC"
    """Another word for DECIMAL."""
    FLOAT = "FLOAT"
    """Binary floating point of 4 bytes."""
    DOUBLE = "DOUBLE"
    """Binary floating point of 8 bytes."""
    BOOLEAN = "BOOLEAN"
    """True or false."""
    UUID = "UUID"
    """Universally unique identifier of 16 bytes."""
    TEXT = "TEXT"
    """Characters without a limit."""
    BLOB = "BLOB"
    """Bytes without a limit."""
    CHAR = "CHAR"
    """Exactly `length` characters, padded with blanks."""
    VARCHAR = "VARCHAR"
    """Up to `length` characters."""
    DATE = "DATE"
    """Calendar day."""
    TIME = "TIME"
    """Time of day without zone; `precision` counts fractional digits of a second."""
    TIMESTAMP = "TIMESTAMP"
    """Day and time without zone; `precision` counts fractional digits of a second."""
    DATETIME = "DATETIME"
    """Another word for TIMESTAMP."""
    TIMESTAMPTZ = "TIMESTAMPTZ"
    """Point in time; `precision` counts fractional digits of a second."""
    INTERVAL = "INTERVAL"
    """Span of time; `precision` counts fractional digits of a second."""
    JSON = "JSON"
    """JSON document; stored like JSONB."""
    JSONB = "JSONB"
    """JSON document in the engine's binary form."""
    ENUM = "ENUM"
    """One of the values of an enum of the definition."""
    NATIVE = "NATIVE"
    """A type of the engine, spelled as the engine spells it. Not written in documents: there,
    `nativeType` stands in place of `dataType`."""

    def canonical(self) -> DataType:
        """Return the one word for this type where the list has several."""
        return _SYNONYMS.get(self, self)


_SYNONYMS = {
    DataType.INTEGER: DataType.INT,
    DataType.NUMERIC: DataType.DECIMAL,
    DataType.DATETIME: DataType.TIMESTAMP,
    DataType.JSON: DataType.JSONB,
}

WHOLE_NUMBERS = frozenset({DataType.SMALLINT, DataType.INT, DataType.BIGINT})
"""Canonical types that can count up by themselves."""

LENGTH_TYPES = frozenset({DataType.CHAR, DataType.VARCHAR})
"""Canonical types that take a length."""

SECONDS_PRECISION_TYPES = frozenset(
    {DataType.TIME, DataType.TIMESTAMP, DataType.TIMESTAMPTZ, DataType.INTERVAL}
)
"""Canonical types whose precision counts fractional digits of a second."""

MOST_SECONDS_DIGITS = 6
"""Fractional digits of a second that a server keeps; more are reduced to these, as PostgreSQL does.

Source: PostgreSQL manual, section 8.5. Designers send one precision for columns of every type.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnType:
    """A data type with its parameters."""

    data_type: DataType
    """The type as it was written; `canonical()` folds other words for the same type."""
    length: int | None = None
    """Characters, for CHAR and VARCHAR. Ignored elsewhere, as designers send it everywhere."""
    precision: int | None = None
    """Digits in all for DECIMAL; fractional digits of a second for times. Ignored elsewhere."""
    scale: int | None = None
    """Fractional digits, for DECIMAL. Ignored elsewhere."""
    native: str | None = None
    """The engine's spelling; set exactly when `data_type` is NATIVE."""
    enum_id: str | None = None
    """Id of the enum; set exactly when `data_type` is ENUM (None there is a diagnostic)."""

    def canonical(self) -> ColumnType:
        """Return the same type with one word for it and without the parameters it ignores."""
        return _canonical(self)


_TYPES_KEPT = 4096
"""Folded types that are remembered; a design has few types and many columns."""


@lru_cache(_TYPES_KEPT)
def _canonical(column_type: ColumnType) -> ColumnType:
    data_type = column_type.data_type.canonical()
    is_decimal = data_type is DataType.DECIMAL
    takes_precision = is_decimal or data_type in SECONDS_PRECISION_TYPES
    precision, scale = column_type.precision, None
    if is_decimal and precision is not None:
        scale = column_type.scale or 0
    length = column_type.length if data_type in LENGTH_TYPES else None
    if data_type is DataType.CHAR and length is None:
        length = 1
    return ColumnType(
        data_type=data_type,
        length=length,
        precision=_kept_precision(data_type, precision) if takes_precision else None,
        scale=scale,
        native=column_type.native if data_type is DataType.NATIVE else None,
        enum_id=column_type.enum_id if data_type is DataType.ENUM else None,
    )


def _kept_precision(data_type: DataType, precision: int | None) -> int | None:
    if precision is None or data_type is DataType.DECIMAL:
        return precision
    return min(precision, MOST_SECONDS_DIGITS)
