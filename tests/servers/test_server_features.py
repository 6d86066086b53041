"""What is believed to be known to servers of some versions only, asked of servers of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - the class has a lower-case name

from core.planning.creation import creation_statements
from core.validation import known_since
from core.validation.known_functions import KNOWN
from core.validation.known_types import TYPES
from tests.conftest import PostgresqlServer
from tests.unit.validation.test_server_features import NEEDS

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


@pytest.fixture
def scratch(postgresql_server: PostgresqlServer) -> Iterator[Cursor]:
    """A session in an empty database."""
    name = f"features_{uuid.uuid4().hex}"
    connection = psycopg2.connect(postgresql_server.create_database(name))
    with connection.cursor() as cursor:
        yield cursor
    connection.close()
    postgresql_server.drop_database(name)


@pytest.fixture
def major(postgresql_server: PostgresqlServer, scratch: Cursor) -> int:
    """The major version, which is the one that was asked for."""
    found = scratch.connection.server_version // 10_000
    assert found == postgresql_server.major
    return found


def test_functions_and_types_are_known_since_it_is_said(scratch: Cursor, major: int) -> None:
    """Those that are not listed, every version knows."""
    scratch.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace")
    functions = {name for (name,) in scratch.fetchall()}
    assert KNOWN & functions == {
        name for name in KNOWN if known_since.FUNCTIONS.get(name, 0) <= major
    }
    assert known_since.FUNCTIONS.keys() <= KNOWN
    scratch.execute("SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace")
    types = {name for (name,) in scratch.fetchall()}
    assert TYPES & types == {name for name in TYPES if known_since.TYPES.get(name, 0) <= major}


def test_functions_take_more_arguments_since_it_is_said(scratch: Cursor, major: int) -> None:
    """And those that can be stored are immutable."""
    for facts, condition in (
        (known_since.ARGUMENTS, "true"),
        (known_since.IMMUTABLE, "provolatile = 'i'"),
    ):
        for (name, count), since in facts.items():
            scratch.execute(
                f"SELECT count(*) FROM pg_proc WHERE proname = %s AND pronargs = %s AND {condition}"
                " AND pronamespace = 'pg_catalog'::regnamespace",
                (name, count),
            )
            assert bool((scratch.fetchone() or (0,))[0]) is (since <= major), (name, count)


@pytest.mark.parametrize("name", NEEDS)
def test_a_server_makes_just_what_it_is_said_to_know(
    name: str, scratch: Cursor, major: int
) -> None:
    """What is refused beforehand, the server would have refused."""
    wanted, since, _ = NEEDS[name]
    try:
        for statement in creation_statements(wanted):
            scratch.execute(statement.sql)
        is_made = True
    except psycopg2.Error:
        is_made = False
    scratch.connection.rollback()
    assert is_made is (since <= major)
