"""Fixtures of tests that need a store: a migrated database of their own, cloned from a template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Engine

from core.clock import SystemClock
from core.store import MigrationTarget, StoreFactory, make_engine
from embedded.postgresql import STORE
from tests.conftest import PostgresqlServer

MIGRATIONS = Path(__file__).parent.parent / "migrations"
"""The folder of the store's migrations."""


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
