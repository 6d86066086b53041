"""What lines of a plan do in a real database: locks, the journal, halves of indexes, batches."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.databases.engine import Credentials, Session
from core.databases.errors import (
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
    StoppedError,
)
from core.dialects.moves import SetAside
from core.dialects.statement import Batches, Blocks, Effect, IndexBuild, Line, Statement, Work
from core.engines.postgresql import PostgresqlEngine
from core.engines.postgresql.batches import cut
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

HARMLESS = Effect(lock=None, blocks=Blocks.NOTHING, work=Work.BUILD, source="a test")
STRICT = Effect(
    lock="ACCESS EXCLUSIVE",
    blocks=Blocks.READS_AND_WRITES,
    work=Work.CATALOG,
    source="a test",
)
BUILD = Line(
    statements=(
        Statement(
            sql="CREATE INDEX CONCURRENTLY by_a ON public.t (a)",
            effect=HARMLESS,
            is_transactional=False,
            index_build=IndexBuild(namespace="public", name="by_a"),
        ),
    )
)
UNIQUE_BUILD = Line(
    statements=(
        Statement(
            sql="CREATE UNIQUE INDEX CONCURRENTLY by_a ON public.t (a)",
            effect=HARMLESS,
            is_transactional=False,
            index_build=IndexBuild(namespace="public", name="by_a"),
        ),
    )
)
BACKFILL = Line(
    statements=(
        Statement(
            sql="UPDATE public.t SET b = a * 2"
            " WHERE ctid >= {first} AND ctid < {end} AND b IS NULL",
            effect=HARMLESS,
            batches=Batches(namespace="public", table="t"),
        ),
    )
)
VALIDITY = (
    "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE c.relname = 'by_a'"
)


def line(*texts: str) -> Line:
    """Wrap SQL as a transactional line."""
    return Line(statements=tuple(Statement(sql=text, effect=STRICT) for text in texts))


class Told:
    """Progress that is kept."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.shares: list[float] = []

    def __call__(self, words: str, share: float | None) -> None:
        """Keep what is told."""
        self.words.append(words)
        if share is not None:
            self.shares.append(share)


@pytest.fixture
def told() -> Told:
    """Progress that is kept."""
    return Told()


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlEngine]:
    """An engine with no more rights than it needs."""
    built = engine_at(postgresql_server.provisioner_url)
    yield built
    built.close()


@pytest.fixture
def session(engine: PostgresqlEngine, owner: Credentials, database: str) -> Iterator[Session]:
    """A session in a database with a table of ten rows."""
    with engine.session(database, owner) as opened:
        opened.apply(
            line(
                "CREATE TABLE public.t (a integer, b integer)",
                "INSERT INTO public.t SELECT generate_series(1, 10)",
            ).statements,
            lambda _: None,
        )
        opened.write_journal('{"line": 0}')
        yield opened


@contextmanager
def other(server: PostgresqlServer, database: str, *texts: str) -> Iterator[Connection]:
    """Another session that ran statements in a transaction which is open while inside."""
    connection = psycopg2.connect(server.url(database=database), application_name="somebody")
    try:
        with connection.cursor() as cursor:
            for text in texts:
                cursor.execute(text)
        yield connection
    finally:
        connection.close()


def after(seconds: float, act: Callable[[], object]) -> threading.Timer:
    """Act some time later."""
    timer = threading.Timer(seconds, act)
    timer.start()
    return timer


