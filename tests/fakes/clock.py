"""A clock that stands still until it is told to go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from typing_extensions import override

from core.clock import Clock

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Where fake clocks begin."""


class FakeClock(Clock):
    """Shows the time it was set to."""

    def __init__(self, present: datetime = START) -> None:
        self.present = present

    @override
    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.present

    def advance(self, seconds: float) -> datetime:
        """Let seconds pass and return the new present."""
        self.present += timedelta(seconds=seconds)
        return self.present
