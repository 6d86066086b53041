"""Running a statement in a thread while this one watches from a second connection.

Watching tells who is in the way and how far the building of an index is. Callbacks run in the
thread of the caller. Statements that are done at once cost no second connection.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack

from core.databases.errors import LockTimeoutError
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.other_sessions import sessions_blocking
from core.engines.postgresql.patience import Progress
from core.errors import SchemaBuilderError

FIRST_LOOK_SECONDS = 0.1
"""Time before the first look, which is less than the shortest wait for a lock."""

LOOK_SECONDS = 0.25
"""Time between two looks."""

_INTERRUPT_SECONDS = 0.05

_BUILDING = """
SELECT phase, blocks_done, nullif(blocks_total, 0), tuples_done, nullif(tuples_total, 0)
  FROM pg_stat_progress_create_index WHERE pid = %s"""
"""How far the building of an index is. Source: PostgreSQL manual, 27.4.4."""

_PHASES: dict[str, tuple[float, float]] = {
    "building index: scanning table": (0.0, 0.4),
    "building index: sorting live tuples": (0.4, 0.4),
    "building index: loading tuples in tree": (0.4, 0.6),
    "waiting for writers before validation": (0.6, 0.6),
    "index validation: scanning index": (0.6, 0.7),
    "index validation: sorting tuples": (0.7, 0.7),
    "index validation: scanning table": (0.7, 0.95),
    "waiting for old snapshots": (0.95, 0.95),
}
"""Phases of a concurrent build with the part of the whole that each stands for, by estimate."""


def run_watched(link: Link, act: Callable[[], object], progress: Progress) -> None:
    """Run what uses a connection in another thread, and watch it from here.

    Raises:
        LockTimeoutError: others were in the way; it names them as far as they were seen.
        SchemaBuilderError: whatever else the work raised.
    """
    with ThreadPoolExecutor(max_workers=1) as executor, ExitStack() as stack:
        future = executor.submit(act)
        try:
            holders = _watch(link, future, stack, progress)
        except BaseException:
            while wait([future], timeout=_INTERRUPT_SECONDS).not_done:
                link.interrupt()
            raise
        try:
            future.result()
        except LockTimeoutError as error:
            raise LockTimeoutError(
                database_name=link.address.database_name, holders=error.holders or holders
            ) from error


def _watch(
    link: Link, future: Future[object], stack: ExitStack, progress: Progress
) -> tuple[str, ...]:
    """Look until the work is done; return who was in the way last."""
    holders: tuple[str, ...] = ()
    beside: Link | None = None
    pause = FIRST_LOOK_SECONDS
    while wait([future], timeout=pause).not_done:
        pause = LOOK_SECONDS
        try:
            beside = beside or stack.enter_context(link.beside())
            holders = sessions_blocking(beside, link.backend_pid) or holders
            told = _progress(beside, link.backend_pid)
        except SchemaBuilderError:
            continue  # seeing less is no reason to stop what runs
        if told is not None:
            progress(*told)
    return holders


def _progress(beside: Link, pid: int) -> tuple[str, float | None] | None:
    rows = beside.query(_BUILDING, (pid,))
    if not rows:
        return None
    phase, blocks, all_blocks, tuples, all_tuples = rows[0]
    if phase not in _PHASES:
        return phase, None
    start, end = _PHASES[phase]
    done = blocks / all_blocks if all_blocks else tuples / all_tuples if all_tuples else 0.0
    return phase, start + (end - start) * min(done, 1.0)
