"""Jobs as rows: reading them with their steps, and the one way in which they are written.

Which write is allowed when is `jobs`, `job_claims` and `job_repairs`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Text,
    bindparam,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from core.jobs.model import (
    Job,
    JobError,
    JobEvent,
    JobId,
    JobKind,
    JobState,
    Step,
    StepState,
    WaitingCode,
    WaitingReason,
)
from core.store import tables
from core.store.identifiers import storable

JOBS = tables.jobs
STEPS = tables.job_steps
EVENTS = tables.job_events

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
"""States of jobs that have not ended."""

# Built once, as every job runs these a dozen times and building costs as much as running.
_STEPS_TEXT = (
    select(
        cast(
            func.json_agg(
                aggregate_order_by(
                    func.json_build_array(
                        STEPS.c.name, STEPS.c.state, STEPS.c.started_at, STEPS.c.finished_at
                    ),
                    STEPS.c.position,
                )
            ),
            Text,
        )
    )
    .where(STEPS.c.job_id == JOBS.c.id)
    .correlate(JOBS)
    .scalar_subquery()
    .label("steps_text")
)
READ = select(JOBS, _STEPS_TEXT)
"""Reads jobs with their steps. Not for rows to be held: the steps would be those from before the
wait for the lock."""

WRITTEN = (JOBS, _STEPS_TEXT)
"""What a write under a lease returns. That the steps are those from before a wait for the lock
does no harm there: only the attempt that has the lease moves them, and one after the other."""

_BY_ID = READ.where(JOBS.c.id == bindparam("of"))
_HELD = select(JOBS).where(JOBS.c.id == bindparam("of")).with_for_update()
_STEPS_OF = (
    select(STEPS)
    .where(STEPS.c.job_id.in_(bindparam("ids", expanding=True)))
    .order_by(STEPS.c.job_id, STEPS.c.position)
)
_UPDATE = update(JOBS).where(JOBS.c.id == bindparam("of")).returning(JOBS)
_UPDATE_STEP = update(STEPS).where(
    STEPS.c.job_id == bindparam("of"), STEPS.c.name == bindparam("called")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event before it has its number."""

    name: str
    """See `JobEvent.name`."""
    facts: Mapping[str, Any]
    """What it says beside state, percent and attempt."""


def with_steps(connection: Connection, rows: Iterable[RowMapping]) -> list[Job]:
    """Return the jobs that the rows hold, in their order, with their steps as they stand now."""
    rows = list(rows)
    if not rows:
        return []
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    found = connection.execute(_STEPS_OF, {"ids": [row["id"] for row in rows]})
    for step in found.mappings():
        steps[step["job_id"]].append(
            Step(
                name=step["name"],
                state=StepState(step["state"]),
                started_at=step["started_at"],
                finished_at=step["finished_at"],
            )
        )
    return [job_of(row, tuple(steps[row["id"]])) for row in rows]


def read(connection: Connection, statement: Select[Any], **values: object) -> list[Job]:
    """Return the jobs that a statement made of `READ` finds."""
    rows = connection.execute(statement, values).mappings()
    return [job_of(row, steps_in(row)) for row in rows]


