"""Ending sessions that somebody left behind, such as those of a worker that vanished."""

from __future__ import annotations

import time
from collections.abc import Collection

from core.databases.errors import StatementFailedError
from core.engines.postgresql.connecting import Link, shown_name

PAUSE_SECONDS = 0.02
"""Time between two looks whether ended sessions are gone."""

_SESSIONS = """
SELECT pid, backend_start FROM pg_stat_activity
 WHERE application_name = %s AND backend_type = 'client backend' AND pid <> ALL (%s::int[])"""
"""Of sessions that we may not end, the server does not show the type, so they are not found."""

_STILL_THERE = """
SELECT 1 FROM pg_stat_activity a
  JOIN unnest(%s::int[], %s::timestamptz[]) u (pid, began)
    ON a.pid = u.pid AND a.backend_start = u.began
 LIMIT 1"""


def end_sessions_of(link: Link, application_name: str, *, spared: Collection[int]) -> None:
    """End the sessions that show this name, and wait for them to be gone, but not forever.

    Args:
        link: The account's connection.
        application_name: What they show; an empty one is nobody's.
        spared: Processes of our own connections, besides this one.
    """
    if not application_name:
        return
    keep = [link.backend_pid, *spared]
    pids: list[int] = []
    starts: list[object] = []
    for pid, began in link.query(_SESSIONS, (shown_name(application_name), keep)):
        try:
            link.execute("SELECT pg_terminate_backend(%s)", (pid,))
        except StatementFailedError:
            continue  # not ours to end
        pids.append(pid)
        starts.append(began)
    deadline = time.monotonic() + link.patience_seconds
    while pids and link.query(_STILL_THERE, (pids, starts)) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
