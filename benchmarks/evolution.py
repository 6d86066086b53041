"""Reading, comparing and planning: two databases of 1,000 tables that differ in 100 places.

Against Alembic's autogenerate, which gets the wanted tables as metadata and reads one database:
once as the product works, which has the wanted definition in its store and reads one database too,
once reading both; and against migra, which reads both. Each finds the same 100 changes on the same
two databases. Connecting is not counted. Run it with `python -m benchmarks evolution`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from statistics import median

import sqlalchemy
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext

from benchmarks import peers
from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.laboratory import Laboratory, LaboratoryError
from benchmarks.sql_generation import make_definition
from core.databases.engine import Credentials, Session
from core.definition.model import Column, Definition, Index, IndexPart, Table
from core.definition.types import ColumnType, DataType
from core.dialects.moves import Options
from core.engines.postgresql import PostgresqlEngine
from core.garbage import look_for_garbage_rarely
from core.planning.creation import creation_statements
from core.planning.making import make_plan
from core.planning.renames import align

SIZES = (100, 1_000)
"""Numbers of tables, of which the last is the one that counts."""

CHANGES = 100
"""How many tables differ, each in one thing."""

OWNER = Credentials(role="benchmark_owner", password="benchmark")

_MIGRA = """
import sys, time
import sqlalchemy
from migra import Migration
with sqlalchemy.create_engine(sys.argv[1]).connect() as before:
    with sqlalchemy.create_engine(sys.argv[2]).connect() as after:
        before.execute("SELECT 1"), after.execute("SELECT 1")
        began = time.perf_counter()
        migration = Migration(before, after)
        migration.set_safety(False)
        migration.add_all_changes()
        assert len(migration.statements) >= int(sys.argv[3]), len(migration.statements)
        assert migration.sql
        print(time.perf_counter() - began)
"""


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure each size against both, and how ours grows."""
    took: list[float] = []
    peers.python()
    with Laboratory() as laboratory, ExitStack() as exits:
        engine = PostgresqlEngine(
            laboratory.server_url,
            application_name="benchmark",
            lock_timeout_seconds=5,
            statement_timeout_seconds=600,
            bin_dirs=(),
        )
        exits.callback(engine.close)
        engine.ensure_role(OWNER)
        for tables in SIZES:
            names = (f"before_{tables}", f"after_{tables}")
            before = _as_tree(make_definition(tables))
            for name, definition in zip(names, (before, edited(before)), strict=True):
                _make(laboratory, engine, name, definition)
            what = f"{CHANGES} changes among {tables} tables"
            rounds = plan.choose(5, 2)
            with ExitStack() as sessions:
                ours = _Ours(
                    *(sessions.enter_context(engine.session(each, OWNER)) for each in names)
                )
                alembic = _Alembic(*_connected(laboratory, names, sessions))
                # As the product's processes do. What Alembic was given is held by this process too;
                # walking it again and again while collecting garbage is nobody's work here.
                look_for_garbage_rarely()
                migra = _Migra(*(laboratory.address_of(each) for each in names))
                pairs = take_turns(ours.with_one_given, alembic, rounds=rounds)
                yield compared(f"{what}, one side given", pairs, yardstick="Alembic autogenerate")
                pairs = take_turns(ours, alembic, rounds=rounds)
                took.append(median(pairs[0]))
                yield compared(f"{what}, both read", pairs, yardstick="Alembic, one side given")
                pairs = take_turns(ours, migra, rounds=rounds)
                yield compared(f"{what}, both read", pairs, yardstick="migra")
    yield Comparison(
        name=f"per table at {SIZES[-1]} against {SIZES[0]}",
        ours=took[-1] / SIZES[-1] * 1e6,
        theirs=took[0] / SIZES[0] * 1e6,
        unit="µs",
        yardstick="itself",
    )


def _as_tree(definition: Definition) -> Definition:
    """Let the tables refer to each other as a tree: reading a ring is too deep for SQLAlchemy."""
    return replace(
        definition,
        foreign_keys=tuple(
            replace(
                key,
                target_table_id=f"t{number // 10}",
                target_column_ids=(f"t{number // 10}.id",),
            )
            for number, key in enumerate(definition.foreign_keys)
        ),
    )


