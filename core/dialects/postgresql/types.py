"""How PostgreSQL spells column types."""

from __future__ import annotations

from collections.abc import Mapping

from core.definition.model import Definition, Enum
from core.definition.types import (
    MOST_SECONDS_DIGITS,
    SECONDS_PRECISION_TYPES,
    ColumnType,
    DataType,
)
from core.dialects.errors import MissingThingError
from core.dialects.postgresql.quoting import fenced, quote_qualified

_SPELLING = {
    DataType.SMALLINT: "smallint",
    DataType.INT: "integer",
    DataType.BIGINT: "bigint",
    DataType.DECIMAL: "numeric",
    DataType.FLOAT: "real",
    DataType.DOUBLE: "double precision",
    DataType.BOOLEAN: "boolean",
    DataType.UUID: "uuid",
    DataType.TEXT: "text",
    DataType.BLOB: "bytea",
    DataType.CHAR: "char",
    DataType.VARCHAR: "varchar",
    DataType.DATE: "date",
    DataType.TIME: "time",
    DataType.TIMESTAMP: "timestamp",
    DataType.TIMESTAMPTZ: "timestamptz",
    DataType.INTERVAL: "interval",
    DataType.JSONB: "jsonb",
}
"""The word for each canonical type. Source: DESIGN, section 5; PostgreSQL manual, chapter 8."""


def type_sql(column_type: ColumnType, definition: Definition) -> str:
    """Spell a column type.

    Args:
        column_type: The type.
        definition: Holds the enum, if it is one.

    Raises:
        MissingThingError: the enum is not in the definition.

    Example:
        >>> type_sql(ColumnType(data_type=DataType.DECIMAL, precision=10), Definition(tables=()))
        'numeric(10,0)'
    """
    enum = definition.enum(column_type.enum_id or "")
    return spell_type(column_type, {} if enum is None else {enum.id: enum})


def spell_type(column_type: ColumnType, enums: Mapping[str, Enum]) -> str:
    """Spell a column type, looking enums up by their id.

    Raises:
        MissingThingError: the enum is not there.
    """
    if column_type.native is not None:
        return fenced(column_type.native)
    data_type = column_type.data_type.canonical()
    if data_type is DataType.ENUM:
        enum = enums.get(column_type.enum_id or "")
        if enum is None:
            raise MissingThingError(
                thing="enum", missing_id=column_type.enum_id, wanted_by="a column type"
            )
        return quote_qualified(enum.namespace, enum.name)
    return _SPELLING[data_type] + _parameters(data_type, column_type)


def _parameters(data_type: DataType, column_type: ColumnType) -> str:
    if data_type is DataType.DECIMAL and column_type.precision is not None:
        return f"({column_type.precision},{column_type.scale or 0})"
    if data_type in SECONDS_PRECISION_TYPES and column_type.precision is not None:
        return f"({min(column_type.precision, MOST_SECONDS_DIGITS)})"
    if data_type is DataType.CHAR:
        return f"({1 if column_type.length is None else column_type.length})"
    if data_type is DataType.VARCHAR and column_type.length is not None:
        return f"({column_type.length})"
    return ""
