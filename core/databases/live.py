"""Reaching the live database of a schema to read from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.databases.credentials import credentials_of
from core.databases.engine import Introspection, Session
from core.databases.errors import DatabaseAbsentError
from core.databases.model import Database, DatabaseState
from core.databases.servers import Servers
from core.jobs.model import JobKind
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore
from core.secrets import SecretBox

_READERS = frozenset({JobKind.BACKUP, JobKind.VERIFY, JobKind.TIDY, JobKind.ROTATE, JobKind.RETIRE})
"""Kinds of jobs that leave a database's structure as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDatabases:
    """Opens sessions in the live databases of schemas, for reading."""

    open_store: OpenStore
    """Begins a unit of work."""
    servers: Servers
    """Where the databases stand."""
    secrets: SecretBox
    """Keeps their passwords."""

    def record(self, schema_id: str, *, owner: str) -> Database:
        """Return what is recorded of a schema's database that is there.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            database = store.databases.get(schema_id)
        if database is None or database.state is not DatabaseState.READY:
            raise DatabaseAbsentError(schema_id=schema_id)
        return database

    def introspect(self, database: Database) -> Introspection:
        """Read all that a database holds.

        Raises:
            DatabaseMissingError: the server has no such database.
            ServerUnavailableError: the server does not answer.
        """
        with self.session(database) as session:
            return session.introspect()

    def is_changing(self, database: Database) -> bool:
        """Tell whether a job has begun to change a database, or has since its record was read.

        What is live then differs from what is recorded, and nobody did anything wrong.
        """
        with self.open_store() as store:
            newest = store.databases.get(database.schema_id)
            unfinished = store.jobs.unfinished_of_schema(database.schema_id)
        return (
            newest is None
            or newest.live_fingerprint != database.live_fingerprint
            or any(job.attempt > 0 and job.kind not in _READERS for job in unfinished)
        )

    @contextmanager
    def session(self, database: Database) -> Iterator[Session]:
        """Log in as the owner of a database.

        Raises:
            DatabaseMissingError: the server has no such database.
            ServerUnavailableError: the server does not answer.
        """
        engine = self.servers.engine(database.server_id, application_name="schema_builder:web")
        try:
            with engine.session(database.name, credentials_of(database, self.secrets)) as session:
                yield session
        finally:
            engine.close()
