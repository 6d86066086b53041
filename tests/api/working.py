"""A worker within the test's own process, and databases that it has made."""

from __future__ import annotations

from collections.abc import Callable

import psycopg2

from tests.api.client import Api
from tests.api.documents import document

Work = Callable[[], None]
"""Carries every announced job to its end."""


def created(api: Api, work: Work) -> str:
    """Return the id of a schema whose database is there."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    work()
    made = api.get(f"/schemas/{schema_id}").get_json()["data"]
    assert made["job"]["error"] is None
    assert made["status"] == "created"
    return str(schema_id)


def insert_user(api: Api, schema_id: str) -> None:
    """Put a row into the table of users, as the database's owner."""
    execute_as_owner(api, schema_id, "INSERT INTO users VALUES (1, 'a@example.org')")


def execute_as_owner(api: Api, schema_id: str, statement: str) -> None:
    """Run a statement as the owner of the schema's database."""
    uri = api.application.look_at_database.connection_uri(schema_id, owner="local")
    connection = psycopg2.connect(uri)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()
