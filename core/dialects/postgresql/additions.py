"""What adding a column does to a table: whether its rows are read or written anew.

Source: PostgreSQL manual, SQL Commands, ALTER TABLE, Notes.
"""

from __future__ import annotations

import re

from core.definition.defaults import Literal, meaning
from core.definition.model import Column, Default
from core.definition.types import ColumnType
from core.dialects.postgresql import effects
from core.dialects.statement import Effect

_STEADY_WORDS = (
    "now current_timestamp current_date current_time localtime localtimestamp "
    "transaction_timestamp statement_timestamp current_user session_user user "
    "current_role current_catalog current_schema current_database lower upper btrim ltrim "
    "rtrim length concat coalesce nullif greatest least abs round ceil floor trunc md5 "
    "to_char to_date to_timestamp to_jsonb jsonb_build_object jsonb_build_array "
    "json_build_object json_build_array date_trunc date_part extract make_date "
    "make_interval make_timestamp age array left right repeat replace substring substr "
    "position cast row interval date timestamp timezone numeric varchar char decimal "
    "float time in and or not case when then else any all current_setting"
)
"""Functions, and words that may stand before a parenthesis, whose value is the same throughout
one statement. Any other is taken as volatile."""

_STEADY = frozenset(_STEADY_WORDS.split())

_IGNORED = re.compile(r"E?'(?:[^'\\]|''|\\.)*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_CALL = re.compile(r'(?P<name>"[^"]+"|[^\W\d][\w$]*)\s*\(')


def addition_effect(column: Column) -> Effect:
    """Return what adding a column to a table does."""
    gives_each_its_own = column.identity is not None or column.generated is not None
    if gives_each_its_own or has_volatile_default(column.default, column.type):
        return effects.ADD_COLUMN_REWRITING
    if not column.nullable and column.default is None:
        return effects.ADD_COLUMN_SCANNING
    return effects.ADD_COLUMN


def has_volatile_default(default: Default | None, column_type: ColumnType) -> bool:
    """Tell whether each row that is there would get a value of its own.

    A function that is not known to keep its value is taken as one that does not.

    Raises:
        DefaultMismatchError: the default does not fit the type.
    """
    if default is None:
        return False
    found = meaning(default, column_type)
    return not isinstance(found, Literal) and _is_volatile(found.sql)


def _is_volatile(expression: str) -> bool:
    bare = _IGNORED.sub(" ", expression)
    return any(each["name"].lower() not in _STEADY for each in _CALL.finditer(bare))
