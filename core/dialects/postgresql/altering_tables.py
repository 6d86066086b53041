"""How PostgreSQL spells what is done to namespaces, tables, sequences and comments.

create_namespace, drop_namespace, rename_table, move_table, drop_table, rename_sequence,
comment_on_namespace, comment_on_enum, comment_on_table, comment_on_column. Making a table is
`speller`.
"""

from __future__ import annotations

from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import comment, statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.statement import Statement, Taken


def create_namespace(name: str, *, if_not_exists: bool = False) -> Statement:
    """Make a namespace."""
    words = "IF NOT EXISTS " if if_not_exists else ""
    return statement(f"CREATE SCHEMA {words}{quote(name)}", effects.CREATE_NAMESPACE, name)


def drop_namespace(name: str, *, if_exists: bool = False) -> Statement:
    """Drop an empty namespace; one that holds anything stays and the statement fails."""
    words = "IF EXISTS " if if_exists else ""
    return statement(f"DROP SCHEMA {words}{quote(name)}", effects.DROP_NAMESPACE, name)


def rename_table(at: Place, name: str, cause: str) -> Statement:
    """Give a table another name in its namespace."""
    return statement(f"ALTER TABLE {at.sql} RENAME TO {quote(name)}", effects.RENAME_TABLE, cause)


def move_table(at: Place, namespace: str, cause: str) -> Statement:
    """Move a table with its indexes, constraints and owned sequences to another namespace.

    Source: PostgreSQL manual, SQL Commands, ALTER TABLE, SET SCHEMA.
    """
    sql = f"ALTER TABLE {at.sql} SET SCHEMA {quote(namespace)}"
    return statement(sql, effects.MOVE_TABLE, cause)


def drop_table(at: Place, cause: str, *, if_exists: bool = False) -> Statement:
    """Drop a table that nothing outside depends on."""
    words = "IF EXISTS " if if_exists else ""
    return Statement(
        sql=f"DROP TABLE {words}{at.sql}",
        effect=effects.DROP_TABLE,
        causes=(cause,),
        takes=Taken(namespace=at.namespace, table=at.name),
    )


def rename_sequence(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Give the sequence of an identity column another name."""
    words = "IF EXISTS " if if_exists else ""
    sql = f"ALTER SEQUENCE {words}{at.sql} RENAME TO {quote(name)}"
    return statement(sql, effects.RENAME_SEQUENCE, cause)


def comment_on_namespace(name: str, text: str) -> Statement:
    """Write the description of a namespace; an empty text takes it away."""
    return comment(f"SCHEMA {quote(name)}", text, effects.COMMENT_ON_OTHER, name)


def comment_on_enum(at: Place, text: str, cause: str) -> Statement:
    """Write the description of an enumerated type; an empty text takes it away."""
    return comment(f"TYPE {at.sql}", text, effects.COMMENT_ON_OTHER, cause)


def comment_on_table(at: Place, text: str, cause: str) -> Statement:
    """Write the description of a table; an empty text takes it away."""
    return comment(f"TABLE {at.sql}", text, effects.COMMENT_ON_TABLE, cause)


def comment_on_column(at: Place, column: str, text: str, cause: str) -> Statement:
    """Write the description of a column; an empty text takes it away."""
    subject = f"COLUMN {at.sql}.{quote(column)}"
    return comment(subject, text, effects.COMMENT_ON_TABLE, cause)
