"""A ground to try plans on: databases of a definition each, with rows, read back in three ways."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.databases.engine import Credentials, Session
from core.definition.model import Column, Definition, Table
from core.definition.types import DataType
from core.dialects.postgresql import quote, quote_literal, quote_qualified, type_sql
from core.dialects.statement import Line
from core.engines.postgresql import PostgresqlEngine
from core.planning.creation import creation_statements
from tests.conftest import PostgresqlServer
from tests.measured_effects import Watch

FIRST_ROW, LAST_ROW = "'(0,0)'::tid", "'(4294967295,0)'::tid"

Rows = dict[str, list[str]]
"""For each table by id its rows as texts, with columns by id."""


class Ground:
    """One database, driven statement by statement."""

    def __init__(self, server: PostgresqlServer, name: str) -> None:
        """Open it."""
        self._server = server
        self.name = name
        self.connection: Connection = psycopg2.connect(server.url(database=name))
        self.connection.autocommit = True

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        """Run statements and return the rows of the last."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description is not None else []

    def create(self, definition: Definition) -> None:
        """Make a definition."""
        for statement in creation_statements(definition):
            self.execute(statement.sql)

    def run(self, lines: Sequence[Line], *, is_watched: bool = False) -> int:
        """Run lines as a worker does; return how many were run."""
        for line in lines:
            self.run_line(line, is_watched=is_watched)
        return len(lines)

    def run_line(self, line: Line, *, is_watched: bool = False) -> None:
        """Run one line, in a transaction if it may.

        Args:
            line: The line.
            is_watched: Whether to fail if a transaction does more to others than it declares.
        """
        texts = [
            each.sql
            if each.batches is None
            else each.sql.replace("{first}", FIRST_ROW).replace("{end}", LAST_ROW)
            for each in line.statements
        ]
        if not line.is_transactional:
            for text, each in zip(texts, line.statements, strict=True):
                build = each.index_build
                if build is None or not self._has_index(build.namespace, build.name):
                    self.execute(text)
            return
        self.execute("BEGIN")
        try:
            watch = Watch(self.connection) if is_watched else None
            for text in texts:
                self.execute(text)
            if watch is not None:
                watch.confirm(line.statements)
            self.execute("COMMIT")
        except (psycopg2.Error, AssertionError):
            self.execute("ROLLBACK")
            raise

    def fill(self, definition: Definition, count: int = 3) -> None:
        """Put rows into tables as far as constraints allow."""
        for _ in range(2):  # rows that others refer to may come later in the list
            for table in definition.tables:
                for number in range(count):
                    with suppress(psycopg2.Error):
                        self.execute(_insertion(table, definition, number))

    def rows(self, definition: Definition) -> Rows:
        """Read all rows of a definition's tables, ordered by their text."""
        found: Rows = {}
        for table in definition.tables:
            names = [quote(column.name) for column in sorted(table.columns, key=lambda c: c.id)]
            shown = f"ROW({', '.join(names)})::text" if names else "''"
            place = quote_qualified(table.namespace, table.name)
            found[table.id] = [
                str(row[0]) for row in self.execute(f"SELECT {shown} FROM {place} ORDER BY 1")
            ]
        return found

    def counts(self, definition: Definition, known: Rows) -> dict[str, int]:
        """Count the rows of those tables that were there before."""
        found = self.rows(definition)
        return {table_id: len(rows) for table_id, rows in found.items() if table_id in known}

    def _has_index(self, namespace: str, name: str) -> bool:
        return bool(
            self.execute(
                "SELECT FROM pg_class WHERE relkind = 'i'"
                f" AND relnamespace = {quote_literal(quote(namespace))}::regnamespace"
                f" AND relname = {quote_literal(name)}"
            )
        )

    def introspect(self) -> Definition:
        """Read the database back."""
        with self.session() as session:
            return session.introspect().definition

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open a session of the product's own."""
        url = self._server.url()
        password = url.split("//", 1)[1].split("@")[0].partition(":")[2]
        engine = PostgresqlEngine(
            url,
            application_name="schema_builder:laws",
            lock_timeout_seconds=5,
            statement_timeout_seconds=60,
            bin_dirs=(),
        )
        try:
            with engine.session(self.name, Credentials(role="postgres", password=password)) as it:
                yield it
        finally:
            engine.close()

    def dump(self) -> list[str]:
        """Return the statements of a schema dump, sorted, with sorted lists in tables."""
        outcome = subprocess.run(
            [
                self._server.bin_dir / "pg_dump",
                "--schema-only",
                "--no-owner",
                self._server.url(database=self.name),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line for line in outcome.stdout.splitlines() if not line.startswith(("--", "\\"))]
        statements = "\n".join(lines).split(";\n")
        return sorted(filter(None, (sorted_inside(each.strip()) for each in statements)))

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


@contextmanager
def grounds(server: PostgresqlServer, count: int) -> Iterator[list[Ground]]:
    """Make empty databases and drop them again."""
    names = [f"laws_{uuid.uuid4().hex}" for _ in range(count)]
    made: list[Ground] = []
    try:
        for name in names:
            server.create_database(name)
            made.append(Ground(server, name))
        yield made
    finally:
        for ground in made:
            ground.close()
        for name in names:
            server.drop_database(name)


def sorted_inside(statement: str) -> str:
    """Write the columns of a table in the order of their text: their order is cosmetic."""
    if not statement.startswith("CREATE TABLE"):
        return statement
    first, *rest = statement.splitlines()
    return "\n".join([first, *sorted(line.rstrip(",") for line in rest)])


_VALUES = {
    DataType.SMALLINT: "{n}",
    DataType.INT: "{n}",
    DataType.BIGINT: "{n}",
    DataType.DECIMAL: "{n}",
    DataType.FLOAT: "{n}",
    DataType.DOUBLE: "{n}",
    DataType.BOOLEAN: "({n} % 2 = 0)",
    DataType.UUID: "lpad('{n}', 32, '0')::uuid",
    DataType.TEXT: "'{n}'",
    DataType.BLOB: "'{n}'::bytea",
    DataType.CHAR: "'{n}'",
    DataType.VARCHAR: "'{n}'",
    DataType.DATE: "'2024-01-01'::date + {n}",
    DataType.TIME: "'10:00'::time + interval '{n} minutes'",
    DataType.TIMESTAMP: "'2024-01-01'::timestamp + interval '{n} hours'",
    DataType.TIMESTAMPTZ: "'2024-01-01'::timestamptz + interval '{n} hours'",
    DataType.INTERVAL: "interval '{n} hours'",
    DataType.JSONB: "'{n}'::jsonb",
}


def _insertion(table: Table, definition: Definition, number: int) -> str:
    columns = [each for each in table.columns if each.generated is None]
    place = quote_qualified(table.namespace, table.name)
    if not columns:
        return f"INSERT INTO {place} DEFAULT VALUES"
    values = [_value(column, definition, number) for column in columns]
    names = ", ".join(quote(column.name) for column in columns)
    return f"INSERT INTO {place} ({names}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(values)})"


def _value(column: Column, definition: Definition, number: int) -> str:
    if column.nullable and number == 1:
        return "NULL"
    enum = definition.enum(column.type.enum_id or "")
    if enum is not None:
        return (
            quote_literal(enum.values[number % len(enum.values)])
            + f"::{type_sql(column.type, definition)}"
        )
    template = _VALUES.get(column.type.data_type.canonical())
    return "NULL" if template is None else template.replace("{n}", str(number + 1))
