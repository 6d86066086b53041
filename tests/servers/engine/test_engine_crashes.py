"""What a server that is killed still has to know once it is back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from core.databases.engine import Credentials
from embedded.postgresql import PROVISIONER, EmbeddedPostgresql
from tests.servers.engine.conftest import engine_at

pytestmark = pytest.mark.servers

LAZY = ("wal_writer_delay=10s", "autovacuum=off")
"""Settings with which nothing is written by itself before long that no commit waits for."""


@pytest.fixture
def durable(servers_folder: Path) -> Iterator[EmbeddedPostgresql]:
    """A server that loses nothing of what it said was done."""
    with EmbeddedPostgresql(servers_folder / "durable", settings=LAZY) as server:
        yield server


def test_a_new_password_of_a_role_that_is_there_survives_a_crash(
    durable: EmbeddedPostgresql,
) -> None:
    """It is on record from then on, and the old one would be the one that works."""
    role = Credentials(role="before", password="old")
    newer = Credentials(role="before", password="new")
    with closing(engine_at(durable.url(PROVISIONER))) as engine:
        engine.ensure_role(role)
        engine.ensure_role(newer)  # makes the role itself durable, at the latest
        engine.ensure_role(role)
        durable.kill()
    durable.start()
    with closing(connect(durable, role)):
        pass
    with pytest.raises(psycopg2.OperationalError):
        connect(durable, newer)


def connect(server: EmbeddedPostgresql, login: Credentials) -> psycopg2.extensions.connection:
    """Log in to a database that lets everybody in."""
    with closing(psycopg2.connect(server.url())) as account, account.cursor() as cursor:
        cursor.execute(f"GRANT CONNECT ON DATABASE postgres TO {login.role}")
        account.commit()
    return psycopg2.connect(
        host="127.0.0.1",
        port=server.port,
        dbname="postgres",
        user=login.role,
        password=login.password,
    )
