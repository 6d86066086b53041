"""The life of a claim: taking it, moving on under it, and giving it back.

Whoever writes under a claim first holds the job's row and shows the lease token; a stale token
finds no row. Proofs of life carry the store's own time, as other machines' clocks may differ.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg2 import errorcodes
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from core.jobs.errors import UnknownStepError
from core.jobs.model import (
    Job,
    JobError,
    JobState,
    LeaseToken,
    Step,
    StepState,
    WaitingCode,
)
from core.store import job_records, webhook_outbox
from core.store.job_records import JOBS, Happening
from core.webhooks.events import job_facts
from core.webhooks.model import EventType

MOST_BEFORE_THE_END = 99
"""Percent of a job whose steps are all done and that has not ended yet."""

_PROVE_LIFE = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("of"),
        JOBS.c.lease_token == bindparam("token"),
        JOBS.c.state == JobState.RUNNING,
    )
    .values(heartbeat_at=func.clock_timestamp())
    .returning(*job_records.WRITTEN)
)
_BLOCKER = select(job_records.blocker_of()).where(JOBS.c.id == bindparam("of"))


def claim(connection: Connection, job_id: str, token: LeaseToken, now: datetime) -> Job | None:
    """Compare-and-set queued to running. See `JobRepository.claim`."""
    job = job_records.find(connection, job_id, hold=True)
    if job is None or job.state is not JobState.QUEUED:
        return None
    if job.run_after is not None and job.run_after > now:
        return None
    if _waits(connection, job, now):
        return None
    attempt = job.attempt if job.cleanup_only else job.attempt + 1
    values = {
        "state": JobState.RUNNING,
        "lease_token": token,
        "attempt": attempt,
        "percent": 0,
        "message": "",
        "run_after": None,
        "started_at": job.started_at or now,
        "heartbeat_at": func.clock_timestamp(),
        "waiting_code": None,
        "waiting_for_job_id": None,
        "waiting_until": None,
    }
    started = Happening(name="started", facts={"cleanupOnly": True} if job.cleanup_only else {})
    try:
        with connection.begin_nested():
            row = job_records.write(connection, job, values, [started], now)
    except IntegrityError as error:
        if getattr(error.orig, "pgcode", None) != errorcodes.UNIQUE_VIOLATION:
            raise
        # Another exclusive job of the schema, accepted in an overlapping transaction, was claimed
        # between our look and our write. It is there to be seen now.
        _waits(connection, job, now)
        return None
    steps = tuple(Step(name=step.name) for step in job.steps)
    job_records.write_steps(connection, job, steps)
    return job_records.job_of(row, steps)


def prove_life(connection: Connection, job_id: str, token: LeaseToken) -> Job | None:
    """Hold the running job with that lease and move its heartbeat; None when the lease is stale."""
    found = connection.execute(_PROVE_LIFE, {"of": job_id, "token": token})
    row = found.mappings().one_or_none()
    return None if row is None else job_records.job_of(row, job_records.steps_in(row))


def set_step(connection: Connection, job: Job, name: str, state: StepState, now: datetime) -> None:
    """Move a step of a held job; beginning one ends the one that was running as succeeded."""
    if name not in {step.name for step in job.steps}:
        raise UnknownStepError(kind=job.kind, step=name)
    begins = state is StepState.RUNNING
    ended = end_running(job, StepState.SUCCEEDED, now) if begins else job.steps
    moved = tuple(
        replace(
            step,
            state=state,
            started_at=now if begins else step.started_at,
            finished_at=None if begins else now,
        )
        if step.name == name
        else step
        for step in ended
    )
    after = replace(job, steps=moved)
    reached = after.completed_steps * 100 // len(after.steps)
    values = {"percent": max(job.percent, min(reached, MOST_BEFORE_THE_END))}
    job_records.write(connection, job, values, _step_happenings(job, moved, name), now)
    job_records.write_steps(connection, job, moved)


def end(
    connection: Connection,
    job: Job,
    state: JobState,
    step_state: StepState,
    now: datetime,
    *,
    values: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    """End a held job; the step that was running ends with it, and webhooks are to be told."""
    final = {
        "state": state,
        "lease_token": None,
        "finished_at": now,
        "run_after": None,
        "waiting_code": None,
        "waiting_for_job_id": None,
        "waiting_until": None,
    }
    happening = Happening(name=state.value, facts=facts)
    job_records.write(connection, job, final | values, [happening], now)
    job_records.write_steps(connection, job, end_running(job, step_state, now))
    told = job_facts(job, state, values.get("error"))
    event = EventType.of_job_end(state)
    webhook_outbox.record_event(connection, event, told, owner=job.owner, now=now)


def give_back(
    connection: Connection,
    job: Job,
    *,
    error: JobError | None,
    run_after: datetime | None,
    cleanup_only: bool,
    now: datetime,
    is_spared: bool = False,
) -> None:
    """Queue a held, running job again; what the broker was told of it counts no more."""
    waits = run_after is not None and run_after > now
    values: dict[str, Any] = {
        "state": JobState.QUEUED,
        "lease_token": None,
        "heartbeat_at": None,
        "run_after": run_after,
        "cleanup_only": cleanup_only,
        "max_attempts": job.max_attempts + is_spared,
        "announced_at": None,
        "announcements": 0,
        "waiting_code": WaitingCode.RETRY_BACKOFF if waits else None,
        "waiting_for_job_id": None,
        "waiting_until": run_after if waits else None,
    }
    facts: dict[str, Any] = {"runAfter": None if run_after is None else run_after.isoformat()}
    if error is not None:
        values["error"] = job_records.error_values(error)
        facts["error"] = values["error"]
    job_records.write(connection, job, values, [Happening(name="retrying", facts=facts)], now)
    job_records.write_steps(connection, job, end_running(job, StepState.FAILED, now))


def end_running(job: Job, state: StepState, now: datetime) -> tuple[Step, ...]:
    """Return the job's steps with the one that was running ended."""
    return tuple(
        replace(step, state=state, finished_at=now) if step.state is StepState.RUNNING else step
        for step in job.steps
    )


def _waits(connection: Connection, job: Job, now: datetime) -> bool:
    """Tell whether another job keeps a held one from running; if so, say which, once."""
    blocking_job_id = connection.execute(_BLOCKER, {"of": job.id}).scalar_one()
    if blocking_job_id is None:
        return False
    reason = job.waiting_reason
    if reason is None or reason.blocking_job_id != blocking_job_id:
        values = {
            "waiting_code": WaitingCode.DATABASE_BUSY,
            "waiting_for_job_id": blocking_job_id,
            "waiting_until": None,
        }
        facts = {"waitingReason": WaitingCode.DATABASE_BUSY, "blockingJobId": blocking_job_id}
        job_records.write(connection, job, values, [Happening(name="waiting", facts=facts)], now)
    return True


def _step_happenings(job: Job, moved: tuple[Step, ...], name: str) -> list[Happening]:
    """Return an event for each step that changed; the one that begins comes last."""
    changed = [
        new
        for old, new in zip(job.steps, moved, strict=True)
        if old.state is not new.state or new.name == name
    ]
    changed.sort(key=lambda step: step.state is StepState.RUNNING)
    return [
        Happening(
            name="step_started" if step.state is StepState.RUNNING else "step_finished",
            facts={"step": step.name, "stepState": step.state},
        )
        for step in changed
    ]
