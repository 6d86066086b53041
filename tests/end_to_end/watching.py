"""What really is on the server, in the archive and in the store, whatever the API says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg2
from psycopg2 import sql

from core.backups.model import Backup, BackupState
from core.databases.model import Database
from core.jobs.model import Job, JobId, JobState
from core.schemas.model import Schema
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import Stack

OWNER = "local"
"""Whom everything belongs to until there is authentication."""


def roles_of(database_name: str) -> frozenset[object]:
    """Return the names of the roles that a new database has: three groups, a login of each."""
    groups = [f"{database_name}_{group}" for group in ("owner", "rw", "ro")]
    return frozenset([*groups, *(f"{group}_1" for group in groups)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Looks past the product."""

    stack: Stack
    """Whose things are looked at."""
    server: PostgresqlServer
    """Where its databases are."""
    known_leftovers: frozenset[str] = frozenset()
    """What an earlier, failed test left; it is not held against others."""

    def leftovers(self) -> list[str]:
        """Return what only exists while jobs work, or what nobody has a record of."""
        return [each for each in self._all_leftovers() if each not in self.known_leftovers]

    def _all_leftovers(self) -> list[str]:
        found = self._names("SELECT datname FROM pg_database WHERE datname ~ '^sb_'", "database")
        found += self._names("SELECT rolname FROM pg_roles WHERE rolname ~ '^sb_'", "role")
        found += self._names(
            "SELECT datname FROM pg_database WHERE datname ~ '^schema_[0-9a-f]{8}'"
            " AND NOT datallowconn",
            "closed database",
        )
        found += self._names(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^schema_[0-9a-f]{8}' AND NOT EXISTS"
            " (SELECT FROM pg_database WHERE starts_with(rolname, datname || '_'))",
            "role without a database",
        )
        found += self._unrecorded_logins()
        return found + self._stray_files()

    def _unrecorded_logins(self) -> list[str]:
        """Return logins that nobody has a record of, and those that a job never finished."""
        logins = self.server.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^schema_[0-9a-f]{8}.*_[0-9]+$'"
        )
        with self.stack.application.open_store() as store:
            recorded = {
                credential.login
                for _, _, database in store.databases.of_living_schemas()
                for credential in store.credentials.of_schema(database.schema_id)
                if credential.in_service_at is not None
            }
        return [f"login {name}" for (name,) in logins if name not in recorded]

    def _stray_files(self) -> list[str]:
        archive = self.stack.archive
        files = {str(path.relative_to(archive)) for path in archive.rglob("*") if path.is_file()}
        for schema_id in {location.partition("/")[0] for location in files}:
            files -= {
                backup.location
                for backup in self.backups(schema_id)
                if backup.state is BackupState.AVAILABLE
            }
        return [f"file {location}" for location in sorted(files)]

    def _names(self, query: str, kind: str) -> list[str]:
        return [f"{kind} {name}" for (name,) in self.server.execute(query)]

    def databases_and_roles(self) -> tuple[frozenset[object], frozenset[object]]:
        """Return the names of all databases and roles of the server that are there to stay."""
        databases = self.server.execute(
            "SELECT datname FROM pg_database WHERE datname NOT LIKE 'sb\\_%'"
        )
        roles = self.server.execute("SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'sb\\_%'")
        return frozenset(row[0] for row in databases), frozenset(row[0] for row in roles)

    def relations_of_servers_own_databases(self) -> list[tuple[object, ...]]:
        """Return every relation in the databases that nobody of ours has business in."""
        query = "SELECT relnamespace::regnamespace::text, relname FROM pg_class ORDER BY 1, 2"
        return [
            (database, *row)
            for database in ("postgres", "template1")
            for row in self.server.execute(query, database)
        ]

    def exists(self, database_name: str) -> bool:
        """Whether there is such a database or a role of its."""
        databases, roles = self.databases_and_roles()
        return database_name in databases or any(
            str(role).startswith(f"{database_name}_") for role in roles
        )

    def rows(self, schema_id: str) -> Mapping[str, int]:
        """Return the rows of every table of a schema's database, asked as its owner."""
        tables = self.ask(
            schema_id,
            "SELECT n.nspname, c.relname FROM pg_class AS c JOIN pg_namespace AS n"
            " ON n.oid = relnamespace WHERE relkind = 'r' AND nspname !~ '^pg_|^information_'",
        )
        counts = {}
        for namespace, name in tables:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(namespace, name))
            counts[f"{namespace}.{name}"] = int(str(self.ask(schema_id, query)[0][0]))
        return counts

    def columns(self, schema_id: str, table: str) -> Sequence[str]:
        """Return the columns of a table in their order."""
        query = (
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " ORDER BY ordinal_position"
        )
        return [str(name) for (name,) in self.ask(schema_id, query, (table,))]

    def ask(
        self, schema_id: str, query: str | sql.Composed, parameters: tuple[object, ...] = ()
    ) -> list[tuple[str, ...]]:
        """Run a statement in a schema's database as its owner, and return its rows."""
        uri = self.stack.application.look_at_database.connection_uri(schema_id, owner=OWNER)
        connection = psycopg2.connect(uri)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, parameters or None)
                return list(cursor.fetchall()) if cursor.description is not None else []
        finally:
            connection.close()

    def backups(self, schema_id: str) -> Sequence[Backup]:
        """Return the records of a schema's backups, oldest first."""
        with self.stack.application.open_store() as store:
            found, _ = store.backups.list_page(schema_id, page=1, limit=100)
        return found[::-1]

    def schema(self, schema_id: str) -> Schema | None:
        """Return the record of a schema, None when it is deleted."""
        with self.stack.application.open_store() as store:
            return store.schemas.get(schema_id)

    def database(self, schema_id: str) -> Database | None:
        """Return the record of a schema's database."""
        with self.stack.application.open_store() as store:
            return store.databases.get(schema_id)

    def job(self, job_id: str) -> Job:
        """Return a job."""
        with self.stack.application.open_store() as store:
            job = store.jobs.get(JobId(job_id))
        assert job is not None
        return job

    def events(self, job_id: str) -> Sequence[str]:
        """Return the names of everything that happened to a job."""
        with self.stack.application.open_store() as store:
            return [event.name for event in store.jobs.events_after(JobId(job_id), 0)]

    def end_of(self, job_id: str, *, seconds: float = 60.0) -> Job:
        """Return a job after its end."""
        has_ended = wait_until(lambda: self.job(job_id).state.is_final, seconds)
        job = self.job(job_id)
        assert has_ended, f"not ended: {job}"
        return job

    def is_running(self, job_id: str) -> bool:
        """Whether a worker holds the job."""
        return self.job(job_id).state is JobState.RUNNING
