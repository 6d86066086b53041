"""Ending work from another thread: what runs is interrupted until it has let go.

A connection or a child process registers as a piece of work. What is cancelled stays cancelled;
work that begins afterwards runs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.databases.errors import StoppedError

PATIENCE_SECONDS = 3.0
"""How long interruptions are repeated before the connection is broken off."""

PAUSE_SECONDS = 0.05
"""Time between two interruptions of the same work."""


class Work:
    """One connection or process, which runs one thing at a time."""

    def __init__(
        self, lock: threading.Lock, interrupt: Callable[[], None], sever: Callable[[], None]
    ) -> None:
        self._lock = lock
        self._is_busy = False
        self._is_stopped = False
        self.interrupt = interrupt
        """Ends what runs, gently; harmless when nothing runs."""
        self.sever = sever
        """Ends the connection or process itself."""

    @property
    def is_busy(self) -> bool:
        """Whether something runs."""
        return self._is_busy

    @property
    def is_stopped(self) -> bool:
        """Whether the work was cancelled."""
        return self._is_stopped

    def stop(self) -> None:
        """Let nothing begin any more. The caller holds the lock."""
        self._is_stopped = True

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Mark that something runs while inside which belongs to the end of what was stopped."""
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Mark that something runs while inside.

        Raises:
            StoppedError: the work was cancelled before it began.
        """
        with self._lock:
            if self._is_stopped:
                raise StoppedError
            self._is_busy = True
        try:
            yield
        finally:
            self._is_busy = False


class Works:
    """All work done on behalf of one engine."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._open: list[Work] = []

    @contextmanager
    def register(
        self, interrupt: Callable[[], None], sever: Callable[[], None] | None = None
    ) -> Iterator[Work]:
        """Keep a piece of work cancellable while inside."""
        work = Work(self._lock, interrupt, sever or interrupt)
        with self._lock:
            self._open.append(work)
        try:
            yield work
        finally:
            with self._lock:
                self._open.remove(work)

    def cancel(self) -> None:
        """Stop all open work; returns when nothing runs any more or patience is at its end.

        A request to cancel that reaches a server between two statements does nothing, therefore
        it is repeated until the working thread has seen that it must stop.
        """
        with self._lock:
            stopped = tuple(self._open)
            for work in stopped:
                work.stop()
        deadline = time.monotonic() + self._patience_seconds
        while busy := [work for work in stopped if work.is_busy]:
            is_late = time.monotonic() > deadline
            for work in busy:
                (work.sever if is_late else work.interrupt)()
            if is_late:
                return
            time.sleep(PAUSE_SECONDS)
