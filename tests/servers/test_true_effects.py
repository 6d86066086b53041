"""What each form of statement does on a real server is what it declares: locks and work."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.dialects.postgresql import effects
from core.dialects.statement import Effect, Work
from tests.measured_effects import (
    RELATIONS,
    SCANS,
    WRITTEN,
    Watch,
    rows_of,
    strongest_lock,
)
from tests.servers.effect_cases import CASES, CONCURRENT_CASES, QUIET_CASES, SCENERY, Case

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

PATIENCE_SECONDS = 60
"""How long a session may take to be where it waits."""


@pytest.fixture
def database(postgresql_server: PostgresqlServer) -> Iterator[Connection]:
    """A session in a database of its own that holds the scenery."""
    name = f"effects_{uuid.uuid4().hex}"
    connection = psycopg2.connect(postgresql_server.create_database(name))
    with connection.cursor() as cursor:
        cursor.execute(SCENERY)
    connection.commit()
    yield connection
    connection.close()
    postgresql_server.drop_database(name)


@pytest.fixture
def working(postgresql_server: PostgresqlServer, database: Connection) -> Iterator[Connection]:
    """A second session in the same database, outside transactions."""
    url = postgresql_server.url(database=database.info.dbname)
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        yield connection


def confirm_quiet(case: Case, database: Connection) -> None:
    """Fail unless a statement locks what it declares, and writes rows if it declares that."""
    with database.cursor() as cursor:
        cursor.execute(case.before or "SELECT")
        database.commit()
        oids = [row[0] for row in rows_of(database, RELATIONS)]
        written = rows_of(database, WRITTEN, oids)
        cursor.execute(case.statement.sql)
    is_written = rows_of(database, WRITTEN, oids) > written
    assert strongest_lock(database, oids) == case.statement.effect.lock
    assert is_written == (case.statement.effect.work is Work.REWRITE)


def confirm(case: Case, database: Connection) -> None:
    """Fail unless a statement locks, reads and writes anew what it declares."""
    with database.cursor() as cursor:
        cursor.execute(case.before or "SELECT")
        database.commit()
        before = rows_of(database, RELATIONS)
        database.commit()
        cursor.execute(case.within or "SELECT")
        oids = [row[0] for row in before]
        scans = rows_of(database, SCANS, oids)
        cursor.execute(case.statement.sql)
    strongest = strongest_lock(database, oids)
    is_read = rows_of(database, SCANS, oids) > scans
    files = {oid: node for oid, _, node in rows_of(database, RELATIONS)}
    is_rewritten = any(kind == "r" and files.get(oid, node) != node for oid, kind, node in before)
    database.rollback()
    work = case.statement.effect.work
    assert (strongest, is_rewritten, is_read) == (
        case.statement.effect.lock,
        work is Work.REWRITE,
        work is not Work.CATALOG,
    )


def confirm_concurrent(case: Case, database: Connection, working: Connection) -> None:
    """Fail unless a statement, while it waits for a writer, locks what it declares."""
    oids = [row[0] for row in rows_of(database, RELATIONS)]
    database.commit()
    failures: list[psycopg2.Error] = []

    def run() -> None:
        try:
            with working.cursor() as cursor:
                cursor.execute(case.statement.sql)
        except psycopg2.Error as error:
            failures.append(error)

    rows_of(database, "UPDATE app.child SET size = 2 WHERE id = 1 RETURNING id")
    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_until_waiting(database, working.get_backend_pid())
        found = strongest_lock(database, oids, pid=working.get_backend_pid())
    finally:
        database.rollback()
        thread.join()
    assert failures == []
    assert found == case.statement.effect.lock


def wait_until_waiting(database: Connection, pid: int) -> None:
    """Return as soon as a session waits for another one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not rows_of(database, "SELECT FROM pg_locks WHERE pid = %s AND NOT granted", pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("name", QUIET_CASES)
def test_locks_of_what_is_not_counted_are_as_declared(name: str, database: Connection) -> None:
    """Filling, copying, sampling and comparing lock and write no more than they say."""
    confirm_quiet(QUIET_CASES[name], database)


@pytest.mark.parametrize("name", CASES)
def test_locks_and_work_are_as_declared(name: str, database: Connection) -> None:
    """An effect is a promise: the strongest lock, and whether rows are read or written."""
    confirm(CASES[name], database)


@pytest.mark.parametrize("name", CONCURRENT_CASES)
def test_locks_of_what_goes_on_beside_others_are_as_declared(
    name: str, database: Connection, working: Connection
) -> None:
    """What cannot be in a transaction is looked at while it waits for somebody who writes."""
    confirm_concurrent(CONCURRENT_CASES[name], database, working)


LIES = {
    "of_its_lock": replace(effects.ADD_COLUMN, lock="SHARE UPDATE EXCLUSIVE"),
    "of_a_rewrite": replace(effects.ADD_COLUMN, work=Work.REWRITE),
    "of_a_scan": replace(effects.ADD_COLUMN, work=Work.SCAN),
}
"""What adding a column does not do."""


@pytest.mark.parametrize("lie", LIES)
def test_an_effect_that_lies_is_caught(lie: str, database: Connection) -> None:
    """The laws of true locks and true work would see a bug."""
    case = CASES["add_column"]
    lying = replace(case, statement=replace(case.statement, effect=LIES[lie]))
    with pytest.raises(AssertionError):
        confirm(lying, database)


@pytest.mark.parametrize("name", ["fill", "copy_column"])
def test_writing_rows_that_is_not_declared_is_caught(name: str, database: Connection) -> None:
    """Rows that are written where the catalogue alone should be are seen."""
    case = QUIET_CASES[name]
    effect = replace(case.statement.effect, work=Work.CATALOG)
    with pytest.raises(AssertionError):
        confirm_quiet(replace(case, statement=replace(case.statement, effect=effect)), database)


def test_a_lie_about_what_goes_on_beside_others_is_caught(
    database: Connection, working: Connection
) -> None:
    """The lock is that of the session which works, not of the one which looks."""
    case = CONCURRENT_CASES["create_index"]
    lying = replace(case.statement, effect=effects.CREATE_INDEX)
    with pytest.raises(AssertionError):
        confirm_concurrent(replace(case, statement=lying), database, working)


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("add_column", replace(effects.ADD_COLUMN, lock="SHARE UPDATE EXCLUSIVE")),
        ("add_column_generated", effects.ADD_COLUMN),
    ],
)
def test_doing_more_than_is_declared_is_caught_in_any_transaction(
    name: str, effect: Effect, database: Connection
) -> None:
    """The watch that the laws of plans keep over every line sees a bug, and only a bug."""
    statement = CASES[name].statement
    truthful, deceived = Watch(database), Watch(database)
    with database.cursor() as cursor:
        cursor.execute(statement.sql)
    truthful.confirm([statement])
    with pytest.raises(AssertionError):
        deceived.confirm([replace(statement, effect=effect)])
