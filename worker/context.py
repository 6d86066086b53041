"""What a worker process works with: the wired application, built once per process.

A pool's children are forked from a parent that must hold no connection, so everything is built at
the first use in the process that uses it.
"""

from __future__ import annotations

import os
import threading
from typing import Protocol

from core.application import Application
from core.bootstrap import broker_of
from core.jobs.heartbeat import Limits
from core.jobs.queue import Announcer
from core.settings import Settings
from worker.announcing import CeleryAnnouncer


class Build(Protocol):
    """Wires an application from settings without connecting to anything."""

    def __call__(self, settings: Settings, *, announcer: Announcer) -> Application:
        """Wire it."""
        ...


class Context:
    """Builds the application of the present process when it is first asked for."""

    def __init__(self, settings: Settings, *, build: Build) -> None:
        self.settings = settings
        self._build = build
        self._lock = threading.Lock()
        self._built: tuple[int, Application] | None = None

    @property
    def application(self) -> Application:
        """The application of this process; what a parent built is neither used nor closed."""
        with self._lock:
            if self._built is None or self._built[0] != os.getpid():
                announcer = CeleryAnnouncer(broker_of(self.settings))
                self._built = (os.getpid(), self._build(self.settings, announcer=announcer))
            return self._built[1]

    @property
    def limits(self) -> Limits:
        """The durations that govern attempts."""
        return Limits(
            heartbeat_seconds=self.settings.heartbeat_seconds,
            lease_seconds=self.settings.lease_seconds,
            retry_base_seconds=self.settings.retry_base_seconds,
        )

    def close(self) -> None:
        """Give the connections of this process back."""
        with self._lock:
            if self._built is not None and self._built[0] == os.getpid():
                self._built[1].close()
            self._built = None
