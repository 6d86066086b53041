"""What an engine finds out before a plan: sizes, users, dependents, and what rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg2
import pytest

from core.databases.engine import Credentials, Session
from core.databases.errors import StatementFailedError
from core.dialects.facts import Dependent, RowTest, RowTestKind, RowTestResult
from core.dialects.statement import Blocks, Effect, Statement, Work
from core.engines.postgresql import PostgresqlEngine
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

TABLES = {"t": ("public", "t"), "u": ("public", "u"), "gone": ("public", "gone")}

EVERYTHING = (
    "CREATE TABLE public.t (a integer PRIMARY KEY, b integer, c text)",
    "CREATE TABLE public.u (a integer REFERENCES public.t, d text DEFAULT 'x', CHECK (a > 0))",
    "CREATE INDEX ON public.t (b)",
    "INSERT INTO public.t VALUES (1, 1, 'x'), (2, NULL, 'y')",
    "CREATE VIEW public.first WITH (security_barrier = true) AS SELECT a, c FROM public.t",
    "ALTER VIEW public.first ALTER COLUMN c SET DEFAULT '100%'",
    "COMMENT ON VIEW public.first IS 'It''s 100%'",
    "COMMENT ON COLUMN public.first.c IS 'text'",
    "GRANT SELECT ON public.first TO PUBLIC",
    "GRANT UPDATE (c) ON public.first TO PUBLIC",
    (
        'CREATE MATERIALIZED VIEW public."Second" AS'
        " SELECT f.a, u.d FROM public.first f JOIN public.u ON u.a = f.a WITH NO DATA"
    ),
    'CREATE UNIQUE INDEX second_a ON public."Second" (a)',
    "COMMENT ON INDEX public.second_a IS 'quick'",
    "CREATE FUNCTION public.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    (
        "CREATE TRIGGER acting INSTEAD OF UPDATE ON public.first"
        " FOR EACH ROW EXECUTE FUNCTION public.act()"
    ),
    (
        "CREATE TRIGGER watching BEFORE UPDATE OF b ON public.t"
        " FOR EACH ROW WHEN (NEW.c <> 'z') EXECUTE FUNCTION public.act()"
    ),
    "ALTER TABLE public.t DISABLE TRIGGER watching",
    "COMMENT ON TRIGGER watching ON public.t IS 'watches'",
    "CREATE POLICY own ON public.t AS RESTRICTIVE FOR SELECT TO PUBLIC USING (b > 0)",
    "CREATE RULE loud AS ON INSERT TO public.u DO ALSO UPDATE public.t SET b = 1 WHERE a = NEW.a",
)
"""A little of everything that hangs on tables."""

ATOMIC = (
    (
        "CREATE FUNCTION public.count_b() RETURNS bigint LANGUAGE sql"
        " BEGIN ATOMIC SELECT count(b) FROM public.t; END"
    ),
    "REVOKE ALL ON FUNCTION public.count_b() FROM PUBLIC",
    "COMMENT ON FUNCTION public.count_b() IS 'counts'",
    "CREATE VIEW public.third AS SELECT public.count_b()",
)
"""A function whose body the server knows, and what uses it. Source: release notes of 14."""

ATOMIC_SINCE = 14


def knows_bodies(server: PostgresqlServer) -> bool:
    """Whether the server knows what stands in a function's body."""
    return server.major >= ATOMIC_SINCE


STATE = r"""
SELECT pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description FROM pg_description d
 WHERE d.objoid >= 16384
UNION ALL
SELECT c.oid::regclass::text,
       concat_ws(' | ', c.relkind, c.reloptions, pg_get_viewdef(c.oid), c.relacl)
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT a.attrelid::regclass || '.' || a.attname,
       concat_ws(' | ', a.attacl, pg_get_expr(adbin, adrelid))
  FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE a.attrelid >= 16384 AND a.attnum > 0 AND a.attrelid::regclass::text NOT LIKE 'pg\_%'
UNION ALL
SELECT p.oid::regprocedure::text, concat_ws(' | ', pg_get_functiondef(p.oid), p.proacl)
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
UNION ALL
SELECT g.tgname, concat_ws(' | ', g.tgenabled, pg_get_triggerdef(g.oid))
  FROM pg_trigger g WHERE NOT g.tgisinternal
UNION ALL
SELECT schemaname || '.' || policyname, concat_ws(' | ', permissive, roles, cmd, qual, with_check)
  FROM pg_policies
UNION ALL
SELECT rulename, definition FROM pg_rules WHERE schemaname = 'public'
UNION ALL
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
 ORDER BY 1, 2"""
