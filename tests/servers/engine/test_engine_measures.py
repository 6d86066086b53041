"""What a database is told to lack and to have too much of, and what took its time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from core.databases.engine import Credentials
from core.engines.postgresql import PostgresqlEngine
from embedded.postgresql import SUPERUSER, EmbeddedPostgresql
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


def make(url: str, *statements: str) -> None:
    """Run statements on a database, each for itself."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()


def test_keys_without_an_index_and_indexes_without_use_are_named(
    engine: PostgresqlEngine,
    owner: Credentials,
    names: Callable[[str], str],
    postgresql_server: PostgresqlServer,
) -> None:
    """An index serves a key when it begins with the key's columns, in any order, for all rows."""
    name = names("measured")
    engine.ensure_role(owner)
    engine.create_database(name, owner=owner.role, marker="m")
    make(
        postgresql_server.url(database=name),
        f'SET ROLE "{owner.role}"',
        "CREATE TABLE parents (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE children (id int PRIMARY KEY, x int, y int, z int, w int,"
        " CONSTRAINT served FOREIGN KEY (x, y) REFERENCES parents,"
        " CONSTRAINT unserved FOREIGN KEY (y, z) REFERENCES parents,"
        " CONSTRAINT partly FOREIGN KEY (z, w) REFERENCES parents)",
        "CREATE INDEX in_another_order ON children (y, x, w)",
        "CREATE INDEX for_some_rows ON children (z, w) WHERE z > 0",
        "CREATE INDEX includes ON children (z) INCLUDE (w)",
    )
    measures = engine.measure(name, owner)
    missing = [(each.table, each.columns, each.constraint) for each in measures.missing_indexes]
    assert missing == [
        ("public.children", ("z", "w"), "partly"),
        ("public.children", ("y", "z"), "unserved"),
    ]
    unused = {each.name for each in measures.indexes if each.is_unused}
    assert unused == {
        "public.in_another_order",
        "public.for_some_rows",
        "public.includes",
    }
    assert measures.slow_statements is None


def test_statements_that_took_time_are_told_without_their_values(
    servers_folder: Path, names: Callable[[str], str]
) -> None:
    """Where the server gathers them: the owner's own, and of nobody else."""
    settings = ("shared_preload_libraries=pg_stat_statements",)
    with EmbeddedPostgresql(
        servers_folder / "gathering", is_durable=False, settings=settings
    ) as server:
        engine = engine_at(server.url(SUPERUSER))
        owner = Credentials(role=names("owner"), password="secret")
        name = names("gathered")
        engine.ensure_role(owner)
        engine.create_database(name, owner=owner.role, marker="m")
        make(
            server.url(SUPERUSER, name),
            "CREATE EXTENSION pg_stat_statements",
            "SELECT 'of another', pg_sleep(0.01)",
            f'SET SESSION AUTHORIZATION "{owner.role}"',
            "SELECT 'hunter2', pg_sleep(0.05)",
        )
        found = engine.measure(name, owner).slow_statements
        engine.close()
    assert found is not None
    (slow,) = [each for each in found if "pg_sleep" in each.statement]
    assert (slow.calls, slow.rows) == (1, 1)
    assert slow.mean_seconds == slow.total_seconds >= 0.05
    assert "hunter2" not in slow.statement


def test_sizes_of_databases_are_told_by_either_account(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Those that are not there have none."""
    sizes = engine.database_sizes([database, "nowhere"])
    assert sizes.keys() == {database}
    assert sizes[database] > 1_000_000
    assert abs(sizes[database] - engine.measure(database, owner).size_bytes) < 1_000_000
