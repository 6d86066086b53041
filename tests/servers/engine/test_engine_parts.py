"""What an engine finds on a table that a copy of it would not have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.databases.credential import Groups
from core.databases.engine import Credentials, Session
from core.dialects.facts import TableParts
from core.engines.postgresql import PostgresqlEngine
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import engine_at
from tests.servers.engine.test_engine_facts import statements

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

TABLE = (
    "CREATE TYPE public.mood AS ENUM ('sad', 'ok')",
    "CREATE TABLE public.other (id integer PRIMARY KEY)",
    (
        "CREATE TABLE public.t (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " a integer NOT NULL DEFAULT 1 UNIQUE CHECK (a > 0), b text DEFAULT upper('x'),"
        " other_id integer REFERENCES public.other, t_id integer REFERENCES public.t,"
        " mood public.mood, moods public.mood[],"
        " made integer GENERATED ALWAYS AS (a * 2) STORED)"
    ),
    "CREATE INDEX ON public.t (lower(b) DESC) INCLUDE (a) WHERE made > 3",
    "CREATE TABLE public.child (t_id integer REFERENCES public.t, made date DEFAULT now())",
    "COMMENT ON TABLE public.t IS 'all'",
    "COMMENT ON COLUMN public.t.a IS 'one'",
)
"""A table with all that comes along."""

FUNCTION = "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
PURE = (
    "CREATE FUNCTION public.pure(integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT $1 + 1'"
)

OBSTACLES: dict[str, tuple[str, str]] = {
    "trigger": (
        (
            f"{FUNCTION}; CREATE TRIGGER w BEFORE UPDATE ON public.t"
            " FOR EACH ROW EXECUTE FUNCTION public.f()"
        ),
        "trigger w on table",
    ),
    "rule": ("CREATE RULE r AS ON DELETE TO public.t DO ALSO SELECT 1", "rule r on table"),
    "policy": ("CREATE POLICY p ON public.t USING (true)", "row-level security"),
    "row-level security": (
        "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY",
        "row-level security",
    ),
    "view": ("CREATE VIEW public.v AS SELECT a FROM public.t", "view"),
    "row type": ("CREATE TABLE public.keeper (kept public.t)", "column kept"),
    "array of the row type": ("CREATE TABLE public.keeper (kept public.t[])", "column kept"),
    "function of the row type": (
        "CREATE FUNCTION public.g(public.t) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "function",
    ),
    "child table": ("CREATE TABLE public.heir () INHERITS (public.t)", "inheritance"),
    "extended statistics": (
        "CREATE STATISTICS public.s (ndistinct) ON a, other_id FROM public.t",
        "statistics object",
    ),
    "statistics target": ("ALTER TABLE public.t ALTER a SET STATISTICS 500", "column a"),
    "column option": ("ALTER TABLE public.t ALTER a SET (n_distinct = 5)", "column a"),
    "storage": ("ALTER TABLE public.t ALTER b SET STORAGE EXTERNAL", "column b"),
    "collation": ('ALTER TABLE public.t ALTER b TYPE text COLLATE "C"', "column b"),
    "storage parameter": ("ALTER TABLE public.t SET (fillfactor = 70)", "options of the table"),
    "storage parameter of long values": (
        "ALTER TABLE public.t SET (toast.autovacuum_enabled = false)",
        "options of the table",
    ),
    "unlogged": (
        (
            "ALTER TABLE public.child DROP COLUMN t_id; ALTER TABLE public.t DROP COLUMN other_id;"
            " ALTER TABLE public.t SET UNLOGGED"
        ),
        "options of the table",
    ),
    "replica identity": ("ALTER TABLE public.t REPLICA IDENTITY FULL", "options of the table"),
    "privileges": ("GRANT SELECT ON public.t TO PUBLIC", "privileges of its own"),
    "privileges taken": ("REVOKE DELETE ON public.t FROM CURRENT_USER", "privileges of its own"),
    "privileges that came by default since": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
        "privileges of its own",
    ),
    "privileges of a column": ("GRANT SELECT (a) ON public.t TO PUBLIC", "column a"),
    "privileges of a sequence": (
        "GRANT SELECT ON SEQUENCE public.t_id_seq TO PUBLIC",
        "privileges of a sequence",
    ),
    "step of an identity": (
        "ALTER TABLE public.t ALTER id SET INCREMENT BY 5",
        "options of a sequence",
    ),
    "end of an identity": (
        "ALTER TABLE public.t ALTER id SET MAXVALUE 100",
        "options of a sequence",
    ),
    "serial": (
        (
            "CREATE SEQUENCE public.n OWNED BY public.t.other_id;"
            " ALTER TABLE public.t ALTER other_id SET DEFAULT nextval('public.n')"
        ),
        "sequence",
    ),
    "comment on a constraint": (
        "COMMENT ON CONSTRAINT t_a_check ON public.t IS 'x'",
        "a comment on constraint t_a_check",
    ),
    "comment on an index": (
        "COMMENT ON INDEX public.t_pkey IS 'x'",
        "a comment on index public.t_pkey",
    ),
    "foreign key of another match": (
        (
            "ALTER TABLE public.child ADD CONSTRAINT odd FOREIGN KEY (t_id) REFERENCES public.t"
            " MATCH FULL"
        ),
        "constraint odd",
    ),
    "foreign key of what is set aside": (
        (
            "CREATE SCHEMA sb_set_aside; CREATE TABLE sb_set_aside.gone (t_id integer,"
            " CONSTRAINT held FOREIGN KEY (t_id) REFERENCES public.t)"
        ),
        "constraint held",
    ),
    "foreign key of a partitioned table": (
        (
            "CREATE TABLE public.parted (t_id integer, CONSTRAINT held FOREIGN KEY (t_id)"
            " REFERENCES public.t) PARTITION BY LIST (t_id)"
        ),
        "constraint held",
    ),
    "check not validated": (
        "ALTER TABLE public.t ADD CONSTRAINT late CHECK (a < 9) NOT VALID",
        "constraint late",
    ),
    "check that is not inherited": (
        "ALTER TABLE public.t ADD CONSTRAINT own CHECK (a < 9) NO INHERIT",
        "constraint own",
    ),
    "check over the clock": (
        "ALTER TABLE public.t ADD CONSTRAINT clock CHECK (b < current_date::text)",
        "constraint clock on table",
    ),
    "check over a function that may change": (
        (
            "CREATE FUNCTION public.h(integer) RETURNS boolean STABLE LANGUAGE sql"
            " AS 'SELECT true'; ALTER TABLE public.t ADD CONSTRAINT asked CHECK (public.h(a))"
        ),
        "constraint asked on table",
    ),
    "column computed by a function of people": (
        f"{PURE}; ALTER TABLE public.t ADD p integer GENERATED ALWAYS AS (public.pure(a)) STORED",
        "column p (computed by a function)",
    ),
    "deferrable unique": (
        "ALTER TABLE public.t ADD CONSTRAINT late UNIQUE (other_id) DEFERRABLE",
        "constraint late",
    ),
    "exclusion": (
        "ALTER TABLE public.t ADD CONSTRAINT sole EXCLUDE (a WITH =)",
        "constraint sole",
    ),
    "operator class": ("CREATE INDEX odd ON public.t (b text_pattern_ops)", "index public.odd"),
    "collation of an index": ('CREATE INDEX odd ON public.t (b COLLATE "C")', "index public.odd"),
    "option of an index": (
        "CREATE INDEX odd ON public.t (a) WITH (fillfactor = 50)",
        "index public.odd",
    ),
    "statistics target of an index": (
        "CREATE INDEX odd ON public.t ((a + 1)); ALTER INDEX public.odd ALTER 1 SET STATISTICS 9",
        "index public.odd",
    ),
    "clustered": ("CLUSTER public.t USING t_pkey", "index public.t_pkey"),
}
"""What is done to the table, and what is found of it."""

BY_OTHERS: dict[str, tuple[str, str]] = {
    "owner": (
        "ALTER TABLE public.t OWNER TO postgres; GRANT ALL ON public.t TO PUBLIC",
        "an owner of its own",
    ),
    "publication": ("CREATE PUBLICATION everything FOR ALL TABLES", "publications"),
    "disabled key": ("ALTER TABLE public.t DISABLE TRIGGER ALL", "trigger"),
}
"""The same, by somebody with more rights."""


@pytest.fixture
def engine(postgresql_server: PostgresqlServer) -> Iterator[PostgresqlEngine]:
    """An engine with no more rights than it needs."""
    built = engine_at(postgresql_server.provisioner_url)
    yield built
    built.close()


@pytest.fixture
def session(engine: PostgresqlEngine, owner: Credentials, database: str) -> Iterator[Session]:
    """A session in a database with the table."""
    with engine.session(database, owner) as opened:
        opened.apply(statements(*TABLE), lambda _: None)
        yield opened


def found(session: Session) -> TableParts:
    """Return what is on the table."""
    facts = session.gather_facts({"t": ("public", "t")}, [], taken_apart={"t"})
    parts = facts.tables["t"].parts
    assert parts is not None
    return parts


def test_everything_is_counted_and_comes_along(session: Session) -> None:
    """A table as definitions have them has nothing that a copy would not have."""
    assert found(session) == TableParts(
        columns=frozenset({"id", "a", "b", "other_id", "t_id", "mood", "moods", "made"}),
        constraints=6,
        indexes=3,
        beyond=(),
    )


def test_nobody_looks_at_tables_that_are_not_asked_for(session: Session) -> None:
    """It costs two queries, which most plans have no need of."""
    assert session.gather_facts({"t": ("public", "t")}, []).tables["t"].parts is None


def test_columns_out_of_sight_are_counted(session: Session) -> None:
    """What an earlier migration set aside is a column as any other."""
    session.apply(statements("ALTER TABLE public.t ADD sb_aside_x_1 integer"), lambda _: None)
    assert "sb_aside_x_1" in found(session).columns


def test_privileges_of_readers_and_writers_come_along(
    session: Session, owner: Credentials, database: str, postgresql_server: PostgresqlServer
) -> None:
    """A new table gets those that the product gives to tables that are there."""
    groups = Groups(owner=owner.role, read_write=f"{database}_rw", read_only=f"{database}_ro")
    for each in (groups.read_write, groups.read_only):
        postgresql_server.execute(f'CREATE ROLE "{each}"', database)
    session.grant(groups)
    beyond = found(session).beyond
    for each in (groups.read_write, groups.read_only):
        postgresql_server.execute(f'DROP OWNED BY "{each}"; DROP ROLE "{each}"', database)
    assert beyond == ()


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_a_copy_would_not_have_is_found(name: str, session: Session) -> None:
    """It is named, so that the plan can say why the table is written anew."""
    sql, words = OBSTACLES[name]
    session.apply(statements(*sql.split("; ")), lambda _: None)
    beyond = found(session).beyond
    assert any(words in each for each in beyond), beyond


@pytest.mark.parametrize("name", BY_OTHERS)
def test_what_others_did_is_found(
    name: str, session: Session, postgresql_server: PostgresqlServer, database: str
) -> None:
    """Whoever did it."""
    sql, words = BY_OTHERS[name]
    postgresql_server.execute(sql, database)
    beyond = found(session).beyond
    assert any(words in each for each in beyond), beyond
