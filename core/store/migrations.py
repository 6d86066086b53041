"""Migrations in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.databases.losses import without_row_keys
from core.databases.migration import Migration, MigrationState
from core.databases.repository import MigrationRepository
from core.dialects.moves import SetAside
from core.store import tables
from core.store.identifiers import is_id

_IN_EFFECT = (MigrationState.APPLIED, MigrationState.REVERTING)


class SqlMigrationRepository(MigrationRepository):
    """Collection-like access to migrations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str, migration_id: str) -> Migration | None:
        """Return the schema's migration, or None."""
        if not is_id(schema_id) or not is_id(migration_id):
            return None
        table = tables.migrations
        found = self._read(
            select(table).where(table.c.id == migration_id, table.c.schema_id == schema_id)
        )
        return found[0] if found else None

    @override
    def put(self, migration: Migration) -> None:
        """Record it, or replace the record with its id; keys of rows are not kept."""
        table = tables.migrations
        values = asdict(migration) | {"impact": without_row_keys(migration.impact)}
        self._connection.execute(
            insert(table)
            .values(values)
            .on_conflict_do_update(index_elements=[table.c.id], set_=values)
        )

    @override
    def list_page(
        self, schema_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[Migration], int]:
        """Return one page, newest first, and the number of all."""
        if not is_id(schema_id):
            return [], 0
        table = tables.migrations
        mine = table.c.schema_id == schema_id
        total = self._connection.execute(select(func.count()).where(mine)).scalar_one()
        rows = self._read(
            select(table)
            .where(mine)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .offset((page - 1) * limit)
            .limit(limit)
        )
        return rows, total

    @override
    def of_job(self, job_id: str) -> Migration | None:
        """Return the migration that a job applies, or None."""
        if not is_id(job_id):
            return None
        table = tables.migrations
        found = self._read(
            select(table).where(table.c.job_id == job_id).order_by(table.c.created_at.desc())
        )
        return found[0] if found else None

    @override
    def latest_applied(self, schema_id: str) -> Migration | None:
        """Return the one that came into effect last, of those in effect or being taken back."""
        if not is_id(schema_id):
            return None
        table = tables.migrations
        found = self._read(
            select(table)
            .where(table.c.schema_id == schema_id, table.c.state.in_(_IN_EFFECT))
            .order_by(table.c.applied_at.desc(), table.c.id.desc())
            .limit(1)
        )
        return found[0] if found else None

    @override
    def expired(self, before: datetime, limit: int) -> Sequence[Migration]:
        """Return those whose window closed, and whose things set aside are still there."""
        table = tables.migrations
        return self._read(
            select(table)
            .where(table.c.set_aside_until <= before, table.c.set_aside_removed_at.is_(None))
            .order_by(table.c.set_aside_until, table.c.id)
            .limit(limit)
        )

    @override
    def keeping(self, schema_id: str) -> Sequence[Migration]:
        """Return those of a schema whose things set aside are still there."""
        if not is_id(schema_id):
            return []
        table = tables.migrations
        return self._read(
            select(table)
            .where(
                table.c.schema_id == schema_id,
                table.c.set_aside_until.is_not(None),
                table.c.set_aside_removed_at.is_(None),
            )
            .order_by(table.c.applied_at, table.c.id)
        )

    def _read(self, statement: Select[tuple[object, ...]]) -> list[Migration]:
        return [_migration(row) for row in self._connection.execute(statement).mappings()]


def _migration(row: RowMapping) -> Migration:
    """Return the migration that a row holds."""
    return Migration(
        id=row["id"],
        schema_id=row["schema_id"],
        from_version=row["from_version"],
        to_version=row["to_version"],
        document=row["document"],
        state=MigrationState(row["state"]),
        plan=row["plan"],
        before_fingerprint=row["before_fingerprint"],
        after_fingerprint=row["after_fingerprint"],
        impact=row["impact"],
        findings=tuple(row["findings"]),
        allowed_losses=tuple(row["allowed_losses"]),
        set_aside=tuple(SetAside(**each) for each in row["set_aside"]),
        author=row["author"],
        note=row["note"],
        created_at=row["created_at"],
        job_id=row["job_id"],
        revert_job_id=row["revert_job_id"],
        applied_at=row["applied_at"],
        reverted_at=row["reverted_at"],
        set_aside_until=row["set_aside_until"],
        set_aside_removed_at=row["set_aside_removed_at"],
    )
