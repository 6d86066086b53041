"""Times, days and spans that a literal default may spell, in forms no session setting changes.

Each function takes the text and how many fractional digits of a second are allowed, and returns
the one spelling of the value, or None when it is none. Words like `today` are refused: they would
be the day on which the table was made.
"""

from __future__ import annotations

import re
from datetime import date, time

_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"
_TIME = r"(?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.(?P<fraction>\d{1,6}))?"
_ZONE = r"(?P<zone>Z|z|[+-]\d{2}(?::?\d{2})?)"

_DATE_FORM = re.compile(_DATE, re.ASCII)
_TIME_FORM = re.compile(_TIME, re.ASCII)
_TIMESTAMP_FORM = re.compile(rf"{_DATE}(?:[T ]{_TIME})?", re.ASCII)
_ZONED_FORM = re.compile(rf"{_DATE}(?:[T ]{_TIME} ?{_ZONE}?)?", re.ASCII)

_AMOUNT = r"\d{1,6}"
_ISO_INTERVAL = re.compile(
    rf"P(?=.)(?:-?{_AMOUNT}Y)?(?:-?{_AMOUNT}M)?(?:-?{_AMOUNT}W)?(?:-?{_AMOUNT}D)?"
    rf"(?:T(?=.)(?:-?{_AMOUNT}H)?(?:-?{_AMOUNT}M)?(?:-?{_AMOUNT}(?:\.(?P<fraction>\d{{1,6}}))?S)?)?",
    re.ASCII,
)
_UNIT = r"(?:microsecond|millisecond|second|minute|hour|day|week|month|year|decade)s?|sec|min|mon"
_WORDS_INTERVAL = re.compile(
    rf"(?:[+-]?{_AMOUNT} ?(?:{_UNIT})(?: |$))*(?:[+-]?\d{{1,6}}:\d{{2}}(?::\d{{2}}"
    r"(?:\.(?P<fraction>\d{1,6}))?)?)?",
    re.ASCII | re.IGNORECASE,
)

_ENDLESS = frozenset({"infinity", "-infinity"})

_MAX_ZONE_HOURS = 15
_MAX_ZONE_MINUTES = 59


def date_text(text: str, _digits: int) -> str | None:
    """Read a day."""
    if text.lower() in _ENDLESS:
        return text.lower()
    match = _DATE_FORM.fullmatch(text)
    return text if match and _is_day(text) else None


def time_text(text: str, digits: int) -> str | None:
    """Read a time of day."""
    match = _TIME_FORM.fullmatch(text)
    return _clock(match, digits) if match else None


def timestamp_text(text: str, digits: int) -> str | None:
    """Read a day and time without a zone."""
    return _timestamp(_TIMESTAMP_FORM, text, digits)


def zoned_timestamp_text(text: str, digits: int) -> str | None:
    """Read a point in time; without a zone it is in UTC, whatever the session's zone."""
    written = _timestamp(_ZONED_FORM, text, digits)
    match = _ZONED_FORM.fullmatch(text)
    if written is None or match is None:
        return written
    zone = (match["zone"] or "Z").upper()
    if zone == "Z":
        return f"{written}+00:00"
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > _MAX_ZONE_HOURS or minutes > _MAX_ZONE_MINUTES:
        return None
    return f"{written}{zone[0]}{hours:02}:{minutes:02}"


def interval_text(text: str, digits: int) -> str | None:
    """Read a span, in ISO 8601 or as amounts with units."""
    match = _ISO_INTERVAL.fullmatch(text) or _WORDS_INTERVAL.fullmatch(text)
    if not text or not match or len((match["fraction"] or "").rstrip("0")) > digits:
        return None
    return text


def _timestamp(form: re.Pattern[str], text: str, digits: int) -> str | None:
    if text.lower() in _ENDLESS:
        return text.lower()
    match = form.fullmatch(text)
    if not match or not _is_day(match["date"]):
        return None
    clock = _clock(match, digits) if match["time"] else "00:00:00"
    return clock and f"{match['date']} {clock}"


def _clock(match: re.Match[str], digits: int) -> str | None:
    fraction = (match["fraction"] or "").rstrip("0")
    try:
        whole = time.fromisoformat(match["time"]).isoformat()
    except ValueError:
        return None
    if len(fraction) > digits:
        return None
    return f"{whole}.{fraction}" if fraction else whole


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
