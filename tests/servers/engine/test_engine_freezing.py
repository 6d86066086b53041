"""A freeze holds, or is known not to; sessions that nobody wants are ended, others are not."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg2
import pytest

from core.databases.engine import Credentials
from core.databases.errors import (
    DatabaseClosedError,
    DatabaseMissingError,
    FreezeLostError,
    LockTimeoutError,
)
from core.engines.postgresql import PostgresqlEngine
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.connecting import linked
from core.engines.postgresql.stopping import Works
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import build, engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

Names = Callable[[str], str]


def sessions_called(server: PostgresqlServer, application_name: str) -> int:
    """Count the sessions that show a name."""
    rows = server.execute(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
        f" AND application_name = '{application_name}'"
    )
    return len(rows)


def test_everything_that_holds_rows_is_frozen(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Partitions and heirs, too."""
    build(
        engine,
        database,
        owner,
        "CREATE TABLE parted (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE low PARTITION OF parted DEFAULT",
        "CREATE TABLE plain (a int)",
        "CREATE TABLE heir () INHERITS (plain)",
    )
    with engine.session(database, owner) as session:
        session.freeze()
        for statement in (
            "INSERT INTO parted VALUES (1)",
            "INSERT INTO low VALUES (1)",
            "INSERT INTO heir VALUES (1)",
            "CREATE TABLE late () INHERITS (plain)",
        ):
            with pytest.raises(LockTimeoutError):
                build(engine, database, owner, statement)
        engine.close_to_sessions(database, keep=session)
        session.confirm_frozen()


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE late AS SELECT 1 AS a",
        "SELECT lo_from_bytea(0, 'late')",
        "SELECT lo_put(4711, 0, 'other')",
        "SELECT lo_unlink(4711)",
    ],
)
def test_what_others_did_meanwhile_is_noticed(
    engine: PostgresqlEngine, owner: Credentials, database: str, change: str
) -> None:
    """What cannot be locked is looked at."""
    build(engine, database, owner, "SELECT lo_from_bytea(4711, 'early')")
    with engine.session(database, owner) as session:
        session.freeze()
        session.confirm_frozen()
        build(engine, database, owner, change)
        engine.close_to_sessions(database, keep=session)
        with pytest.raises(FreezeLostError) as caught:
            session.confirm_frozen()
    assert caught.value.is_retryable


def test_a_freeze_whose_session_was_ended_is_lost(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """Nobody else would say so."""
    with engine.session(database, owner) as session:
        session.freeze()
        postgresql_server.end_sessions(f"datname = '{database}'")
        with pytest.raises(FreezeLostError):
            session.confirm_frozen()
        with pytest.raises(FreezeLostError):
            session.confirm_frozen()


def test_what_was_never_frozen_is_not_confirmed(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Forgetting to freeze shows."""
    with engine.session(database, owner) as session, pytest.raises(FreezeLostError):
        session.confirm_frozen()


def test_a_table_that_is_made_while_freezing_waits_is_frozen_too(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """Freezing looks again after it got what it waited for."""
    build(engine, database, owner, "CREATE TABLE early (a int)")
    writer = psycopg2.connect(postgresql_server.url(database=database))
    with writer.cursor() as cursor:
        cursor.execute("INSERT INTO early VALUES (1); CREATE TABLE late (a int)")
        cursor.execute(f'ALTER TABLE late OWNER TO "{owner.role}"')
    end = threading.Timer(0.2, writer.commit)
    end.start()
    with engine.session(database, owner) as session:
        session.freeze()
        end.join()
        with pytest.raises(LockTimeoutError):
            build(engine, database, owner, "INSERT INTO late VALUES (1)")
        session.confirm_frozen()
    writer.close()


@pytest.mark.parametrize(
    "setting",
    ["idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout"],
)
def test_no_timeout_of_the_database_ends_our_sessions(
    setting: str,
    owner: Credentials,
    database: str,
    postgresql_server: PostgresqlServer,
) -> None:
    """Nor does its row security filter, and the server looks whether we are still there."""
    if not postgresql_server.execute(f"SELECT FROM pg_settings WHERE name = '{setting}'"):
        pytest.skip("this version has no such setting")
    postgresql_server.execute(f"ALTER DATABASE {database} SET {setting} = '1min'")
    address = Address.of(postgresql_server.admin_url).within(database, owner)
    manners = Manners(application_name="x", lock_timeout_seconds=1, statement_timeout_seconds=1)
    with linked(address, manners, Works()) as link:
        shown = [
            link.query(f"SHOW {name}")[0][0]
            for name in (setting, "row_security", "tcp_keepalives_idle", "tcp_keepalives_count")
        ]
    assert shown == ["0", "off", "30", "3"]


def test_a_missing_database_and_a_closed_one_are_told_from_a_server_that_is_away(
    engine: PostgresqlEngine, owner: Credentials, database: str, names: Names
) -> None:
    """Trying again helps with the closed one alone."""
    with pytest.raises(DatabaseMissingError), engine.session(names("none"), owner):
        pass
    with pytest.raises(DatabaseMissingError):
        engine.dump(names("none"), owner, lambda _: None)
    with pytest.raises(DatabaseMissingError):
        engine.measure(names("none"), owner)
    engine.close_to_sessions(database)
    with pytest.raises(DatabaseClosedError) as caught, engine.session(database, owner):
        pass
    assert caught.value.is_retryable


def test_sessions_of_a_vanished_worker_are_ended_and_our_own_are_not(
    names: Names, postgresql_server: PostgresqlServer
) -> None:
    """On whatever database; other names are left alone."""
    url, name = postgresql_server.provisioner_url, names("job")
    ours = engine_at(url, application_name=name)
    vanished = engine_at(url, application_name=name)
    stranger = engine_at(url, application_name=names("other"))
    owner, database = Credentials(role=names("owner"), password="x"), names("database")
    ours.ensure_role(owner)
    ours.create_database(database, owner=owner.role, marker="")
    assert vanished.marker(database) == stranger.marker(database) == ""
    with (
        ours.session(database, owner) as kept,
        vanished.session(database, owner),
        stranger.session(database, owner),
    ):
        assert sessions_called(postgresql_server, name) == 4
        ours.end_sessions_of(name)
        assert sessions_called(postgresql_server, name) <= 3
        assert sessions_called(postgresql_server, names("other")) == 2
        assert kept.count_rows() == {}
        ours.end_sessions_of("")
        assert kept.count_rows() == {}
    for each in (ours, vanished, stranger):
        each.close()


def test_sessions_that_we_may_not_end_are_left(
    names: Names, postgresql_server: PostgresqlServer
) -> None:
    """It is no error."""
    name = names("job")
    visitor = psycopg2.connect(postgresql_server.admin_url, application_name=name)
    ours = engine_at(postgresql_server.provisioner_url, application_name=name)
    ours.end_sessions_of(name)
    assert sessions_called(postgresql_server, name) == 2
    visitor.close()
    ours.close()
