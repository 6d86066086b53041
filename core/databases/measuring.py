"""Measuring from time to time how big databases are, for the quotas of workspaces."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby

from core.clock import Clock
from core.databases.servers import Servers
from core.errors import SchemaBuilderError
from core.schemas.store import OpenStore

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 60.0
"""How long one server may take to say how big its databases are; one that froze never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDatabases:
    """Asks every server once how big the databases on it are, and records that."""

    open_store: OpenStore
    """Begins a unit of work."""
    servers: Servers
    """Where the databases stand."""
    clock: Clock
    """Tells the time."""
    longest_seconds: float = LONGEST_SECONDS
    """How long one server may take."""

    def __call__(self) -> int:
        """Measure all; those on servers that are away keep what was measured before.

        Returns:
            How many were measured.

        Raises:
            UnavailableError: the store is away.
        """
        with self.open_store() as store:
            places = store.databases.places()
        measured = 0
        for server_id, group in groupby(places, key=lambda place: place[0]):
            names = {name: schema_id for _, schema_id, name in group}
            try:
                sizes = self._sizes(server_id, tuple(names))
            except SchemaBuilderError as error:
                logger.warning("databases_unmeasured", extra={"reason": error.log_text})
                continue
            with self.open_store() as store:
                store.databases.record_sizes(
                    {names[name]: size for name, size in sizes.items()}, self.clock.now()
                )
                store.commit()
            measured += len(sizes)
        return measured

    def _sizes(self, server_id: str, names: Sequence[str]) -> Mapping[str, int]:
        engine = self.servers.engine(server_id, application_name="schema_builder:measure")
        with closing(engine):
            guard = threading.Timer(self.longest_seconds, engine.cancel)
            guard.daemon = True
            guard.start()
            try:
                return engine.database_sizes(names)
            finally:
                guard.cancel()
