"""The job: recorded background work, and the rules of its life.

The record is the truth; what a broker thinks of it is never asked. Changing a record is the
repository's affair, doing the work is `running`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from core.tracing import present_span

JobId = NewType("JobId", str)
"""A job's id: a UUID in its canonical text form. Celery's task id is the same."""

LeaseToken = NewType("LeaseToken", str)
"""Names one claim of one job; a write that carries a stale one touches no row."""


class JobKind(StrEnum):
    """The sort of work. Steps, limits and runners stand in `kinds`."""

    CREATE = "create"
    """Make a schema's database."""
    REGENERATE = "regenerate"
    """Make it anew beside the old one and swap."""
    MIGRATE = "migrate"
    """Change it in place to a newer version."""
    REVERT = "revert"
    """Take a migration back."""
    TIDY = "tidy"
    """Remove what migrations set aside, once nobody can want it back."""
    ROTATE = "rotate"
    """Make a new login for a role of a database; the old one expires."""
    RETIRE = "retire"
    """Remove logins that have expired."""
    DROP = "drop"
    """Remove a schema's database and roles."""
    BACKUP = "backup"
    """Take a backup."""
    RESTORE = "restore"
    """Load a backup beside the database and swap."""
    VERIFY = "verify"
    """Prove a backup by restoring it into a scratch database."""


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    """Accepted; waits for a worker, a time or another job."""
    RUNNING = "running"
    """Claimed by a worker that holds the lease."""
    SUCCEEDED = "succeeded"
    """Done, with everything in effect."""
    FAILED = "failed"
    """Given up, with nothing left behind unless the error says `LEFTOVERS`. Final: a retry is a new
    job."""
    CANCELLED = "cancelled"
    """Stopped on request, with nothing left behind."""

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return self in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}


class StepState(StrEnum):
    """Where a step is."""

    PENDING = "pending"
    """Not begun in this attempt."""
    RUNNING = "running"
    """Being done."""
    SUCCEEDED = "succeeded"
    """Done."""
    FAILED = "failed"
    """Ended in an error."""
    CANCELLED = "cancelled"
    """Stopped on request."""
    SKIPPED = "skipped"
    """Not needed this time."""


class WaitingCode(StrEnum):
    """Why a queued job is not running."""

    DATABASE_BUSY = "database_busy"
    """An earlier job of the same database has not ended."""
    RETRY_BACKOFF = "retry_backoff"
    """The last attempt failed in a way that may pass; the next begins later."""
    SCHEDULED = "scheduled"
    """Asked to begin later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReason:
    """Why a queued job is not running, and what ends the wait."""

    code: WaitingCode
    """The sort of reason."""
    blocking_job_id: JobId | None = None
    """The job waited for, for `database_busy`."""
    until: datetime | None = None
    """The time waited for, for the other two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One named part of a job."""

    name: str
    """Verb and noun, such as `apply_ddl`."""
    state: StepState = StepState.PENDING
    """Where it is in the present attempt."""
    started_at: datetime | None = None
    """When it began."""
    finished_at: datetime | None = None
    """When it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job failed, or why its last attempt did."""

    code: str
    """Stable code of the failure."""
    details: str
    """A sentence that says what happened and what to do."""
    sqlstate: str | None = None
    """The server's five-character code, when a statement failed."""
    statement: str | None = None
    """The statement that failed; never with row values or secrets."""
    retryable: bool = False
    """Whether the same job can succeed later without any change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of background work as it is recorded."""

    id: JobId
    """Its identity."""
    kind: JobKind
    """What sort of work it is."""
    owner: str
    """To whom it belongs."""
    schema_id: str
    """The schema it works for."""
    state: JobState
    """Where it is in its life."""
    arguments: Mapping[str, Any]
    """What the runner needs beside the schema: JSON values, never a secret. See `kinds`."""
    steps: tuple[Step, ...]
    """Its parts in order."""
    attempt: int
    """The attempt that runs or ran last, from 1; 0 before the first claim."""
    max_attempts: int
    """How many attempts there may be; one more for each that a worker handed back as it went."""
    created_at: datetime
    """When it was accepted."""
    sequence: int
    """Rises with every change of the record; the number of its newest event."""
    waiting_reason: WaitingReason | None = None
    """Why it is queued, where that is known."""
    percent: int = 0
    """Progress in percent, 0 to 100."""
    message: str = ""
    """Plain words on what goes on."""
    result: Mapping[str, Any] | None = None
    """What came out, for a job that succeeded."""
    error: JobError | None = None
    """Why it (or its last attempt) failed."""
    started_at: datetime | None = None
    """When the first attempt began."""
    finished_at: datetime | None = None
    """When it ended."""
    heartbeat_at: datetime | None = None
    """The last proof of life of the worker that runs it."""
    cancel_requested_at: datetime | None = None
    """When somebody asked to stop it."""
    run_after: datetime | None = None
    """Not to begin before this time."""
    cleanup_only: bool = False
    """Attempts are used up and the last worker vanished: the next claim only removes leftovers."""
    retry_of: JobId | None = None
    """The ended job that this one tries again."""
    request_id: str | None = None
    """The HTTP request that asked for it."""
    trace_parent: str | None = None
    """The span that asked for it, as W3C Trace Context spells it, where traces are set up."""

    @property
    def current_step(self) -> Step | None:
        """The step that runs, else the last one that began, else None."""
        begun = [step for step in self.steps if step.state is not StepState.PENDING]
        running = [step for step in begun if step.state is StepState.RUNNING]
        latest = running or begun
        return latest[-1] if latest else None

    @property
    def completed_steps(self) -> int:
        """How many steps are done or were not needed."""
        done = {StepState.SUCCEEDED, StepState.SKIPPED}
        return sum(step.state in done for step in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be recorded."""

    id: JobId
    """Its identity."""
    kind: JobKind
    """What sort of work it is."""
    owner: str
    """To whom it belongs."""
    schema_id: str
    """The schema it works for."""
    arguments: Mapping[str, Any]
    """See `Job.arguments`."""
    created_at: datetime
    """The present."""
    request_id: str | None = None
    """The HTTP request that asked for it."""
    retry_of: JobId | None = None
    """The ended job that this one tries again."""
    trace_parent: str | None = field(default_factory=present_span)
    """The span that asks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One change in a job's life, as streamed to clients."""

    sequence: int
    """Rises within the job; what `Last-Event-ID` names."""
    job_id: JobId
    """The job."""
    name: str
    """`queued`, `waiting`, `started`, `step_started`, `step_finished`, `progress`,
    `cancel_requested`, `retrying`, `succeeded`, `failed` or `cancelled`."""
    at: datetime
    """When it happened."""
    payload: Mapping[str, Any]
    """Facts of the event: `state`, `step`, `percent`, `message`, `attempt`, `error` …

    The `started` of a claim that only removes leftovers says `cleanupOnly`."""
