"""Generated SQL on a real server: it runs with psql, names arrive, locks are as declared."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest

from core.definition.model import (
    Column,
    Definition,
    Enum,
    ForeignKey,
    Index,
    IndexPart,
    Namespace,
    PrimaryKey,
    Table,
)
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql import PostgresqlSpeller
from core.dialects.statement import Statement

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

SCRIPTS = Path(__file__).parent.parent / "golden" / "scripts"

LOCK_NAMES = {
    "ShareLock": "SHARE",
    "ShareRowExclusiveLock": "SHARE ROW EXCLUSIVE",
    "ShareUpdateExclusiveLock": "SHARE UPDATE EXCLUSIVE",
}
"""The manual's names of the locks as `pg_locks` calls them."""


@pytest.fixture
def database(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """The address of an empty database."""
    name = f"creation_{uuid.uuid4().hex}"
    yield postgresql_server.create_database(name)
    postgresql_server.drop_database(name)


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sql")), ids=lambda path: path.stem)
def test_scripts_run_with_psql_as_they_are(
    script: Path, database: str, postgresql_server: PostgresqlServer
) -> None:
    """The exported text needs no hand before it runs."""
    run_script(script, database, postgresql_server)


def test_hostile_names_arrive_and_do_nothing_else(
    database: str, postgresql_server: PostgresqlServer
) -> None:
    """Every name is data; what the server holds afterwards is what was asked for."""
    run_script(SCRIPTS / "hostile_names.sql", database, postgresql_server)
    namespace = 'a"; DROP SCHEMA public CASCADE; --'
    tables = query(
        database,
        "SELECT relnamespace::regnamespace::oid = to_regnamespace('public'), relname"
        " FROM pg_class WHERE relkind = 'r' AND relnamespace IN"
        " (SELECT oid FROM pg_namespace WHERE nspname IN ('public', %s)) ORDER BY relname",
        namespace,
    )
    assert tables == [
        (True, "counters"),
        (True, "counters_id_seq"),
        (False, 'order"; DROP TABLE x; --'),
    ]
    columns = query(
        database,
        "SELECT attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE relname = %s AND attnum > 0 ORDER BY attnum",
        'order"; DROP TABLE x; --',
    )
    assert columns == [
        ("select",),
        ("a.b",),
        ("\\! echo :HOME",),
        ("größe 📏 -- /*",),
        ("new\nline",),
    ]
    labels = query(
        database,
        "SELECT enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid"
        " WHERE typname = 'text' ORDER BY enumsortorder",
    )
    assert labels == [("a",), ("'); DROP TABLE x; --",), ("back\\slash",)]


@pytest.mark.parametrize("kind", ["index", "foreign_key", "table_comment", "new_things"], ids=str)
def test_declared_locks_are_those_that_the_server_takes(kind: str, database: str) -> None:
    """An effect is a promise about a live database."""
    connection = psycopg2.connect(database)
    try:
        with connection.cursor() as cursor:
            speller = PostgresqlSpeller(TWO_TABLES)
            for table in speller.definition.tables:
                cursor.execute(speller.create_table(table).sql)
            connection.commit()
            for statement in statements_of(kind, speller):
                cursor.execute(
                    "SELECT array_agg(oid) FROM pg_class WHERE relname IN ('parent', 'child')"
                )
                (tables,) = cursor.fetchone() or ([],)
                connection.commit()
                cursor.execute(statement.sql)
                cursor.execute(
                    "SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND"
                    " locktype = 'relation' AND relation = ANY(%s) AND mode NOT IN"
                    " ('AccessShareLock', 'RowShareLock')",
                    (tables,),
                )
                taken = {LOCK_NAMES[mode] for (mode,) in cursor.fetchall()}
                connection.commit()
                declared = {statement.effect.lock} - {None}
                assert (statement.sql, taken) == (statement.sql, declared)
    finally:
        connection.close()


INT = ColumnType(data_type=DataType.INT)
PARENT = Table(
    id="parent",
    name="parent",
    columns=(Column(id="p.id", name="id", type=INT, nullable=False, description="a column"),),
    primary_key=PrimaryKey(column_ids=("p.id",)),
    description="a table",
)
CHILD = Table(
    id="child", name="child", columns=(Column(id="c.parent_id", name="parent_id", type=INT),)
)
TWO_TABLES = Definition(
    tables=(PARENT, CHILD), namespaces=(Namespace(name="app", description="a namespace"),)
)


def statements_of(kind: str, speller: PostgresqlSpeller) -> tuple[Statement, ...]:
    """Return the statements whose locks are looked at."""
    match kind:
        case "index":
            part = IndexPart(column_id="c.parent_id")
            return (speller.create_index(Index(id="i", name="i", parts=(part,)), CHILD),)
        case "foreign_key":
            foreign_key = ForeignKey(
                id="f",
                name="f",
                source_table_id="child",
                source_column_ids=("c.parent_id",),
                target_table_id="parent",
                target_column_ids=("p.id",),
            )
            return (speller.add_foreign_key(foreign_key),)
        case "table_comment":
            return speller.comment_on_table(PARENT)
        case _:
            enum = Enum(id="e", name="mood", values=("sad",), description="a type")
            table = Table(id="t", name="other", columns=CHILD.columns)
            return (
                *speller.create_namespaces(),
                *speller.comment_on_namespace(TWO_TABLES.namespaces[0]),
                speller.create_enum(enum),
                *speller.comment_on_enum(enum),
                speller.create_table(table),
            )


def run_script(script: Path, database: str, server: PostgresqlServer) -> None:
    """Run a script as a reader of the documentation would."""
    command: list[str | Path] = [
        server.bin_dir / "psql",
        "--no-psqlrc",
        "--quiet",
        "-v",
        "ON_ERROR_STOP=1",
    ]
    outcome = subprocess.run(
        [*command, "-f", script, database], capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def query(database: str, sql: str, *values: object) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    connection = psycopg2.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())
    finally:
        connection.close()
