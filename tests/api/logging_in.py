"""Credentials of generated databases as tests use them: revealed, replaced, logged in with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise
from typing_extensions import override

from core.clock import Clock
from core.databases.retiring import queue_retirements
from core.databases.rotating import queue_first_credentials
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobId
from tests.api.client import Api
from tests.api.working import Work
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer

ROLES = ("owner", "read-write", "read-only")
"""What a database has a login for."""

ALL_ROLES = {"owner", "rw", "ro", "owner_1", "rw_1", "ro_1"}
"""What a database has whose credentials were never replaced."""


def reveal(api: Api, schema_id: str, role: str) -> Any:  # noqa: ANN401 - JSON
    """Return a credential with its password."""
    response = api.post(f"/schemas/{schema_id}/credentials/{role}/reveal")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()["data"]


def rotate(api: Api, work: Work, schema_id: str, role: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    """Replace a credential, and return the ended job."""
    response = api.post(f"/schemas/{schema_id}/credentials/{role}/rotate", body)
    assert response.status_code == 202, response.get_data(as_text=True)
    work()
    job = api.get(f"/jobs/{response.get_json()['data']['id']}").get_json()["data"]
    assert job["state"] == "succeeded", job
    return job


def known(api: Api, schema_id: str) -> dict[str, Any]:
    """Return what is known of a database's credentials, by role."""
    listed = api.get(f"/schemas/{schema_id}/credentials").get_json()
    assert listed["pagination"]["total"] == 3
    return {each["role"]: each for each in listed["data"]}


@contextmanager
def session(uri: str) -> Iterator[Connection]:
    """Log in as a client would, in autocommit mode."""
    with closing(psycopg2.connect(uri)) as connection:
        connection.autocommit = True
        yield connection


def run(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description is not None else []


def gets_in(uri: str) -> bool:
    """Tell whether somebody gets in with an address."""
    try:
        psycopg2.connect(uri).close()
    except psycopg2.OperationalError:
        return False
    return True


def roles_of(server: PostgresqlServer, schema_id: str) -> set[str]:
    """Return the suffixes of all roles that the server has for a schema's database."""
    name = f"schema_{schema_id.replace('-', '_')}"
    rows = server.execute(f"SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{name}')")
    return {str(row[0]).removeprefix(f"{name}_") for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead(Clock):
    """A clock that is ahead of the real one."""

    by: timedelta
    """How much."""

    @override
    def now(self) -> datetime:
        """Return the time to come."""
        return datetime.now(UTC) + self.by


def retire(api: Api, work: Work, *, after: timedelta = timedelta()) -> int:
    """Do what the schedule does, as if so much time had passed."""
    count = queue_retirements(
        open_store=api.application.open_store,
        announcer=api.application.announcer,
        clock=Ahead(by=after),
    )
    work()
    return count


def first_credentials(api: Api, *, after: timedelta = timedelta()) -> int:
    """Do what the schedule does for databases without credentials, up to the queueing."""
    return queue_first_credentials(
        open_store=api.application.open_store,
        announcer=api.application.announcer,
        clock=Ahead(by=after),
    )


def wait_for_end_of(server: PostgresqlServer, login: str) -> None:
    """Wait until the server has noticed that a client is gone."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{login}'"
    for _ in range(200):
        if server.execute(query) == [(0,)]:
            return
    raise AssertionError


def make_as_before(api: Api, server: PostgresqlServer, schema_id: str) -> None:
    """Bring a database into the state in which all were before there were credentials."""
    name = f"schema_{schema_id.replace('-', '_')}"
    listed = ", ".join(f"{name}_{each}" for each in ("owner_1", "rw_1", "ro_1", "rw", "ro"))
    server.execute(f"DROP OWNED BY {listed}", name)
    server.execute(f"DROP ROLE {listed}")
    with api.application.open_store() as store:
        store.credentials.forget_schema(schema_id)
        store.commit()


def worked(api: Api, announcer: FakeAnnouncer) -> None:
    """Carry every announced job to its end."""
    while announcer.announced:
        _, job_id = announcer.announced.pop(0)
        execute(
            JobId(job_id),
            open_store=api.application.open_store,
            runners=api.application.runners,
            clock=api.application.clock,
            announcer=announcer,
            limits=Limits(),
        )
