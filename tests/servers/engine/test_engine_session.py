"""What an owner's session does in a real database: build, read back, freeze, stop."""

from __future__ import annotations

import threading
import time

import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings

from core.databases.engine import Credentials, UnknownObject
from core.databases.errors import (
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
    StatementTimeoutError,
    StoppedError,
)
from core.definition.model import (
    Check,
    Definition,
    IdentityKind,
    Namespace,
    NullsOrder,
    ReferentialAction,
    SortOrder,
)
from core.engines.postgresql import PostgresqlEngine
from core.planning.comparison import differences
from core.planning.creation import creation_statements
from tests.builders import (
    column,
    definition,
    enum,
    expression,
    foreign_key,
    index,
    literal,
    native,
    part,
    table,
    type_of,
)
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import build, engine_at, statements
from tests.strategies import definitions
from web.problems import status_of

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

EVERYTHING = definition(
    table(
        "posts",
        column("id", "BIGINT", identity=IdentityKind.ALWAYS),
        column("kind", type_of("VARCHAR", length=10), default=literal("a")),
        column("state", type_of("ENUM", enum_id="state"), default=literal("draft")),
        column("price", type_of("DECIMAL", precision=10, scale=2), default=literal(0)),
        column("made_at", type_of("TIMESTAMPTZ", precision=3), default=literal("now()")),
        column("title", "TEXT", nullable=False, description="What it's called"),
        column("short", "TEXT", generated="lower(title) || '…'"),
        column("tags", native("varchar(5)[]"), default=expression("ARRAY['x','y']")),
        column("place", native("point")),
        column("number", native("int4")),
        primary_key="id",
        uniques=[["kind", "title"]],
        checks=["kind IN ('a', 'b')", "price >= 0 AND posts IS NOT NULL"],
        indexes=[
            index(part(expression="lower(title)"), part("made_at", order=SortOrder.DESC)),
            index(part("price", nulls=NullsOrder.FIRST), where="state = 'draft'", unique=True),
            index("tags", method="gin"),
            index("kind", include=["title"]),
        ],
        description="What people write",
    ),
    table(
        "posts",
        column("date", "DATE", default=literal("2020-02-29")),
        column("post_id", "BIGINT"),
        namespace="o'dd \"name",
        table_id="other",
        checks=[Check(id="other.check", expression="posts.date > DATE '2020-01-01'")],
    ),
    table("date", column("text", "DATE", default=literal("CURRENT_DATE")), primary_key="text"),
    foreign_keys=[
        foreign_key(
            "posts",
            "id",
            "posts",
            name="self",
            on_delete=ReferentialAction.CASCADE,
            on_update=ReferentialAction.RESTRICT,
            deferrable=True,
            initially_deferred=True,
        )
    ],
    enums=[enum("state", "draft", "it's out", description="How far it is")],
    namespaces=[Namespace(name="o'dd \"name", description="For the odd")],
)
"""A little of everything that a definition can say."""


def test_what_is_built_reads_back_equal(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """A database made from a definition is that definition, and nothing else is in it."""
    with engine.session(database, owner) as session:
        session.apply(creation_statements(EVERYTHING), lambda _: None)
        found = session.introspect()
        assert differences(session.normalise(EVERYTHING), found.definition) == ()
        assert found.unknown == ()
        assert session.introspect() == found


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=definitions())
def test_generated_definitions_read_back_equal(
    wanted: Definition, postgresql_server: PostgresqlServer
) -> None:
    """Whatever a legal definition says, the server says it again."""
    engine = engine_at(postgresql_server.provisioner_url)
    owner = Credentials(role="generated_owner", password="x")
    engine.ensure_role(owner)
    engine.create_database("generated", owner=owner.role, marker="")
    try:
        with engine.session("generated", owner) as session:
            session.apply(creation_statements(wanted), lambda _: None)
            found = session.introspect()
            assert differences(session.normalise(wanted), found.definition) == ()
            assert found.unknown == ()
    finally:
        engine.drop_database("generated")
        engine.close()


