"""The last look before something goes: under the lock, in the transaction that drops it."""

from __future__ import annotations

import hashlib
from collections.abc import Container

from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.statement import Line, Statement, Taken

VALUE_CAME = "SB001"
"""Code of the failure when something is there after all; the message is the mark of where.

Source: PostgreSQL manual, appendix A: classes that begin with I to Z are free for applications.
"""

LONGEST_LOOK_BYTES = 256 * 1024 * 1024
"""Tables larger than that are not read while everybody waits: their last look is earlier."""


def looking_first(line: Line, empty: Container[str]) -> Line:
    """Let a line drop things only if they hold nothing when nobody can write any more.

    Args:
        line: The line.
        empty: Ids of the tables and columns that nobody allowed to lose values.
    """
    statements: list[Statement] = []
    for each in line.statements:
        if each.takes is not None:
            statements.extend(_look(each.takes, cause) for cause in each.causes if cause in empty)
        statements.append(each)
    return line if len(statements) == len(line.statements) else Line(statements=tuple(statements))


def mark(cause: str) -> str:
    """Return what the failure says instead of the id of a thing, which may be any text."""
    return hashlib.sha256(cause.encode()).hexdigest()[:16]


def _look(taken: Taken, cause: str) -> Statement:
    table = Place(taken.namespace, taken.table).sql
    condition = "" if taken.column is None else f" WHERE {quote(taken.column)} IS NOT NULL"
    is_gone = f"to_regclass({quote_literal(table)}) IS NULL"
    if taken.column is not None:
        is_gone = f"""NOT EXISTS (
        SELECT FROM pg_catalog.pg_attribute
        WHERE attrelid = to_regclass({quote_literal(table)}) AND NOT attisdropped
        AND attname = {quote_literal(taken.column)}
    )"""
    body = f"""BEGIN
    IF {is_gone} THEN
        RETURN;
    END IF;
    LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
    IF pg_relation_size({quote_literal(table)}) <= {LONGEST_LOOK_BYTES} AND EXISTS (
        SELECT FROM {table}{condition}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '{VALUE_CAME}', MESSAGE = {quote_literal(mark(cause))};
    END IF;
END"""
    return statement(f"DO {quote_literal(body)}", effects.LAST_LOOK, cause)
