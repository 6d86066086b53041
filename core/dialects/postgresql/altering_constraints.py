"""How PostgreSQL spells what is done to constraints of tables that are there.

add_primary_key, add_unique, add_key_using_index, add_check, add_foreign_key,
validate_constraint, validate_foreign_key, drop_constraint, rename_constraint, change_timing.
Columns are given by the names that they have when the statement runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.definition.model import ForeignKey
from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import (
    check_clause,
    foreign_key_lines,
    lines,
    primary_key_clause,
    statement,
    timing_words,
    unique_clause,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.statement import Statement


def add_primary_key(at: Place, name: str, columns: Iterable[str], cause: str) -> Statement:
    """Add a primary key and build its index while everybody waits."""
    sql = lines(f"ALTER TABLE {at.sql}", f"ADD {primary_key_clause(name, columns)}")
    return statement(sql, effects.ADD_KEY, cause)


def add_unique(at: Place, name: str, columns: Iterable[str], cause: str) -> Statement:
    """Add a unique constraint and build its index while everybody waits."""
    sql = lines(f"ALTER TABLE {at.sql}", f"ADD {unique_clause(name, columns)}")
    return statement(sql, effects.ADD_KEY, cause)


def add_key_using_index(
    at: Place,
    name: str,
    index: str,
    cause: str,
    *,
    is_primary: bool = False,
    has_nullable_columns: bool = False,
) -> Statement:
    """Make a unique index that is there into a constraint; it takes the constraint's name.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, ADD table_constraint_using_index.

    Args:
        at: The table.
        name: The name of the constraint.
        index: The index, of the table's namespace.
        cause: Id of the constraint.
        is_primary: Whether it is the primary key.
        has_nullable_columns: Whether a column of a primary key still allows NULL, so that the rows
            are looked at.
    """
    kind = "PRIMARY KEY" if is_primary else "UNIQUE"
    sql = lines(
        f"ALTER TABLE {at.sql}",
        f"ADD CONSTRAINT {quote(name)} {kind} USING INDEX {quote(index)}",
    )
    scans = is_primary and has_nullable_columns
    return statement(sql, effects.ATTACH_KEY_SCANNING if scans else effects.ATTACH_KEY, cause)


def add_check(
    at: Place, name: str, expression: str, cause: str, *, is_valid: bool = True
) -> Statement:
    """Add a check constraint.

    Args:
        at: The table.
        name: The name of the constraint.
        expression: What must not be false, over the names of now.
        cause: Id of the constraint or of the column it is for.
        is_valid: Whether the rows are looked at; else only rows written from now on.
    """
    parts = [f"ALTER TABLE {at.sql}", f"ADD {check_clause(name, expression)}"]
    if not is_valid:
        parts.append("NOT VALID")
    effect = effects.ADD_CHECK if is_valid else effects.ADD_CHECK_NOT_VALID
    return statement(lines(*parts), effect, cause)


def add_foreign_key(
    at: Place,
    foreign_key: ForeignKey,
    *,
    name: str,
    columns: Iterable[str],
    target: Place,
    target_columns: Iterable[str],
    is_valid: bool = True,
) -> Statement:
    """Add a foreign key.

    Args:
        at: The table that refers.
        foreign_key: What it does beyond referring, and its id.
        name: The name of the constraint.
        columns: Names of the columns that refer.
        target: The table referred to.
        target_columns: Names of its columns.
        is_valid: Whether the rows are looked at; else only rows written from now on.
    """
    clause = foreign_key_lines(
        foreign_key, name=name, columns=columns, target=target, target_columns=target_columns
    )
    parts = [f"ALTER TABLE {at.sql}", f"ADD {clause[0]}", *clause[1:]]
    if not is_valid:
        parts.append("NOT VALID")
    effect = effects.ADD_FOREIGN_KEY if is_valid else effects.ADD_FOREIGN_KEY_NOT_VALID
    return statement(lines(*parts), effect, foreign_key.id)


def validate_constraint(at: Place, name: str, cause: str) -> Statement:
    """Look at the rows of a check that was added as not valid, while everybody goes on."""
    sql = f"ALTER TABLE {at.sql} VALIDATE CONSTRAINT {quote(name)}"
    return statement(sql, effects.VALIDATE_CHECK, cause)


def validate_foreign_key(at: Place, name: str, cause: str) -> Statement:
    """Look at the rows of a foreign key that was added as not valid, while everybody goes on."""
    sql = f"ALTER TABLE {at.sql} VALIDATE CONSTRAINT {quote(name)}"
    return statement(sql, effects.VALIDATE_FOREIGN_KEY, cause)


def drop_constraint(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Drop a constraint of any kind, with its index where it has one."""
    words = "IF EXISTS " if if_exists else ""
    sql = f"ALTER TABLE {at.sql} DROP CONSTRAINT {words}{quote(name)}"
    return statement(sql, effects.DROP_CONSTRAINT, cause)


def rename_constraint(at: Place, name: str, to: str, cause: str) -> Statement:
    """Give a constraint of any kind another name; its index, where it has one, follows."""
    sql = f"ALTER TABLE {at.sql} RENAME CONSTRAINT {quote(name)} TO {quote(to)}"
    return statement(sql, effects.RENAME_CONSTRAINT, cause)


def change_timing(at: Place, name: str, foreign_key: ForeignKey, cause: str) -> Statement:
    """Let a foreign key be checked when the given one is.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, ALTER CONSTRAINT.
    """
    timing = timing_words(foreign_key) or "NOT DEFERRABLE"
    sql = f"ALTER TABLE {at.sql} ALTER CONSTRAINT {quote(name)} {timing}"
    return statement(sql, effects.CHANGE_TIMING, cause)
