"""Roles and databases as a whole on a real server, for either kind of account."""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest

from core.databases.engine import Credentials
from core.databases.errors import (
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
)
from core.engines.postgresql import PostgresqlEngine
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

Names = Callable[[str], str]


def connect(
    server: PostgresqlServer, name: str, login: Credentials
) -> psycopg2.extensions.connection:
    """Log in as a client would."""
    return psycopg2.connect(
        host="127.0.0.1",
        port=server.port,
        dbname=name,
        user=login.role,
        password=login.password,
    )


def can_connect(server: PostgresqlServer, name: str, login: Credentials) -> bool:
    """Tell whether a client gets in."""
    try:
        connect(server, name, login).close()
    except psycopg2.OperationalError:
        return False
    return True


def test_a_server_says_what_it_is(
    engine: PostgresqlEngine, postgresql_server: PostgresqlServer
) -> None:
    """Version, address and an identity that another account sees as well."""
    description = engine.describe()
    assert description.version.startswith(f"{postgresql_server.major}.")
    assert (description.host, description.port) == ("127.0.0.1", postgresql_server.port)
    other = engine_at(postgresql_server.admin_url)
    assert other.describe() == replace(description, owns_public=True)
    other.close()


def test_ensuring_a_role_again_gives_it_the_new_password(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """The old password is worth nothing afterwards."""
    newer = Credentials(role=owner.role, password="another")
    engine.ensure_role(newer)
    assert can_connect(postgresql_server, database, newer)
    assert not can_connect(postgresql_server, database, owner)


def test_a_role_is_dropped_once_and_for_all(engine: PostgresqlEngine, names: Names) -> None:
    """Dropping it again is no failure."""
    engine.ensure_role(Credentials(role=names("role"), password="x"))
    engine.drop_role(names("role"))
    engine.drop_role(names("role"))


def test_only_the_owner_gets_into_a_database(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    names: Names,
    postgresql_server: PostgresqlServer,
) -> None:
    """The owner of another database is kept out."""
    stranger = Credentials(role=names("stranger"), password="x")
    engine.ensure_role(stranger)
    assert can_connect(postgresql_server, database, owner)
    assert not can_connect(postgresql_server, database, stranger)


def test_a_database_bears_its_mark(engine: PostgresqlEngine, database: str, names: Names) -> None:
    """None stands for no database at all."""
    assert engine.marker(database) == "mine"
    assert engine.marker(names("nothing")) is None


def test_a_database_of_the_same_attempt_is_made_anew(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """What a killed attempt built so far is gone."""
    postgresql_server.execute("CREATE TABLE left_over ()", database)
    engine.create_database(database, owner=owner.role, marker="mine")
    with engine.session(database, owner) as session:
        assert session.introspect().definition.tables == ()


def test_a_database_of_somebody_else_is_not_made_anew(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Another mark means another job."""
    with pytest.raises(StatementFailedError) as caught:
        engine.create_database(database, owner=owner.role, marker="theirs")
    assert caught.value.sqlstate == "42P04"
    assert engine.marker(database) == "mine"


def test_dropping_a_database_ends_its_sessions(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """Dropping it again is no failure."""
    client = connect(postgresql_server, database, owner)
    engine.drop_database(database)
    engine.drop_database(database)
    assert engine.marker(database) is None
    client.close()


def test_databases_are_listed_by_their_exact_beginning(
    engine: PostgresqlEngine, owner: Credentials, names: Names
) -> None:
    """An underscore means an underscore."""
    prefix = names("a_")
    for name in ("a_1", "a_2", "ab1"):
        engine.create_database(names(name), owner=owner.role, marker="")
    assert list(engine.list_databases(prefix)) == [names("a_1"), names("a_2")]


def test_a_swap_puts_the_new_in_the_place_of_the_old(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    names: Names,
    postgresql_server: PostgresqlServer,
) -> None:
    """Clients of the old one are put out, and find the new one under the name."""
    client = connect(postgresql_server, database, owner)
    staging, retired = names("staging"), names("retired")
    engine.create_database(staging, owner=owner.role, marker="newer")
    engine.swap(staging=staging, final=database, retired=retired)
    assert engine.marker(database) == "newer"
    assert engine.marker(retired) == "mine"
    assert engine.marker(staging) is None
    assert can_connect(postgresql_server, database, owner)
    with pytest.raises(psycopg2.OperationalError), client.cursor() as cursor:
        cursor.execute("SELECT 1")
    client.close()


def test_who_connects_during_a_swap_finds_the_new_one(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    names: Names,
    postgresql_server: PostgresqlServer,
) -> None:
    """The server says that there is no such database to those who looked up the old one."""
    staging, retired = names("staging"), names("retired")
    engine.create_database(staging, owner=owner.role, marker="newer")

    def count_tables() -> int:
        with engine.session(database, owner) as session:
            return len(session.count_rows())

    def is_waiting() -> bool:
        query = "SELECT FROM pg_locks WHERE classid = 'pg_database'::regclass AND NOT granted"
        return bool(postgresql_server.execute(query))

    swapping = psycopg2.connect(postgresql_server.url())
    with closing(swapping), ThreadPoolExecutor(1) as threads:
        with swapping.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {database} RENAME TO {retired}")
            cursor.execute(f"ALTER DATABASE {staging} RENAME TO {database}")
        visit = threads.submit(count_tables)
        assert wait_until(is_waiting, 60)
        swapping.commit()
        assert visit.result(60) == 0


def test_a_first_swap_only_renames(engine: PostgresqlEngine, database: str, names: Names) -> None:
    """There is nothing to retire."""
    engine.swap(staging=database, final=names("final"), retired=names("retired"))
    assert engine.marker(names("final")) == "mine"
    assert engine.marker(names("retired")) is None


def test_a_swap_that_fails_leaves_the_old_in_place_and_open(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    names: Names,
    postgresql_server: PostgresqlServer,
) -> None:
    """Nothing is renamed when there is nothing to put in the place."""
    with pytest.raises(StatementFailedError):
        engine.swap(staging=names("nothing"), final=database, retired=names("retired"))
    assert engine.marker(database) == "mine"
    assert can_connect(postgresql_server, database, owner)


def test_a_session_that_may_not_be_ended_makes_a_swap_fail_for_now(
    names: Names, postgresql_server: PostgresqlServer
) -> None:
    """An account that is no superuser cannot end a superuser's session; the old one serves on."""
    engine = engine_at(postgresql_server.provisioner_url)
    owner = Credentials(role=names("owner"), password="x")
    engine.ensure_role(owner)
    final, staging = names("final"), names("staging")
    for name in (final, staging):
        engine.create_database(name, owner=owner.role, marker=name)
    visitor = psycopg2.connect(postgresql_server.url(database=final))
    with pytest.raises(LockTimeoutError):
        engine.swap(staging=staging, final=final, retired=names("retired"))
    with pytest.raises(LockTimeoutError):
        engine.close_to_sessions(final)
    with pytest.raises(LockTimeoutError):
        engine.drop_database(final)
    assert engine.marker(final) == final
    assert can_connect(postgresql_server, final, owner)
    visitor.close()
    engine.swap(staging=staging, final=final, retired=names("retired"))
    engine.close()


def test_a_closed_database_keeps_one_session_and_lets_nobody_in(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """Opening it lets the owner in again."""
    client = connect(postgresql_server, database, owner)
    with engine.session(database, owner) as kept:
        engine.close_to_sessions(database, keep=kept)
        assert not can_connect(postgresql_server, database, owner)
        assert kept.count_rows() == {}
    engine.open_to_sessions(database)
    assert can_connect(postgresql_server, database, owner)
    client.close()


def test_a_closed_database_is_swapped_and_dropped(
    engine: PostgresqlEngine, owner: Credentials, database: str, names: Names
) -> None:
    """The one that takes its place is open."""
    staging, retired = names("staging"), names("retired")
    engine.create_database(staging, owner=owner.role, marker="newer")
    engine.close_to_sessions(database)
    engine.swap(staging=staging, final=database, retired=retired)
    with engine.session(database, owner) as session:
        assert session.count_rows() == {}
    engine.drop_database(retired)
    assert engine.marker(retired) is None


def test_opening_what_is_not_there_does_nothing(engine: PostgresqlEngine, names: Names) -> None:
    """Cleaning up calls it without looking."""
    engine.open_to_sessions(names("nothing"))


def test_names_are_data(engine: PostgresqlEngine, names: Names) -> None:
    """Quotes in the names of roles and databases stay what they are."""
    role, name = names("o'w\"ner; --"), names("d'a\"ta; --")
    engine.ensure_role(Credentials(role=role, password="x"))
    engine.create_database(name, owner=role, marker="it's; --")
    assert engine.marker(name) == "it's; --"


def test_a_wrong_password_is_an_unavailable_server_and_stays_secret(
    postgresql_server: PostgresqlServer,
) -> None:
    """The log names the address, the message does not, and neither names the password."""
    engine = engine_at(f"postgresql://postgres:secret-word@127.0.0.1:{postgresql_server.port}/")
    with pytest.raises(ServerUnavailableError) as caught:
        engine.describe()
    address = f"127.0.0.1:{postgresql_server.port}"
    assert address in caught.value.log_text
    assert address not in caught.value.sentence
    assert "secret-word" not in repr(caught.value.__cause__) + caught.value.log_text


def test_a_server_that_is_away_is_unavailable(unused_port: int) -> None:
    """Nothing listens there."""
    engine = engine_at(f"postgresql://postgres@127.0.0.1:{unused_port}/")
    with pytest.raises(ServerUnavailableError):
        engine.list_databases("x")


def test_something_that_is_no_address_is_refused() -> None:
    """Its text may hold a password, so it is not repeated."""
    with pytest.raises(ServerUnavailableError) as caught:
        engine_at("postgresql://user:secret-word@[")
    assert "secret-word" not in str(caught.value)


def test_a_kept_connection_that_the_server_ended_is_replaced(
    engine: PostgresqlEngine, database: str, postgresql_server: PostgresqlServer
) -> None:
    """A restart of the server between two calls is not noticed."""
    assert engine.marker(database) == "mine"
    postgresql_server.end_sessions("application_name = 'schema_builder:test'")
    assert engine.marker(database) == "mine"


@pytest.fixture
def unused_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
