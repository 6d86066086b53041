"""Reading, setting and removing the backup schedule of a schema, and saying how its backups do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.backups.alerts import Alert, AlertCode
from core.backups.errors import BackupScheduleNotFoundError
from core.backups.model import Backup, BackupState, VerificationState
from core.backups.schedule import BackupSchedule, RetentionPolicy, VerifyRhythm
from core.backups.timetable import next_fire_at
from core.clock import Clock
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSchedule:
    """What somebody wants a schedule to be."""

    cron: str
    """Five fields."""
    time_zone: str
    """Name of the zone in which they are meant."""
    is_enabled: bool
    """Whether it is to fire."""
    verify: VerifyRhythm
    """How often backups are proven."""
    retention: RetentionPolicy
    """What is kept."""
    max_age: timedelta | None
    """Age of the newest backup from which on an alert stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStatus:
    """How the backups of one schema do."""

    schema_id: str
    """Which schema."""
    available: int
    """How many can be used."""
    size_bytes: int
    """What these take together."""
    newest: Backup | None
    """The newest that can be used."""
    newest_verified: Backup | None
    """The newest of these that was proven."""
    age: timedelta | None
    """How old the newest is."""
    is_too_old: bool
    """Whether that is older than the schedule allows; without a schedule nothing is."""
    schedule: BackupSchedule | None
    """The schedule, if there is one."""
    alerts: Sequence[Alert]
    """What stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSchedules:
    """Everything a client can ask of the backup schedule of a schema."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""

    def get(self, schema_id: str, *, owner: str) -> BackupSchedule:
        """Return the schedule of a schema.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupScheduleNotFoundError: it has no schedule.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            schedule = store.backup_schedules.get(schema_id)
        if schedule is None:
            raise BackupScheduleNotFoundError(schema_id=schema_id)
        return schedule

    def replace(self, schema_id: str, wanted: WantedSchedule, *, owner: str) -> BackupSchedule:
        """Write the schedule of a schema anew; it fires from now on.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            CronInvalidError: the expression cannot be used.
            TimeZoneUnknownError: there is no such zone.
        """
        now = self.clock.now()
        fires_at = next_fire_at(wanted.cron, wanted.time_zone, now)
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            before = store.backup_schedules.get(schema_id, for_update=True)
            schedule = BackupSchedule(
                schema_id=schema_id,
                cron=wanted.cron,
                time_zone=wanted.time_zone,
                is_enabled=wanted.is_enabled,
                verify=wanted.verify,
                retention=wanted.retention,
                max_age=wanted.max_age,
                next_fire_at=fires_at if wanted.is_enabled else None,
                created_at=now,
                updated_at=now,
            )
            if before is not None:
                schedule = _continued(schedule, before)
            store.backup_schedules.put(schedule)
            if not schedule.is_enabled:
                _clear_alerts(store, schema_id, now)
            store.commit()
        return schedule

    def remove(self, schema_id: str, *, owner: str) -> None:
        """Remove the schedule of a schema; its backups stay.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupScheduleNotFoundError: it has no schedule.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            if store.backup_schedules.get(schema_id, for_update=True) is None:
                raise BackupScheduleNotFoundError(schema_id=schema_id)
            store.backup_schedules.remove(schema_id)
            _clear_alerts(store, schema_id, self.clock.now())
            store.commit()

    def status(self, schema_id: str, *, owner: str) -> BackupStatus:
        """Say how the backups of a schema do.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        now = self.clock.now()
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            schedule = store.backup_schedules.get(schema_id)
            usable = [
                backup
                for backup in store.backups.of_schema(schema_id)
                if backup.state is BackupState.AVAILABLE
            ]
            alerts = store.alerts.standing(schema_id)
        newest = next(iter(usable), None)
        proven = (b for b in usable if b.verification.state is VerificationState.PASSED)
        return BackupStatus(
            schema_id=schema_id,
            available=len(usable),
            size_bytes=sum(backup.size_bytes or 0 for backup in usable),
            newest=newest,
            newest_verified=next(proven, None),
            age=None if newest is None else now - newest.created_at,
            is_too_old=schedule is not None and is_too_old(schedule, newest, now),
            schedule=schedule,
            alerts=alerts,
        )


def is_too_old(schedule: BackupSchedule, newest: Backup | None, now: datetime) -> bool:
    """Whether the newest backup is older than the schedule allows.

    Where there is none, the time since the schedule was made counts.
    """
    if schedule.max_age is None or not schedule.is_enabled:
        return False
    since = schedule.created_at if newest is None else newest.created_at
    return now - since > schedule.max_age


def _continued(schedule: BackupSchedule, before: BackupSchedule) -> BackupSchedule:
    """Return a new schedule with what is remembered of the one that it replaces."""
    is_same_rhythm = schedule.verify is before.verify
    return replace(
        schedule,
        created_at=before.created_at if before.is_enabled else schedule.created_at,
        last_fired_at=before.last_fired_at,
        last_skipped_because=before.last_skipped_because,
        verified_through=before.verified_through if is_same_rhythm else None,
    )


def _clear_alerts(store: Store, schema_id: str, now: datetime) -> None:
    for code in AlertCode:
        store.alerts.clear(code, schema_id=schema_id, now=now)
