"""How PostgreSQL spells what is done to columns of tables that are there.

add_column, drop_column, rename_column, set_not_null, drop_not_null, set_default, drop_default,
change_type, add_identity, change_identity, drop_identity, restart_identity, continue_identity,
drop_expression, fill. Which conversion a type change needs is `casts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.definition.model import Column, IdentityKind
from core.dialects.postgresql import effects
from core.dialects.postgresql.additions import addition_effect
from core.dialects.postgresql.clauses import (
    IDENTITY_WORDS,
    identity_clause,
    lines,
    statement,
)
from core.dialects.postgresql.defaults import column_default_sql
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import fenced, parenthesised, quote, quote_literal
from core.dialects.postgresql.speller import PostgresqlSpeller
from core.dialects.statement import Batches, Effect, Statement, Taken


def add_column(
    at: Place, column: Column, speller: PostgresqlSpeller, *, if_not_exists: bool = False
) -> Statement:
    """Add a column.

    Args:
        at: The table.
        column: The column as it is to be; leave out with `replace` what comes later.
        speller: Of the definition whose names hold when it runs.
        if_not_exists: Whether one that is there is left alone.

    Raises:
        MissingThingError: its enum is not in the speller's definition.
        DefaultMismatchError: its default does not fit its type.
    """
    words = "IF NOT EXISTS " if if_not_exists else ""
    sql = lines(f"ALTER TABLE {at.sql}", f"ADD COLUMN {words}{speller.column(column)}")
    return statement(sql, addition_effect(column), column.id)


def drop_column(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Drop a column with the indexes and constraints that are on it."""
    words = "IF EXISTS " if if_exists else ""
    sql = f"ALTER TABLE {at.sql} DROP COLUMN {words}{quote(name)}"
    return Statement(
        sql=sql,
        effect=effects.DROP_COLUMN,
        causes=(cause,),
        takes=Taken(namespace=at.namespace, table=at.name, column=name),
    )


def rename_column(at: Place, name: str, to: str, cause: str) -> Statement:
    """Give a column another name; everything that uses it follows."""
    sql = f"ALTER TABLE {at.sql} RENAME COLUMN {quote(name)} TO {quote(to)}"
    return statement(sql, effects.RENAME_COLUMN, cause)


def set_not_null(at: Place, name: str, cause: str, *, is_proven: bool = False) -> Statement:
    """Forbid NULL in a column.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, SET NOT NULL.

    Args:
        at: The table.
        name: The column.
        cause: Id of the column.
        is_proven: Whether a valid check says so already, so that the rows are not read.
    """
    effect = effects.SET_NOT_NULL_PROVEN if is_proven else effects.SET_NOT_NULL
    return _alter(at, name, "SET NOT NULL", effect, cause)


def drop_not_null(at: Place, name: str, cause: str) -> Statement:
    """Allow NULL in a column."""
    return _alter(at, name, "DROP NOT NULL", effects.DROP_NOT_NULL, cause)


def set_default(at: Place, name: str, column: Column, cause: str) -> Statement:
    """Give a column the default that the given one has, or none.

    Args:
        at: The table.
        name: The column's name of now.
        column: The column whose default and type count.
        cause: Id of the column.

    Raises:
        DefaultMismatchError: the default does not fit the type.
    """
    default = column_default_sql(column)
    if default is None:
        return drop_default(at, name, cause)
    return _alter(at, name, f"SET DEFAULT {default}", effects.CHANGE_DEFAULT, cause)


def drop_default(at: Place, name: str, cause: str) -> Statement:
    """Take the default of a column away."""
    return _alter(at, name, "DROP DEFAULT", effects.CHANGE_DEFAULT, cause)