def test_a_changed_database_differs(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Equality is not an accident of looking away."""
    with engine.session(database, owner) as session:
        session.apply(creation_statements(EVERYTHING), lambda _: None)
        session.apply(
            statements("ALTER TABLE public.posts ALTER price SET DEFAULT 1"), lambda _: None
        )
        assert differences(session.normalise(EVERYTHING), session.introspect().definition)


def test_a_refused_statement_is_named_and_nothing_is_in_effect(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """The statement in the middle is the one that is shown, with the server's code."""
    done: list[int] = []
    with engine.session(database, owner) as session:
        with pytest.raises(StatementFailedError) as caught:
            session.apply(
                statements("CREATE TABLE a (x int)", "CREATE TABLE a (y int)", "SELECT 1"),
                done.append,
            )
        assert caught.value.statement == "CREATE TABLE a (y int)"
        assert caught.value.sqlstate == "42P07"
        assert session.introspect().definition.tables == ()


def test_progress_counts_statements(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """It ends with all of them."""
    done: list[int] = []
    with engine.session(database, owner) as session:
        session.apply(statements(*(f"CREATE TABLE t{n} ()" for n in range(120))), done.append)
    assert done == sorted(done)
    assert done[-1] == 120


def test_what_a_definition_cannot_hold_is_listed(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """By kind and name; the tables themselves are still read."""
    build(
        engine,
        database,
        owner,
        'CREATE TABLE t (a serial, b text COLLATE "C", c int UNIQUE DEFERRABLE)',
        "CREATE TABLE parent (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE child PARTITION OF parent DEFAULT",
        "CREATE TABLE heir () INHERITS (t)",
        "CREATE UNLOGGED TABLE light (a int GENERATED ALWAYS AS IDENTITY (START 7))",
        "CREATE VIEW v AS SELECT 1 AS one",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE DOMAIN d AS int",
        "CREATE TYPE pair AS (a int)",
        "CREATE INDEX patterns ON t (b text_pattern_ops)",
        "CREATE INDEX filled ON t (b) WITH (fillfactor = 50)",
        "CREATE POLICY p ON t",
        "CREATE STATISTICS s ON a, c FROM t",
        "CREATE EXTENSION citext",
    )
    with engine.session(database, owner) as session:
        found = session.introspect()
    assert [each.name for each in found.definition.tables] == ["light", "t"]
    assert {(each.kind, each.name) for each in found.unknown} == {
        ("column option", "public.t.b"),
        ("composite type", "public.pair"),
        ("constraint option", "public.t.t_c_key"),
        ("domain", "public.d"),
        ("extension", "citext"),
        ("function", "public.f()"),
        ("identity options", "public.light_a_seq"),
        ("index option", "public.filled"),
        ("index option", "public.patterns"),
        ("inherited table", "public.heir"),
        ("partition", "public.child"),
        ("partitioned table", "public.parent"),
        ("policy", "public.t.p"),
        ("sequence", "public.t_a_seq"),
        ("statistics", "public.s"),
        ("table option", "public.light"),
        ("trigger", "public.t.g"),
        ("view", "public.v"),
    }
    assert UnknownObject(kind="view", name="public.v") in found.unknown


def test_rows_are_counted_per_table(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Exactly, and tables without rows are told from those with some."""
    build(
        engine,
        database,
        owner,
        "CREATE TABLE few AS SELECT generate_series(1, 3)",
        'CREATE TABLE "No ne" ()',
    )
    with engine.session(database, owner) as session:
        assert session.count_rows() == {"public.No ne": 0, "public.few": 3}
        assert session.tables_with_rows() == ("public.few",)


def test_a_frozen_database_can_be_read_and_not_written(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Until the session ends."""
    build(engine, database, owner, "CREATE TABLE t (a int)")
    with engine.session(database, owner) as session:
        session.freeze()
        session.freeze()
        assert session.tables_with_rows() == ()
        with engine.session(database, owner) as other:
            assert other.count_rows() == {"public.t": 0}
        with pytest.raises(LockTimeoutError):
            build(engine, database, owner, "INSERT INTO t VALUES (1)")
        assert session.introspect().unknown == ()
    build(engine, database, owner, "INSERT INTO t VALUES (1)")


def test_a_writer_that_does_not_let_go_makes_freezing_fail_for_now(
    engine: PostgresqlEngine, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """It is tried again later."""
    build(engine, database, owner, "CREATE TABLE t (a int)")
    writer = psycopg2.connect(postgresql_server.url(database=database))
    with writer.cursor() as cursor:
        cursor.execute("INSERT INTO t VALUES (1)")
    with engine.session(database, owner) as session, pytest.raises(LockTimeoutError):
        session.freeze()
    writer.close()


def test_cancelling_stops_a_running_statement_at_once(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """The session ends there; what begins afterwards on the same engine runs."""
    threading.Timer(0.3, engine.cancel).start()
    started = time.monotonic()
    with engine.session(database, owner) as session:
        with pytest.raises(StoppedError):
            session.apply(statements("SELECT pg_sleep(30)"), lambda _: None)
        with pytest.raises(StoppedError):
            session.introspect()
    assert time.monotonic() - started < 5
    with engine.session(database, owner) as session:
        assert session.count_rows() == {}


def test_a_broken_connection_is_an_unavailable_server(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """The job tries again."""
    with engine.session(database, owner) as session, pytest.raises(ServerUnavailableError):
        session.apply(statements("SELECT pg_terminate_backend(pg_backend_pid())"), lambda _: None)


def test_normalising_leaves_nothing_behind(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Temporary tables are gone, and refused expressions are told."""
    bad = definition(table("t", column("a", "INT"), checks=["nothing > 1"]))
    with engine.session(database, owner) as session:
        with pytest.raises(StatementFailedError) as caught:
            session.normalise(bad)
        assert caught.value.sqlstate == "42703"
        before = session.introspect()
        session.normalise(definition(table("t", column("a", default=literal(1)))))
        assert session.introspect() == before


def test_a_database_is_measured(
    engine: PostgresqlEngine, owner: Credentials, database: str
) -> None:
    """Sizes, sessions, and the use of indexes; sizes include what belongs to a table."""
    build(
        engine,
        database,
        owner,
        "CREATE TABLE t (a int PRIMARY KEY)",
        "INSERT INTO t SELECT generate_series(1, 1000)",
    )
    with engine.session(database, owner):
        measures = engine.measure(database, owner)
    assert measures.connections == 1
    assert measures.cache_hit_ratio is None or 0 <= measures.cache_hit_ratio <= 1
    (only,) = measures.tables
    assert only.name == "public.t"
    assert measures.size_bytes > only.size_bytes > only.index_size_bytes > 0
    assert [(each.name, each.table) for each in measures.indexes] == [("public.t_pkey", "public.t")]


def test_a_statement_that_takes_too_long_is_told_from_one_that_is_refused(
    owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """The same statement may be quick enough at another time."""
    hasty = engine_at(postgresql_server.admin_url, statement_timeout_seconds=0.2)
    with (
        hasty.session(database, owner) as session,
        pytest.raises(StatementTimeoutError) as caught,
    ):
        session.apply(statements("SELECT pg_sleep(30)"), lambda _: None)
    hasty.close()
    assert caught.value.sqlstate == "57014"
    assert status_of(caught.value) == 503
