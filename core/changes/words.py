"""How summaries call the types and defaults of columns."""

from __future__ import annotations

from core.definition.model import Default, ExpressionDefault
from core.definition.types import ColumnType, DataType

_MOST_CHARACTERS = 60


def type_words(column_type: ColumnType) -> str:
    """Call a type by its dialect-free word with its parameters; an enum by its id."""
    folded = column_type.canonical()
    if folded.data_type is DataType.NATIVE:
        return folded.native or "a native type"
    if folded.data_type is DataType.ENUM:
        return f"the enum {folded.enum_id}"
    limits = (folded.length, folded.precision, folded.scale)
    given = ", ".join(str(limit) for limit in limits if limit is not None)
    return f"{folded.data_type.value}({given})" if given else folded.data_type.value


def default_words(default: Default | None) -> str:
    """Show a default, cut when it is long."""
    if default is None:
        return "no default"
    text = default.sql if isinstance(default, ExpressionDefault) else default.json
    shown = text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 1]}…"
    return f"the default {shown}"
