"""Counting what workspaces have, and what they may have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, delete, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.backups.model import BackupState
from core.databases.model import DatabaseState
from core.jobs.model import JobState
from core.quotas.model import OwnLimit, Quota
from core.quotas.repository import QuotaRepository
from core.store import tables
from core.store.quota_tables import workspace_quotas

_LOCK_CLASS = 0x5B_00_71
"""The first half of our advisory locks' keys; the second is a digest of the workspace."""

_SCHEMAS = tables.schemas
_DATABASES = tables.databases
_BACKUPS = tables.backups
_JOBS = tables.jobs


class SqlQuotaRepository(QuotaRepository):
    """Counts what is recorded; every question uses an index."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def hold(self, workspace_id: str) -> None:
        """Let nobody else be admitted to the workspace until the transaction ends."""
        self._connection.execute(
            text("SELECT pg_advisory_xact_lock(:class, hashtext(:workspace))"),
            {"class": _LOCK_CLASS, "workspace": workspace_id},
        )

    @override
    def used(self, workspace_id: str, quotas: Collection[Quota]) -> Mapping[Quota, int]:
        """Return how much there is; a quota that nothing uses up is left out."""
        return {
            quota: int(self._connection.execute(_COUNTS[quota](workspace_id)).scalar_one())
            for quota in quotas
            if quota in _COUNTS
        }

    @override
    def own_limits(self, workspace_id: str) -> Mapping[Quota, OwnLimit]:
        """Return what was set for the workspace."""
        statement = select(workspace_quotas).where(
            workspace_quotas.c.workspace_id == workspace_id,
            workspace_quotas.c.quota.in_([quota.value for quota in Quota]),
        )
        return {
            Quota(row["quota"]): OwnLimit(granted=row["granted"], chosen=row["chosen"])
            for row in self._connection.execute(statement).mappings()
        }

    @override
    def put(self, workspace_id: str, quota: Quota, own: OwnLimit) -> None:
        """Set it, or forget what was set."""
        table = workspace_quotas
        if own == OwnLimit():
            self._connection.execute(
                delete(table).where(
                    table.c.workspace_id == workspace_id, table.c.quota == quota.value
                )
            )
            return
        values = {"granted": own.granted, "chosen": own.chosen}
        self._connection.execute(
            insert(table)
            .values(workspace_id=workspace_id, quota=quota.value, **values)
            .on_conflict_do_update(
                index_elements=[table.c.workspace_id, table.c.quota], set_=values
            )
        )

    @override
    def queued_in_all(self, most: int) -> int:
        """Return how many jobs wait, counted up to one more than the most."""
        waiting = (
            select(_JOBS.c.number).where(_JOBS.c.state == JobState.QUEUED).limit(most + 1)
        ).subquery()
        return int(self._connection.execute(select(func.count()).select_from(waiting)).scalar_one())


def _databases(workspace_id: str) -> Select[int]:
    """Count living schemas, each of which has a database or gets one, and databases kept."""
    return (
        select(func.count())
        .select_from(_SCHEMAS)
        .outerjoin(_DATABASES, _DATABASES.c.schema_id == _SCHEMAS.c.id)
        .where(
            _SCHEMAS.c.owner == workspace_id,
            or_(
                _SCHEMAS.c.deleted_at.is_(None),
                _DATABASES.c.state == DatabaseState.READY.value,
            ),
        )
    )


def _database_bytes(workspace_id: str) -> Select[Any]:
    return (
        select(func.coalesce(func.sum(_DATABASES.c.size_bytes), 0))
        .join(_SCHEMAS, _SCHEMAS.c.id == _DATABASES.c.schema_id)
        .where(
            _SCHEMAS.c.owner == workspace_id,
            _DATABASES.c.state == DatabaseState.READY.value,
        )
    )


_KEPT = (BackupState.PENDING.value, BackupState.AVAILABLE.value)


def _backups(workspace_id: str) -> Select[int]:
    return (
        select(func.count())
        .select_from(_BACKUPS)
        .join(_SCHEMAS, _SCHEMAS.c.id == _BACKUPS.c.schema_id)
        .where(_SCHEMAS.c.owner == workspace_id, _BACKUPS.c.state.in_(_KEPT))
    )


def _backup_bytes(workspace_id: str) -> Select[Any]:
    return (
        select(func.coalesce(func.sum(_BACKUPS.c.size_bytes), 0))
        .join(_SCHEMAS, _SCHEMAS.c.id == _BACKUPS.c.schema_id)
        .where(_SCHEMAS.c.owner == workspace_id, _BACKUPS.c.state.in_(_KEPT))
    )


def _queued_jobs(workspace_id: str) -> Select[int]:
    return (
        select(func.count())
        .select_from(_JOBS)
        .where(_JOBS.c.state == JobState.QUEUED, _JOBS.c.owner == workspace_id)
    )


_COUNTS: Mapping[Quota, Callable[[str], Select[Any]]] = {
    Quota.DATABASES: _databases,
    Quota.DATABASE_BYTES: _database_bytes,
    Quota.BACKUPS: _backups,
    Quota.BACKUP_BYTES: _backup_bytes,
    Quota.QUEUED_JOBS: _queued_jobs,
}
