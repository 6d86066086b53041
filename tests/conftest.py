"""Fixtures that every kind of test shares: the real servers, one of each per test process."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import sql

from embedded.postgresql import PROVISIONER, SUPERUSER, EmbeddedPostgresql
from embedded.redis import EmbeddedRedis

SLEEPLESS = ("max_connections=300", "autovacuum_naptime=5s", "log_min_messages=fatal")
"""Settings of the tests' server beside those that make it quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlServer:
    """A running PostgreSQL server and the ways into it."""

    embedded: EmbeddedPostgresql
    """The server itself."""

    @property
    def admin_url(self) -> str:
        """Address as superuser, database `postgres`."""
        return self.embedded.url(SUPERUSER)

    @property
    def provisioner_url(self) -> str:
        """Address as an account with CREATEDB and CREATEROLE that is no superuser."""
        return self.embedded.url(PROVISIONER)

    @property
    def port(self) -> int:
        """Port on 127.0.0.1."""
        return self.embedded.port

    @property
    def bin_dir(self) -> Path:
        """Folder of the server's own programs: psql, pg_dump …."""
        return self.embedded.bin_dir

    def url(self, role: str = SUPERUSER, database: str = "postgres") -> str:
        """Return the address of a database for `postgres`, `schema_builder` or `provisioner`."""
        return self.embedded.url(role, database)

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as superuser outside a transaction and return its rows."""
        connection = psycopg2.connect(self.url(database=database))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return list(cursor.fetchall()) if cursor.description is not None else []
        finally:
            connection.close()

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database and return its superuser address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        self._execute_composed(statement)
        return self.url(database=name)

    def drop_database(self, name: str) -> None:
        """Drop a database with its sessions, if it is there."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        self._execute_composed(statement)

    def _execute_composed(self, statement: sql.Composed) -> None:
        connection = psycopg2.connect(self.admin_url)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
        finally:
            connection.close()


@pytest.fixture(scope="session")
def servers_folder() -> Iterator[Path]:
    """A folder that the unprivileged account can enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="schema-builder-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_server(servers_folder: Path) -> Iterator[PostgresqlServer]:
    """A real PostgreSQL server of this test process, quick rather than durable."""
    embedded = EmbeddedPostgresql(
        servers_folder / "postgresql", is_durable=False, settings=SLEEPLESS
    )
    with embedded:
        yield PostgresqlServer(embedded=embedded)


@pytest.fixture(scope="session")
def redis_server(servers_folder: Path) -> Iterator[EmbeddedRedis]:
    """A real Redis-compatible server of this test process."""
    with EmbeddedRedis(servers_folder / "redis") as embedded:
        yield embedded


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """Address of the tests' Redis with its password."""
    return redis_server.url()
