"""The session of an owner in a managed database: statements, lines, reading, counting, freezing."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from typing_extensions import override

from core.databases.credential import Groups
from core.databases.engine import Introspection, Session
from core.databases.errors import StatementFailedError
from core.definition.model import Definition
from core.dialects.facts import NO_ENUMS, Facts, RowTest
from core.dialects.moves import SetAside
from core.dialects.statement import Line, Statement
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.facts import gather_facts
from core.engines.postgresql.freezing import Freeze, confirm, freeze
from core.engines.postgresql.granting import grant
from core.engines.postgresql.introspection import introspect
from core.engines.postgresql.journalling import read_journal, write_journal
from core.engines.postgresql.lines import LineRunner
from core.engines.postgresql.normalising import normalise
from core.engines.postgresql.patience import Patience
from core.engines.postgresql.setting_aside import (
    count_values,
    hidden,
    in_order_of_removal,
    removal_lines,
    tidy,
)
from core.engines.postgresql.stored_rows import count_rows, with_rows
from core.validation.server_features import Target

BATCH_SIZE = 50
"""Statements sent at once: fewer round trips, and progress still shows."""

SNAPSHOT = "ISOLATION LEVEL REPEATABLE READ"

_PUBLIC_OF_OTHERS = """
SELECT 1 FROM pg_namespace WHERE nspname = 'public' AND NOT pg_has_role(nspowner, 'USAGE')"""


class PostgresqlSession(Session):
    """One connection as the owner of a database."""

    def __init__(self, link: Link, patience: Patience | None = None) -> None:
        self._link = link
        self._freeze: Freeze | None = None
        self._lines = LineRunner(link, patience or Patience())

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
    def target(self) -> Target:
        """Say what a definition has to fit to be made here."""
        foreign = self._link.query(_PUBLIC_OF_OTHERS)
        return Target(major=self._link.major_version, owns_public=not foreign)

    @override
    def introspect(self) -> Introspection:
        """Read the whole database from its catalogues, in one snapshot."""
        with self._link.trial(SNAPSHOT):
            return introspect(self._link)

    @override
    def grant(self, groups: Groups) -> None:
        """Let the groups of readers and writers at all rows, those of later tables included."""
        grant(self._link, groups)

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
        self._freeze = freeze(self._link)

    @override
    def confirm_frozen(self) -> None:
        """Make sure that the freeze still holds.

        Raises:
            FreezeLostError: it does not hold, or never did.
        """
        confirm(self._link, self._freeze)

    @override
    def count_rows(self) -> Mapping[str, int]:
        """Return exact numbers of rows by `namespace.table`, in one snapshot.

        Raises:
            RowsHiddenError: row-level security is forced upon the owner.
        """
        with self._link.trial(SNAPSHOT):
            return count_rows(self._link)

    @override
    def tables_with_rows(self) -> Sequence[str]:
        """Return the `namespace.table` of what holds at least one row; cheap.

        Raises:
            RowsHiddenError: row-level security is forced upon the owner.
        """
        with self._link.trial(SNAPSHOT):
            return with_rows(self._link)

    @override
    def gather_facts(
        self,
        tables: Mapping[str, tuple[str, str]],
        tests: Sequence[RowTest],
        *,
        taken_apart: Container[str] = (),
        enums: Mapping[str, tuple[str, str]] = NO_ENUMS,
    ) -> Facts:
        """Measure tables, see who uses them and what hangs on them, and put tests to their rows.

        Raises:
            StatementFailedError: a test was refused; its sentence names the test.
            LockTimeoutError: somebody locked a table out of sight.
        """
        with self._link.trial():
            return gather_facts(self._link, tables, tests, taken_apart=taken_apart, enums=enums)

    @override
    def run_line(
        self, line: Line, *, journal: str, progress: Callable[[str, float | None], None]
    ) -> None:
        """Run a line, and note in the same transaction that it is done.

        Raises:
            StatementFailedError: a statement was refused.
            LockTimeoutError: others held what we needed until patience was at its end.
            StoppedError: it was cancelled.
        """
        self._lines.run(line, journal=journal, progress=progress)

    @override
    def take_turn(self, progress: Callable[[str, float | None], None]) -> None:
        """Wait until no other session runs lines in this database, and keep others from it.

        Raises:
            LockTimeoutError: another session ran lines until patience was at its end.
        """
        self._lines.take_turn(progress)

    @override
    def journal(self) -> str:
        """Return what was noted last on the database."""
        return read_journal(self._link)

    @override
    def write_journal(self, text: str) -> None:
        """Note something on the database, in the place of what was noted before."""
        write_journal(self._link, text)

    @override
    def remove_set_aside(self, things: Sequence[SetAside]) -> None:
        """Drop what was set aside, as far as it is still there.

        Raises:
            StatementFailedError: somebody made something that depends on it.
            LockTimeoutError: others held it until patience was at its end.
        """
        for thing in in_order_of_removal(things):
            for line in removal_lines(self._link, thing):
                self._lines.run_together(line, lambda _words, _share: None)

    @override
    def hidden(self) -> tuple[SetAside, ...]:
        """Return everything that is out of sight, whoever put it there."""
        return hidden(self._link)

    @override
    def count_set_aside(self, thing: SetAside) -> int:
        """Return how many rows a table set aside has, or how many values a column.

        Counting takes as long as it takes, with nobody in its way; only cancelling ends it.
        """
        with self._link.trial():
            self._link.execute("SET LOCAL statement_timeout = 0")
            return count_values(self._link, thing)

    @override
    def tidy_set_aside(self) -> None:
        """Drop the namespace of what was set aside if it is there and empty."""
        tidy(self._link)

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
