"""A store of jobs in memory, held honest by `tests.contracts.job_repository`."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType, TracebackType
from typing import Any, Self

from typing_extensions import override

from core.clock import Clock
from core.jobs.kinds import EXCLUSIVE_KINDS, KINDS
from core.jobs.model import (
    Job,
    JobError,
    JobEvent,
    JobId,
    JobKind,
    JobState,
    LeaseToken,
    NewJob,
    Step,
    StepState,
    WaitingCode,
    WaitingReason,
)
from core.jobs.repository import JobRepository, JobStore
from tests.fakes.clock import FakeClock

LONGEST_GRACE = timedelta(minutes=15)
"""However often the broker was told, it is told again after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job with what the model does not show."""

    job: Job
    """The job."""
    place: int
    """Its place in the order of acceptance."""
    token: LeaseToken | None = None
    """The lease, while it runs."""
    announced_at: datetime | None = None
    """When the broker was last told since it was queued."""
    announcements: int = 0
    """How often the broker was told since it was queued."""


@dataclass(slots=True)
class Memory:
    """Everything that is committed, and the lock that makes transactions follow one another."""

    rows: dict[JobId, Row] = field(default_factory=dict)
    """The jobs by id."""
    events: tuple[JobEvent, ...] = ()
    """All events in order."""
    clock: Clock = field(default_factory=FakeClock)
    """The store's own clock, which tells how long somebody was silent."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    """Held by the transaction that goes on."""


