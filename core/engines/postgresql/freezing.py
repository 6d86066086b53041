"""Keeping a database as it is while it is saved and replaced, and proving that it stayed so."""

from __future__ import annotations

import time
from dataclasses import dataclass

from core.databases.errors import (
    FreezeLostError,
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
)
from core.dialects.postgresql.versions import SHARED_STATISTICS
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.stored_rows import lockable_relations

OLDEST_STATISTICS_SECONDS = 0.6
"""Before SHARED_STATISTICS a process of the server's own gathers what sessions tell, and hands it
out half a second old at most, unless it hangs; the time of what it handed out shows that.

Source: PostgreSQL 14 sources, src/backend/postmaster/pgstat.c, PGSTAT_STAT_INTERVAL.
"""

_VANISHED = frozenset({"42P01", "3F000"})
"""Codes that say a table or namespace is gone, as it can be between a look and a lock."""

_HELD = """
SELECT relation FROM pg_locks
 WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode = 'ShareLock' AND granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""

_LARGE_OBJECTS = """
SELECT count(*), coalesce(sum(oid::bigint), 0),
       pg_stat_get_tuples_inserted('pg_largeobject'::regclass),
       pg_stat_get_tuples_updated('pg_largeobject'::regclass),
       pg_stat_get_tuples_deleted('pg_largeobject'::regclass)
  FROM pg_largeobject_metadata"""
"""Which large objects there are, and how often their contents were written.

A session tells what it wrote at its end at the latest. Within a transaction the server shows the
same numbers again until it is told to look; older servers hear of it a little later.

Source: PostgreSQL manual, 27.2 The Cumulative Statistics System.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """What a freeze began with."""

    relation_oids: frozenset[int]
    """The relations that were locked."""
    large_objects: tuple[int, ...]
    """State of the large objects."""


def freeze(link: Link) -> Freeze:
    """Lock everything that holds rows, in the transaction that is open or in a new one.

    It looks again after each round, since tables come and go while locks are waited for.

    Raises:
        LockTimeoutError: writers did not let go in time.
    """
    if not link.is_in_transaction:
        link.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
    deadline = time.monotonic() + link.patience_seconds
    while True:
        held = _held(link)
        relations = lockable_relations(link)
        missing = [each for each in relations if each.oid not in held]
        if not missing:
            oids = frozenset(each.oid for each in relations)
            return Freeze(relation_oids=oids, large_objects=_large_objects(link))
        if held and time.monotonic() > deadline:
            raise LockTimeoutError(database_name=link.address.database_name)
        names = ", ONLY ".join(each.sql for each in missing)
        try:
            with link.transaction():
                link.execute(f"LOCK TABLE ONLY {names} IN SHARE MODE")
        except StatementFailedError as error:
            if error.sqlstate not in _VANISHED or time.monotonic() > deadline:
                raise


def confirm(link: Link, frozen: Freeze | None) -> None:
    """Make sure that the locks are still held, on everything that holds rows by now.

    Raises:
        FreezeLostError: they are not.
    """
    try:
        holds = frozen is not None and _is_unchanged(link, frozen)
    except (ServerUnavailableError, StatementFailedError) as error:
        raise FreezeLostError(database_name=link.address.database_name) from error
    if not holds:
        raise FreezeLostError(database_name=link.address.database_name)


def _is_unchanged(link: Link, frozen: Freeze) -> bool:
    held = _held(link)
    now = {each.oid for each in lockable_relations(link)}
    return frozen.relation_oids | now <= held and _large_objects(link) == frozen.large_objects


def _held(link: Link) -> frozenset[int]:
    return frozenset(oid for (oid,) in link.query(_HELD))


def _large_objects(link: Link) -> tuple[int, ...]:
    link.execute("SELECT pg_stat_clear_snapshot()")
    state = tuple(int(number) for number in link.query(_LARGE_OBJECTS)[0])
    if state[0] == 0 or SHARED_STATISTICS.is_of(link.major_version):
        return state
    ((asked_at,),) = link.query("SELECT clock_timestamp()")
    deadline = time.monotonic() + OLDEST_STATISTICS_SECONDS + link.patience_seconds
    while True:
        time.sleep(OLDEST_STATISTICS_SECONDS)
        link.execute("SELECT pg_stat_clear_snapshot()")
        if link.query("SELECT pg_stat_get_snapshot_timestamp() > %s", (asked_at,))[0][0]:
            return tuple(int(number) for number in link.query(_LARGE_OBJECTS)[0])
        if time.monotonic() > deadline:
            raise LockTimeoutError(database_name=link.address.database_name)
