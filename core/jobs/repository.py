"""The port through which jobs are recorded. Every method works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.jobs.model import (
    Job,
    JobError,
    JobEvent,
    JobId,
    JobKind,
    JobState,
    LeaseToken,
    NewJob,
    StepState,
)
from core.unit_of_work import UnitOfWork


class JobRepository(Protocol):
    """Collection-like access to jobs, with their steps and events.

    Methods that take a lease token return False (and change nothing) when the token is stale.
    Every change raises the job's sequence and appends an event, save heartbeats.
    """

    def add(self, job: NewJob) -> Job:
        """Record a queued job with its kind's steps."""
        ...

    def get(self, job_id: JobId) -> Job | None:
        """Return the job, or None."""
        ...

    def list_page(
        self,
        owner: str,
        *,
        schema_id: str | None,
        state: JobState | None,
        kind: JobKind | None,
        page: int,
        limit: int,
    ) -> tuple[Sequence[Job], int]:
        """Return one page, newest first, and the number of all that match."""
        ...

    def latest_of_schema(self, schema_id: str) -> Job | None:
        """Return the newest job of the schema, or None."""
        ...

    def unfinished_of_schema(self, schema_id: str) -> Sequence[Job]:
        """Return the queued and running jobs of the schema, oldest first."""
        ...

    def running(self) -> Sequence[Job]:
        """Return the running jobs of all schemas, oldest first."""
        ...

    def events_after(self, job_id: JobId, sequence: int) -> Sequence[JobEvent]:
        """Return the events with a higher sequence, in order."""
        ...

    def claim(self, job_id: JobId, token: LeaseToken, now: datetime) -> Job | None:
        """Compare-and-set queued to running, with attempt + 1 and all steps pending again.

        An exclusive job (see `kinds`) is claimed only when no earlier exclusive job of its schema
        is unfinished; else its waiting reason is recorded. A job whose `run_after` lies ahead is
        not claimed. A cleanup-only claim leaves the attempt as it is, and its event says
        `cleanupOnly`.

        Returns:
            The running job, or None when there was nothing to claim.
        """
        ...

    def heartbeat(self, job_id: JobId, token: LeaseToken) -> Job | None:
        """Prove life; return the job as it stands, with requests to cancel, or None if stale.

        When that was, here and in every other write under a lease, is told by the repository's own
        clock, as `requeue_silent` compares it: machines need not agree on the time.
        """
        ...

    def set_step(
        self, job_id: JobId, token: LeaseToken, name: str, state: StepState, now: datetime
    ) -> bool:
        """Move a step, which also proves life and moves the percentage.

        Beginning a step ends the one that was running as succeeded, in the same write.
        """
        ...

    def set_progress(
        self, job_id: JobId, token: LeaseToken, *, percent: int, message: str, now: datetime
    ) -> bool:
        """Say how far it is; percent never falls within an attempt."""
        ...

    def succeed(
        self, job_id: JobId, token: LeaseToken, result: Mapping[str, Any], now: datetime
    ) -> bool:
        """End it well; the step that was running ends with it, percent becomes 100."""
        ...

    def fail(self, job_id: JobId, token: LeaseToken, error: JobError, now: datetime) -> bool:
        """End it as failed; the step that was running fails with it."""
        ...

    def cancel(self, job_id: JobId, token: LeaseToken, now: datetime) -> bool:
        """End it as cancelled; the step that was running is cancelled with it."""
        ...

    def requeue(
        self,
        job_id: JobId,
        token: LeaseToken,
        *,
        error: JobError | None,
        run_after: datetime,
        cleanup_only: bool,
        now: datetime,
        is_spared: bool = False,
    ) -> bool:
        """Give the claim back for another attempt, not before `run_after`.

        With `cleanup_only` the next claim only removes leftovers and ends the job: cancelled when
        that was asked for, else failed with the recorded error. With `is_spared` the attempt that
        ends here costs none: there may be one more.
        """
        ...

    def request_cancel(self, job_id: JobId, now: datetime) -> Job | None:
        """Ask a job to stop: never-claimed ones end at once, others get the request recorded.

        One that waits for its next attempt waits no longer: `run_after` is forgotten.

        Returns:
            The job as it stands afterwards, or None when there is no such job. An ended job is
            returned unchanged.
        """
        ...

    def requeue_silent(self, silence: timedelta, now: datetime) -> Sequence[Job]:
        """Take the lease from running jobs silent for longer than that, and queue them again.

        The repository's own clock measures the silence; `now` is what the events say. Those whose
        attempts are used up come back as `cleanup_only`.
        """
        ...

    def due_for_announcement(self, now: datetime, grace: timedelta, limit: int) -> Sequence[Job]:
        """Return queued jobs that could run now but were not announced within the grace period.

        The grace doubles with every announcement of the same job, up to a quarter of an hour, so
        that a long queue before busy workers does not fill the broker with repetitions. One that
        was queued again is due as soon as it may run. Jobs blocked by an earlier exclusive job of
        their schema are left out. Rows that another transaction holds are passed over.
        """
        ...

    def mark_announced(self, job_ids: Sequence[JobId], now: datetime) -> None:
        """Record that the broker was told."""
        ...

    def purge_ended(self, before: datetime, limit: int) -> int:
        """Forget jobs (with steps and events) that ended before then; return how many."""
        ...


class JobStore(UnitOfWork, Protocol):
    """A unit of work with jobs in it."""

    @property
    def jobs(self) -> JobRepository:
        """The jobs."""
        ...