def edited(definition: Definition) -> Definition:
    """Return the definition with one thing changed in each of so many tables, spread evenly."""
    stride = max(len(definition.tables) // CHANGES, 1)
    edits = (_with_column, _without_column, _with_wider_type, _with_index, _with_null)
    return replace(
        definition,
        tables=tuple(
            table if place % stride else edits[place // stride % len(edits)](table)
            for place, table in enumerate(definition.tables)
        ),
    )


def _with_column(table: Table) -> Table:
    new = Column(id=f"{table.id}.new", name="new", type=ColumnType(data_type=DataType.TEXT))
    return replace(table, columns=(*table.columns, new))


def _without_column(table: Table) -> Table:
    return replace(table, columns=table.columns[:-1])


def _with_wider_type(table: Table) -> Table:
    *others, last = table.columns
    wider = replace(last, type=ColumnType(data_type=DataType.TEXT), default=None)
    return replace(table, columns=(*others, wider))


def _with_index(table: Table) -> Table:
    part = IndexPart(column_id=table.columns[-1].id)
    new = Index(id=f"{table.id}.new", name=f"{table.name}_new", parts=(part,))
    return replace(table, indexes=(*table.indexes, new))


def _with_null(table: Table) -> Table:
    *others, last = table.columns
    return replace(table, columns=(*others, replace(last, nullable=not last.nullable)))


def _make(
    laboratory: Laboratory, engine: PostgresqlEngine, name: str, definition: Definition
) -> None:
    engine.create_database(name, owner=OWNER.role, marker="")
    with engine.session(name, OWNER) as session:
        session.apply(creation_statements(definition), lambda _: None)
    with closing(laboratory.connect(name)) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _connected(
    laboratory: Laboratory, names: tuple[str, str], exits: ExitStack
) -> tuple[sqlalchemy.Connection, sqlalchemy.MetaData]:
    """Connect to the database before, and read the tables of the one after."""
    connections = []
    for name in names:
        address = sqlalchemy.make_url(laboratory.address_of(name))
        engine = sqlalchemy.create_engine(address.set(drivername="postgresql+psycopg2"))
        exits.callback(engine.dispose)
        connections.append(exits.enter_context(engine.connect()))
    wanted = sqlalchemy.MetaData()
    wanted.reflect(connections[1])
    return connections[0], wanted


class _Ours:
    """The product: reads, compares and plans."""

    def __init__(self, before: Session, after: Session) -> None:
        self._before = before
        self._after = after
        self._wanted = after.introspect().definition

    def __call__(self) -> float:
        """Read both and plan once; return the seconds it took."""
        return seconds_of(lambda: self._plan(self._after.introspect().definition))

    def with_one_given(self) -> float:
        """Read one and plan once what leads to a definition that is known; return the seconds."""
        return seconds_of(lambda: self._plan(self._wanted))

    def _plan(self, after: Definition) -> None:
        found = self._before.introspect().definition
        wanted = align(after, found).definition
        plan = make_plan(found, wanted, options=Options(token="benchmark"))
        if len(plan.changes) < CHANGES:
            raise LaboratoryError(f"only {len(plan.changes)} changes were found")


class _Alembic:
    """Alembic's autogenerate with the wanted tables as metadata."""

    def __init__(self, before: sqlalchemy.Connection, wanted: sqlalchemy.MetaData) -> None:
        self._before = before
        self._wanted = wanted

    def __call__(self) -> float:
        """Do it once; return the seconds it took."""
        return seconds_of(self._generate)

    def _generate(self) -> None:
        context = MigrationContext.configure(self._before)
        script = produce_migrations(context, self._wanted)
        if script.upgrade_ops is None or len(script.upgrade_ops.ops) < CHANGES:
            raise LaboratoryError("Alembic did not find the changes")
        self._before.rollback()


class _Migra:
    """migra in a process of its own, which times itself once it is connected."""

    def __init__(self, before: str, after: str) -> None:
        self._addresses = (before, after)

    def __call__(self) -> float:
        """Do it once; return the seconds it took."""
        return peers.seconds_said(_MIGRA, *self._addresses, str(CHANGES))