def test_a_line_takes_effect_with_its_note(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """The journal says what ran, and the column is there."""
    session.run_line(line("ALTER TABLE public.t ADD c text"), journal='{"line": 1}', progress=told)

    assert session.journal() == '{"line": 1}'
    assert postgresql_server.execute("SELECT c FROM public.t LIMIT 1", database) == [(None,)]


def test_a_refused_line_leaves_neither_effect_nor_note(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """The first statement is taken back, and the journal is as it was."""
    with pytest.raises(StatementFailedError):
        session.run_line(
            line("ALTER TABLE public.t ADD c text", "ALTER TABLE public.t DROP nothing"),
            journal='{"line": 1}',
            progress=told,
        )

    assert session.journal() == '{"line": 0}'
    assert not postgresql_server.execute(
        "SELECT 1 FROM pg_attribute WHERE attname = 'c' AND attrelid = 't'::regclass", database
    )


def test_a_journal_can_be_written_with_anything_in_it(session: Session) -> None:
    """Quotation marks, backslashes and per cent signs come back."""
    text = json.dumps({"note": 'it\'s 100% \\ "so"'})

    session.write_journal(text)

    assert session.journal() == text


def test_a_line_waits_for_a_lock_until_it_is_free(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """It tries again, says for whom it waits, and succeeds."""
    with other(postgresql_server, database, "SELECT * FROM public.t") as holder:
        timer = after(1.5, holder.rollback)
        session.run_line(line("ALTER TABLE public.t ADD c text"), journal="{}", progress=told)
        timer.join()

    assert any("somebody" in words for words in told.words)


def test_a_line_that_waits_holds_up_others_only_briefly(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """A reader that comes after the waiting line goes on within the lock timeout."""
    longest = 0.0

    def read() -> None:
        nonlocal longest
        for _ in range(8):
            began_at = time.monotonic()
            with other(postgresql_server, database, "SELECT * FROM public.t"):
                longest = max(longest, time.monotonic() - began_at)
            time.sleep(0.1)

    with other(postgresql_server, database, "SELECT * FROM public.t") as holder:
        reader = threading.Thread(target=read)
        timer = after(1.5, holder.rollback)
        reader.start()
        session.run_line(line("ALTER TABLE public.t ADD c text"), journal="{}", progress=told)
        reader.join()
        timer.join()

    assert longest < 1


@pytest.fixture
def hurried(
    session: Session, postgresql_server: PostgresqlServer, owner: Credentials, database: str
) -> Iterator[Session]:
    """A session in the same database whose lines soon lose patience."""
    assert session.journal()
    built = engine_at(postgresql_server.provisioner_url, line_patience_seconds=0.8)
    with built.session(database, owner) as opened:
        yield opened
    built.close()


def test_a_lock_held_for_ever_is_named(
    hurried: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Patience ends with who was in the way; nothing is in effect."""
    with other(postgresql_server, database, "SELECT * FROM public.t") as holder:
        pid = holder.get_backend_pid()
        with pytest.raises(LockTimeoutError) as caught:
            hurried.run_line(line("ALTER TABLE public.t ADD c text"), journal="{}", progress=told)

    assert f"session {pid} (somebody as" in caught.value.holders[0]
    assert "somebody" in str(caught.value)
    assert hurried.journal() == '{"line": 0}'


def test_two_sessions_do_not_run_lines_at_once(
    session: Session, hurried: Session, told: Told
) -> None:
    """The second gives up and names the first, until that one ends."""
    session.run_line(line("SELECT 1"), journal='{"line": 1}', progress=told)

    with pytest.raises(LockTimeoutError) as caught:
        hurried.run_line(line("SELECT 1"), journal='{"line": 9}', progress=told)

    assert "schema_builder:test" in caught.value.holders[0]
    assert session.journal() == '{"line": 1}'


def test_a_cancelled_line_stops_waiting(
    engine: PostgresqlEngine,
    session: Session,
    postgresql_server: PostgresqlServer,
    database: str,
    told: Told,
) -> None:
    """Cancelling ends a line within a pause or a wait."""
    with other(postgresql_server, database, "SELECT * FROM public.t"):
        timer = after(0.5, engine.cancel)
        began_at = time.monotonic()
        with pytest.raises(StoppedError):
            session.run_line(line("ALTER TABLE public.t ADD c text"), journal="{}", progress=told)
        timer.join()

    assert time.monotonic() - began_at < 5


class NoMoreError(Exception):
    """What a test's progress raises."""


def test_what_progress_raises_ends_the_line(
    session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """The error comes through, and nothing is in effect."""

    def raise_it(_words: str, _share: float | None) -> None:
        raise NoMoreError

    with (
        other(postgresql_server, database, "SELECT * FROM public.t"),
        pytest.raises(NoMoreError),
    ):
        session.run_line(line("ALTER TABLE public.t ADD c text"), journal="{}", progress=raise_it)

    assert session.journal() == '{"line": 0}'


def test_a_killed_connection_leaves_a_whole_number_of_lines(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """The server ends the session during a line: neither effect nor note."""
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
    )
    timer = after(0.5, lambda: postgresql_server.execute(end))
    with pytest.raises(ServerUnavailableError):
        session.run_line(
            line("ALTER TABLE public.t ADD c text", "SELECT pg_sleep(20)"),
            journal="{}",
            progress=told,
        )
    timer.join()

    comment = postgresql_server.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname = '{database}'"
    )
    assert comment == [('{"line": 0}',)]


def test_an_index_is_built_while_others_write(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """The build waits for a writer without keeping others from writing, and is then noted."""
    writing = "INSERT INTO public.t VALUES (99)"
    with other(postgresql_server, database, writing) as writer:
        timer = after(1.0, writer.commit)
        second = after(0.5, lambda: postgresql_server.execute(writing, database))
        session.run_line(BUILD, journal='{"line": 1}', progress=told)
        timer.join()
        second.join()

    assert postgresql_server.execute(VALIDITY, database) == [("by_a", True)]
    assert session.journal() == '{"line": 1}'
    assert told.words


def test_a_valid_index_is_not_built_again(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """A line whose index is there is only noted."""
    session.run_line(BUILD, journal='{"line": 1}', progress=told)
    oid = postgresql_server.execute("SELECT 'by_a'::regclass::oid", database)

    session.run_line(BUILD, journal='{"line": 2}', progress=told)

    assert postgresql_server.execute("SELECT 'by_a'::regclass::oid", database) == oid
    assert session.journal() == '{"line": 2}'


def test_an_invalid_index_is_made_anew(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """What a killed build left goes, and the index is valid afterwards."""
    postgresql_server.execute("CREATE INDEX by_a ON public.t (a)", database)
    postgresql_server.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_a'::regclass", database
    )
    owner_of_table = postgresql_server.execute(VALIDITY, database)

    session.run_line(BUILD, journal="{}", progress=told)

    assert owner_of_table == [("by_a", False)]
    assert postgresql_server.execute(VALIDITY, database) == [("by_a", True)]


def test_a_build_that_fails_leaves_no_index(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Rows that are not unique end the build, and its half goes."""
    postgresql_server.execute("INSERT INTO public.t VALUES (1)", database)

    with pytest.raises(StatementFailedError):
        session.run_line(UNIQUE_BUILD, journal="{}", progress=told)

    assert postgresql_server.execute(VALIDITY, database) == []
    assert session.journal() == '{"line": 0}'


def test_a_build_behind_an_old_transaction_ends_and_names_it(
    hurried: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """It does not wait for ever; what it left is repaired the next time."""
    with other(postgresql_server, database, "INSERT INTO public.t VALUES (99)") as writer:
        pid = writer.get_backend_pid()
        with pytest.raises(LockTimeoutError) as caught:
            hurried.run_line(BUILD, journal="{}", progress=told)

    assert f"session {pid} " in caught.value.holders[0]
    hurried.run_line(BUILD, journal="{}", progress=told)
    assert postgresql_server.execute(VALIDITY, database) == [("by_a", True)]


def test_a_cancelled_build_leaves_no_index(
    engine: PostgresqlEngine,
    session: Session,
    postgresql_server: PostgresqlServer,
    database: str,
    told: Told,
) -> None:
    """Cancelling removes the half that was built."""
    with other(postgresql_server, database, "INSERT INTO public.t VALUES (99)") as writer:
        timer = after(0.5, lambda: cancel_and_let_go(engine, writer))
        with pytest.raises(StoppedError):
            session.run_line(BUILD, journal="{}", progress=told)
        timer.join()

    assert postgresql_server.execute(VALIDITY, database) == []


def test_batches_reach_every_row_while_others_write(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Stretches cover the whole table; writers are not held up; progress grows to the end."""
    postgresql_server.execute("INSERT INTO public.t SELECT generate_series(11, 100000)", database)
    longest: list[float] = []
    is_over = threading.Event()

    def write() -> None:
        with other(postgresql_server, database) as writer:
            writer.autocommit = True
            while not is_over.is_set():
                began_at = time.monotonic()
                with writer.cursor() as cursor:
                    cursor.execute("UPDATE public.t SET a = a WHERE ctid = '(3,1)'")
                longest.append(time.monotonic() - began_at)

    writer = threading.Thread(target=write)
    writer.start()
    session.run_line(BACKFILL, journal='{"line": 1}', progress=told)
    is_over.set()
    writer.join()

    missing = "SELECT count(*) FROM public.t WHERE b IS NULL"
    assert postgresql_server.execute(missing, database) == [(0,)]
    assert told.shares == sorted(told.shares)
    assert told.shares[-1] == 1
    assert max(longest) < 2
    assert session.journal() == '{"line": 1}'


def test_batches_go_on_where_they_stopped(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Pages that an earlier attempt finished are left alone; the journal hides how far it is."""
    pages = 221
    postgresql_server.execute("INSERT INTO public.t SELECT generate_series(11, 50000)", database)
    stretch = {"of": key_of(postgresql_server, database), "page": 220}
    session.write_journal(json.dumps({"line": 0, "stretch": stretch}))
    before = session.journal()

    session.run_line(BACKFILL, journal='{"line": 1}', progress=told)

    assert before == '{"line": 0}'
    assert told.shares[0] > 220 / (pages + 5)
    assert session.journal() == '{"line": 1}'


def test_batches_find_rows_that_moved_behind_them(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """A row that was missed the first time is found by going through once more."""
    postgresql_server.execute("INSERT INTO public.t SELECT generate_series(11, 50000)", database)
    stretch = {"of": key_of(postgresql_server, database), "page": 100}
    session.write_journal(json.dumps({"line": 0, "stretch": stretch}))

    session.run_line(BACKFILL, journal='{"line": 1}', progress=told)

    missing = "SELECT count(*) FROM public.t WHERE b IS NULL"
    assert postgresql_server.execute(missing, database) == [(0,)]


def test_a_stretch_that_takes_too_long_is_taken_back_and_cut_smaller(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Whoever writes to a row of it waits no longer than that, however slow rows are."""
    for text in (
        "INSERT INTO public.t SELECT generate_series(11, 4000)",
        (
            "CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN PERFORM pg_sleep(0.0005); RETURN NEW; END'"
        ),
        "CREATE TRIGGER slow BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION public.slow()",
    ):
        postgresql_server.execute(text, database)
    longest: list[float] = []
    is_over = threading.Event()

    def look() -> None:
        age = "SELECT coalesce(max(extract(epoch FROM now() - xact_start)), 0)"
        where = " FROM pg_stat_activity WHERE query LIKE 'UPDATE public.t SET b%'"
        while not is_over.is_set():
            ((seconds,),) = postgresql_server.execute(
                f"{age}{where} AND state <> 'idle' AND datname = '{database}'"
            )
            longest.append(float(str(seconds)))

    watcher = threading.Thread(target=look)
    watcher.start()
    session.run_line(BACKFILL, journal='{"line": 1}', progress=told)
    is_over.set()
    watcher.join()

    missing = "SELECT count(*) FROM public.t WHERE b IS NULL"
    assert postgresql_server.execute(missing, database) == [(0,)]
    assert max(longest) < 1.5


def test_batches_over_an_empty_table_are_noted(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """No page is there to go through."""
    postgresql_server.execute("TRUNCATE public.t", database)

    session.run_line(BACKFILL, journal='{"line": 1}', progress=told)

    assert session.journal() == '{"line": 1}'


def test_only_places_for_addresses_are_filled_in() -> None:
    """Other braces are part of the statement."""
    sql = "UPDATE t SET a = '{}' WHERE ctid >= '({first},0)' AND ctid < {end}"

    assert cut(sql, 3, 8) == "UPDATE t SET a = '{}' WHERE ctid >= '(3,0)' AND ctid < '(8,0)'::tid"


def test_what_was_set_aside_is_out_of_sight_and_can_be_removed(
    session: Session, postgresql_server: PostgresqlServer, database: str, told: Told
) -> None:
    """Nothing of it is read back; afterwards it and its namespace are gone, twice is once."""
    shown = session.introspect()
    session.run_line(
        line(
            "CREATE SCHEMA sb_set_aside",
            "CREATE TYPE sb_set_aside.aside_x_3 AS ENUM ('a')",
            "CREATE TABLE sb_set_aside.aside_x_1 (state sb_set_aside.aside_x_3 DEFAULT 'a')",
            'ALTER TABLE public.t ADD sb_aside_x_2 text COLLATE "C" UNIQUE',
            "CREATE INDEX ON public.t (b, sb_aside_x_2)",
        ),
        journal="{}",
        progress=told,
    )
    things = (
        SetAside(kind="table", subject="old", namespace="sb_set_aside", name="aside_x_1"),
        SetAside(kind="column", subject="t.x", namespace="public", name="t", column="sb_aside_x_2"),
        SetAside(kind="enum", subject="state", namespace="sb_set_aside", name="aside_x_3"),
    )

    assert session.introspect() == shown
    for _ in range(2):
        session.tidy_set_aside()
        session.remove_set_aside(things)
        session.tidy_set_aside()

    left = "SELECT 1 FROM pg_namespace WHERE nspname = 'sb_set_aside'"
    assert postgresql_server.execute(left, database) == []
    assert session.introspect() == shown


def test_what_does_not_hold_for_every_row_is_listed_and_not_read(
    session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """Invalid indexes and constraints that were not validated are never taken as whole."""
    for text in (
        "CREATE INDEX by_a ON public.t (a)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'by_a'::regclass",
        "ALTER TABLE public.t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID",
    ):
        postgresql_server.execute(text, database)

    read = session.introspect()

    assert {(each.kind, each.name) for each in read.unknown} == {
        ("invalid index", "public.by_a"),
        ("constraint not validated", "public.t.positive"),
    }
    assert read.definition.tables[0].indexes == ()
    assert read.definition.tables[0].checks == ()


def cancel_and_let_go(engine: PostgresqlEngine, holder: Connection) -> None:
    """Cancel what an engine runs, and then end the transaction that it waited for."""
    engine.cancel()
    holder.rollback()


def key_of(server: PostgresqlServer, database: str) -> str:
    """Return the key under which a stretch of the backfill is noted."""
    node = server.execute("SELECT pg_relation_filenode('public.t')", database)[0][0]
    return hashlib.sha256(f"{node} {BACKFILL.statements[0].sql}".encode()).hexdigest()[:16]
