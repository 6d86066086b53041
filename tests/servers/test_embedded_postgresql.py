"""The embedded PostgreSQL with real processes."""

from __future__ import annotations

import psycopg2
import pytest

from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers


def test_the_server_answers_every_role(postgresql_server: PostgresqlServer) -> None:
    """Each of the three roles gets in with its password."""
    for role, database in (
        ("postgres", "postgres"),
        ("provisioner", "postgres"),
        ("schema_builder", "schema_builder"),
    ):
        connection = psycopg2.connect(postgresql_server.url(role, database))
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (role,)
        connection.close()
