"""What the schedule asks of the jobs: silent ones, unannounced ones, old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from core.jobs.errors import WorkerLostError
from core.jobs.model import Job, JobError, JobId, JobState
from core.store import job_claims, job_records
from core.store.job_records import JOBS

LONGEST_GRACE = timedelta(minutes=15)
"""However often the broker was told, it is told again after this."""

_DOUBLINGS = 16
"""More doublings than anybody needs, and few enough to compute with."""


def requeue_silent(connection: Connection, silence: timedelta, now: datetime) -> Sequence[Job]:
    """Take the lease from running jobs silent for longer than that, and queue them again."""
    present = func.clock_timestamp()
    rows = connection.execute(
        select(JOBS)
        .where(
            JOBS.c.state == JobState.RUNNING,
            or_(
                JOBS.c.heartbeat_at < present - silence,
                # The clock was set back since: nobody can tell how long it is ago.
                JOBS.c.heartbeat_at > present + silence,
            ),
        )
        .order_by(JOBS.c.number)
        .with_for_update(skip_locked=True)
    )
    silent = job_records.with_steps(connection, rows.mappings().all())
    for job in silent:
        is_exhausted = job.cleanup_only or job.attempt >= job.max_attempts
        job_claims.give_back(
            connection,
            job,
            error=_lost(job) if is_exhausted and not job.cleanup_only else None,
            run_after=None,
            cleanup_only=is_exhausted,
            now=now,
        )
    return _again(connection, [job.id for job in silent])


def due_for_announcement(
    connection: Connection, now: datetime, grace: timedelta, limit: int
) -> Sequence[Job]:
    """Return queued jobs that could run now and of which the broker should hear (again)."""
    doublings = func.least(JOBS.c.announcements - 1, _DOUBLINGS)
    patience = func.least(grace * func.power(2, doublings), LONGEST_GRACE)
    rows = connection.execute(
        select(JOBS)
        .where(
            JOBS.c.state == JobState.QUEUED,
            or_(JOBS.c.run_after.is_(None), JOBS.c.run_after <= now),
            or_(
                JOBS.c.announced_at.is_(None) & (JOBS.c.attempt > 0),
                JOBS.c.announced_at.is_(None) & (JOBS.c.created_at <= now - grace),
                JOBS.c.announced_at + patience <= now,
                # The clock was set back since; one announcement too many is harmless.
                func.coalesce(JOBS.c.announced_at, JOBS.c.created_at) > now + grace,
            ),
            job_records.is_free(),
        )
        .order_by(JOBS.c.number)
        .limit(limit)
        .with_for_update(skip_locked=True, of=JOBS)
    )
    return job_records.with_steps(connection, rows.mappings().all())


def mark_announced(connection: Connection, job_ids: Sequence[JobId], now: datetime) -> None:
    """Record that the broker was told."""
    # In one order, so that two who mark the same jobs do not wait for each other crosswise.
    held = select(JOBS.c.id).where(JOBS.c.id.in_(job_ids)).order_by(JOBS.c.id).with_for_update()
    connection.execute(
        update(JOBS)
        .where(JOBS.c.id.in_(held))
        .values(announced_at=now, announcements=JOBS.c.announcements + 1)
    )


def purge_ended(connection: Connection, before: datetime, limit: int) -> int:
    """Forget jobs (with steps and events) that ended before then; return how many."""
    old = (
        select(JOBS.c.id)
        .where(JOBS.c.finished_at < before)
        .order_by(JOBS.c.finished_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(JOBS).where(JOBS.c.id.in_(old))).rowcount


def _lost(job: Job) -> JobError:
    """Return the error of a job whose last worker vanished."""
    lost = WorkerLostError(attempts=job.attempt)
    return JobError(code=lost.code, details=lost.sentence, retryable=lost.is_retryable)


def _again(connection: Connection, job_ids: Sequence[JobId]) -> Sequence[Job]:
    """Return the jobs as they stand now, oldest first."""
    statement = select(JOBS).where(JOBS.c.id.in_(job_ids)).order_by(JOBS.c.number)
    return job_records.with_steps(connection, connection.execute(statement).mappings().all())
