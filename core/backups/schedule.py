"""The backup schedule of a schema: when backups are taken, proven and removed, and when to worry.

Which backups a policy keeps is `retention`'s affair, when a schedule fires `timetable`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

SCHEDULED = "scheduled"
"""The reason of backups that a schedule took; these alone are removed by its retention."""


class VerifyRhythm(StrEnum):
    """How often backups are proven by restoring them."""

    EACH = "each"
    """Every backup that the schedule took, once it is complete."""
    DAILY = "daily"
    """The first new one of each day, in the schedule's time zone."""
    WEEKLY = "weekly"
    """The first new one of each ISO week, in the schedule's time zone."""
    NEVER = "never"
    """None, unless somebody asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """Grandfather, father, son: the newest backup of each of so many periods that have one."""

    hourly: int = 0
    """Hours."""
    daily: int = 0
    """Days."""
    weekly: int = 0
    """ISO weeks."""
    monthly: int = 0
    """Months."""
    yearly: int = 0
    """Years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """What is kept: whatever one of the first three wants, as far as the last one lets it.

    Where none of the first three is set, all are wanted.
    """

    days: int | None = None
    """Backups that are at most so many days old."""
    count: int | None = None
    """The newest so many."""
    generations: Generations | None = None
    """The newest of each of so many periods."""
    max_bytes: int | None = None
    """Most that the kept ones may take together; the oldest go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSchedule:
    """When the backups of one schema are taken, and what becomes of them."""

    schema_id: str
    """Whose database."""
    cron: str
    """Five fields: minute, hour, day of the month, month, day of the week."""
    time_zone: str
    """Name of the zone in which the fields are meant, from the IANA database."""
    is_enabled: bool = True
    """Whether it fires."""
    verify: VerifyRhythm = VerifyRhythm.DAILY
    """How often backups are proven."""
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    """What is kept."""
    max_age: timedelta | None = None
    """Age of the newest backup from which on an alert stands; None for never."""
    next_fire_at: datetime | None = None
    """When it fires next; None while it does not."""
    last_fired_at: datetime | None = None
    """The time for which it fired last, whether or not a backup could be taken."""
    last_skipped_because: str | None = None
    """Why the last firing took no backup; None when it took one."""
    verified_through: datetime | None = None
    """Completion of the newest backup whose proof was asked for."""
    tended_at: datetime | None = None
    """When proofs, retention and alerts were last seen to."""
    created_at: datetime
    """When it was made."""
    updated_at: datetime
    """When somebody changed it."""


class BackupScheduleRepository(Protocol):
    """The schedules of schemas."""

    def get(self, schema_id: str, *, for_update: bool = False) -> BackupSchedule | None:
        """Return a schema's schedule, its row held until the end on request, or None."""
        ...

    def put(self, schedule: BackupSchedule) -> None:
        """Record it, or replace what its schema had."""
        ...

    def remove(self, schema_id: str) -> None:
        """Forget it."""
        ...

    def claim_due(self, now: datetime) -> BackupSchedule | None:
        """Return the schedule of a living schema that is due the longest, and hold its row.

        Rows that another transaction holds are passed over, so whoever asks at the same time gets
        another one or none.
        """
        ...

    def claim_neglected(self, before: datetime, *, now: datetime) -> BackupSchedule | None:
        """Return one of a living schema that was not tended since then, and hold its row.

        One of whose backups was completed or proven since it was tended is neglected as well,
        unless it was tended at the present.
        """
        ...
