"""What a statement really did, as the server tells it: locks, files and rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.dialects.statement import Statement, Work

LOCKS = {
    "AccessShareLock": "ACCESS SHARE",
    "RowShareLock": "ROW SHARE",
    "RowExclusiveLock": "ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ExclusiveLock": "EXCLUSIVE",
    "AccessExclusiveLock": "ACCESS EXCLUSIVE",
}
"""The manual's names of the locks as `pg_locks` calls them, the weakest first."""

_STRENGTHS: list[str | None] = [None, *LOCKS.values()]

RELATIONS = """
SELECT c.oid, c.relkind, pg_relation_filenode(c.oid) FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
   AND c.relkind IN ('r', 'i', 'S') ORDER BY 1"""
"""Tables, indexes and sequences with their files."""

SCANS = """
SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_xact_all_tables WHERE relid = ANY (%s::oid[])"""
"""Scans that this session began and did not report yet. Source: PostgreSQL manual, 27.2."""

WRITTEN = """
SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
  FROM pg_stat_xact_user_tables WHERE relid = ANY (%s::oid[])"""
"""Rows that this session wrote and did not report yet. Source: PostgreSQL manual, 27.2."""


def rows_of(connection: Connection, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())


def strongest(locks: Iterable[str | None]) -> str | None:
    """Return the strongest of some locks."""
    return max(locks, key=_STRENGTHS.index, default=None)


def strongest_lock(
    connection: Connection, oids: Iterable[int], *, pid: int | None = None
) -> str | None:
    """Return the strongest lock that a session has on any of these relations.

    Args:
        connection: Who asks.
        oids: The relations.
        pid: The server's process of the session, None for the one that asks.
    """
    modes = rows_of(
        connection,
        "SELECT DISTINCT mode FROM pg_locks WHERE pid = coalesce(%s, pg_backend_pid())"
        " AND locktype = 'relation' AND granted AND relation = ANY (%s::oid[])",
        pid,
        list(oids),
    )
    return strongest(LOCKS[str(mode)] for (mode,) in modes)


class Watch:
    """Watches one transaction: it does no more to others than its statements declare together.

    Some statements do less, as there is nothing to do for them; that each form does exactly what
    it declares where there is something, is shown by the tests of its cases.
    """

    def __init__(self, connection: Connection) -> None:
        """Note what is there."""
        self._connection = connection
        self._files = {oid: (kind, node) for oid, kind, node in rows_of(connection, RELATIONS)}

    def confirm(self, statements: Sequence[Statement]) -> None:
        """Fail unless all that was done is declared; to be asked before the transaction ends."""
        texts = [each.sql for each in statements]
        declared = strongest(each.effect.lock for each in statements)
        found = strongest_lock(self._connection, self._files)
        assert strongest((found, declared)) == declared, (found, declared, texts)
        if all(each.effect.work is not Work.REWRITE for each in statements):
            now = {oid: node for oid, _, node in rows_of(self._connection, RELATIONS)}
            for oid, (kind, node) in self._files.items():
                assert kind != "r" or now.get(oid, node) == node, ("rewritten", texts)
