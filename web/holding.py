"""Requests that are held open, each of which keeps a thread: how many and for how long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The times around held requests."""

    shortest_look_seconds: float = 0.03
    """Pause after the first look at a job; each further one is a tenth longer."""
    longest_look_seconds: float = 0.5
    """Pause between looks in the long run."""
    heartbeat_seconds: float = 15.0
    """Silence after which a stream says that it lives."""
    proof_seconds: float = 3.0
    """How long a stream goes on without a look whether its client still may have it."""
    stream_seconds: float = 300.0
    """After which a stream ends and the client comes back for the rest."""


class Holding:
    """Room for so many held requests at a time, so that threads remain for the quick ones."""

    def __init__(self, *, room: int) -> None:
        self._room = threading.BoundedSemaphore(room)
        self._is_leaving: Callable[[], bool] = _stays

    @property
    def is_leaving(self) -> bool:
        """Whether the process was told to go: what is held is answered now rather than cut off."""
        return self._is_leaving()

    def leave_when(self, is_leaving: Callable[[], bool]) -> None:
        """Learn from the server of this process whether it was told to go.

        Args:
            is_leaving: Cheap; asked at every look of every held request.
        """
        self._is_leaving = is_leaving

    def take(self) -> bool:
        """Take a place; False when there is none. Whoever gets one gives it back."""
        return self._room.acquire(blocking=False)

    def give_back(self) -> None:
        """Give a place back."""
        self._room.release()

    @contextmanager
    def place(self) -> Iterator[bool]:
        """Hold a place while inside, if there is one."""
        taken = self.take()
        try:
            yield taken
        finally:
            if taken:
                self.give_back()


def _stays() -> bool:
    """Answer for a process whose server says nothing."""
    return False
