"""Shapes of backup schedules and of how backups do."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.backups.alerts import AlertCode
from core.backups.schedule import VerifyRhythm
from core.backups.timetable import LONGEST_CRON
from web.shapes.backups import BackupShape
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of
from web.shapes.jobs import moment

LONGEST_ZONE = 100
"""Characters of a zone's name."""

MOST_DAYS = 36_500
"""Days of a retention policy."""

MOST_COUNT = 100_000
"""Backups of a retention policy."""

MOST_PERIODS = 1_000
"""Periods of one sort in a retention policy."""

MOST_BYTES = 2**53 - 1
"""Bytes of a retention policy; more is no whole number in every reader of JSON."""

MOST_HOURS = 24 * MOST_DAYS
"""Hours that the newest backup may be old."""

PERIODS = ("hourly", "daily", "weekly", "monthly", "yearly")
"""Sorts of periods of which the newest backup is kept."""

Json = dict[str, Any]


def _whole(description: str, least: int, most: int) -> Json:
    return {
        "type": ["integer", "null"],
        "minimum": least,
        "maximum": most,
        "description": description,
    }


SCHEDULE_BODY: Json = {
    "type": "object",
    "required": ["cron"],
    "additionalProperties": False,
    "properties": {
        "cron": {
            "type": "string",
            "maxLength": LONGEST_CRON,
            "description": "Minute, hour, day of the month, month, day of the week.",
        },
        "timeZone": {
            "type": ["string", "null"],
            "maxLength": LONGEST_ZONE,
            "default": "UTC",
            "description": "Name of the zone, from the IANA database, in which they are meant.",
        },
        "enabled": {"type": ["boolean", "null"], "default": True},
        "verify": {
            "type": ["string", "null"],
            "enum": [*(word.value for word in VerifyRhythm), None],
            "default": VerifyRhythm.DAILY.value,
            "description": "How often scheduled backups are proven by restoring them.",
        },
        "retention": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "description": "Which scheduled backups are kept: whatever one of days, count and "
            "generations wants, all without them, as far as maxBytes lets it. The newest one and "
            "the newest proven one are never removed, nor is one that somebody asked for.",
            "properties": {
                "days": _whole("At most so many days old.", 1, MOST_DAYS),
                "count": _whole("The newest so many.", 1, MOST_COUNT),
                "generations": {
                    "type": ["object", "null"],
                    "additionalProperties": False,
                    "description": "The newest of each of the last so many periods that have one.",
                    "properties": {
                        period: _whole("So many.", 0, MOST_PERIODS) for period in PERIODS
                    },
                },
                "maxBytes": _whole("Most that they may take together.", 1, MOST_BYTES),
            },
        },
        "maxAgeHours": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0,
            "maximum": MOST_HOURS,
            "description": "Age of the newest backup from which on an alert stands.",
        },
    },
    "examples": [
        {
            "cron": "30 2 * * *",
            "timeZone": "Europe/Berlin",
            "verify": "daily",
            "retention": {"generations": {"daily": 7, "weekly": 4, "monthly": 12}},
            "maxAgeHours": 26,
        }
    ],
}
"""Form of a backup schedule."""


class GenerationsShape(Shape):
    """Of how many periods the newest backup is kept."""

    hourly = fields.Integer(required=True)
    daily = fields.Integer(required=True)
    weekly = fields.Integer(required=True)
    monthly = fields.Integer(required=True)
    yearly = fields.Integer(required=True)


class RetentionShape(Shape):
    """Which scheduled backups are kept."""

    days = fields.Integer(required=True, allow_none=True)
    count = fields.Integer(required=True, allow_none=True)
    generations = fields.Nested(GenerationsShape, required=True, allow_none=True)
    max_bytes = fields.Integer(required=True, allow_none=True)


class BackupScheduleShape(Shape):
    """When the backups of a schema are taken, and what becomes of them."""

    schema_id = fields.UUID(required=True)
    cron = fields.String(required=True)
    time_zone = fields.String(required=True)
    enabled = fields.Boolean(required=True)
    verify = fields.String(
        required=True, validate=validate.OneOf([word.value for word in VerifyRhythm])
    )
    retention = fields.Nested(RetentionShape, required=True)
    max_age_hours = fields.Float(required=True, allow_none=True)
    next_fire_at = moment("When it fires next; null while it does not.")
    last_fired_at = moment("The time for which it fired last.")
    last_skipped_because = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the last firing took no backup."},
    )
    created_at = moment("When it was made.", is_nullable=False)
    updated_at = moment("When somebody changed it.", is_nullable=False)


class AlertShape(Shape):
    """What somebody must look at."""

    id = fields.UUID(required=True)
    code = fields.String(required=True, validate=validate.OneOf([word.value for word in AlertCode]))
    message = fields.String(required=True)
    raised_at = moment("Since when it stands.", is_nullable=False)


class BackupStatusShape(Shape):
    """How the backups of a schema do."""

    schema_id = fields.UUID(required=True)
    available = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    newest = fields.Nested(BackupShape, required=True, allow_none=True)
    newest_verified = fields.Nested(BackupShape, required=True, allow_none=True)
    age_seconds = fields.Float(required=True, allow_none=True)
    is_too_old = fields.Boolean(
        required=True, metadata={"description": "Older than the schedule allows."}
    )
    schedule = fields.Nested(BackupScheduleShape, required=True, allow_none=True)
    alerts = fields.List(fields.Nested(AlertShape), required=True)


class RemovedBackupScheduleShape(Shape):
    """What is left of a removed schedule."""

    schema_id = fields.UUID(required=True)


BackupScheduleAnswer = envelope_of(BackupScheduleShape, name="BackupSchedule")
BackupStatusAnswer = envelope_of(BackupStatusShape, name="BackupStatus")
RemovedBackupScheduleAnswer = envelope_of(RemovedBackupScheduleShape, name="RemovedBackupSchedule")
