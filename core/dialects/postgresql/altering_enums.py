"""How PostgreSQL spells what is done to enumerated types.

create_enum, drop_enum, rename_enum, move_enum, add_enum_value, rename_enum_value.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import block, statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.statement import Statement


def create_enum(at: Place, values: Sequence[str], cause: str) -> Statement:
    """Make an enumerated type.

    Source: PostgreSQL manual, SQL Commands, CREATE TYPE.
    """
    labels = block([quote_literal(value) for value in values])
    return statement(f"CREATE TYPE {at.sql} AS ENUM {labels}", effects.CREATE_ENUM, cause)


def drop_enum(at: Place, cause: str, *, if_exists: bool = False) -> Statement:
    """Drop an enumerated type that nothing uses."""
    words = "IF EXISTS " if if_exists else ""
    return statement(f"DROP TYPE {words}{at.sql}", effects.DROP_ENUM, cause)


def rename_enum(at: Place, name: str, cause: str) -> Statement:
    """Give an enumerated type another name in its namespace."""
    return statement(f"ALTER TYPE {at.sql} RENAME TO {quote(name)}", effects.ALTER_ENUM, cause)


def move_enum(at: Place, namespace: str, cause: str) -> Statement:
    """Move an enumerated type to another namespace."""
    sql = f"ALTER TYPE {at.sql} SET SCHEMA {quote(namespace)}"
    return statement(sql, effects.ALTER_ENUM, cause)


def add_enum_value(
    at: Place,
    value: str,
    cause: str,
    *,
    before: str | None = None,
    after: str | None = None,
    if_not_exists: bool = True,
) -> Statement:
    """Add a label to an enumerated type, at the end unless a neighbour is given.

    The label cannot be used in the transaction that adds it, so that whatever uses it belongs in
    a later line.

    Source: PostgreSQL manual, SQL Commands, ALTER TYPE.

    Args:
        at: The type.
        value: The new label.
        cause: Id of the enum.
        before: The label that it comes before.
        after: The label that it comes after.
        if_not_exists: Whether a label that is there is left alone.
    """
    words = "IF NOT EXISTS " if if_not_exists else ""
    sql = f"ALTER TYPE {at.sql} ADD VALUE {words}{quote_literal(value)}"
    if before is not None:
        sql += f" BEFORE {quote_literal(before)}"
    elif after is not None:
        sql += f" AFTER {quote_literal(after)}"
    return statement(sql, effects.ALTER_ENUM, cause)


def rename_enum_value(at: Place, value: str, to: str, cause: str) -> Statement:
    """Give a label of an enumerated type another text; rows that have it show the new one."""
    sql = f"ALTER TYPE {at.sql} RENAME VALUE {quote_literal(value)} TO {quote_literal(to)}"
    return statement(sql, effects.ALTER_ENUM, cause)
