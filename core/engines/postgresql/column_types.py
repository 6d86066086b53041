"""From the way a server writes a column's type to the type of a definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from core.definition.types import ColumnType, DataType

_PLAIN = {
    "smallint": DataType.SMALLINT,
    "integer": DataType.INT,
    "bigint": DataType.BIGINT,
    "numeric": DataType.DECIMAL,
    "real": DataType.FLOAT,
    "double precision": DataType.DOUBLE,
    "boolean": DataType.BOOLEAN,
    "uuid": DataType.UUID,
    "text": DataType.TEXT,
    "bytea": DataType.BLOB,
    "character varying": DataType.VARCHAR,
    "date": DataType.DATE,
    "time without time zone": DataType.TIME,
    "timestamp without time zone": DataType.TIMESTAMP,
    "timestamp with time zone": DataType.TIMESTAMPTZ,
    "interval": DataType.INTERVAL,
    "jsonb": DataType.JSONB,
}
"""What `format_type` writes without parameters. Source: PostgreSQL manual, table 8.1."""

_LENGTH = re.compile(r"(character|character varying)\((\d+)\)")
_DIGITS = re.compile(r"numeric\((\d+),(-?\d+)\)")
_SECONDS = re.compile(r"(time|timestamp|interval)\((\d)\)( with(?:out)? time zone)?")


_TYPES_KEPT = 4096
"""Types that are remembered; a database has few types and many columns."""


def column_type_of(
    written: str, *, enum_name: tuple[str, str] | None, enum_ids: Mapping[tuple[str, str], str]
) -> ColumnType:
    """Return the type of a definition for one of the server's.

    Args:
        written: The type as `format_type` writes it without namespaces of users in `search_path`.
        enum_name: Namespace and name when it is an enumerated type, which is no array of it.
        enum_ids: Ids of the definition's enums by namespace and name.
    """
    if enum_name is not None and enum_name in enum_ids:
        return ColumnType(data_type=DataType.ENUM, enum_id=enum_ids[enum_name])
    return _type_as_written(written)


@lru_cache(_TYPES_KEPT)
def _type_as_written(written: str) -> ColumnType:
    if written in _PLAIN:
        return ColumnType(data_type=_PLAIN[written])
    if match := _LENGTH.fullmatch(written):
        is_fixed = match[1] == "character"
        return ColumnType(
            data_type=DataType.CHAR if is_fixed else DataType.VARCHAR, length=int(match[2])
        )
    if match := _DIGITS.fullmatch(written):
        return ColumnType(data_type=DataType.DECIMAL, precision=int(match[1]), scale=int(match[2]))
    if match := _SECONDS.fullmatch(written):
        plain = _PLAIN.get(match[1] + (match[3] or ""))
        if plain is not None:
            return ColumnType(data_type=plain, precision=int(match[2]))
    return ColumnType(data_type=DataType.NATIVE, native=written)
