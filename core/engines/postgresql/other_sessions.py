"""Who else is in a database: sessions that hold locks, in words for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.engines.postgresql.connecting import Link

_BLOCKING = """
SELECT a.pid, a.application_name, a.usename, a.state, a.xact_start
  FROM unnest(pg_blocking_pids(%s)) b (pid) JOIN pg_stat_activity a ON a.pid = b.pid
 ORDER BY 1"""
"""Who keeps a session waiting. Source: PostgreSQL manual, 9.27.1 Session Information Functions."""

_WORKING = """
SELECT a.pid, a.application_name, a.usename, a.state, a.xact_start
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.objid = 0
   AND l.classid = ((hashtext('schema_builder')::bigint + 4294967296) % 4294967296)::oid
   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
   AND l.pid <> pg_backend_pid()
 ORDER BY 1"""
"""Who holds the advisory lock of this database. Source: PostgreSQL manual, 53.13 pg_locks."""

_HOLDING = """
SELECT l.relation, a.pid, a.application_name, a.usename, a.state, a.xact_start,
       string_agg(DISTINCT l.mode, ', ' ORDER BY l.mode)
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.granted AND l.relation = ANY (%s::oid[])
   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
   AND l.pid <> pg_backend_pid()
 GROUP BY 1, 2, 3, 4, 5, 6
 ORDER BY 1, 2"""
"""Who holds locks on relations. Source: PostgreSQL manual, 53.13 pg_locks."""


def sessions_blocking(link: Link, pid: int) -> tuple[str, ...]:
    """Return the sessions that keep another one waiting, each as a short text."""
    return tuple(_shown(*row) for row in link.query(_BLOCKING, (pid,)))


def sessions_working(link: Link) -> tuple[str, ...]:
    """Return the sessions that change this database's structure, each as a short text."""
    return tuple(_shown(*row) for row in link.query(_WORKING))


def sessions_holding(link: Link, oids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the sessions that hold locks, by relation, each as a short text."""
    found: dict[int, tuple[str, ...]] = {}
    for row in link.query(_HOLDING, (list(oids),)):
        relation, pid, application, role, state, since, modes = row
        text = f"{_shown(pid, application, role, state, since)} with {modes}"
        found[relation] = (*found.get(relation, ()), text)
    return found


def _shown(
    pid: int, application: str, role: str | None, state: str | None, since: datetime | None
) -> str:
    """Write what the server lets us see of a session; of other roles' sessions that is little."""
    who = f"{application} as {role}" if application else f"{role}"
    if state is None:
        return f"session {pid} ({who})"
    began = f", in a transaction since {_time(since)}" if since is not None else ""
    return f"session {pid} ({who}, {state}{began})"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
