"""The ports through which databases and servers are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.databases.model import Database, Server


class DatabaseRepository(Protocol):
    """Collection-like access to databases."""

    def get(self, schema_id: str) -> Database | None:
        """Return the schema's database, or None."""
        ...

    def put(self, database: Database) -> None:
        """Record it, or replace what is recorded for its schema."""
        ...


class ServerRepository(Protocol):
    """Collection-like access to servers."""

    def get(self, server_id: str) -> Server | None:
        """Return the server, or None."""
        ...

    def put(self, server: Server) -> Server:
        """Record it by its system identifier, with the address it has now.

        Returns it as recorded, with the id it already had if it was known.
        """
        ...

    def list_all(self) -> Sequence[Server]:
        """Return all servers, first recorded first."""
        ...
