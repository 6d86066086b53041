"""Measuring from time to time how big databases are, for the quotas of workspaces."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import groupby

from core.clock import Clock
from core.databases.servers import Servers
from core.errors import SchemaBuilderError, UnavailableError
from core.schemas.store import OpenStore

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureDatabases:
    """Asks every server once how big the databases on it are, and records that."""

    open_store: OpenStore
    """Begins a unit of work."""
    servers: Servers
    """Where the databases stand."""
    clock: Clock
    """Tells the time."""

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
                engine = self.servers.engine(server_id, application_name="schema_builder:measure")
            except UnavailableError as error:
                logger.warning("databases_unmeasured", extra={"reason": error.log_text})
                continue
            try:
                sizes = engine.database_sizes(tuple(names))
            except SchemaBuilderError as error:
                logger.warning("databases_unmeasured", extra={"reason": error.log_text})
                continue
            finally:
                engine.close()
            with self.open_store() as store:
                store.databases.record_sizes(
                    {names[name]: size for name, size in sizes.items()}, self.clock.now()
                )
                store.commit()
            measured += len(sizes)
        return measured
