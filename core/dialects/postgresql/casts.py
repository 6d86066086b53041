"""How a value of one type becomes one of another in PostgreSQL, and what may get lost on the way.

Lengths and precisions are always left to the assignment that follows, which refuses a text that is
too long where an outright cast would cut it off in silence.
"""

from __future__ import annotations

from dataclasses import replace

from core.definition.types import (
    SECONDS_PRECISION_TYPES,
    WHOLE_NUMBERS,
    ColumnType,
    DataType,
)
from core.dialects.postgresql.quoting import fenced

_TEXTS = frozenset({DataType.TEXT, DataType.VARCHAR, DataType.CHAR})
_NUMBERS = WHOLE_NUMBERS | {DataType.DECIMAL, DataType.FLOAT, DataType.DOUBLE}

_ASSIGNED_TIMES = frozenset(
    {
        (DataType.DATE, DataType.TIMESTAMP),
        (DataType.TIMESTAMP, DataType.DATE),
        (DataType.TIMESTAMP, DataType.TIME),
        (DataType.TIME, DataType.INTERVAL),
        (DataType.INTERVAL, DataType.TIME),
    }
)
"""Pairs of times that the server converts on assignment, whatever the time zone."""


def converted(value: str, before: ColumnType, after: ColumnType, bare_type: str) -> str | None:
    """Write the expression that makes a value fit for being assigned to another type.

    Points in time and days of the calendar are converted in UTC, not in the zone that a session
    happens to have.

    Source: PostgreSQL manual, SQL Commands, CREATE CAST; 9.9.4 AT TIME ZONE; 9.16 JSON Functions.

    Args:
        value: An expression of the type before: a column's quoted name, a variable.
        before: Its type.
        after: The type that it is assigned to.
        bare_type: That type's spelling without length and precision, see `bare`.

    Returns:
        The expression, `value` itself when assigning it is enough, or None when no value of the
        one type means anything in the other.
    """
    source = before.canonical().data_type
    target = after.canonical().data_type
    if needs_no_cast(before, after):
        return value
    if target is DataType.NATIVE or source is DataType.NATIVE or source in _TEXTS:
        return f"{value}::text::{fenced(bare_type)}"
    if DataType.ENUM in (source, target):
        return f"{value}::text::{bare_type}" if source is target else None
    if DataType.JSONB in (source, target):
        return _through_json(value, source, target, bare_type)
    if source in _NUMBERS | {DataType.BOOLEAN} and target in _NUMBERS | {DataType.BOOLEAN}:
        return f"{value}::integer" if source is DataType.BOOLEAN else f"{value} <> 0"
    return _zoned(value, source, target)


def using(column: str, before: ColumnType, after: ColumnType, bare_type: str) -> str | None:
    """Write what follows USING when a column's type changes.

    Args:
        column: The column's quoted name.
        before: Its type.
        after: The new type.
        bare_type: The new type's spelling without length and precision, see `bare`.

    Returns:
        The expression, or None when there is nothing to say because assignment does it. Ask
        `is_castable` first.
    """
    written = converted(column, before, after, bare_type)
    return None if written == column else written