def change_type(
    at: Place, name: str, type_words: str, effect: Effect, cause: str, *, using: str | None = None
) -> Statement:
    """Give a column another type, converting its values in place.

    Args:
        at: The table.
        name: The column's name of now.
        type_words: The new type, spelled.
        effect: What it does, see `type_changes.type_change_effect`.
        cause: Id of the column.
        using: How a value becomes one of the new type, see `casts.using`; None leaves it to the
            server's assignment.
    """
    parts = [f"ALTER TABLE {at.sql}", f"ALTER COLUMN {quote(name)} TYPE {type_words}"]
    if using is not None:
        parts.append(f"USING {fenced(using)}")
    return statement(lines(*parts), effect, cause)


def add_identity(
    at: Place,
    name: str,
    kind: IdentityKind,
    cause: str,
    *,
    sequence: tuple[str, str] | None = None,
) -> Statement:
    """Let a column that forbids NULL and has no default count up by itself, from 1.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, ADD GENERATED.
    """
    words = f"ADD {identity_clause(kind, sequence)}"
    return _alter(at, name, words, effects.CHANGE_IDENTITY, cause)


def change_identity(at: Place, name: str, kind: IdentityKind, cause: str) -> Statement:
    """Change how strictly a column counts up by itself."""
    words = f"SET GENERATED {IDENTITY_WORDS[kind]}"
    return _alter(at, name, words, effects.CHANGE_IDENTITY, cause)


def drop_identity(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Let a column no longer count up by itself; its sequence goes."""
    words = "DROP IDENTITY IF EXISTS" if if_exists else "DROP IDENTITY"
    return _alter(at, name, words, effects.CHANGE_IDENTITY, cause)


def restart_identity(at: Place, name: str, cause: str) -> Statement:
    """Let an identity column go on above the largest value that is in it.

    Source: PostgreSQL manual, 9.17 Sequence Manipulation Functions.
    """
    sequence = f"pg_get_serial_sequence({quote_literal(at.sql)}, {quote_literal(name)})"
    column = quote(name)
    sql = lines(
        f"SELECT setval({sequence}, greatest(coalesce(max({column}), 0) + 1, 1), false)",
        f"FROM {at.sql}",
    )
    return statement(sql, effects.RESTART_IDENTITY, cause)


def continue_identity(at: Place, name: str, counter: Place, cause: str) -> Statement:
    """Let an identity column go on where a sequence stands that counted for it so far.

    Source: PostgreSQL manual, 9.17 Sequence Manipulation Functions; SQL Commands, CREATE SEQUENCE,
    Notes: a sequence can be read like a table.
    """
    sequence = f"pg_get_serial_sequence({quote_literal(at.sql)}, {quote_literal(name)})"
    sql = f"SELECT setval({sequence}, last_value, is_called) FROM {counter.sql}"  # noqa: S608 names are quoted
    return statement(sql, effects.CONTINUE_IDENTITY, cause)


def drop_expression(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Make a generated column an ordinary one that keeps its values."""
    words = "DROP EXPRESSION IF EXISTS" if if_exists else "DROP EXPRESSION"
    return _alter(at, name, words, effects.DROP_EXPRESSION, cause)


def fill(at: Place, assignments: Sequence[tuple[str, str]], cause: str, *, where: str) -> Statement:
    """Write values into rows that are there, a stretch of pages at a time.

    Args:
        at: The table.
        assignments: Names of columns, each with the expression of its value.
        cause: Id of the column it is for.
        where: Which rows still need it; it must hold for no row that was done already.
    """
    written = ", ".join(f"{quote(name)} = {fenced(value)}" for name, value in assignments)
    parts = [
        f"UPDATE {at.sql}",
        f"SET {written}",
        "WHERE ctid >= {first} AND ctid < {end}",
        f"AND {parenthesised(where)}",
    ]
    return Statement(
        sql=lines(*parts),
        effect=effects.FILL,
        causes=(cause,),
        batches=Batches(namespace=at.namespace, table=at.name),
    )


def _alter(at: Place, name: str, words: str, effect: Effect, cause: str) -> Statement:
    return statement(f"ALTER TABLE {at.sql} ALTER COLUMN {quote(name)} {words}", effect, cause)
