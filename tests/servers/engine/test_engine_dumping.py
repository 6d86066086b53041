"""Dumps of a real database, and what restoring them brings back."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable

import pytest

from core.databases.engine import Credentials
from core.databases.errors import (
    DumpTooNewError,
    DumpUnreadableError,
    StatementFailedError,
    StoppedError,
    ToolVersionError,
)
from core.dialects.postgresql.versions import NEWEST, major_of
from core.engines.postgresql import PostgresqlEngine
from core.planning.comparison import differences
from embedded.postgresql import EmbeddedPostgresql
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import build, engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

Names = Callable[[str], str]

FILL = (
    "CREATE TABLE parents (id int PRIMARY KEY, kind varchar(5) CHECK (kind IN ('a', 'b')))",
    "CREATE TABLE children (parent int REFERENCES parents, note text)",
    "INSERT INTO parents SELECT n, 'a' FROM generate_series(1, 500) n",
    "INSERT INTO children SELECT n, md5(n::text) FROM generate_series(1, 300) n",
)
"""A small database with rows, and a check that reads differently once it was dumped."""


def dump_of(engine: PostgresqlEngine, name: str, owner: Credentials) -> bytes:
    """Return a dump in one piece."""
    buffer = io.BytesIO()
    engine.dump(name, owner, buffer.write)
    return buffer.getvalue()


@pytest.fixture
def empty(engine: PostgresqlEngine, owner: Credentials, names: Names) -> str:
    """A database to restore into."""
    engine.create_database(names("empty"), owner=owner.role, marker="")
    return names("empty")


def test_a_restored_dump_is_what_the_report_says(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """Structure and rows come back, and the versions are named."""
    build(engine, database, owner, *FILL)
    buffer = io.BytesIO()
    report = engine.dump(database, owner, buffer.write)
    assert report.rows_by_table == {"public.children": 300, "public.parents": 500}
    assert report.engine_version == engine.describe().version
    assert major_of(report.tool_version) >= major_of(report.engine_version)
    buffer.seek(0)
    engine.restore(empty, owner, buffer.read)
    with engine.session(empty, owner) as session:
        found = session.introspect()
        assert differences(report.introspection.definition, found.definition) == ()
        assert found == report.introspection
        assert session.count_rows() == report.rows_by_table


def test_what_is_said_of_public_comes_back(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """As far as the owner may say something of it: before version 15, it takes a superuser."""
    if not engine.describe().owns_public:
        pytest.skip("on this version the namespace is not the owner's")
    build(engine, database, owner, "COMMENT ON SCHEMA public IS 'Ours'")
    whole = dump_of(engine, database, owner)
    engine.restore(empty, owner, io.BytesIO(whole).read)
    with engine.session(empty, owner) as session:
        (namespace,) = session.introspect().definition.namespaces
    assert (namespace.name, namespace.description) == ("public", "Ours")


def test_rows_written_during_a_dump_are_in_neither_dump_nor_report(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """Both show the same moment."""
    build(engine, database, owner, *FILL)
    buffer = io.BytesIO()

    def write(chunk: bytes) -> None:
        if not buffer.getvalue():
            build(engine, database, owner, "INSERT INTO parents VALUES (1000, 'b')")
        buffer.write(chunk)

    report = engine.dump(database, owner, write)
    buffer.seek(0)
    engine.restore(empty, owner, buffer.read)
    with engine.session(empty, owner) as session:
        assert session.count_rows() == report.rows_by_table
    assert report.rows_by_table["public.parents"] == 500


def test_a_dump_goes_on_while_the_database_is_frozen(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """As before a replacement."""
    build(engine, database, owner, *FILL)
    with engine.session(database, owner) as session:
        session.freeze()
        assert engine.dump(database, owner, lambda _: None).rows_by_table["public.parents"] == 500


def test_a_truncated_dump_is_found_wherever_it_ends(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """Nothing of it is loaded."""
    build(engine, database, owner, *FILL)
    whole = dump_of(engine, database, owner)
    for size in (0, 3, 20, 200, len(whole) // 2, len(whole) - 1000, len(whole) - 1):
        with pytest.raises(DumpUnreadableError):
            engine.restore(empty, owner, io.BytesIO(whole[:size]).read)
    with engine.session(empty, owner) as session:
        assert session.introspect().definition.tables == ()


def test_flipped_bits_in_rows_are_found(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """The message does not repeat a value."""
    build(engine, database, owner, *FILL)
    damaged = bytearray(dump_of(engine, database, owner))
    damaged[-2000] ^= 0xFF
    with pytest.raises(DumpUnreadableError) as caught:
        engine.restore(empty, owner, io.BytesIO(damaged).read)
    assert caught.value.code == "BACKUP_DAMAGED"
    with engine.session(empty, owner) as session:
        assert session.introspect().definition.tables == ()


def test_a_dump_into_a_database_that_is_not_empty_is_refused_whole(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """The tables that are there stay as they are."""
    build(engine, database, owner, *FILL)
    whole = dump_of(engine, database, owner)
    with pytest.raises(DumpUnreadableError, match="already exists"):
        engine.restore(database, owner, io.BytesIO(whole).read)
    with engine.session(database, owner) as session:
        assert session.count_rows()["public.parents"] == 500


def test_a_failing_archive_fails_the_dump_as_it_is(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """Errors of whoever writes or reads come through, and no program is left waiting."""
    build(engine, database, owner, *FILL)
    whole = dump_of(engine, database, owner)

    def fail(_: object) -> bytes:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        engine.dump(database, owner, fail)
    source = io.BytesIO(whole)

    def fail_later(size: int) -> bytes:
        if source.tell() > 4096:
            raise OSError("disk gone")
        return source.read(min(size, 5000))

    with pytest.raises(OSError, match="disk gone"):
        engine.restore(empty, owner, fail_later)
    with engine.session(empty, owner) as session:
        assert session.introspect().definition.tables == ()


def test_cancelling_ends_a_dump(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """It does not wait for the rest of the rows."""
    build(engine, database, owner, "CREATE TABLE big AS SELECT generate_series(1, 300000) n")
    started = time.monotonic()

    def write(_: bytes) -> None:
        engine.cancel()

    with pytest.raises(StoppedError):
        engine.dump(database, owner, write)
    assert time.monotonic() - started < 10


def test_cancelling_ends_a_restore(
    engine: PostgresqlEngine, owner: Credentials, database: str, empty: str
) -> None:
    """Nothing of it is loaded."""
    build(engine, database, owner, *FILL)
    source = io.BytesIO(dump_of(engine, database, owner))
    has_begun = threading.Event()

    def read(size: int) -> bytes:
        if has_begun.is_set():
            engine.cancel()
        has_begun.set()
        return source.read(min(size, 5000))

    with pytest.raises(StoppedError):
        engine.restore(empty, owner, read)
    with engine.session(empty, owner) as session:
        assert session.introspect().definition.tables == ()


def test_what_the_owner_may_not_do_is_refused_and_not_called_damage(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    empty: str,
    postgresql_server: PostgresqlServer,
) -> None:
    """The archive is fine; an extension in it takes a superuser."""
    postgresql_server.execute("CREATE EXTENSION pg_stat_statements", database)
    whole = dump_of(engine, database, owner)
    with pytest.raises(StatementFailedError, match="permission denied to create extension"):
        engine.restore(empty, owner, io.BytesIO(whole).read)


def test_an_older_server_is_dumped_and_restored_by_its_own_programs(
    older_server: EmbeddedPostgresql,
) -> None:
    """They are found among those installed."""
    engine = engine_at(older_server.url("provisioner"))
    owner = Credentials(role="dumped_owner", password="x")
    engine.ensure_role(owner)
    for name in ("dumped", "loaded"):
        engine.create_database(name, owner=owner.role, marker="")
    build(engine, "dumped", owner, *FILL)
    buffer = io.BytesIO()
    report = engine.dump("dumped", owner, buffer.write)
    assert report.tool_version.startswith("15.")
    buffer.seek(0)
    engine.restore("loaded", owner, buffer.read)
    with engine.session("loaded", owner) as session:
        assert session.count_rows() == report.rows_by_table
    for name in ("dumped", "loaded"):
        engine.drop_database(name)
    engine.drop_role(owner.role)
    engine.close()


@pytest.mark.parametrize("is_whole", [True, False], ids=["whole", "truncated"])
def test_a_dump_of_the_newest_server_goes_into_another_or_not_at_all(
    is_whole: bool,  # noqa: FBT001 a parameter of the test
    postgresql_server: PostgresqlServer,
    embedded_server: EmbeddedPostgresql,
    names: Names,
) -> None:
    """Settings that the older server does not know are left out; half a script is not kept."""
    whole = _moved(embedded_server.url("provisioner"), names)
    older = engine_at(postgresql_server.provisioner_url)
    owner, target = _empty(older, names)
    if is_whole:
        older.restore(target, owner, io.BytesIO(whole).read)
    else:
        with pytest.raises(DumpUnreadableError):
            older.restore(target, owner, io.BytesIO(whole[: len(whole) * 2 // 3]).read)
    with older.session(target, owner) as session:
        rows = {"public.children": 300, "public.parents": 500} if is_whole else {}
        assert session.count_rows() == rows
    older.close()


def test_a_dump_that_an_older_server_does_not_understand_is_not_called_damaged(
    postgresql_server: PostgresqlServer, embedded_server: EmbeddedPostgresql, names: Names
) -> None:
    """It is told which version the dump is of."""
    texts = ("CREATE TABLE newer (a int, b int GENERATED ALWAYS AS (a + 1) VIRTUAL)",)
    whole = _moved(embedded_server.url("provisioner"), names, *texts)
    older = engine_at(postgresql_server.provisioner_url)
    owner, target = _empty(older, names)
    if postgresql_server.major == NEWEST:
        older.restore(target, owner, io.BytesIO(whole).read)
    else:
        with pytest.raises(DumpTooNewError, match=r"PostgreSQL 18\.\d+ and holds") as caught:
            older.restore(target, owner, io.BytesIO(whole).read)
        assert caught.value.code == "BACKUP_TOO_NEW"
        assert "version 18 or newer" in (caught.value.hint or "")
        with older.session(target, owner) as session:
            assert session.introspect().definition.tables == ()
    older.close()


def test_a_dump_of_any_server_goes_into_the_newest(
    postgresql_server: PostgresqlServer, embedded_server: EmbeddedPostgresql, names: Names
) -> None:
    """A server can be replaced by one of a later version."""
    whole = _moved(postgresql_server.provisioner_url, names)
    newer = engine_at(embedded_server.url("provisioner"))
    owner, target = _empty(newer, names)
    newer.restore(target, owner, io.BytesIO(whole).read)
    with newer.session(target, owner) as session:
        assert session.count_rows() == {"public.children": 300, "public.parents": 500}
    newer.drop_database(target)
    newer.drop_role(owner.role)
    newer.close()


def _empty(engine: PostgresqlEngine, names: Names) -> tuple[Credentials, str]:
    """Make an empty database with an owner."""
    owner = Credentials(role=names("owner"), password="x")
    engine.ensure_role(owner)
    engine.create_database(names("moved"), owner=owner.role, marker="")
    return owner, names("moved")


def _moved(url: str, names: Names, *texts: str) -> bytes:
    """Return the dump of a small database of a server, which is removed again."""
    engine = engine_at(url)
    owner, name = _empty(engine, names)
    build(engine, name, owner, *(texts or FILL))
    whole = dump_of(engine, name, owner)
    engine.drop_database(name)
    engine.drop_role(owner.role)
    engine.close()
    return whole


def test_a_dump_that_is_newer_than_all_programs_says_which_are_missing(
    engine: PostgresqlEngine, owner: Credentials, empty: str
) -> None:
    """The versions found are named."""
    head = b"PGDMP\x01\x10\x00\x04\x08\x01\x01" + b"\x00" * 5 * 7
    for text in (b"name", b"99.1", b"99.1"):
        head += b"\x00" + len(text).to_bytes(4, "little") + text
    with pytest.raises(ToolVersionError, match=r"18\.\d"):
        engine.restore(empty, owner, io.BytesIO(head).read)
