"""The session of an owner in a managed database: statements, reading back, counting, freezing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from typing_extensions import override

from core.databases.engine import Introspection, Session
from core.databases.errors import StatementFailedError
from core.definition.model import Definition
from core.dialects.postgresql import quote_qualified
from core.dialects.statement import Statement
from core.engines.postgresql import catalogue
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.introspection import introspect
from core.engines.postgresql.normalising import normalise

BATCH_SIZE = 50
"""Statements sent at once: fewer round trips, and progress still shows."""

TABLES_AT_ONCE = 100
"""Tables looked into by one query."""

SNAPSHOT = "ISOLATION LEVEL REPEATABLE READ"


class PostgresqlSession(Session):
    """One connection as the owner of a database."""

    def __init__(self, link: Link) -> None:
        self._link = link

    @property
    def backend_pid(self) -> int:
        """The server's process for this session."""
        return self._link.backend_pid

    @override
    def apply(self, statements: Sequence[Statement], progress: Callable[[int], None]) -> None:
        """Run all statements in one transaction, under the database's advisory lock.

        Raises:
            StatementFailedError: one was refused; nothing is in effect.
        """
        texts = [statement.sql for statement in statements]
        try:
            self._apply(texts, progress, BATCH_SIZE)
        except StatementFailedError:
            # A batch fails as a whole; one by one the server names the statement.
            self._apply(texts, progress, 1)

    @override
    def introspect(self) -> Introspection:
        """Read the whole database from its catalogues, in one snapshot."""
        with self._link.trial(SNAPSHOT):
            return introspect(self._link)

    @override
    def normalise(self, definition: Definition) -> Definition:
        """Return it with every expression and native type as this server writes it."""
        return normalise(self._link, definition)

    @override
    def freeze(self) -> None:
        """Keep everybody from writing to any table until this session ends; readers go on.

        Raises:
            LockTimeoutError: writers did not let go in time.
        """
        if not self._link.is_in_transaction:
            self._link.execute("BEGIN")
        names = [name for _, name in table_names(self._link)]
        if names:
            self._link.execute(f"LOCK TABLE ONLY {', ONLY '.join(names)} IN SHARE MODE")

    @override
    def count_rows(self) -> Mapping[str, int]:
        """Return exact numbers of rows by `namespace.table`, in one snapshot."""
        with self._link.trial(SNAPSHOT):
            return count_rows(self._link)

    @override
    def tables_with_rows(self) -> Sequence[str]:
        """Return the `namespace.table` of tables that hold at least one row; cheap."""
        with self._link.trial(SNAPSHOT):
            found = _of_each_table(self._link, "(EXISTS (SELECT FROM ONLY {}))::int")
        return tuple(name for name, has_rows in found.items() if has_rows)

    def _apply(self, texts: Sequence[str], progress: Callable[[int], None], size: int) -> None:
        with self._link.transaction():
            self._link.execute(
                "SELECT pg_advisory_xact_lock(hashtext('schema_builder'), 0);"
                " SET LOCAL check_function_bodies = off"
            )
            for start in range(0, len(texts), size):
                batch = texts[start : start + size]
                self._link.execute(";\n".join(batch))
                progress(start + len(batch))


def count_rows(link: Link) -> Mapping[str, int]:
    """Count the rows of every ordinary table. The caller keeps it within one snapshot."""
    return _of_each_table(link, "(SELECT count(*) FROM ONLY {})")


def table_names(link: Link) -> list[tuple[str, str]]:
    """Return every ordinary table as `namespace.table` and as SQL, sorted."""
    namespaces = [row[0] for row in link.query(catalogue.NAMESPACES)]
    rows = link.query(catalogue.TABLES, (namespaces,))
    return [
        (f"{namespace}.{name}", quote_qualified(namespace, name)) for _, namespace, name, _ in rows
    ]


def _of_each_table(link: Link, expression: str) -> dict[str, int]:
    """Ask one number of every table."""
    names = table_names(link)
    numbers: dict[str, int] = {}
    for start in range(0, len(names), TABLES_AT_ONCE):
        some = names[start : start + TABLES_AT_ONCE]
        columns = ", ".join(expression.replace("{}", name) for _, name in some)
        row = link.query(f"SELECT {columns}")[0]
        numbers.update({shown: int(number) for (shown, _), number in zip(some, row, strict=True)})
    return numbers
