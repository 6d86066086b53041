"""Looking at a live database: its status, its measures, its address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from core.clock import Clock
from core.databases.credentials import connection_string, connection_uri, credentials_of
from core.databases.drift_record import DriftState
from core.databases.engine import Engine
from core.databases.errors import (
    DatabaseAbsentError,
    DatabaseClosedError,
    DatabaseMissingError,
    ServerUnavailableError,
    ServerUnknownError,
)
from core.databases.measures import DatabaseMeasures
from core.databases.model import Database, DatabaseState, Server
from core.databases.servers import Servers
from core.schemas.model import Schema
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore
from core.secrets import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """How a schema's database does."""

    schema_id: str
    """The schema."""
    database_name: str
    """The database."""
    status: str
    """`healthy`, `absent` (not made, or not yet), `dropped`, `missing` (gone from its server) or
    `unreachable`."""
    table_count: int
    """Tables found just now; those last known where it cannot be reached."""
    last_checked: datetime
    """When this was found out."""
    connection_string: str | None
    """Its URI without a password; None while there is none."""
    drift_state: str
    """`none`, `drifted` or `unreachable` as found by the last look; `unknown` before the first."""
    drift_checked_at: datetime | None
    """When somebody last compared it with its version; None when nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtDatabase:
    """Answers questions about the live database of a schema; changes nothing."""

    open_store: OpenStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    servers: Servers
    """Where the database stands."""
    secrets: SecretBox
    """Keeps its password."""

    def status(self, schema_id: str, *, owner: str) -> DatabaseStatus:
        """Ask the server how the database does.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        schema, database, server = self._records(schema_id, owner)
        if database is None or database.state is not DatabaseState.READY:
            is_dropped = database is not None and database.state is DatabaseState.DROPPED
            return self._answer(schema, "dropped" if is_dropped else "absent", 0, None)
        with self.open_store() as store:
            credentials = store.credentials.of_schema(schema_id)
        address = None if server is None else connection_string(database, server, credentials)
        try:
            with self._engine(database) as engine:
                if engine.marker(database.name) is None:
                    return self._answer(schema, "missing", 0, None)
                measures = engine.measure(database.name, credentials_of(database, self.secrets))
        except DatabaseMissingError:
            return self._answer(schema, "missing", 0, None)
        except (DatabaseClosedError, ServerUnavailableError, ServerUnknownError):
            return self._answer(schema, "unreachable", database.table_count, address)
        return self._answer(schema, "healthy", len(measures.tables), address)

    def measure(self, schema_id: str, *, owner: str) -> DatabaseMeasures:
        """Return sizes, rows, connections and cache use.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
            ServerUnavailableError: the server does not answer.
        """
        _, database, _ = self._records(schema_id, owner)
        if database is None or database.state is not DatabaseState.READY:
            raise DatabaseAbsentError(schema_id=schema_id)
        with self._engine(database) as engine:
            if engine.marker(database.name) is None:
                raise DatabaseAbsentError(schema_id=schema_id)
            return engine.measure(database.name, credentials_of(database, self.secrets))

    def connection_uri(self, schema_id: str, *, owner: str) -> str:
        """Return the URI with which the product itself logs in, for the operator's own eyes.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
        """
        _, database, server = self._records(schema_id, owner)
        if database is None or server is None or database.state is not DatabaseState.READY:
            raise DatabaseAbsentError(schema_id=schema_id)
        return connection_uri(database, server, self.secrets)

    def _records(self, schema_id: str, owner: str) -> tuple[Schema, Database | None, Server | None]:
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            database = store.databases.get(schema_id)
            server = None if database is None else store.servers.get(database.server_id)
        return schema, database, server

    def _answer(
        self, schema: Schema, status: str, table_count: int, address: str | None
    ) -> DatabaseStatus:
        state, checked_at = self._drift(schema.id)
        return DatabaseStatus(
            drift_state=state.value,
            drift_checked_at=checked_at,
            schema_id=schema.id,
            database_name=schema.database_name,
            status=status,
            table_count=table_count,
            last_checked=self.clock.now(),
            connection_string=address,
        )

    def _drift(self, schema_id: str) -> tuple[DriftState, datetime | None]:
        """Say what is known of drift; a database proven since the last look has none."""
        with self.open_store() as store:
            database = store.databases.get(schema_id)
            drift = store.drift.get(schema_id)
        if database is None or drift is None or database.state is not DatabaseState.READY:
            return DriftState.UNKNOWN, None
        proven_at, looked_at = database.checked_at, drift.checked_at
        if proven_at is not None and (looked_at is None or looked_at < proven_at):
            return DriftState.NONE, proven_at
        return drift.state, looked_at

    @contextmanager
    def _engine(self, database: Database) -> Iterator[Engine]:
        engine = self.servers.engine(database.server_id, application_name="schema_builder:web")
        try:
            yield engine
        finally:
            engine.close()
