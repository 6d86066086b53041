"""When a cron expression fires next in a time zone, across changes of the clock. Pure.

An expression of fixed times fires once on each of its days: a time that the clock skips is made up
for right after, one that it shows twice counts once. Wildcards follow the clock on the wall.
Source: cronsim's README, "Cronsim … DST"; cron(8) of Debian, "Daylight Saving Time".
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from core.backups.errors import CronInvalidError, TimeZoneUnknownError

FIELDS = 5
"""Fields of an expression; a sixth would be seconds, which no backup needs."""

LONGEST_CRON = 200
"""Characters of an expression."""


def zone_of(name: str) -> ZoneInfo:
    """Return a zone of the IANA database.

    Raises:
        TimeZoneUnknownError: there is none of that name.
    """
    if name not in _zone_names():
        raise TimeZoneUnknownError(name=name)
    return ZoneInfo(name)


def zone_or_utc(name: str) -> tzinfo:
    """Return a zone, or UTC for one that the database does not know any more."""
    try:
        return zone_of(name)
    except TimeZoneUnknownError:
        return UTC


def next_fire_at(cron: str, time_zone: str, after: datetime) -> datetime:
    """Return the first time after another one at which an expression fires, in UTC.

    Raises:
        CronInvalidError: it is no cron expression of five fields, or fires on no day that exists.
        TimeZoneUnknownError: there is no such zone.
    """
    zone = zone_of(time_zone)
    if len(cron) > LONGEST_CRON or not cron.isascii() or len(cron.split()) != FIELDS:
        raise CronInvalidError(cron=cron, reason="it must have five fields")
    try:
        return next(CronSim(cron, after.astimezone(zone))).astimezone(UTC)
    except CronSimError as error:
        raise CronInvalidError(cron=cron, reason=str(error).lower()) from error
    except StopIteration as error:
        raise CronInvalidError(cron=cron, reason="no day fits it") from error


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())
