"""Counting what the store records of jobs, backups and deliveries; every question uses an index."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Float, and_, case, cast, func, select
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
from core.store.job_records import UNFINISHED

_JOBS = tables.jobs
_STEPS = tables.job_steps
_BACKUPS = tables.backups
_DELIVERIES = tables.webhook_deliveries


class SqlMeasureRepository(MeasureRepository):
    """Counts what is recorded."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def measure(self, now: datetime) -> Measures:
        """Return all measures, by the clock that wrote the records."""
        databases = self._databases()
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
            live_databases=databases[0],
            drifted_databases=databases[1],
            without_backup=databases[2],
            without_proof=databases[3],
            oldest_newest_backup=databases[4],
            oldest_newest_proof=databases[5],
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

    def _databases(self) -> tuple[int, int, int, int, datetime | None, datetime | None]:
        complete = _BACKUPS.c.state == BackupState.AVAILABLE.value
        proven = and_(complete, _BACKUPS.c.verification_state == VerificationState.PASSED.value)
        newest = (
            select(
                _BACKUPS.c.schema_id,
                func.max(case((complete, _BACKUPS.c.created_at))).label("backup_at"),
                func.max(case((proven, _BACKUPS.c.created_at))).label("proof_at"),
            )
            .group_by(_BACKUPS.c.schema_id)
            .subquery()
        )
        databases, schemas = tables.databases, tables.schemas
        statement = (
            select(
                func.count(),
                func.count().filter(databases.c.drift_state == DriftState.DRIFTED.value),
                func.count().filter(newest.c.backup_at.is_(None)),
                func.count().filter(newest.c.proof_at.is_(None)),
                func.min(newest.c.backup_at),
                func.min(newest.c.proof_at),
            )
            .select_from(databases)
            .join(schemas, schemas.c.id == databases.c.schema_id)
            .outerjoin(newest, newest.c.schema_id == databases.c.schema_id)
            .where(databases.c.state == DatabaseState.READY.value, schemas.c.deleted_at.is_(None))
        )
        row = self._connection.execute(statement).one()
        return row[0], row[1], row[2], row[3], row[4], row[5]
