"""Making up for what was lost: workers that vanished, announcements that never arrived.

Run every few seconds by the schedule. Running it twice at once is harmless.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from core.clock import Clock
from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import Job, JobId
from core.jobs.queue import Announcer
from core.jobs.repository import JobStore

logger = logging.getLogger(__name__)

MOST_ANNOUNCEMENTS = 500
"""How many jobs one round announces; the next round goes on."""

PURGE_BATCH = 1000
"""How many jobs are forgotten in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What one round did."""

    requeued: tuple[JobId, ...]
    """Jobs taken back from workers that had gone silent."""
    announced: tuple[JobId, ...]
    """Jobs that the broker was told of (again)."""


def repair(
    *,
    open_store: Callable[[], JobStore],
    announcer: Announcer,
    clock: Clock,
    lease_seconds: float,
    announce_grace_seconds: float,
) -> Repair:
    """Take back silent jobs and announce every job that could run and that nobody began.

    Args:
        open_store: Begins a unit of work.
        announcer: Tells the broker.
        clock: Tells the time to record.
        lease_seconds: Silence, by the store's clock, after which a job is taken back.
        announce_grace_seconds: Age at which an unheard announcement is repeated for the first time.

    Raises:
        UnavailableError: the store is away; the next round tries again.
    """
    with open_store() as store:
        requeued = store.jobs.requeue_silent(timedelta(seconds=lease_seconds), clock.now())
        store.commit()
    for job in requeued:
        logger.warning(
            "job_taken_back",
            extra={"job_id": job.id, "attempt": job.attempt, "cleanup_only": job.cleanup_only},
        )
    with open_store() as store:
        due = store.jobs.due_for_announcement(
            clock.now(), timedelta(seconds=announce_grace_seconds), MOST_ANNOUNCEMENTS
        )
    announced = _announce(due, announcer)
    if announced:
        with open_store() as store:
            store.jobs.mark_announced(announced, clock.now())
            store.commit()
        logger.info("jobs_announced_again", extra={"count": len(announced)})
    return Repair(requeued=tuple(job.id for job in requeued), announced=announced)


def purge(*, open_store: Callable[[], JobStore], clock: Clock, keep: timedelta) -> int:
    """Forget jobs that ended longer ago than they are kept; return how many.

    Raises:
        UnavailableError: the store is away; the next round tries again.
    """
    before = clock.now() - keep
    total = 0
    while True:
        with open_store() as store:
            count = store.jobs.purge_ended(before, PURGE_BATCH)
            store.commit()
        total += count
        if count < PURGE_BATCH:
            break
    if total:
        logger.info("jobs_purged", extra={"count": total})
    return total


def _announce(due: Iterable[Job], announcer: Announcer) -> tuple[JobId, ...]:
    """Announce in order; a broker that refuses one is not asked for the rest of this round."""
    announced: list[JobId] = []
    for job in due:
        try:
            announcer.announce(job.kind, job.id)
        except AnnouncementFailedError as error:
            logger.warning("announcement_failed", extra={"job_id": job.id, "reason": error.message})
            break
        announced.append(job.id)
    return tuple(announced)
