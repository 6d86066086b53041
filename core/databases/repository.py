"""The ports through which databases, servers and migrations are recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.databases.credential import Credential
from core.databases.migration import Migration
from core.databases.model import Database, Server


class DatabaseRepository(Protocol):
    """Collection-like access to databases."""

    def get(self, schema_id: str) -> Database | None:
        """Return the schema's database, or None."""
        ...

    def put(self, database: Database) -> None:
        """Record it, or replace what is recorded for its schema, its password excepted."""
        ...

    def set_password(self, schema_id: str, encrypted_password: str) -> None:
        """Replace the password of the owner's role."""
        ...

    def remove(self, schema_id: str) -> None:
        """Forget the record of a database that was never made."""
        ...

    def places(self) -> Sequence[tuple[str, str, str]]:
        """Return server, schema and name of every database that is there, deleted schemas' too."""
        ...

    def record_sizes(self, sizes: Mapping[str, int], now: datetime) -> None:
        """Record how many bytes databases take, by the ids of their schemas."""
        ...

    def of_living_schemas(self) -> Sequence[tuple[str, str, Database]]:
        """Return the databases of all living schemas, each with its owner and its name."""
        ...


class CredentialRepository(Protocol):
    """Collection-like access to credentials."""

    def of_schema(self, schema_id: str) -> Sequence[Credential]:
        """Return the credentials of a schema's database, by role and number."""
        ...

    def put(self, credential: Credential) -> None:
        """Record it, or replace what is recorded under its id, its password excepted."""
        ...

    def remove(self, credential_id: str) -> None:
        """Forget it."""
        ...

    def forget_schema(self, schema_id: str) -> None:
        """Forget all of a schema's, as its database is gone."""
        ...

    def schemas_with_expired(self, now: datetime, limit: int) -> Sequence[str]:
        """Return schemas with some that expired, are to be looked at now, and can be reached.

        Deleted ones whose database was kept are among them.
        """
        ...

    def schemas_without(self, limit: int) -> Sequence[str]:
        """Return living schemas whose database is there and has no credentials."""
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


class MigrationRepository(Protocol):
    """Collection-like access to migrations."""

    def get(self, schema_id: str, migration_id: str) -> Migration | None:
        """Return the schema's migration, or None."""
        ...

    def put(self, migration: Migration) -> None:
        """Record it, or replace the record with its id."""
        ...

    def list_page(
        self, schema_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[Migration], int]:
        """Return one page, newest first, and the number of all."""
        ...

    def of_job(self, job_id: str) -> Migration | None:
        """Return the migration that a job applies, or None."""
        ...

    def latest_applied(self, schema_id: str) -> Migration | None:
        """Return the one that came into effect last, of those in effect or being taken back."""
        ...

    def expired(self, before: datetime, limit: int) -> Sequence[Migration]:
        """Return those whose window closed, and whose things set aside are still there."""
        ...

    def keeping(self, schema_id: str) -> Sequence[Migration]:
        """Return those of a schema whose things set aside are still there."""
        ...
