"""Engines of both kinds of account, owners, and databases that are gone after the test."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.databases.engine import Credentials
from core.dialects.postgresql.versions import NEWEST
from core.dialects.statement import Blocks, Effect, Statement, Work
from core.engines.postgresql import PostgresqlEngine
from embedded.postgresql import EmbeddedPostgresql
from tests.conftest import PostgresqlServer

OLDER_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
"""Where Debian keeps the programs of an older server."""


def engine_at(
    url: str,
    bin_dirs: tuple[Path, ...] = (),
    *,
    application_name: str = "schema_builder:test",
    statement_timeout_seconds: float = 60,
    line_patience_seconds: float = 20,
) -> PostgresqlEngine:
    """Build an engine that loses patience soon."""
    return PostgresqlEngine(
        url,
        application_name=application_name,
        lock_timeout_seconds=0.5,
        statement_timeout_seconds=statement_timeout_seconds,
        bin_dirs=bin_dirs,
        line_lock_timeout_seconds=0.2,
        line_patience_seconds=line_patience_seconds,
    )


SUPERUSER_TRIED_ON = frozenset({13, NEWEST})
"""Versions on which a superuser's account is tried too: where it owns `public`, and the newest."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a superuser's account out where it would show nothing new, to be quicker."""
    left_out = [each for each in items if _shows_nothing_new(each)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [each for each in items if not _shows_nothing_new(each)]


def _shows_nothing_new(item: pytest.Item) -> bool:
    params = getattr(getattr(item, "callspec", None), "params", {})
    major = params.get("postgresql_server") or NEWEST
    return params.get("engine") == "superuser" and major not in SUPERUSER_TRIED_ON


@pytest.fixture(params=["superuser", "provisioner"])
def engine(
    request: pytest.FixtureRequest, postgresql_server: PostgresqlServer
) -> Iterator[PostgresqlEngine]:
    """An engine, with all rights and with no more than CREATEDB and CREATEROLE."""
    is_superuser = request.param == "superuser"
    url = postgresql_server.admin_url if is_superuser else postgresql_server.provisioner_url
    built = engine_at(url)
    yield built
    built.close()


@pytest.fixture
def names(postgresql_server: PostgresqlServer) -> Iterator[Callable[[str], str]]:
    """Make names that no other test has; databases and roles called so are removed afterwards."""
    stem = f"t_{uuid.uuid4().hex[:12]}"
    made: list[str] = []

    def make(name: str) -> str:
        made.append(f"{stem}_{name}")
        return made[-1]

    yield make
    with_rights = engine_at(postgresql_server.admin_url)
    for name in made:
        with_rights.drop_database(name)
    for name in made:
        with_rights.drop_role(name)
    with_rights.close()


@pytest.fixture
def owner(engine: PostgresqlEngine, names: Callable[[str], str]) -> Credentials:
    """A role that exists, with a password full of traps."""
    credentials = Credentials(role=names("owner"), password="p'w \\ \"x")
    engine.ensure_role(credentials)
    return credentials


@pytest.fixture
def database(engine: PostgresqlEngine, owner: Credentials, names: Callable[[str], str]) -> str:
    """An empty managed database."""
    name = names("database")
    engine.create_database(name, owner=owner.role, marker="mine")
    return name


@pytest.fixture(scope="session")
def older_server(servers_folder: Path) -> Iterator[EmbeddedPostgresql]:
    """A running server of version 15, where its programs are installed."""
    if not (OLDER_PROGRAMS / "initdb").exists():
        pytest.skip("PostgreSQL 15 is not installed here")
    with EmbeddedPostgresql(
        servers_folder / "older", bin_dirs=(OLDER_PROGRAMS,), is_durable=False
    ) as server:
        yield server


def statements(*texts: str) -> tuple[Statement, ...]:
    """Wrap SQL as statements."""
    effect = Effect(lock=None, blocks=Blocks.NOTHING, work=Work.CATALOG, source="a test")
    return tuple(Statement(sql=text, effect=effect) for text in texts)


def build(engine: PostgresqlEngine, name: str, owner: Credentials, *texts: str) -> None:
    """Run SQL as the owner."""
    with engine.session(name, owner) as session:
        session.apply(statements(*texts), lambda _: None)