"""Everything of users' things that recreating them has to keep."""


def statements(*texts: str) -> tuple[Statement, ...]:
    """Wrap SQL as statements."""
    effect = Effect(lock=None, blocks=Blocks.NOTHING, work=Work.CATALOG, source="a test")
    return tuple(Statement(sql=text, effect=effect) for text in texts)


def row_test(count_sql: str, *, setup_sql: str = "") -> RowTest:
    """Build a test that shows `a` of the rows it finds."""
    return RowTest(
        code="NULLS_IN_COLUMN",
        kind=RowTestKind.DOES_NOT_FIT,
        subject="t.b",
        cause="t.b",
        table_id="t",
        count_sql=count_sql,
        sample_sql="SELECT 'a=' || a FROM public.t ORDER BY a",
        setup_sql=setup_sql,
    )


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlEngine]:
    """An engine with no more rights than it needs."""
    built = engine_at(postgresql_server.provisioner_url)
    yield built
    built.close()


@pytest.fixture
def session(
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    postgresql_server: PostgresqlServer,
) -> Iterator[Session]:
    """A session in a database with everything."""
    with engine.session(database, owner) as opened:
        atomic = ATOMIC if knows_bodies(postgresql_server) else ()
        opened.apply(statements(*EVERYTHING, *atomic), lambda _: None)
        yield opened


def dependents_of(session: Session) -> dict[tuple[str, str], Dependent]:
    """Return one entry for each dependent of any table."""
    facts = session.gather_facts(TABLES, [])
    return {
        (each.kind, each.name): each for table in facts.tables.values() for each in table.dependents
    }


def test_small_tables_are_measured_exactly(
    session: Session, postgresql_server: PostgresqlServer
) -> None:
    """Rows are counted, indexes have a size, and a table that is not there is left out."""
    facts = session.gather_facts(TABLES, [])

    assert set(facts.tables) == {"t", "u"}
    assert facts.tables["t"].estimated_rows == 2
    assert facts.tables["t"].size_bytes > 0
    assert facts.tables["t"].index_size_bytes > 0
    assert facts.tables["t"].sessions == ()
    assert facts.server_major == postgresql_server.major
    assert facts.bytes_per_second is None