def is_castable(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether any value of the one type can become one of the other."""
    return converted("x", before, after, "y") is not None


def bare(column_type: ColumnType) -> ColumnType:
    """Return the type without length and precision, to which nothing is cut off."""
    canonical = column_type.canonical()
    if canonical.data_type is DataType.CHAR:
        return ColumnType(data_type=DataType.TEXT)
    return replace(canonical, length=None, precision=None, scale=None)


def needs_no_cast(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether the server converts on assignment, the same way in every session.

    Source: PostgreSQL manual, 10.4 Value Storage; the catalogue pg_cast.
    """
    old, new = before.canonical(), after.canonical()
    source, target = old.data_type, new.data_type
    if target in _TEXTS:
        return True
    if DataType.NATIVE in (source, target):
        return old == new
    if source is target:
        return source is not DataType.ENUM or old.enum_id == new.enum_id
    if source in _NUMBERS and target in _NUMBERS:
        return True
    return (source, target) in _ASSIGNED_TIMES


def keeps_every_value(before: ColumnType, after: ColumnType) -> bool:
    """Tell whether every value fits and comes back the same when it is converted back."""
    old, new = before.canonical(), after.canonical()
    source, target = old.data_type, new.data_type
    if old == new:
        return True
    if target is DataType.TEXT:
        return source not in (DataType.NATIVE, DataType.CHAR)
    if target is DataType.VARCHAR and source is DataType.VARCHAR:
        return _at_least(new.length, old.length)
    if source is target and source in SECONDS_PRECISION_TYPES:
        return _at_least(_seconds(new), _seconds(old))
    if target is DataType.DECIMAL and source in WHOLE_NUMBERS | {DataType.DECIMAL}:
        return _decimal_holds(old, new)
    return (source, target) in _WIDENING


_WIDENING = frozenset(
    {
        (DataType.SMALLINT, DataType.INT),
        (DataType.SMALLINT, DataType.BIGINT),
        (DataType.INT, DataType.BIGINT),
        (DataType.SMALLINT, DataType.FLOAT),
        (DataType.SMALLINT, DataType.DOUBLE),
        (DataType.INT, DataType.DOUBLE),
        (DataType.FLOAT, DataType.DOUBLE),
        (DataType.SMALLINT, DataType.JSONB),
        (DataType.INT, DataType.JSONB),
        (DataType.BIGINT, DataType.JSONB),
        (DataType.BOOLEAN, DataType.JSONB),
        (DataType.BOOLEAN, DataType.SMALLINT),
        (DataType.BOOLEAN, DataType.INT),
        (DataType.BOOLEAN, DataType.BIGINT),
    }
)
"""Pairs of types whose second has room for every value of the first."""

_WHOLE_DIGITS = {DataType.SMALLINT: 5, DataType.INT: 10, DataType.BIGINT: 19}
"""Most digits of a whole number. Source: PostgreSQL manual, 8.1.1 Integer Types."""

_MOST_SECONDS_DIGITS = 6
"""Source: PostgreSQL manual, 8.5 Date/Time Types."""


def _at_least(wider: int | None, narrower: int | None) -> bool:
    """Compare limits, of which None is the widest."""
    return wider is None or (narrower is not None and wider >= narrower)


def _seconds(column_type: ColumnType) -> int:
    precision = column_type.precision
    return _MOST_SECONDS_DIGITS if precision is None else precision


def _decimal_holds(old: ColumnType, new: ColumnType) -> bool:
    if new.precision is None:
        return True
    scale = new.scale or 0
    room = new.precision - scale
    if old.data_type is not DataType.DECIMAL:
        return room >= _WHOLE_DIGITS[old.data_type]
    if old.precision is None:
        return False
    old_scale = old.scale or 0
    return scale >= old_scale and room >= old.precision - old_scale


def _through_json(value: str, source: DataType, target: DataType, bare_type: str) -> str | None:
    if DataType.BLOB in (source, target):
        return None
    if target is DataType.JSONB:
        return f"to_jsonb({value})"
    return f"({value} #>> '{{}}')::{bare_type}"


def _zoned(value: str, source: DataType, target: DataType) -> str | None:
    """Convert between points in time and what the calendar and the clock show in UTC."""
    in_utc = f"{value} AT TIME ZONE 'UTC'"
    match source, target:
        case DataType.TIMESTAMP, DataType.TIMESTAMPTZ:
            return in_utc
        case DataType.DATE, DataType.TIMESTAMPTZ:
            return f"{value}::timestamp AT TIME ZONE 'UTC'"
        case DataType.TIMESTAMPTZ, DataType.TIMESTAMP:
            return in_utc
        case DataType.TIMESTAMPTZ, DataType.DATE:
            return f"({in_utc})::date"
        case DataType.TIMESTAMPTZ, DataType.TIME:
            return f"({in_utc})::time"
        case _:
            return None
