"""Jobs in the store.

Rows are `job_records`' affair, claims `job_claims`', the schedule's questions `job_repairs`'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select
from typing_extensions import override

from core.jobs.kinds import KINDS
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
)
from core.jobs.repository import JobRepository
from core.store import job_claims, job_records, job_repairs
from core.store.identifiers import is_id, storable
from core.store.job_records import EVENTS, JOBS, READ, STEPS, Happening

# Built once, as every request that shows a schema asks.
_LATEST = (
    READ.where(JOBS.c.schema_id == bindparam("of_schema")).order_by(JOBS.c.number.desc()).limit(1)
)
_UNFINISHED_OF_SCHEMA = READ.where(
    JOBS.c.schema_id == bindparam("of_schema"), JOBS.c.state.in_(job_records.UNFINISHED)
).order_by(JOBS.c.number)

_RUNNING = READ.where(JOBS.c.state == JobState.RUNNING).order_by(JOBS.c.number)


class SqlJobRepository(JobRepository):
    """Collection-like access to jobs, with their steps and events; see the port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, job: NewJob) -> Job:
        """Record a queued job with its kind's steps."""
        facts = KINDS[job.kind]
        inserted = self._connection.execute(
            insert(JOBS)
            .values(
                id=job.id,
                kind=job.kind,
                is_exclusive=facts.is_exclusive,
                owner=job.owner,
                schema_id=job.schema_id,
                state=JobState.QUEUED,
                arguments=dict(job.arguments),
                attempt=0,
                max_attempts=facts.max_attempts,
                sequence=0,
                percent=0,
                message="",
                created_at=job.created_at,
                cleanup_only=False,
                retry_of=job.retry_of,
                request_id=job.request_id,
                trace_parent=job.trace_parent,
                announcements=0,
            )
            .returning(JOBS)
        )
        row = inserted.mappings().one()
        self._connection.execute(
            insert(STEPS),
            [
                {"job_id": job.id, "position": position, "name": name, "state": StepState.PENDING}
                for position, name in enumerate(facts.steps)
            ],
        )
        steps = tuple(Step(name=name) for name in facts.steps)
        recorded = job_records.job_of(row, steps)
        queued = [Happening(name="queued", facts={})]
        row = job_records.write(self._connection, recorded, {}, queued, job.created_at)
        return job_records.job_of(row, steps)

    @override
    def get(self, job_id: JobId) -> Job | None:
        """Return the job, or None."""
        return job_records.find(self._connection, job_id) if is_id(job_id) else None

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
        """Return one page, newest first, and the number of all that match."""
        if schema_id is not None and not is_id(schema_id):
            return [], 0
        wanted = {"owner": owner, "schema_id": schema_id, "state": state, "kind": kind}
        matches = [JOBS.c[name] == value for name, value in wanted.items() if value is not None]
        total = self._connection.execute(select(func.count()).where(*matches)).scalar_one()
        # Only the narrow index is walked up to the page; the wide rows are read for it alone.
        numbers = (
            select(JOBS.c.number)
            .where(*matches)
            .order_by(JOBS.c.number.desc())
            .offset((page - 1) * limit)
            .limit(limit)
        )
        statement = READ.where(JOBS.c.number.in_(numbers)).order_by(JOBS.c.number.desc())
        return job_records.read(self._connection, statement), total

    @override
    def latest_of_schema(self, schema_id: str) -> Job | None:
        """Return the newest job of the schema, or None."""
        if not is_id(schema_id):
            return None
        jobs = job_records.read(self._connection, _LATEST, of_schema=schema_id)
        return jobs[0] if jobs else None

    @override
    def unfinished_of_schema(self, schema_id: str) -> Sequence[Job]:
        """Return the queued and running jobs of the schema, oldest first."""
        if not is_id(schema_id):
            return []
        return job_records.read(self._connection, _UNFINISHED_OF_SCHEMA, of_schema=schema_id)

    @override
    def running(self) -> Sequence[Job]:
        """Return the running jobs of all schemas, oldest first."""
        return job_records.read(self._connection, _RUNNING)

    @override
    def events_after(self, job_id: JobId, sequence: int) -> Sequence[JobEvent]:
        """Return the events with a higher sequence, in order."""
        if not is_id(job_id):
            return []
        statement = (
            select(EVENTS)
            .where(EVENTS.c.job_id == job_id, EVENTS.c.sequence > sequence)
            .order_by(EVENTS.c.sequence)
        )
        rows = self._connection.execute(statement).mappings()
        return [job_records.event(row) for row in rows]

    @override
    def claim(self, job_id: JobId, token: LeaseToken, now: datetime) -> Job | None:
        """Compare-and-set queued to running; None when there was nothing to claim."""
        return job_claims.claim(self._connection, job_id, token, now) if is_id(job_id) else None

    @override
    def heartbeat(self, job_id: JobId, token: LeaseToken) -> Job | None:
        """Prove life; return the job as it stands, None if stale."""
        return job_claims.prove_life(self._connection, job_id, token)

    @override
    def set_step(
        self, job_id: JobId, token: LeaseToken, name: str, state: StepState, now: datetime
    ) -> bool:
        """Move a step, which also proves life and moves the percentage.

        Raises:
            UnknownStepError: the job's kind has no such step.
        """
        job = self.heartbeat(job_id, token)
        if job is None:
            return False
        job_claims.set_step(self._connection, job, name, state, now)
        return True

    @override
    def set_progress(
        self, job_id: JobId, token: LeaseToken, *, percent: int, message: str, now: datetime
    ) -> bool:
        """Say how far it is; percent never falls within an attempt."""
        job = self.heartbeat(job_id, token)
        if job is None:
            return False
        job_records.drop_superseded_progress(self._connection, job)
        said = {"message": storable(message)}
        values = {"percent": max(job.percent, percent)} | said
        happening = Happening(name="progress", facts=said | _step_of(job))
        job_records.write(self._connection, job, values, [happening], now)
        return True

    @override
    def succeed(
        self, job_id: JobId, token: LeaseToken, result: Mapping[str, Any], now: datetime
    ) -> bool:
        """End it well; the step that was running ends with it, percent becomes 100."""
        return self._end(
            job_id,
            token,
            JobState.SUCCEEDED,
            StepState.SUCCEEDED,
            now,
            values={"result": dict(result), "error": None, "percent": 100},
            facts={},
        )

    @override
    def fail(self, job_id: JobId, token: LeaseToken, error: JobError, now: datetime) -> bool:
        """End it as failed; the step that was running fails with it."""
        said = {"error": job_records.error_values(error)}
        return self._end(
            job_id, token, JobState.FAILED, StepState.FAILED, now, values=said, facts=said
        )

    @override
    def cancel(self, job_id: JobId, token: LeaseToken, now: datetime) -> bool:
        """End it as cancelled; the step that was running is cancelled with it."""
        return self._end(
            job_id, token, JobState.CANCELLED, StepState.CANCELLED, now, values={}, facts={}
        )

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
        """Give the claim back for another attempt, not before `run_after`."""
        job = self.heartbeat(job_id, token)
        if job is None:
            return False
        job_claims.give_back(
            self._connection,
            job,
            error=error,
            run_after=run_after,
            cleanup_only=cleanup_only,
            now=now,
            is_spared=is_spared,
        )
        return True

    @override
    def request_cancel(self, job_id: JobId, now: datetime) -> Job | None:
        """Ask a job to stop: never-claimed ones end at once, others get the request recorded."""
        job = job_records.find(self._connection, job_id, hold=True) if is_id(job_id) else None
        if job is None or job.state.is_final:
            return job
        asked = {"cancel_requested_at": now}
        if job.state is JobState.QUEUED and job.attempt == 0:
            job_claims.end(
                self._connection,
                job,
                JobState.CANCELLED,
                StepState.CANCELLED,
                now,
                values=asked,
                facts={},
            )
        elif job.cancel_requested_at is None:
            waits_no_longer = {
                "run_after": None,
                "waiting_code": None,
                "waiting_for_job_id": None,
                "waiting_until": None,
            }
            happening = Happening(name="cancel_requested", facts=_step_of(job))
            values = asked | waits_no_longer
            job_records.write(self._connection, job, values, [happening], now)
        return self._present(job.id)

    @override
    def requeue_silent(self, silence: timedelta, now: datetime) -> Sequence[Job]:
        """Take the lease from running jobs silent for longer than that, and queue them again."""
        return job_repairs.requeue_silent(self._connection, silence, now)

    @override
    def due_for_announcement(self, now: datetime, grace: timedelta, limit: int) -> Sequence[Job]:
        """Return queued jobs that could run now and of which the broker should hear (again)."""
        return job_repairs.due_for_announcement(self._connection, now, grace, limit)

    @override
    def mark_announced(self, job_ids: Sequence[JobId], now: datetime) -> None:
        """Record that the broker was told."""
        job_repairs.mark_announced(self._connection, job_ids, now)

    @override
    def purge_ended(self, before: datetime, limit: int) -> int:
        """Forget jobs (with steps and events) that ended before then; return how many."""
        return job_repairs.purge_ended(self._connection, before, limit)

    def _end(
        self,
        job_id: JobId,
        token: LeaseToken,
        state: JobState,
        step_state: StepState,
        now: datetime,
        *,
        values: dict[str, Any],
        facts: dict[str, Any],
    ) -> bool:
        """End the running job with that lease; False when the lease is stale."""
        job = self.heartbeat(job_id, token)
        if job is None:
            return False
        job_claims.end(self._connection, job, state, step_state, now, values=values, facts=facts)
        return True

    def _present(self, job_id: JobId) -> Job:
        """Return a job that is there, as it stands now."""
        job = job_records.find(self._connection, job_id)
        if job is None:
            raise AssertionError
        return job


def _step_of(job: Job) -> dict[str, Any]:
    """Return the fact which step runs, if one does."""
    step = job.current_step
    return {} if step is None else {"step": step.name}
