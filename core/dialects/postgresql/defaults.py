"""How PostgreSQL spells the default of a column. What a default means is `definition.defaults`."""

from __future__ import annotations

import re
from decimal import Decimal

from core.definition.defaults import Literal, meaning
from core.definition.literals import json_text
from core.definition.model import Column, Definition
from core.definition.types import WHOLE_NUMBERS, ColumnType, DataType
from core.dialects.postgresql.quoting import parenthesised, quote_literal

_BARE_NUMBER_TYPES = WHOLE_NUMBERS | {
    DataType.DECIMAL,
    DataType.FLOAT,
    DataType.DOUBLE,
    DataType.NATIVE,
}
"""Canonical types on which a number stands without quotation marks."""

_BARE_BOOLEAN_TYPES = frozenset({DataType.BOOLEAN, DataType.NATIVE})
"""Canonical types on which a truth value stands without quotation marks."""

_PLAIN_CALL = re.compile(r"[a-z_]+\(\)|CURRENT_[A-Z]+", re.IGNORECASE)
"""Expressions that stand after DEFAULT as they are: calls without arguments."""


def default_sql(column: Column, definition: Definition) -> str | None:  # noqa: ARG001 dialects that spell enum values by their type need the definition
    """Spell the default of a column.

    Args:
        column: The column.
        definition: The definition it stands in.

    Returns:
        What follows `DEFAULT`, or None when the column has no default.

    Raises:
        DefaultMismatchError: the default does not fit the column's type.
    """
    return column_default_sql(column)


def column_default_sql(column: Column) -> str | None:
    """Spell the default of a column, which needs nothing beside it in this dialect.

    Returns:
        What follows `DEFAULT`, or None when the column has no default.

    Raises:
        DefaultMismatchError: the default does not fit the column's type.
    """
    if column.default is None:
        return None
    found = meaning(column.default, column.type)
    if isinstance(found, Literal):
        return literal_sql(found.value, column.type)
    return found.sql if _PLAIN_CALL.fullmatch(found.sql) else parenthesised(found.sql)


def literal_sql(value: object, column_type: ColumnType) -> str:
    """Spell a JSON value as a constant of a column's type.

    Args:
        value: A JSON value, with Decimals for numbers that are not whole.
        column_type: The type of the column it goes into.
    """
    data_type = column_type.data_type.canonical()
    if data_type is DataType.JSONB:
        return quote_literal(json_text(value))
    match value:
        case None:
            return "NULL"
        case bool():
            text = "true" if value else "false"
            return text if data_type in _BARE_BOOLEAN_TYPES else quote_literal(text)
        case int() | Decimal():
            return str(value) if data_type in _BARE_NUMBER_TYPES else quote_literal(str(value))
        case str():
            return quote_literal(value)
        case _:
            return quote_literal(json_text(value))
