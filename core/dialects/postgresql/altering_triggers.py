"""How PostgreSQL keeps one column in step with another while a plan runs.

keep_in_step, stop_keeping, copy_column.
"""

from __future__ import annotations

from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import lines, statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.statement import Statement

_LAST = "zz_"
"""Triggers fire in the order of their names. Source: PostgreSQL manual, 37.1 Overview of Trigger
Behavior."""


def keep_in_step(
    at: Place, function: Place, column: str, value: str, cause: str
) -> tuple[Statement, ...]:
    """Compute a column of every row that is written from now on.

    Args:
        at: The table.
        function: A free name for the function; the trigger is called after it.
        column: The column that is computed.
        value: Its value, an expression over `NEW`.
        cause: Id of the column that it is for.
    """
    body = f"BEGIN\n    NEW.{quote(column)} := {value};\n    RETURN NEW;\nEND"
    return (
        statement(
            lines(
                f"CREATE OR REPLACE FUNCTION {function.sql}() RETURNS trigger",
                f"LANGUAGE plpgsql SET search_path FROM CURRENT AS {quote_literal(body)}",
            ),
            effects.CREATE_FUNCTION,
            cause,
        ),
        statement(
            lines(
                f"CREATE TRIGGER {quote(_LAST + function.name)}",
                f"BEFORE INSERT OR UPDATE ON {at.sql}",
                f"FOR EACH ROW EXECUTE FUNCTION {function.sql}()",
            ),
            effects.CREATE_TRIGGER,
            cause,
        ),
    )


def stop_keeping(at: Place, function: Place, cause: str) -> tuple[Statement, ...]:
    """Compute the column no longer; nothing happens where that is so already."""
    trigger = quote(_LAST + function.name)
    return (
        statement(f"DROP TRIGGER IF EXISTS {trigger} ON {at.sql}", effects.DROP_TRIGGER, cause),
        statement(f"DROP FUNCTION IF EXISTS {function.sql}()", effects.CREATE_FUNCTION, cause),
    )


def copy_column(at: Place, column: str, to: str, cause: str) -> Statement:
    """Copy the values of a column into another one, in all rows at once."""
    parts = (
        f"UPDATE {at.sql}",
        f"SET {quote(to)} = {quote(column)}",
        f"WHERE {quote(column)} IS NOT NULL",
    )
    return statement(lines(*parts), effects.WRITE_ROWS, cause)
