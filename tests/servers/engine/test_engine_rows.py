"""No row is overlooked, wherever a database keeps it."""

from __future__ import annotations

import io

import pytest

from core.databases.engine import Credentials
from core.databases.errors import RowsHiddenError
from core.engines.postgresql import PostgresqlEngine
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import build, engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

EVERYWHERE = (
    "CREATE TABLE plain AS SELECT generate_series(1, 2) AS a",
    "CREATE TABLE empty (a int)",
    "CREATE TABLE parted (a int) PARTITION BY RANGE (a)",
    "CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE high PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a)",
    "CREATE TABLE higher PARTITION OF high DEFAULT",
    "INSERT INTO parted VALUES (1), (11), (12)",
    "CREATE TABLE heir (b int) INHERITS (plain)",
    "INSERT INTO heir VALUES (3, 3)",
    "CREATE UNLOGGED TABLE light AS SELECT 1 AS a",
    "CREATE MATERIALIZED VIEW seen AS SELECT * FROM plain",
    "CREATE MATERIALIZED VIEW unseen AS SELECT * FROM plain WITH NO DATA",
    'CREATE SCHEMA "a.b"',
    "CREATE SCHEMA a",
    'CREATE TABLE "a.b".c AS SELECT 1 AS x',
    'CREATE TABLE a."b.c" AS SELECT generate_series(1, 2) AS x',
    'CREATE TABLE a."b""" AS SELECT generate_series(1, 3) AS x',
    "SELECT lo_from_bytea(0, 'large')",
)
"""Rows in every kind of place."""

COUNTED = {
    "public.plain": 2,
    "public.empty": 0,
    "public.low": 1,
    "public.higher": 2,
    "public.heir": 1,
    "public.light": 1,
    '"a.b".c': 1,
    'a."b.c"': 2,
    'a."b"""': 3,
    "pg_catalog.pg_largeobject": 1,
}
"""How many there are."""


def test_rows_are_counted_wherever_they_are(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """In partitions, heirs, large objects; a materialized view is named, and not counted."""
    build(engine, database, owner, *EVERYWHERE)
    with engine.session(database, owner) as session:
        assert session.count_rows() == COUNTED
        found = set(session.tables_with_rows())
    assert found == {*COUNTED, "public.seen"} - {"public.empty"}


def test_rows_are_dumped_and_restored_wherever_they_are(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """The report of the dump and the count of what was restored say the same."""
    build(engine, database, owner, *EVERYWHERE)
    buffer = io.BytesIO()
    assert engine.dump(database, owner, buffer.write).rows_by_table == COUNTED
    engine.drop_database(database)
    engine.create_database(database, owner=owner.role, marker="")
    buffer.seek(0)
    engine.restore(database, owner, buffer.read)
    with engine.session(database, owner) as session:
        assert session.count_rows() == COUNTED


def test_tables_of_extensions_are_counted_as_far_as_a_dump_holds_them(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """What the extension says of its own rows is believed; all else counts."""
    build(
        engine,
        database,
        owner,
        "CREATE EXTENSION citext",
        "CREATE TABLE marked AS SELECT generate_series(1, 5) AS a",
        "CREATE TABLE unmarked AS SELECT generate_series(1, 4) AS a",
    )
    for statement in (
        "ALTER EXTENSION citext ADD TABLE marked",
        "ALTER EXTENSION citext ADD TABLE unmarked",
        """UPDATE pg_extension SET extconfig = ARRAY['marked'::regclass::oid],
        extcondition = ARRAY['WHERE a > 3'] WHERE extname = 'citext'""",
    ):
        postgresql_server.execute(statement, database)
    with engine.session(database, owner) as session:
        assert session.count_rows() == {"public.marked": 2, "public.unmarked": 4}
        assert session.tables_with_rows() == ("public.marked", "public.unmarked")
        session.freeze()


def test_a_table_of_an_extension_that_we_may_only_read_does_not_hinder_freezing(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """Many an extension brings a table with well-known rows that belongs to a superuser."""
    for statement in (
        "CREATE EXTENSION citext",
        "CREATE TABLE public.known AS SELECT 1 AS a",
        "GRANT SELECT ON public.known TO PUBLIC",
        "ALTER EXTENSION citext ADD TABLE public.known",
    ):
        postgresql_server.execute(statement, database)
    with engine.session(database, owner) as session:
        session.freeze()
        assert session.count_rows() == {"public.known": 1}
        session.confirm_frozen()


def test_rows_that_a_policy_hides_from_the_owner_are_an_error(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Nothing is counted or dumped without them; a policy for others does no harm."""
    build(
        engine,
        database,
        owner,
        "CREATE TABLE t AS SELECT 1 AS a",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    )
    with engine.session(database, owner) as session:
        assert session.count_rows() == {"public.t": 1}
    build(engine, database, owner, "ALTER TABLE t FORCE ROW LEVEL SECURITY")
    written: list[bytes] = []
    with engine.session(database, owner) as session:
        with pytest.raises(RowsHiddenError, match=r"public\.t"):
            session.count_rows()
        with pytest.raises(RowsHiddenError):
            session.tables_with_rows()
        session.freeze()
    with pytest.raises(RowsHiddenError):
        engine.dump(database, owner, written.append)
    assert written == []


def test_counting_outlasts_the_statement_timeout(
    owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """A table may take as long to count as it takes."""
    url = postgresql_server.admin_url
    patient, hasty = engine_at(url), engine_at(url, statement_timeout_seconds=0.02)
    build(patient, database, owner, "CREATE TABLE t AS SELECT generate_series(1, 2000000)")
    with hasty.session(database, owner) as session:
        assert session.count_rows() == {"public.t": 2_000_000}
    patient.close()
    hasty.close()
