"""Counting what the store records of jobs, backups and deliveries; every question uses an index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Row,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    select,
)
from typing_extensions import override

from core.backups.model import BackupState, VerificationState
from core.databases.drift_record import DriftState
from core.databases.model import DatabaseState
from core.jobs.model import JobState, StepState
from core.observation.measures import (
    WINDOW,
    BackupCount,
    JobCount,
    MeasureRepository,
    Measures,
    StepDurations,
)
from core.store import tables
from core.store.backup_tables import backup_schedules
from core.store.job_records import UNFINISHED

_JOBS = tables.jobs
_STEPS = tables.job_steps
_BACKUPS = tables.backups
_SCHEDULES = backup_schedules
_DELIVERIES = tables.webhook_deliveries


class SqlMeasureRepository(MeasureRepository):
    """Counts what is recorded."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def measure(self, now: datetime) -> Measures:
        """Return all measures, by the clock that wrote the records."""
        databases = self._databases(now)
        deliveries = self._connection.execute(
            select(func.count(), func.min(_DELIVERIES.c.created_at)).where(
                _DELIVERIES.c.due_at.is_not(None)
            )
        ).one()
        return Measures(
            jobs=self._jobs(now),
            oldest_ready=self._oldest_ready(now),
            steps=self._steps(now),
            backups=self._backups(),
            live_databases=databases.live,
            drifted_databases=databases.drifted,
            without_backup=databases.without_backup,
            without_proof=databases.without_proof,
            backup_overdue=databases.overdue,
            proof_failed=databases.failed,
            oldest_newest_backup=databases.backup_at,
            oldest_unscheduled_backup=databases.unscheduled_at,
            oldest_newest_proof=databases.proof_at,
            deliveries_waiting=deliveries[0],
            oldest_delivery=deliveries[1],
        )

    def _jobs(self, now: datetime) -> tuple[JobCount, ...]:
        columns = (_JOBS.c.kind, _JOBS.c.state)
        unfinished = select(*columns, func.count()).where(_JOBS.c.state.in_(UNFINISHED))
        ended = select(*columns, func.count()).where(_JOBS.c.finished_at > now - WINDOW)
        counted = unfinished.group_by(*columns).union_all(ended.group_by(*columns))
        return tuple(
            JobCount(kind=kind, state=state, count=count)
            for kind, state, count in self._connection.execute(counted)
        )

    def _oldest_ready(self, now: datetime) -> datetime | None:
        waits_since = func.greatest(_JOBS.c.created_at, _JOBS.c.run_after)
        statement = select(func.min(waits_since)).where(
            _JOBS.c.state == JobState.QUEUED,
            _JOBS.c.waiting_for_job_id.is_(None),
            func.coalesce(_JOBS.c.run_after, _JOBS.c.created_at) <= now,
        )
        found: datetime | None = self._connection.execute(statement).scalar_one()
        return found

    def _steps(self, now: datetime) -> tuple[StepDurations, ...]:
        seconds = cast(func.extract("epoch", _STEPS.c.finished_at - _STEPS.c.started_at), Float(53))
        columns = (_JOBS.c.kind, _STEPS.c.name)
        statement = (
            select(
                *columns,
                func.count(),
                func.percentile_cont(0.5).within_group(seconds),
                func.percentile_cont(0.95).within_group(seconds),
                func.max(seconds),
            )
            .join(_STEPS, _STEPS.c.job_id == _JOBS.c.id)
            .where(_JOBS.c.finished_at > now - WINDOW, _STEPS.c.state == StepState.SUCCEEDED)
            .group_by(*columns)
        )
        return tuple(
            StepDurations(
                kind=kind,
                step=step,
                count=count,
                median_seconds=median,
                p95_seconds=p95,
                longest_seconds=longest,
            )
            for kind, step, count, median, p95, longest in self._connection.execute(statement)
        )

    def _backups(self) -> tuple[BackupCount, ...]:
        columns = (_BACKUPS.c.state, _BACKUPS.c.verification_state)
        statement = select(
            *columns, func.count(), func.coalesce(func.sum(_BACKUPS.c.size_bytes), 0)
        ).group_by(*columns)
        return tuple(
            BackupCount(state=state, verification=verification, count=count, size_bytes=int(size))
            for state, verification, count, size in self._connection.execute(statement)
        )

    def _databases(self, now: datetime) -> Row[Any]:
        complete = _BACKUPS.c.state == BackupState.AVAILABLE.value
        verification = _BACKUPS.c.verification_state
        proven = and_(complete, verification == VerificationState.PASSED.value)
        tried = and_(complete, verification != VerificationState.NEVER.value)
        failed = and_(complete, verification == VerificationState.FAILED.value)
        newest = (
            select(
                _BACKUPS.c.schema_id,
                *(
                    func.max(case((which, _BACKUPS.c.created_at))).label(name)
                    for name, which in (
                        ("backup_at", complete),
                        ("proof_at", proven),
                        ("tried_at", tried),
                        ("failed_at", failed),
                    )
                ),
            )
            .group_by(_BACKUPS.c.schema_id)
            .subquery()
        )
        databases, schemas = tables.databases, tables.schemas
        is_scheduled = func.coalesce(_SCHEDULES.c.is_enabled, false())
        statement = (
            select(
                func.count().label("live"),
                _how_many(databases.c.drift_state == DriftState.DRIFTED.value, "drifted"),
                _how_many(newest.c.backup_at.is_(None), "without_backup"),
                _how_many(newest.c.proof_at.is_(None), "without_proof"),
                _how_many(and_(is_scheduled, _is_overdue(newest.c.backup_at, now)), "overdue"),
                _how_many(newest.c.failed_at == newest.c.tried_at, "failed"),
                func.min(newest.c.backup_at).label("backup_at"),
                func.min(newest.c.backup_at).filter(not_(is_scheduled)).label("unscheduled_at"),
                func.min(newest.c.proof_at).label("proof_at"),
            )
            .select_from(databases)
            .join(schemas, schemas.c.id == databases.c.schema_id)
            .outerjoin(newest, newest.c.schema_id == databases.c.schema_id)
            .outerjoin(_SCHEDULES, _SCHEDULES.c.schema_id == databases.c.schema_id)
            .where(databases.c.state == DatabaseState.READY.value, schemas.c.deleted_at.is_(None))
        )
        return self._connection.execute(statement).one()


def _how_many(claim: ColumnElement[bool], name: str) -> ColumnElement[int]:
    """Count the rows of which something is true."""
    return func.count().filter(claim).label(name)


def _is_overdue(backup_at: ColumnElement[datetime], now: datetime) -> ColumnElement[bool]:
    """Say whether a backup is older than its schedule allows.

    Where the schedule does not say how old it may be, two of its intervals are allowed.
    """
    since = func.coalesce(backup_at, _SCHEDULES.c.created_at)
    interval = func.extract("epoch", _SCHEDULES.c.next_fire_at - _SCHEDULES.c.last_fired_at)
    allowed = func.coalesce(_SCHEDULES.c.max_age_seconds, 2 * interval)
    return func.extract("epoch", now - since) > allowed
