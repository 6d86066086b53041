"""Going in good order: running jobs get a moment to end, then they are handed back.

Celery's warm shutdown alone would wait for the longest job, which no supervisor does.
"""

from __future__ import annotations

import mmap
import threading

GRACE_SECONDS = 5.0
"""How long running jobs may go on after the worker was told to stop."""


class SharedFlag:
    """A flag that a process and its forked children see alike: one byte of shared memory."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        """Set it, for all processes and for good."""
        self._byte[0] = 1

    def is_set(self) -> bool:
        """Whether a process set it."""
        return self._byte[0] == 1


def set_after(flag: SharedFlag, seconds: float) -> None:
    """Set the flag after so many seconds, without keeping the process alive for it."""
    timer = threading.Timer(seconds, flag.set)
    timer.daemon = True
    timer.start()
