"""When schedules fire, through the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.backups.errors import CronInvalidError, TimeZoneUnknownError
from core.backups.timetable import next_fire_at, zone_or_utc

BERLIN = "Europe/Berlin"


def firings(cron: str, zone: str, after: datetime, count: int) -> list[str]:
    """Return the next so many times, as text."""
    times = []
    for _ in range(count):
        after = next_fire_at(cron, zone, after)
        times.append(f"{after:%d %H:%M}")
    return times


def test_a_time_that_the_clock_skips_is_made_up_for_right_after() -> None:
    """Half past two does not exist on 29 March 2026 in Berlin; three o'clock is 01:00 UTC."""
    after = datetime(2026, 3, 28, 0, tzinfo=UTC)
    assert firings("30 2 * * *", BERLIN, after, 3) == ["28 01:30", "29 01:00", "30 00:30"]


def test_a_time_that_the_clock_shows_twice_counts_once() -> None:
    """Half past two comes twice on 25 October 2026 in Berlin."""
    after = datetime(2026, 10, 24, 12, tzinfo=UTC)
    assert firings("30 2 * * *", BERLIN, after, 2) == ["25 00:30", "26 01:30"]


def test_every_quarter_of_an_hour_goes_on_through_both_nights() -> None:
    """A day of 23 hours has 92 quarters, one of 25 hours has 100."""
    for day, quarters in (
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 92),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 100),
    ):
        at = day - timedelta(seconds=1)
        count = 0
        while (at := next_fire_at("*/15 * * * *", BERLIN, at)) < day + timedelta(
            minutes=15 * quarters
        ):
            assert at == day + timedelta(minutes=15 * count)
            count += 1
        assert count == quarters


def test_a_zone_moves_the_time() -> None:
    """Midnight in Kathmandu is a quarter past six in the evening in UTC."""
    after = datetime(2026, 1, 1, tzinfo=UTC)
    assert firings("0 0 * * *", "Asia/Kathmandu", after, 1) == ["01 18:15"]


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "60 * * * *", "0 0 30 2 *", "@daily", "a b c d e", "٣ * * * *"],
)
def test_what_is_no_expression_is_refused(cron: str) -> None:
    """With the reason, and the expression as far as it is short."""
    with pytest.raises(CronInvalidError):
        next_fire_at(cron, "UTC", datetime(2026, 1, 1, tzinfo=UTC))


def test_an_endless_expression_is_refused_unread() -> None:
    """Nobody computes on it."""
    cron = ",".join(["1"] * 10_000) + " * * * *"
    with pytest.raises(CronInvalidError, match=r"five fields") as caught:
        next_fire_at(cron, "UTC", datetime(2026, 1, 1, tzinfo=UTC))
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    """Names of files and folders included."""
    with pytest.raises(TimeZoneUnknownError):
        next_fire_at("0 0 * * *", name, datetime(2026, 1, 1, tzinfo=UTC))
    assert zone_or_utc(name) is UTC
