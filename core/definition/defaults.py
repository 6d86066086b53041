"""What a column's default means: a value of the column's type, or an SQL expression.

Text in a literal is taken as the value it spells (designers keep every default as text) or as one
of the well-known calls, where the type fits. How single values are read is `default_values`.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.definition.default_values import DefaultMismatchError, mismatch, value_of
from core.definition.literals import json_value
from core.definition.model import Default, ExpressionDefault
from core.definition.types import ColumnType, DataType

__all__ = [
    "WELL_KNOWN_CALLS",
    "DefaultMismatchError",
    "Expression",
    "Literal",
    "meaning",
    "well_known_call",
]


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant of the column's type."""

    value: object
    """A JSON value, with `Decimal` for numbers that are not whole. Times are ISO 8601 text."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Something the server works out for each row."""

    sql: str
    """The SQL expression."""


_TIMES = frozenset({DataType.DATE, DataType.TIME, DataType.TIMESTAMP, DataType.TIMESTAMPTZ})
_DAYS = frozenset({DataType.DATE, DataType.TIMESTAMP, DataType.TIMESTAMPTZ})

WELL_KNOWN_CALLS: dict[str, frozenset[DataType]] = {
    "CURRENT_TIMESTAMP": _TIMES,
    "now()": _TIMES,
    "CURRENT_DATE": _DAYS,
    "gen_random_uuid()": frozenset({DataType.UUID}),
    "NULL": frozenset(DataType),
}
"""SQL that a literal may spell, as PostgreSQL writes it, and the canonical types it fits.

Source: DESIGN, section 5; assignment casts from PostgreSQL's catalogue pg_cast.
"""

_CALLS_BY_FOLDED_TEXT = {call.casefold(): call for call in WELL_KNOWN_CALLS}

_NATIVE_PREFIXES = {
    "CURRENT_TIMESTAMP": ("timestamp", "date", "time"),
    "now()": ("timestamp", "date", "time"),
    "CURRENT_DATE": ("timestamp", "date"),
    "gen_random_uuid()": ("uuid",),
    "NULL": ("",),
}
"""How the spelling of a native type begins that a well-known call fits."""


def meaning(default: Default, column_type: ColumnType) -> Literal | Expression:
    """Decide what a default means on a column of that type.

    Raises:
        DefaultMismatchError: When it cannot be a value of the type, with the reason.
    """
    if isinstance(default, ExpressionDefault):
        return Expression(default.sql)
    value = json_value(default.json)
    canonical_type = column_type.canonical()
    if isinstance(value, str):
        call = well_known_call(value)
        if call is not None:
            if _fits(call, canonical_type):
                return Expression(call)
            if canonical_type.data_type not in _TEXT_TYPES:
                raise mismatch(canonical_type, f"{call} gives a value of another type")
    return Literal(value_of(value, canonical_type))


def well_known_call(text: str) -> str | None:
    """Return the well-known call that a text spells in any case, as PostgreSQL writes it."""
    return _CALLS_BY_FOLDED_TEXT.get(text.strip().casefold())


_TEXT_TYPES = frozenset(
    {DataType.TEXT, DataType.CHAR, DataType.VARCHAR, DataType.ENUM, DataType.NATIVE, DataType.JSONB}
)
"""Canonical types on which the text of a call is as good a value as any."""


def _fits(call: str, column_type: ColumnType) -> bool:
    if column_type.data_type is DataType.NATIVE:
        native = (column_type.native or "").strip().lower()
        native = native.removeprefix("pg_catalog.").lstrip('"')
        return native.startswith(_NATIVE_PREFIXES[call])
    return column_type.data_type in WELL_KNOWN_CALLS[call]
