"""Telling the broker that a recorded job can run.

The record is the truth and the announcement a hint: it comes after the commit, may be lost,
repeated or late, and `repairing` makes up for the lost ones.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from core.clock import Clock
from core.errors import UnavailableError
from core.jobs.errors import AnnouncementFailedError
from core.jobs.kinds import EXCLUSIVE_KINDS
from core.jobs.model import Job, JobId, JobKind, JobState
from core.jobs.repository import JobStore

logger = logging.getLogger(__name__)

JOB_QUEUE = "jobs"
"""The broker's queue on which jobs are announced."""

SCHEDULE_QUEUE = "schedule"
"""The broker's queue of the periodic repair, so that no long job is ever in its way."""

BROKER_KEY_PREFIX = "schema_builder:"
"""Stands before every key in the broker, so that others may share it."""


def task_name(kind: JobKind) -> str:
    """Return the name under which the broker knows jobs of a kind."""
    return f"job.{kind}"


class Announcer(Protocol):
    """Tells the broker of jobs; returns within a few seconds whatever the broker does."""

    def announce(self, kind: JobKind, job_id: JobId) -> None:
        """Say that this job can be claimed.

        Raises:
            AnnouncementFailedError: the broker did not take the message.
        """
        ...


def announce_new(job: Job, *, announcer: Announcer) -> bool:
    """Tell the broker of a job that was committed a moment ago.

    That it was told is not recorded, which would cost every request a second transaction: whether
    told or not, nobody repeats it before the grace since its making has passed.

    Never raises for a broker that is away: the schedule tells of the job later.

    Returns:
        Whether the broker took the message.
    """
    try:
        announcer.announce(job.kind, job.id)
    except AnnouncementFailedError as error:
        logger.warning("announcement_failed", extra={"job_id": job.id, "reason": error.message})
        return False
    return True


def announce_job(
    job: Job, *, open_store: Callable[[], JobStore], announcer: Announcer, clock: Clock
) -> bool:
    """Tell the broker of a job that waited, and remember that it was told.

    Never raises for a broker or a store that is away: the schedule tells of the job later.

    Returns:
        Whether the broker took the message.
    """
    if not announce_new(job, announcer=announcer):
        return False
    try:
        with open_store() as store:
            store.jobs.mark_announced([job.id], clock.now())
            store.commit()
    except UnavailableError as error:
        logger.warning("announcement_unmarked", extra={"job_id": job.id, "reason": error.message})
    return True


def announce_following(
    schema_id: str,
    *,
    open_store: Callable[[], JobStore],
    announcer: Announcer,
    clock: Clock,
) -> None:
    """Tell the broker of the job that may run now that an earlier one of its schema has ended.

    Never raises for a broker or a store that is away: the schedule tells of the job later.
    """
    try:
        with open_store() as store:
            unfinished = store.jobs.unfinished_of_schema(schema_id)
    except UnavailableError as error:
        logger.warning("following_unknown", extra={"schema_id": schema_id, "reason": error.message})
        return
    following = next((job for job in unfinished if job.kind in EXCLUSIVE_KINDS), None)
    if following is None or following.state is not JobState.QUEUED:
        return
    if following.run_after is None or following.run_after <= clock.now():
        announce_job(following, open_store=open_store, announcer=announcer, clock=clock)