class FakeJobRepository(JobRepository):
    """Jobs in memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    @override
    def add(self, job: NewJob) -> Job:
        """Record a queued job."""
        facts = KINDS[job.kind]
        recorded = Job(
            id=job.id,
            kind=job.kind,
            owner=job.owner,
            schema_id=job.schema_id,
            state=JobState.QUEUED,
            arguments=job.arguments,
            steps=tuple(Step(name=name) for name in facts.steps),
            attempt=0,
            max_attempts=facts.max_attempts,
            created_at=job.created_at,
            sequence=0,
            retry_of=job.retry_of,
            request_id=job.request_id,
            trace_parent=job.trace_parent,
        )
        row = Row(job=recorded, place=len(self._memory.rows))
        return self._write(row, "queued", job.created_at).job

    @override
    def get(self, job_id: JobId) -> Job | None:
        """Return the job, or None."""
        row = self._memory.rows.get(job_id)
        return None if row is None else row.job

    @override
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
        """Return one page, newest first."""
        found = [
            row.job
            for row in self._newest_first()
            if row.job.owner == owner
            and schema_id in (None, row.job.schema_id)
            and state in (None, row.job.state)
            and kind in (None, row.job.kind)
        ]
        first = (page - 1) * limit
        return found[first : first + limit], len(found)

    @override
    def latest_of_schema(self, schema_id: str) -> Job | None:
        """Return the newest job of the schema."""
        found = (row.job for row in self._newest_first() if row.job.schema_id == schema_id)
        return next(found, None)

    @override
    def unfinished_of_schema(self, schema_id: str) -> Sequence[Job]:
        """Return the queued and running jobs of the schema."""
        return [
            row.job
            for row in self._oldest_first()
            if row.job.schema_id == schema_id and not row.job.state.is_final
        ]

    @override
    def running(self) -> Sequence[Job]:
        """Return the running jobs."""
        return [row.job for row in self._oldest_first() if row.job.state is JobState.RUNNING]

    @override
    def events_after(self, job_id: JobId, sequence: int) -> Sequence[JobEvent]:
        """Return later events."""
        return [
            event
            for event in self._memory.events
            if event.job_id == job_id and event.sequence > sequence
        ]

    @override
    def claim(self, job_id: JobId, token: LeaseToken, now: datetime) -> Job | None:
        """Compare-and-set queued to running."""
        row = self._memory.rows.get(job_id)
        if row is None or row.job.state is not JobState.QUEUED:
            return None
        job = row.job
        if job.run_after is not None and job.run_after > now:
            return None
        blocking = self._blocking(row)
        if blocking is not None:
            reason = WaitingReason(code=WaitingCode.DATABASE_BUSY, blocking_job_id=blocking.job.id)
            if job.waiting_reason != reason:
                self._write(replace(row, job=replace(job, waiting_reason=reason)), "waiting", now)
            return None
        claimed = replace(
            job,
            state=JobState.RUNNING,
            attempt=job.attempt if job.cleanup_only else job.attempt + 1,
            steps=tuple(Step(name=step.name) for step in job.steps),
            percent=0,
            message="",
            waiting_reason=None,
            run_after=None,
            started_at=job.started_at or now,
            heartbeat_at=self._memory.clock.now(),
        )
        facts = {"cleanupOnly": True} if job.cleanup_only else {}
        return self._write(replace(row, job=claimed, token=token), "started", now, facts).job

    @override
    def heartbeat(self, job_id: JobId, token: LeaseToken) -> Job | None:
        """Prove life."""
        row = self._leased(job_id, token)
        if row is None:
            return None
        kept = replace(row, job=replace(row.job, heartbeat_at=self._memory.clock.now()))
        self._memory.rows[job_id] = kept
        return kept.job

    @override
    def set_step(
        self, job_id: JobId, token: LeaseToken, name: str, state: StepState, now: datetime
    ) -> bool:
        """Move a step."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        begins = state is StepState.RUNNING
        steps = _end_running(row.job.steps, StepState.SUCCEEDED, now) if begins else row.job.steps
        moved = tuple(
            step
            if step.name != name
            else replace(
                step,
                state=state,
                started_at=now if begins else step.started_at,
                finished_at=None if begins else now,
            )
            for step in steps
        )
        job = replace(row.job, steps=moved, heartbeat_at=self._memory.clock.now())
        percent = max(job.percent, job.completed_steps * 100 // len(job.steps))
        event = "step_started" if begins else "step_finished"
        facts = {"step": name, "stepState": state}
        self._write(replace(row, job=replace(job, percent=percent)), event, now, facts)
        return True

    @override
    def set_progress(
        self, job_id: JobId, token: LeaseToken, *, percent: int, message: str, now: datetime
    ) -> bool:
        """Say how far it is."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        job = replace(
            row.job,
            percent=max(percent, row.job.percent),
            message=message,
            heartbeat_at=self._memory.clock.now(),
        )
        self._write(replace(row, job=job), "progress", now)
        return True

    @override
    def succeed(
        self, job_id: JobId, token: LeaseToken, result: Mapping[str, Any], now: datetime
    ) -> bool:
        """End it well."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        job = replace(row.job, result=result, error=None, percent=100)
        self._end(replace(row, job=job), JobState.SUCCEEDED, StepState.SUCCEEDED, now)
        return True

    @override
    def fail(self, job_id: JobId, token: LeaseToken, error: JobError, now: datetime) -> bool:
        """End it as failed."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        job = replace(row.job, error=error)
        self._end(replace(row, job=job), JobState.FAILED, StepState.FAILED, now)
        return True

    @override
    def cancel(self, job_id: JobId, token: LeaseToken, now: datetime) -> bool:
        """End it as cancelled."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        self._end(row, JobState.CANCELLED, StepState.CANCELLED, now)
        return True

    @override
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
        """Give the claim back."""
        row = self._leased(job_id, token)
        if row is None:
            return False
        reason = WaitingReason(code=WaitingCode.RETRY_BACKOFF, until=run_after)
        facts = {} if error is None else {"error": asdict(error)}
        self._requeue(
            replace(
                row,
                job=replace(
                    row.job,
                    error=error or row.job.error,
                    run_after=run_after,
                    cleanup_only=cleanup_only,
                    max_attempts=row.job.max_attempts + is_spared,
                    waiting_reason=reason,
                ),
            ),
            now,
            facts,
        )
        return True

    @override
    def request_cancel(self, job_id: JobId, now: datetime) -> Job | None:
        """Ask a job to stop."""
        row = self._memory.rows.get(job_id)
        if row is None or row.job.state.is_final:
            return None if row is None else row.job
        if row.job.state is JobState.QUEUED and row.job.attempt == 0:
            asked = replace(row, job=replace(row.job, cancel_requested_at=now))
            return self._end(asked, JobState.CANCELLED, StepState.CANCELLED, now).job
        if row.job.cancel_requested_at is not None:
            return row.job
        job = replace(row.job, cancel_requested_at=now, run_after=None)
        return self._write(replace(row, job=job), "cancel_requested", now).job

    @override
    def requeue_silent(self, silence: timedelta, now: datetime) -> Sequence[Job]:
        """Take the lease from silent jobs."""
        present = self._memory.clock.now()
        silent = [
            row
            for row in self._oldest_first()
            if row.job.state is JobState.RUNNING
            and row.job.heartbeat_at is not None
            and abs(present - row.job.heartbeat_at) > silence
        ]
        return [
            self._requeue(
                replace(
                    row,
                    job=replace(
                        row.job,
                        cleanup_only=row.job.cleanup_only
                        or row.job.attempt >= row.job.max_attempts,
                    ),
                ),
                now,
            ).job
            for row in silent
        ]

    @override
    def due_for_announcement(self, now: datetime, grace: timedelta, limit: int) -> Sequence[Job]:
        """Return queued jobs that the broker should hear of."""
        return [
            row.job
            for row in self._oldest_first()
            if row.job.state is JobState.QUEUED and self._is_due(row, now, grace)
        ][:limit]

    @override
    def mark_announced(self, job_ids: Sequence[JobId], now: datetime) -> None:
        """Record that the broker was told."""
        for job_id in job_ids:
            row = self._memory.rows[job_id]
            self._memory.rows[job_id] = replace(
                row, announced_at=now, announcements=row.announcements + 1
            )

    @override
    def purge_ended(self, before: datetime, limit: int) -> int:
        """Forget old jobs."""
        old = [
            row.job.id
            for row in self._oldest_first()
            if row.job.finished_at is not None and row.job.finished_at < before
        ][:limit]
        for job_id in old:
            del self._memory.rows[job_id]
        self._memory.events = tuple(
            event for event in self._memory.events if event.job_id not in old
        )
        return len(old)

    def _is_due(self, row: Row, now: datetime, grace: timedelta) -> bool:
        job = row.job
        if (job.run_after is not None and job.run_after > now) or self._blocking(row):
            return False
        if (row.announced_at or job.created_at) > now + grace:
            return True
        if row.announced_at is None:
            return job.attempt > 0 or job.created_at + grace <= now
        patience = min(grace * float(2 ** (row.announcements - 1)), LONGEST_GRACE)
        return row.announced_at + patience <= now

    def _blocking(self, row: Row) -> Row | None:
        if row.job.kind not in EXCLUSIVE_KINDS:
            return None
        earlier = (
            other
            for other in self._oldest_first()
            if other.place < row.place
            and other.job.schema_id == row.job.schema_id
            and other.job.kind in EXCLUSIVE_KINDS
            and not other.job.state.is_final
        )
        return next(earlier, None)

    def _leased(self, job_id: JobId, token: LeaseToken) -> Row | None:
        row = self._memory.rows.get(job_id)
        return row if row is not None and row.token == token else None

    def _requeue(
        self, row: Row, now: datetime, facts: Mapping[str, Any] = MappingProxyType({})
    ) -> Row:
        job = replace(row.job, state=JobState.QUEUED, heartbeat_at=None)
        queued = replace(row, job=job, token=None, announced_at=None, announcements=0)
        return self._write(queued, "retrying", now, facts)

    def _end(self, row: Row, state: JobState, step_state: StepState, now: datetime) -> Row:
        job = replace(
            row.job,
            state=state,
            steps=_end_running(row.job.steps, step_state, now),
            finished_at=now,
            waiting_reason=None,
            run_after=None,
        )
        return self._write(replace(row, job=job, token=None), state.value, now)

    def _write(
        self, row: Row, event: str, now: datetime, facts: Mapping[str, Any] = MappingProxyType({})
    ) -> Row:
        job = replace(row.job, sequence=row.job.sequence + 1)
        written = replace(row, job=job)
        self._memory.rows[job.id] = written
        self._memory.events += (
            JobEvent(
                sequence=job.sequence,
                job_id=job.id,
                name=event,
                at=now,
                payload={"state": job.state.value, "percent": job.percent, **facts},
            ),
        )
        return written

    def _oldest_first(self) -> Sequence[Row]:
        return sorted(self._memory.rows.values(), key=lambda row: row.place)

    def _newest_first(self) -> Sequence[Row]:
        return self._oldest_first()[::-1]


def _end_running(steps: Sequence[Step], state: StepState, now: datetime) -> tuple[Step, ...]:
    return tuple(
        replace(step, state=state, finished_at=now) if step.state is StepState.RUNNING else step
        for step in steps
    )


class FakeJobStore(JobStore):
    """One transaction on the memory; others wait until it has ended."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._jobs = FakeJobRepository(memory)
        self._kept = (dict(memory.rows), memory.events)

    @property
    @override
    def jobs(self) -> FakeJobRepository:
        """The jobs."""
        return self._jobs

    @override
    def __enter__(self) -> Self:
        """Begin."""
        self._memory.lock.acquire()
        self._remember()
        return self

    @override
    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Put back what was there at the last commit."""
        self._memory.rows, self._memory.events = self._kept
        self._memory.lock.release()

    @override
    def commit(self) -> None:
        """Keep what was written."""
        self._remember()

    def _remember(self) -> None:
        self._kept = (dict(self._memory.rows), self._memory.events)
