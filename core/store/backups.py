"""Backups in the store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.backups.model import Backup, BackupState, Verification, VerificationState
from core.backups.repository import BackupRepository
from core.store import tables
from core.store.identifiers import is_id


class SqlBackupRepository(BackupRepository):
    """Collection-like access to backups."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str, backup_id: str) -> Backup | None:
        """Return the schema's backup, or None."""
        if not is_id(schema_id) or not is_id(backup_id):
            return None
        table = tables.backups
        statement = select(table).where(table.c.id == backup_id, table.c.schema_id == schema_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _backup(row)

    @override
    def put(self, backup: Backup) -> None:
        """Record it, or replace the record with its id."""
        table = tables.backups
        values = _values(backup)
        self._connection.execute(
            insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=[table.c.id], set_=values)
        )

    @override
    def remove(self, backup_id: str) -> None:
        """Forget it."""
        if is_id(backup_id):
            table = tables.backups
            self._connection.execute(delete(table).where(table.c.id == backup_id))

    @override
    def list_page(self, schema_id: str, *, page: int, limit: int) -> tuple[Sequence[Backup], int]:
        """Return one page, newest first, and the number of all."""
        if not is_id(schema_id):
            return [], 0
        table = tables.backups
        mine = table.c.schema_id == schema_id
        total = self._connection.execute(select(func.count()).where(mine)).scalar_one()
        rows = self._connection.execute(
            select(table)
            .where(mine)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .offset((page - 1) * limit)
            .limit(limit)
        )
        return [_backup(row) for row in rows.mappings()], total

    @override
    def of_schema(self, schema_id: str) -> Sequence[Backup]:
        """Return all of a schema's backups, newest first."""
        if not is_id(schema_id):
            return []
        table = tables.backups
        rows = self._connection.execute(
            select(table)
            .where(table.c.schema_id == schema_id)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
        )
        return [_backup(row) for row in rows.mappings()]

    @override
    def half_deleted(self, limit: int) -> Sequence[Backup]:
        """Return backups whose deletion began and did not end, the oldest first."""
        table = tables.backups
        rows = self._connection.execute(
            select(table)
            .where(table.c.state == BackupState.DELETING)
            .order_by(table.c.created_at, table.c.id)
            .limit(limit)
        )
        return [_backup(row) for row in rows.mappings()]


def _values(backup: Backup) -> dict[str, object]:
    """Return the row of a backup."""
    return {
        "id": backup.id,
        "schema_id": backup.schema_id,
        "state": backup.state,
        "reason": backup.reason,
        "location": backup.location,
        "format": backup.format,
        "engine_version": backup.engine_version,
        "tool_version": backup.tool_version,
        "version_number": backup.version_number,
        "live_fingerprint": backup.live_fingerprint,
        "rows_by_table": dict(backup.rows_by_table),
        "size_bytes": backup.size_bytes,
        "sha256": backup.sha256,
        "duration_seconds": backup.duration_seconds,
        "verification_state": backup.verification.state,
        "verified_at": backup.verification.at,
        "verification_seconds": backup.verification.duration_seconds,
        "verification_failure_code": backup.verification.failure_code,
        "verification_failure": backup.verification.failure,
        "created_at": backup.created_at,
        "finished_at": backup.finished_at,
    }


def _backup(row: RowMapping) -> Backup:
    """Return the backup that a row holds."""
    return Backup(
        id=row["id"],
        schema_id=row["schema_id"],
        state=BackupState(row["state"]),
        reason=row["reason"],
        location=row["location"],
        format=row["format"],
        engine_version=row["engine_version"],
        tool_version=row["tool_version"],
        version_number=row["version_number"],
        live_fingerprint=row["live_fingerprint"],
        rows_by_table=row["rows_by_table"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        duration_seconds=row["duration_seconds"],
        verification=Verification(
            state=VerificationState(row["verification_state"]),
            at=row["verified_at"],
            duration_seconds=row["verification_seconds"],
            failure_code=row["verification_failure_code"],
            failure=row["verification_failure"],
        ),
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
