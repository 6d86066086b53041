"""An account's connection serves one job after the other, and carries nothing over."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from core.databases.engine import Credentials
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.keeping import ANSWER_SECONDS, IDLE_NAME, Keeper
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


def manners(application_name: str = "schema_builder:first") -> Manners:
    """Return how a job's sessions behave."""
    return Manners(
        application_name=application_name, lock_timeout_seconds=1, statement_timeout_seconds=9
    )


@pytest.fixture
def address(postgresql_server: PostgresqlServer) -> Address:
    """Where the server is."""
    return Address.of(postgresql_server.admin_url)


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """A keeper that ends with the test."""
    keeper = Keeper(most=1)
    yield keeper
    keeper.close()


def ask(connection: object, sql: str) -> object:
    """Return the first value that a statement returns."""
    with connection.cursor() as cursor:  # type: ignore[attr-defined] # the driver's own
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_connection_given_back_is_taken_again_under_the_next_name(
    keeper: Keeper, address: Address
) -> None:
    """In between it shows that nobody works with it."""
    first = keeper.take(address, manners())
    keeper.give_back(first, address, manners())
    assert ask(first, "SHOW application_name") == IDLE_NAME
    second = keeper.take(address, manners("schema_builder:second"))
    assert second is first
    assert ask(second, "SHOW application_name") == "schema_builder:second"
    second.close()


def test_locks_do_not_outlive_the_job(keeper: Keeper, address: Address) -> None:
    """An advisory lock that was forgotten is given back."""
    first = keeper.take(address, manners())
    ask(first, "SELECT pg_advisory_lock(4711)::text")
    keeper.give_back(first, address, manners())
    held = "FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert ask(first, f"SELECT count(*) {held}") == 0


def test_a_connection_inside_a_transaction_is_closed(keeper: Keeper, address: Address) -> None:
    """Nobody knows what it waits for."""
    first = keeper.take(address, manners())
    ask(first, "BEGIN; SELECT 1")
    keeper.give_back(first, address, manners())
    assert first.closed


def test_a_connection_that_the_server_ended_is_replaced(
    keeper: Keeper, address: Address, postgresql_server: PostgresqlServer
) -> None:
    """The next job does not notice."""
    first = keeper.take(address, manners())
    pid = ask(first, "SELECT pg_backend_pid()")
    keeper.give_back(first, address, manners())
    postgresql_server.end_sessions(f"pid = {pid}")
    second = keeper.take(address, manners())
    assert ask(second, "SELECT 1") == 1
    assert first.closed
    second.close()


def test_other_settings_mean_another_connection(keeper: Keeper, address: Address) -> None:
    """Timeouts are set when a session begins."""
    first = keeper.take(address, manners())
    keeper.give_back(first, address, manners())
    patient = Manners(application_name="x", lock_timeout_seconds=7, statement_timeout_seconds=9)
    second = keeper.take(address, patient)
    assert second is not first
    assert ask(second, "SHOW lock_timeout") == "7s"
    second.close()


def test_no_more_are_kept_than_allowed(keeper: Keeper, address: Address) -> None:
    """One over the limit is closed."""
    first, second = keeper.take(address, manners()), keeper.take(address, manners())
    keeper.give_back(first, address, manners())
    keeper.give_back(second, address, manners())
    assert (first.closed, second.closed) == (0, 1)


def test_a_password_of_ours_lets_its_owner_in(
    postgresql_server: PostgresqlServer, names: Callable[[str], str]
) -> None:
    """The verifier is one that the server believes."""
    engine = engine_at(postgresql_server.admin_url)
    credentials = Credentials(role=names("owner"), password="plain_ASCII-0123456789")
    engine.ensure_role(credentials)
    name = names("database")
    engine.create_database(name, owner=credentials.role, marker="m")
    with engine.session(name, credentials) as session:
        assert not session.introspect().unknown
    engine.close()


@pytest.mark.timeout(60)
def test_a_kept_connection_whose_server_froze_is_given_up(keeper: Keeper, address: Address) -> None:
    """Nothing below us notices: its kernel still acknowledges what is sent."""
    first = keeper.take(address, manners())
    keeper.give_back(first, address, manners())
    frozen = first.info.backend_pid
    os.kill(frozen, signal.SIGSTOP)
    try:
        began = time.monotonic()
        second = keeper.take(address, manners("schema_builder:second"))
        assert ANSWER_SECONDS <= time.monotonic() - began < 4 * ANSWER_SECONDS
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert second.info.backend_pid != frozen
    assert first.closed
    second.close()
