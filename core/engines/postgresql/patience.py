"""Trying again while others are in the way: short waits for locks, with pauses in between.

A statement that waits for a lock makes everybody wait who comes after it, so each wait is short.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.databases.errors import LockTimeoutError
from core.engines.postgresql.connecting import Link

SLICE_SECONDS = 0.05
"""How long a pause goes on before it looks whether the work was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long we wait for others."""

    lock_timeout_seconds: float = 1.0
    """Longest wait for a lock at a time: as long may others have to queue behind us."""
    total_seconds: float = 60.0
    """How long we try again."""
    first_pause_seconds: float = 0.2
    """The pause after the first time, at most; it doubles each time."""
    longest_pause_seconds: float = 5.0
    """The pause grows no longer than this."""

    @property
    def lock_timeout_sql(self) -> str:
        """Return the wait at a time as the server's setting takes it."""
        return f"'{max(int(self.lock_timeout_seconds * 1000), 1)}ms'"

    @property
    def total_sql(self) -> str:
        """Return the whole patience as the server's setting takes it."""
        return f"'{max(int(self.total_seconds * 1000), 1)}ms'"


Progress = Callable[[str, float | None], None]
"""Told in words what is going on and, where known, how far it is."""


def insist(link: Link, patience: Patience, act: Callable[[], None], progress: Progress) -> None:
    """Act until nobody is in the way, with growing pauses of random length.

    Raises:
        LockTimeoutError: patience is at its end; the one of the last time.
        StoppedError: the work was cancelled during a pause.
    """
    deadline = time.monotonic() + patience.total_seconds
    longest = patience.first_pause_seconds
    while True:
        try:
            act()
        except LockTimeoutError as error:
            pause = random.uniform(longest / 2, longest)  # noqa: S311 no secret depends on it
            if time.monotonic() + pause > deadline:
                raise
            progress(_waiting(error), None)
            rest(link, pause)
            longest = min(longest * 2, patience.longest_pause_seconds)
        else:
            return


def rest(link: Link, seconds: float) -> None:
    """Do nothing for a while.

    Raises:
        StoppedError: the work was cancelled meanwhile.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        link.confirm_running()
        time.sleep(min(left, SLICE_SECONDS))


def _waiting(error: LockTimeoutError) -> str:
    return f"waits for {', '.join(error.holders)}" if error.holders else "waits for other sessions"