def job_of(row: RowMapping, steps: tuple[Step, ...]) -> Job:
    """Return the job that a row and its steps hold."""
    waiting_code, waited_for = row["waiting_code"], row["waiting_for_job_id"]
    waiting_reason = None
    if waiting_code is not None:
        waiting_reason = WaitingReason(
            code=WaitingCode(waiting_code),
            blocking_job_id=None if waited_for is None else JobId(waited_for),
            until=row["waiting_until"],
        )
    return Job(
        id=JobId(row["id"]),
        kind=JobKind(row["kind"]),
        owner=row["owner"],
        schema_id=row["schema_id"],
        state=JobState(row["state"]),
        arguments=row["arguments"],
        steps=steps,
        attempt=row["attempt"],
        max_attempts=row["max_attempts"],
        created_at=row["created_at"],
        sequence=row["sequence"],
        waiting_reason=waiting_reason,
        percent=row["percent"],
        message=row["message"],
        result=row["result"],
        error=None if row["error"] is None else JobError(**row["error"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        heartbeat_at=row["heartbeat_at"],
        cancel_requested_at=row["cancel_requested_at"],
        run_after=row["run_after"],
        cleanup_only=row["cleanup_only"],
        retry_of=None if row["retry_of"] is None else JobId(row["retry_of"]),
        request_id=row["request_id"],
        trace_parent=row["trace_parent"],
    )


def steps_in(row: RowMapping) -> tuple[Step, ...]:
    """Return the steps that a row of `READ` or `WRITTEN` tells of."""
    return tuple(
        Step(
            name=name,
            state=StepState(state),
            started_at=None if started_at is None else datetime.fromisoformat(started_at),
            finished_at=None if finished_at is None else datetime.fromisoformat(finished_at),
        )
        for name, state, started_at, finished_at in json.loads(row["steps_text"] or "[]")
    )


def find(connection: Connection, job_id: str, *, hold: bool = False) -> Job | None:
    """Return the job, or None; with `hold`, nobody else writes it until the transaction ends."""
    if hold:
        jobs = with_steps(connection, connection.execute(_HELD, {"of": job_id}).mappings().all())
    else:
        jobs = read(connection, _BY_ID, of=job_id)
    return jobs[0] if jobs else None


def write(
    connection: Connection,
    job: Job,
    values: Mapping[str, Any],
    happenings: Sequence[Happening],
    now: datetime,
) -> RowMapping:
    """Change a held job's row and append its events, each with the next number; return the row."""
    last = job.sequence + len(happenings)
    plain = {name: value for name, value in values.items() if not isinstance(value, ColumnElement)}
    told = {name: value for name, value in values.items() if name not in plain}
    statement = _UPDATE.values(told) if told else _UPDATE
    row = connection.execute(statement, plain | {"of": job.id, "sequence": last}).mappings().one()
    always = {
        "state": values.get("state", job.state),
        "percent": values.get("percent", job.percent),
        "attempt": values.get("attempt", job.attempt),
    }
    connection.execute(
        insert(EVENTS),
        [
            {
                "job_id": job.id,
                "sequence": sequence,
                "name": happening.name,
                "at": now,
                "payload": always | dict(happening.facts),
            }
            for sequence, happening in enumerate(happenings, start=job.sequence + 1)
        ],
    )
    return row


def write_steps(connection: Connection, job: Job, steps: Sequence[Step]) -> None:
    """Write the steps that differ from the job's."""
    changed = [
        {"of": job.id, "called": new.name}
        | {"state": new.state, "started_at": new.started_at, "finished_at": new.finished_at}
        for old, new in zip(job.steps, steps, strict=True)
        if old != new
    ]
    if changed:
        connection.execute(_UPDATE_STEP, changed)


def drop_superseded_progress(connection: Connection, job: Job) -> None:
    """Forget the newest event if it only tells of progress, as the next tells of more.

    So an hour of progress leaves a handful of rows rather than thousands.
    """
    connection.execute(
        EVENTS.delete().where(
            EVENTS.c.job_id == job.id,
            EVENTS.c.sequence == job.sequence,
            EVENTS.c.name == "progress",
        )
    )


def blocker_of() -> ColumnElement[str | None]:
    """Return the id of the job that the exclusive job of the outer query waits for, or NULL.

    That is the oldest unfinished exclusive job before it, or one behind it that runs already.
    """
    mine, other = JOBS, JOBS.alias("other")
    return (
        select(other.c.id)
        .where(
            mine.c.is_exclusive,
            other.c.is_exclusive,
            other.c.schema_id == mine.c.schema_id,
            other.c.id != mine.c.id,
            other.c.state.in_(UNFINISHED),
            or_(other.c.number < mine.c.number, other.c.state == JobState.RUNNING),
        )
        .order_by(other.c.number)
        .limit(1)
        .correlate(mine)
        .scalar_subquery()
    )


def is_free() -> ColumnElement[bool]:
    """Return the condition that no other job keeps the job from running."""
    return blocker_of().is_(None)


def error_values(error: JobError) -> dict[str, Any]:
    """Return the error as JSON values."""
    return {
        name: storable(value) if isinstance(value, str) else value
        for name, value in asdict(error).items()
    }


def event(row: RowMapping) -> JobEvent:
    """Return the event that a row holds."""
    return JobEvent(
        sequence=row["sequence"],
        job_id=JobId(row["job_id"]),
        name=row["name"],
        at=row["at"],
        payload=row["payload"],
    )
