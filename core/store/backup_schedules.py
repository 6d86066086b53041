"""Backup schedules in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.backups.schedule import (
    BackupSchedule,
    BackupScheduleRepository,
    Generations,
    RetentionPolicy,
    VerifyRhythm,
)
from core.store import tables
from core.store.backup_tables import backup_schedules
from core.store.identifiers import is_id


class SqlBackupScheduleRepository(BackupScheduleRepository):
    """The schedules of schemas."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str, *, for_update: bool = False) -> BackupSchedule | None:
        """Return a schema's schedule, its row held until the end on request, or None."""
        if not is_id(schema_id):
            return None
        statement = select(backup_schedules).where(backup_schedules.c.schema_id == schema_id)
        return self._one(statement.with_for_update() if for_update else statement)

    @override
    def put(self, schedule: BackupSchedule) -> None:
        """Record it, or replace what its schema had."""
        values = _values(schedule)
        self._connection.execute(
            insert(backup_schedules)
            .values(values)
            .on_conflict_do_update(index_elements=[backup_schedules.c.schema_id], set_=values)
        )

    @override
    def remove(self, schema_id: str) -> None:
        """Forget it."""
        self._connection.execute(
            delete(backup_schedules).where(backup_schedules.c.schema_id == schema_id)
        )

    @override
    def claim_due(self, now: datetime) -> BackupSchedule | None:
        """Return the schedule of a living schema that is due the longest, and hold its row."""
        statement = (
            _of_living_schemas()
            .where(backup_schedules.c.next_fire_at <= now)
            .order_by(backup_schedules.c.next_fire_at)
        )
        return self._one(_claimed(statement))

    @override
    def claim_neglected(self, before: datetime, *, now: datetime) -> BackupSchedule | None:
        """Return one of a living schema that was not tended since then, and hold its row."""
        backups, tended_at = tables.backups, backup_schedules.c.tended_at
        has_news = exists().where(
            and_(
                tended_at < now,
                backups.c.schema_id == backup_schedules.c.schema_id,
                or_(backups.c.finished_at > tended_at, backups.c.verified_at > tended_at),
            )
        )
        statement = (
            _of_living_schemas()
            .where(or_(tended_at.is_(None), tended_at < before, has_news))
            .order_by(tended_at.asc().nulls_first())
        )
        return self._one(_claimed(statement))

    def _one(self, statement: Select[Any]) -> BackupSchedule | None:
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _schedule(row)


def _of_living_schemas() -> Select[Any]:
    return (
        select(backup_schedules)
        .join(tables.schemas, tables.schemas.c.id == backup_schedules.c.schema_id)
        .where(tables.schemas.c.deleted_at.is_(None), backup_schedules.c.is_enabled)
    )


def _claimed(statement: Select[Any]) -> Select[Any]:
    """Return the same for one row that nobody else holds.

    Source: PostgreSQL manual, SELECT, "The Locking Clause": a row that was changed meanwhile is
    looked at again before it is locked.
    """
    return statement.limit(1).with_for_update(of=backup_schedules, skip_locked=True)


def _values(schedule: BackupSchedule) -> dict[str, object]:
    max_age = schedule.max_age
    return {
        "schema_id": schedule.schema_id,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "is_enabled": schedule.is_enabled,
        "verify": schedule.verify.value,
        "retention": asdict(schedule.retention),
        "max_age_seconds": None if max_age is None else round(max_age.total_seconds()),
        "next_fire_at": schedule.next_fire_at,
        "last_fired_at": schedule.last_fired_at,
        "last_skipped_because": schedule.last_skipped_because,
        "verified_through": schedule.verified_through,
        "tended_at": schedule.tended_at,
        "created_at": schedule.created_at,
        "updated_at": schedule.updated_at,
    }


def _schedule(row: RowMapping) -> BackupSchedule:
    max_age = row["max_age_seconds"]
    return BackupSchedule(
        schema_id=row["schema_id"],
        cron=row["cron"],
        time_zone=row["time_zone"],
        is_enabled=row["is_enabled"],
        verify=VerifyRhythm(row["verify"]),
        retention=_retention(row["retention"]),
        max_age=None if max_age is None else timedelta(seconds=max_age),
        next_fire_at=row["next_fire_at"],
        last_fired_at=row["last_fired_at"],
        last_skipped_because=row["last_skipped_because"],
        verified_through=row["verified_through"],
        tended_at=row["tended_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _retention(stored: Mapping[str, Any]) -> RetentionPolicy:
    generations = stored.get("generations")
    return RetentionPolicy(
        days=stored.get("days"),
        count=stored.get("count"),
        generations=None if generations is None else Generations(**generations),
        max_bytes=stored.get("max_bytes"),
    )
