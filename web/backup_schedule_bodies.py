"""Reading backup schedules from bodies, strictly, and representing them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.backups.alerts import Alert
from core.backups.schedule import BackupSchedule, Generations, RetentionPolicy, VerifyRhythm
from core.backups.scheduling import BackupStatus, WantedSchedule
from core.backups.timetable import LONGEST_CRON
from core.definition.fields import Fields
from core.definition.problems import Problems
from web.json_writing import plain, rfc3339
from web.representing import backup_json
from web.shapes.backup_schedules import (
    LONGEST_ZONE,
    MOST_BYTES,
    MOST_COUNT,
    MOST_DAYS,
    MOST_HOURS,
    MOST_PERIODS,
    PERIODS,
)

_KEYS = frozenset({"cron", "timeZone", "enabled", "verify", "retention", "maxAgeHours"})
_RHYTHMS = {rhythm.value: rhythm for rhythm in VerifyRhythm}


def read_schedule_body(raw: object) -> WantedSchedule:
    """Read what somebody wants a schedule to be.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys=_KEYS, problems=problems)
    enabled = fields.flag("enabled")
    hours = _max_age_hours(fields)
    wanted = WantedSchedule(
        cron=fields.required_text("cron", limit=LONGEST_CRON),
        time_zone=fields.text("timeZone", limit=LONGEST_ZONE) or "UTC",
        is_enabled=enabled is None or enabled,
        verify=fields.choice("verify", _RHYTHMS, code="UNKNOWN_WORD") or VerifyRhythm.DAILY,
        retention=_retention(fields),
        max_age=None if hours is None else timedelta(hours=hours),
    )
    problems.raise_if_any()
    return wanted


def schedule_json(schedule: BackupSchedule) -> dict[str, Any]:
    """Represent a schedule."""
    max_age = schedule.max_age
    return {
        "schemaId": schedule.schema_id,
        "cron": schedule.cron,
        "timeZone": schedule.time_zone,
        "enabled": schedule.is_enabled,
        "verify": schedule.verify.value,
        "retention": plain(schedule.retention),
        "maxAgeHours": None if max_age is None else max_age.total_seconds() / 3600,
        "nextFireAt": rfc3339(schedule.next_fire_at),
        "lastFiredAt": rfc3339(schedule.last_fired_at),
        "lastSkippedBecause": schedule.last_skipped_because,
        "createdAt": rfc3339(schedule.created_at),
        "updatedAt": rfc3339(schedule.updated_at),
    }


def status_of_backups_json(status: BackupStatus) -> dict[str, Any]:
    """Represent how the backups of a schema do."""
    newest, proven, schedule = status.newest, status.newest_verified, status.schedule
    return {
        "schemaId": status.schema_id,
        "available": status.available,
        "sizeBytes": status.size_bytes,
        "newest": None if newest is None else backup_json(newest),
        "newestVerified": None if proven is None else backup_json(proven),
        "ageSeconds": None if status.age is None else status.age.total_seconds(),
        "isTooOld": status.is_too_old,
        "schedule": None if schedule is None else schedule_json(schedule),
        "alerts": [_alert_json(alert) for alert in status.alerts],
    }


def _alert_json(alert: Alert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "code": alert.code.value,
        "message": alert.message,
        "raisedAt": rfc3339(alert.raised_at),
    }


def _retention(fields: Fields) -> RetentionPolicy:
    parts = fields.nested("retention", keys={"days", "count", "generations", "maxBytes"})
    if parts is None:
        return RetentionPolicy()
    generations = parts.nested("generations", keys=frozenset(PERIODS))
    return RetentionPolicy(
        days=_whole(parts, "days", 1, MOST_DAYS),
        count=_whole(parts, "count", 1, MOST_COUNT),
        generations=None
        if generations is None
        else Generations(
            **{period: _whole(generations, period, 0, MOST_PERIODS) or 0 for period in PERIODS}
        ),
        max_bytes=_whole(parts, "maxBytes", 1, MOST_BYTES),
    )


def _whole(fields: Fields, key: str, least: int, most: int) -> int | None:
    if not fields.has(key):
        return None
    number = fields.number(key)
    if number != int(number) or not least <= number <= most:
        fields.refuse(
            key, "NUMBER_OUT_OF_RANGE", f"A whole number from {least} to {most:,} is wanted."
        )
        return None
    return int(number)


def _max_age_hours(fields: Fields) -> float | None:
    if not fields.has("maxAgeHours"):
        return None
    hours = fields.number("maxAgeHours")
    if not 0 < hours <= MOST_HOURS:
        fields.refuse(
            "maxAgeHours",
            "NUMBER_OUT_OF_RANGE",
            f"A number above 0 up to {MOST_HOURS:,} is wanted.",
        )
        return None
    return hours
