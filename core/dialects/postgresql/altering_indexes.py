"""How PostgreSQL spells what is done to indexes of tables that are there.

create_index, create_unique_index, drop_index, rename_index. Columns are given by the names that
they have when the statement runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from core.definition.model import Index
from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import index_lines, lines, name_list, statement
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.statement import IndexBuild, Statement


def create_index(
    at: Place,
    index: Index,
    column_name: Callable[[str], str],
    *,
    name: str,
    concurrently: bool = False,
) -> Statement:
    """Make an index of a table that is there.

    Args:
        at: The table.
        index: The index, whose id is the cause.
        column_name: Gives the name that a column has now, by its id.
        name: The name that the index gets.
        concurrently: Whether writers go on meanwhile, outside a transaction.
    """
    words = "CONCURRENTLY " if concurrently else ""
    sql = index_lines(index, at, column_name, name=name, words=words)
    return _build(sql, Place(at.namespace, name), index.id, concurrently=concurrently)


def create_unique_index(
    at: Place, name: str, columns: Iterable[str], cause: str, *, concurrently: bool = True
) -> Statement:
    """Make the unique index over columns that a key is then made from."""
    words = "CONCURRENTLY " if concurrently else ""
    sql = lines(f"CREATE UNIQUE INDEX {words}{quote(name)}", f"ON {at.sql} {name_list(columns)}")
    return _build(sql, Place(at.namespace, name), cause, concurrently=concurrently)


def drop_index(
    at: Place, cause: str, *, concurrently: bool = False, if_exists: bool = False
) -> Statement:
    """Drop an index that belongs to no constraint.

    Source: PostgreSQL manual, SQL Commands, DROP INDEX.

    Args:
        at: The index itself: the namespace of its table and its name.
        cause: Id of the index.
        concurrently: Whether everybody goes on meanwhile, outside a transaction.
        if_exists: Whether one that is not there is no failure.
    """
    words = "CONCURRENTLY " if concurrently else ""
    words += "IF EXISTS " if if_exists else ""
    effect = effects.DROP_INDEX_CONCURRENTLY if concurrently else effects.DROP_INDEX
    return Statement(
        sql=f"DROP INDEX {words}{at.sql}",
        effect=effect,
        causes=(cause,),
        is_transactional=not concurrently,
    )


def rename_index(at: Place, name: str, cause: str, *, if_exists: bool = False) -> Statement:
    """Give an index another name; a constraint that it belongs to follows.

    Args:
        at: The index itself: the namespace of its table and its name.
        name: The new name.
        cause: Id of the index.
        if_exists: Whether one that is not there is no failure.
    """
    words = "IF EXISTS " if if_exists else ""
    sql = f"ALTER INDEX {words}{at.sql} RENAME TO {quote(name)}"
    return statement(sql, effects.RENAME_INDEX, cause)


def _build(sql: str, index: Place, cause: str, *, concurrently: bool) -> Statement:
    if not concurrently:
        return statement(sql, effects.CREATE_INDEX, cause)
    return Statement(
        sql=sql,
        effect=effects.CREATE_INDEX_CONCURRENTLY,
        causes=(cause,),
        is_transactional=False,
        index_build=IndexBuild(namespace=index.namespace, name=index.name),
    )