def test_large_tables_are_estimated_and_read_for_speed(
    session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """Statistics give the rows, and a sample the speed."""
    filled = (
        "INSERT INTO public.u (d) SELECT repeat('x', 200) FROM generate_series(1, 60000)",
        "ANALYZE public.u",
    )
    for text in filled:
        postgresql_server.execute(text, database)

    facts = session.gather_facts(TABLES, [])

    assert facts.tables["u"].estimated_rows == pytest.approx(60000, rel=0.05)
    assert facts.bytes_per_second is not None
    assert facts.bytes_per_second > 1_000_000


def test_sessions_that_hold_locks_are_named(
    session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """Who has a table open in a transaction is told with its locks."""
    other = psycopg2.connect(postgresql_server.url(database=database), application_name="someone")
    with other.cursor() as cursor:
        cursor.execute("SELECT * FROM public.t")
    pid = other.get_backend_pid()

    facts = session.gather_facts(TABLES, [])

    other.close()
    (text,) = facts.tables["t"].sessions
    assert text == f"session {pid} (someone as postgres) with AccessShareLock"
    assert facts.tables["u"].sessions == ()


def test_tests_are_put_to_the_rows(session: Session) -> None:
    """Each is answered with a number and samples; what it set up is taken back."""
    clean = row_test("SELECT count(*) FROM public.t WHERE a IS NULL")
    found = row_test(
        "SELECT count(*) FROM public.t WHERE pg_temp.is_bad(b)",
        setup_sql="CREATE FUNCTION pg_temp.is_bad(integer) RETURNS boolean LANGUAGE sql"
        " AS 'SELECT $1 IS NULL'; DELETE FROM public.t WHERE a = 1",
    )

    facts = session.gather_facts(TABLES, [clean, found])

    assert facts.rows[clean] == RowTestResult(count=0, samples=())
    assert facts.rows[found] == RowTestResult(count=1, samples=("a=2",))
    assert session.gather_facts(TABLES, []).tables["t"].estimated_rows == 2


def test_a_refused_test_is_named(session: Session) -> None:
    """The sentence says which test of which subject it was."""
    with pytest.raises(StatementFailedError, match=r"NULLS_IN_COLUMN of the rows of t\.b"):
        session.gather_facts(TABLES, [row_test("SELECT nothing FROM public.t")])


def test_dependents_come_with_columns_and_distance(
    session: Session, postgresql_server: PostgresqlServer
) -> None:
    """Views upon views, functions, triggers, policies and rules are found."""
    facts = session.gather_facts(TABLES, [])

    found = {
        (each.kind, each.name, each.column, each.level) for each in facts.tables["t"].dependents
    }
    behind_bodies = {
        ("function", "public.count_b()", "b", 1),
        ("view", "public.third", "b", 2),
    }
    assert found == (behind_bodies if knows_bodies(postgresql_server) else set()) | {
        ("view", "public.first", "a", 1),
        ("view", "public.first", "c", 1),
        ("materialized view", 'public."Second"', "a", 2),
        ("materialized view", 'public."Second"', "c", 2),
        ("trigger", "watching on public.t", "b", 1),
        ("trigger", "watching on public.t", "c", 1),
        ("policy", "own on public.t", "b", 1),
        ("rule", "loud on public.u", "a", 1),
        ("rule", "loud on public.u", "b", 1),
    }
    assert all(each.drop_sql for each in facts.tables["t"].dependents)
    assert {(each.name, each.level) for each in facts.tables["u"].dependents} == {
        ('public."Second"', 2),
        ("loud on public.u", 1),
    }


def recreate_all(session: Session, execute: Callable[[str], object]) -> None:
    """Take all dependents away, the farthest first, and make them again in the other order."""
    ordered = sorted(dependents_of(session).values(), key=lambda each: -each.level)
    for each in ordered:
        assert each.drop_sql is not None
        execute(each.drop_sql)
    for each in reversed(ordered):
        for text in each.create_sql:
            execute(text)


def test_dependents_are_made_again_as_they_were(
    session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """Definitions, options, comments, privileges, indexes and disabled triggers are kept."""
    before = postgresql_server.execute(STATE, database)

    recreate_all(session, lambda text: session.apply(statements(text), lambda _: None))

    assert postgresql_server.execute(STATE, database) == before


def test_privileges_given_by_default_do_not_stick_to_what_is_made_again(
    session: Session, postgresql_server: PostgresqlServer, database: str, owner: Credentials
) -> None:
    """Default privileges that came later are revoked from things that never had them."""
    session.apply(
        statements("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT DELETE ON TABLES TO PUBLIC"),
        lambda _: None,
    )
    allowed = "SELECT has_table_privilege('public', 'public.first', 'DELETE')"
    before = postgresql_server.execute(allowed, database)

    recreate_all(session, lambda text: session.apply(statements(text), lambda _: None))

    assert owner.role
    assert before == postgresql_server.execute(allowed, database) == [(False,)]


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("CREATE VIEW public.theirs AS SELECT b FROM public.t", ("view", "public.theirs")),
        ("CREATE TABLE public.child () INHERITS (public.t)", ("table", "public.child")),
    ],
    ids=["a view of another owner", "an inheriting table"],
)
def test_what_cannot_be_made_again_only_blocks(
    session: Session,
    postgresql_server: PostgresqlServer,
    database: str,
    text: str,
    thing: tuple[str, str],
) -> None:
    """It has no SQL that takes it away."""
    postgresql_server.execute(text, database)

    found = dependents_of(session)[thing]

    assert found.drop_sql is None
    assert found.create_sql == ()


def test_what_hangs_on_something_unknown_only_blocks(
    session: Session, postgresql_server: PostgresqlServer
) -> None:
    """A view whose row type a table stores cannot be taken away, nor what it reads."""
    session.apply(statements("CREATE TABLE public.keeper (f public.first)"), lambda _: None)

    found = dependents_of(session)

    assert found["view", "public.first"].drop_sql is None
    if knows_bodies(postgresql_server):
        assert found["view", "public.third"].drop_sql is not None
