"""Databases of a pair: made from its SQL, migrated, and read back."""

from __future__ import annotations

import re
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psycopg2

from core.databases.engine import Credentials, Introspection
from core.definition.model import Definition
from core.dialects.postgresql.set_aside import COLUMN_PREFIX, NAMESPACE
from core.dialects.statement import Line
from core.engines.postgresql import PostgresqlEngine
from tests.conftest import PostgresqlServer
from tests.laws_servers.ground import Ground, sorted_inside

ROLE = "pairs_owner"
"""The role that owns the databases."""


_NAME_OF_NOT_NULL = re.compile(r"CONSTRAINT \S+ NOT NULL")


def silent(_words: str, _share: float | None) -> None:
    """Take no notice of progress."""


@dataclass(slots=True)
class PairGround:
    """Makes databases that belong to a role of few rights, and drops them again."""

    server: PostgresqlServer
    """The server."""
    engine: PostgresqlEngine
    """The product's own way to it."""
    credentials: Credentials
    """Of the owner."""
    made: list[str] = field(default_factory=list)
    """Databases to drop at the end."""

    def make(self, sql: str) -> str:
        """Make a database from a script, as its owner."""
        name = self._new()
        self.engine.create_database(name, owner=self.credentials.role, marker="")
        self.execute(name, sql)
        return name

    def execute(self, name: str, sql: str) -> None:
        """Run a script as the owner."""
        with self._connection(name) as run:
            run(sql)

    def fill(self, name: str, definition: Definition) -> None:
        """Put made-up rows into all tables, as far as they fit."""
        ground = Ground(self.server, name)
        try:
            ground.fill(definition)
        finally:
            ground.close()

    def empty(self, name: str, definition: Definition) -> None:
        """Take all rows away."""
        if definition.tables:
            places = ", ".join(
                '"{}"."{}"'.format(each.namespace.replace('"', '""'), each.name.replace('"', '""'))
                for each in definition.tables
            )
            self.execute(name, f"TRUNCATE {places} CASCADE")

    def introspect(self, name: str) -> Introspection:
        """Read a database."""
        with self.engine.session(name, self.credentials) as session:
            return session.introspect()

    def run(self, name: str, lines: Sequence[Line]) -> None:
        """Run lines as a worker does."""
        with self.engine.session(name, self.credentials) as session:
            for line in lines:
                session.run_line(line, journal="{}", progress=silent)

    def rows(self, name: str, definition: Definition) -> dict[str, list[str]]:
        """Read all rows."""
        ground = Ground(self.server, name)
        try:
            return ground.rows(definition)
        finally:
            ground.close()

    def dump(self, name: str, *, with_names_of_not_null: bool) -> list[str]:
        """Return the statements of a dump, sorted, without what is set aside.

        Args:
            name: The database.
            with_names_of_not_null: Whether names of NOT NULL constraints are of interest: where
                columns were renamed by hand, they have those of long ago.
        """
        outcome = subprocess.run(
            [
                self.server.bin_dir / "pg_dump",
                "--schema-only",
                f"--exclude-schema={NAMESPACE}",
                self.server.url(database=name),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        text = "\n".join(
            line for line in outcome.stdout.splitlines() if not line.startswith(("--", "\\"))
        )
        if not with_names_of_not_null:
            text = _NAME_OF_NOT_NULL.sub("NOT NULL", text)
        statements = (_without_set_aside(each.strip()) for each in text.split(";\n"))
        return sorted(filter(None, map(sorted_inside, statements)))

    def drop_all(self) -> None:
        """Drop what was made."""
        while self.made:
            self.server.drop_database(self.made.pop())

    def _new(self) -> str:
        name = f"pair_{uuid.uuid4().hex}"
        self.made.append(name)
        return name

    @contextmanager
    def _connection(self, name: str) -> Iterator[Callable[[str], None]]:
        connection = psycopg2.connect(
            self.server.admin_url.rpartition("/")[0].partition("://")[0]
            + f"://{self.credentials.role}:{self.credentials.password}"
            + f"@127.0.0.1:{self.server.port}/{name}"
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield lambda sql: cursor.execute(sql) if sql.strip() else None
        finally:
            connection.close()


def _without_set_aside(statement: str) -> str:
    """Leave out columns that are out of sight, and what is said of them alone."""
    if COLUMN_PREFIX not in statement:
        return statement
    if not statement.startswith("CREATE TABLE"):
        return ""
    return "\n".join(each for each in statement.splitlines() if COLUMN_PREFIX not in each)


@contextmanager
def pair_ground(server: PostgresqlServer) -> Iterator[PairGround]:
    """Make the role and what leads to the server."""
    engine = PostgresqlEngine(
        server.provisioner_url,
        application_name="schema_builder:pairs",
        lock_timeout_seconds=5,
        statement_timeout_seconds=60,
        bin_dirs=(),
    )
    ground = PairGround(
        server=server, engine=engine, credentials=Credentials(role=ROLE, password=uuid.uuid4().hex)
    )
    engine.ensure_role(ground.credentials)
    try:
        yield ground
    finally:
        ground.drop_all()
        with suppress(psycopg2.Error):
            engine.drop_role(ROLE)
        engine.close()
