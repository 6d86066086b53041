"""Fixtures that every kind of test shares: the real servers, one of each per test process."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import flask_migrate
import psycopg2
import pytest
from flask import Flask
from psycopg2 import sql
from sqlalchemy import Engine

from core.clock import SystemClock
from core.dialects.postgresql.versions import NEWEST
from core.store import MigrationTarget, StoreFactory, make_engine
from embedded.postgresql import PROVISIONER, STORE, SUPERUSER, EmbeddedPostgresql
from embedded.programs import find_postgresql
from embedded.redis import EmbeddedRedis
from tests.majors.archives import ARCHIVES, fetched_majors
from tests.majors.running import MajorServers

MIGRATIONS = Path(__file__).parent.parent / "migrations"
"""The folder of the store's migrations."""

SLEEPLESS = (
    "max_connections=300",
    "autovacuum_naptime=5s",
    "log_min_messages=fatal",
    # A client frozen while it logs in keeps every DROP DATABASE waiting for as long as this.
    "authentication_timeout=10s",
)
"""Settings of the tests' server beside those that make it quick."""


EVERY_MAJOR = "every_major"
"""Marks tests that run on the server of each major version that was fetched."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that says on which further servers marked tests run."""
    parser.addoption(
        "--majors",
        default="",
        help="older major versions of PostgreSQL on which tests marked every_major run too, such"
        " as 13,17; `fetched` for those that `make majors` fetched",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let a marked test run once on each of the wanted servers."""
    is_marked = metafunc.definition.get_closest_marker(EVERY_MAJOR) is not None
    if not is_marked or "postgresql_server" not in metafunc.fixturenames:
        return
    majors = wanted_majors(metafunc.config)
    if majors:
        # All tests on one server run in one process, so that each server is started once.
        older = [
            pytest.param(major, id=f"on{major}", marks=pytest.mark.xdist_group(f"major_{major}"))
            for major in majors
        ]
        servers = [pytest.param(None, id="newest"), *older]
        metafunc.parametrize("postgresql_server", servers, indirect=True, scope="session")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which major versions were left out."""
    left_out = sorted(ARCHIVES.keys() - set(wanted_majors(config)))
    if config.getoption("--majors") and left_out:
        terminalreporter.write_line(
            f"Not tried on PostgreSQL {', '.join(map(str, left_out))}: `make majors` fetches them."
        )


def wanted_majors(config: pytest.Config) -> tuple[int, ...]:
    """Return the older major versions that the option names."""
    wanted = str(config.getoption("--majors"))
    if wanted == "fetched":
        return fetched_majors()
    return tuple(int(each) for each in wanted.split(",") if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlServer:
    """A running PostgreSQL server and the ways into it."""

    embedded: EmbeddedPostgresql
    """The server itself."""
    major: int = NEWEST
    """Its major version."""

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
        """Folder of client programs that suit the server: psql, pg_dump …."""
        return self.embedded.bin_dir if self.major == NEWEST else find_postgresql()

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

    def end_sessions(self, condition: str) -> None:
        """End the sessions that a condition on `pg_stat_activity` names, and wait for their end."""
        rows = self.execute(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE {condition} AND pid <> pg_backend_pid()"
        )
        pids = ", ".join(str(pid) for pid, _ in rows)
        deadline = time.monotonic() + 5
        while pids and self.execute(f"SELECT FROM pg_stat_activity WHERE pid IN ({pids})"):
            assert time.monotonic() < deadline, f"sessions stay: {pids}"
            time.sleep(0.02)

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
def embedded_server(servers_folder: Path) -> Iterator[EmbeddedPostgresql]:
    """The embedded PostgreSQL server of this test process, quick rather than durable."""
    embedded = EmbeddedPostgresql(
        servers_folder / "postgresql", is_durable=False, settings=SLEEPLESS
    )
    with embedded:
        yield embedded


@pytest.fixture(scope="session")
def major_servers(servers_folder: Path) -> Iterator[MajorServers]:
    """Servers of other major versions, started when they are asked for."""
    with MajorServers(servers_folder, SLEEPLESS) as servers:
        yield servers


@pytest.fixture(scope="session")
def postgresql_server(request: pytest.FixtureRequest) -> PostgresqlServer:
    """A real PostgreSQL server: the embedded one, or that of a major version for marked tests."""
    major: int | None = getattr(request, "param", None)
    if major is None:
        return PostgresqlServer(embedded=request.getfixturevalue("embedded_server"))
    servers: MajorServers = request.getfixturevalue("major_servers")
    return PostgresqlServer(embedded=servers.server(major), major=major)


@pytest.fixture(scope="session")
def redis_server(servers_folder: Path) -> Iterator[EmbeddedRedis]:
    """A real Redis-compatible server of this test process."""
    with EmbeddedRedis(servers_folder / "redis") as embedded:
        yield embedded


@pytest.fixture(scope="session")
def redis_url(redis_server: EmbeddedRedis) -> str:
    """Address of the tests' Redis with its password."""
    return redis_server.url()


@pytest.fixture(scope="session")
def store_template(postgresql_server: PostgresqlServer) -> str:
    """Name of a migrated, empty store to clone; nobody may be connected to it."""
    name = f"store_template_{uuid4().hex}"
    url = new_empty_store(postgresql_server, name)
    engine = make_engine(url)
    with migration_app(engine).app_context():
        flask_migrate.upgrade()
    engine.dispose()
    return name


@pytest.fixture
def store_url(postgresql_server: PostgresqlServer, store_template: str) -> Iterator[str]:
    """Address of a store of this test's own, for the store's unprivileged role."""
    name = f"store_{uuid4().hex}"
    postgresql_server.create_database(name, template=store_template)
    yield postgresql_server.url(STORE, name)
    postgresql_server.drop_database(name)


@pytest.fixture
def store_engine(store_url: str) -> Iterator[Engine]:
    """Connections to this test's store."""
    engine = make_engine(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def open_store(store_engine: Engine) -> StoreFactory:
    """Begins units of work over this test's store."""
    return StoreFactory(store_engine, SystemClock())


def new_empty_store(server: PostgresqlServer, name: str) -> str:
    """Make a database without tables that the store's role owns; return its address."""
    server.create_database(name)
    server.execute(f'ALTER DATABASE "{name}" OWNER TO "{STORE}"')
    return server.url(STORE, name)


def migration_app(engine: Engine) -> Flask:
    """Return a bare application whose `flask db` commands migrate the store."""
    app = Flask("migrations")
    flask_migrate.Migrate(app, MigrationTarget(engine=engine), directory=str(MIGRATIONS))
    return app
