"""Looking at all servers from time to time, so that everybody knows which ones are away or full.

Servers are looked at side by side and each look has its time, so none keeps the others waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta

from core.clock import Clock
from core.databases.registering import health_of
from core.databases.registration import Health, Registration
from core.databases.servers import EngineFactory, Reachable, Servers
from core.errors import SchemaBuilderError
from core.jobs.errors import ServerHangsError
from core.jobs.model import Job
from core.schemas.store import OpenStore

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""How long one round of looks may take; a server that needs longer is away."""

HANG_SECONDS = 4.0
"""Time after which a server that did not let us in hangs rather than refuses; below the time that
connecting may take."""

HANG_PATIENCE = timedelta(seconds=25)
"""How long a server may hang before jobs that work on it are broken off: two looks at least."""

MEASURE_INTERVAL = timedelta(minutes=5)
"""Time between two counts of the bytes on a server, for which all its files are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtServers:
    """Looks at every server, and records what it found."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    servers: Servers
    """All servers."""
    engine_factory: EngineFactory
    """Makes engines that keep no connection, as one to a server that froze answers never."""
    look_seconds: float = LOOK_SECONDS
    """How long one round may take."""

    def __call__(self) -> None:
        """Look at all of them, those of the settings that nobody recognised yet included."""
        self.servers.refresh()
        known = {each.id: each for each in self.servers.registrations()}
        looks: dict[str, Callable[[], tuple[Health, str | None]]] = {
            target.server_id: _Look(parts=self, target=target, known=known[target.server_id])
            for target in self.servers.all_reachable()
            if target.server_id in known
        }
        found = _all_at_once(looks, self.look_seconds)
        now = self.clock.now()
        # What came to no end in time hangs; what was not asked has no known address at present.
        away = Health(is_reachable=False, checked_at=now)
        with self.open_store() as store:
            store.registrations.hold_all()  # in the order in which whoever registers takes them
            for server_id in sorted(known):
                # One without a known address, or of the settings and not recognised, is away too.
                health, version = found.get(server_id, (away, None))
                if server_id in looks and server_id not in found:
                    health = replace(away, hangs_since=now)
                store.registrations.note_look(server_id, health, version=version)
            store.commit()
        for server_id, registration in known.items():
            self._tell(registration, found.get(server_id, (away, None))[0])

    def _tell(self, before: Registration, now: Health) -> None:
        if before.health.is_reachable != now.is_reachable:
            event = "server_answers" if now.is_reachable else "server_away"
            level = logging.INFO if now.is_reachable else logging.WARNING
            logger.log(level, event, extra={"server_id": before.id})


@dataclass(frozen=True, slots=True, kw_only=True)
class HangingServers:
    """Tells a running job that its server hangs, so that it does not keep its worker for hours."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""

    def __call__(self, job: Job) -> ServerHangsError | None:
        """Return why a job must be broken off; None when it need not.

        Raises:
            UnavailableError: the store does not answer.
        """
        with self.open_store() as store:
            since = store.registrations.hangs_since(job.schema_id)
        if since is None or self.clock.now() - since < HANG_PATIENCE:
            return None
        return ServerHangsError()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A look at one server."""

    parts: LookAtServers
    target: Reachable
    known: Registration

    def __call__(self) -> tuple[Health, str | None]:
        """Return what was found, with the engine's version where it answers."""
        clock = self.parts.clock
        away = Health(is_reachable=False, checked_at=clock.now())
        began = time.monotonic()
        engine = self.parts.engine_factory(self.target.url, "schema_builder:health")
        with closing(engine):
            try:
                condition = engine.inspect()
                if engine.describe().system_identifier != self.known.system_identifier:
                    logger.error("server_is_another", extra={"server_id": self.known.id})
                    return away, None
            except SchemaBuilderError as error:
                # One that refuses quickly does not hang, whatever it refuses.
                logger.info("look_failed", extra={"reason": error.log_text})
                if time.monotonic() - began >= HANG_SECONDS:
                    return replace(away, hangs_since=clock.now()), None
                return away, None
            health = health_of(condition, clock)
            measured_at = self.known.health.measured_at
            if measured_at is None or clock.now() - measured_at >= MEASURE_INTERVAL:
                try:
                    size = engine.size_of_databases()
                except SchemaBuilderError as error:
                    # A database that goes while it is counted is counted another time.
                    logger.info("server_not_measured", extra={"reason": error.log_text})
                else:
                    health = replace(health, size_bytes=size, measured_at=clock.now())
            return health, condition.version


def _all_at_once(
    looks: dict[str, Callable[[], tuple[Health, str | None]]], seconds: float
) -> dict[str, tuple[Health, str | None]]:
    """Make all looks side by side; return those that came to an end in time.

    Threads that hang are left behind: they hold nothing, and end with their connection.
    """
    found: dict[str, tuple[Health, str | None]] = {}
    lock = threading.Lock()

    def look(server_id: str, make: Callable[[], tuple[Health, str | None]]) -> None:
        try:
            outcome = make()
        except SchemaBuilderError as error:
            logger.warning("look_failed", extra={"reason": error.log_text})
            return
        with lock:
            found[server_id] = outcome

    threads: Sequence[threading.Thread] = [
        threading.Thread(target=look, args=part, name="look", daemon=True) for part in looks.items()
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))
    with lock:
        return dict(found)
