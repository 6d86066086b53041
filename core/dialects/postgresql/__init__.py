"""PostgreSQL's spelling of SQL, for servers 13 and later."""

from core.dialects.postgresql.defaults import default_sql, literal_sql
from core.dialects.postgresql.quoting import (
    fenced,
    parenthesised,
    quote,
    quote_literal,
    quote_qualified,
)
from core.dialects.postgresql.speller import PostgresqlSpeller
from core.dialects.postgresql.types import type_sql

__all__ = [
    "PostgresqlSpeller",
    "default_sql",
    "fenced",
    "literal_sql",
    "parenthesised",
    "quote",
    "quote_literal",
    "quote_qualified",
    "type_sql",
]
