"""Lines of a plan on a live database: each takes effect together with its note in the journal.

One session at a time runs lines in a database. No lock of ours is waited for with a statement that
stays open, since a concurrent build would wait for that statement in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from core.databases.errors import LockTimeoutError
from core.dialects.statement import Blocks, Line, Statement
from core.engines.postgresql.batches import run_batches
from core.engines.postgresql.concurrent_builds import build
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.journalling import write_journal
from core.engines.postgresql.other_sessions import sessions_working
from core.engines.postgresql.patience import Patience, Progress, insist
from core.engines.postgresql.watching import run_watched
from core.errors import SchemaBuilderError

_TAKE_TURN = "SELECT pg_try_advisory_lock(hashtext('schema_builder'), 0)"
"""Of the whole session. Source: PostgreSQL manual, 13.3.5 Advisory Locks."""


class LineRunner:
    """Runs lines on one connection, which keeps other runners out until it is closed."""

    def __init__(self, link: Link, patience: Patience) -> None:
        self._link = link
        self._patience = patience
        self._has_turn = False

    def run(self, line: Line, *, journal: str, progress: Progress) -> None:
        """Run a line and note that it is done. Raises what `Session.run_line` raises."""
        self.take_turn(progress)
        if line.is_transactional:
            self._run_together(line, journal, progress)
            return
        for statement in line.statements:
            if statement.batches is not None:
                run_batches(
                    self._link,
                    statement,
                    journal=journal,
                    patience=self._patience,
                    progress=progress,
                )
            else:
                self._run_alone(statement, progress)
                write_journal(self._link, journal)

    def run_together(self, line: Line, progress: Progress) -> None:
        """Run a transactional line that no journal tells of."""
        self.take_turn(progress)
        self._run_together(line, None, progress)

    def take_turn(self, progress: Progress) -> None:
        """Wait until no other session runs lines here, and keep others from it from now on."""

        def take() -> None:
            if not self._link.query(_TAKE_TURN)[0][0]:
                raise LockTimeoutError(
                    database_name=self._link.address.database_name,
                    holders=sessions_working(self._link),
                )

        if not self._has_turn:
            insist(self._link, self._patience, take, progress)
            self._has_turn = True

    def _run_together(self, line: Line, journal: str | None, progress: Progress) -> None:
        def act() -> None:
            with self._link.transaction():
                self._link.execute(
                    f"SET LOCAL lock_timeout = {self._patience.lock_timeout_sql};"
                    " SET LOCAL check_function_bodies = off"
                )
                if all(_is_harmless(statement) for statement in line.statements):
                    self._link.execute("SET LOCAL statement_timeout = 0")
                for statement in line.statements:
                    self._link.execute(statement.sql)
                if journal is not None:
                    write_journal(self._link, journal)

        insist(self._link, self._patience, lambda: run_watched(self._link, act, progress), progress)

    def _run_alone(self, statement: Statement, progress: Progress) -> None:
        """Run what cannot be in a transaction, with the whole patience when nobody waits for it."""

        def create() -> None:
            run_watched(self._link, lambda: self._link.execute(statement.sql), progress)

        def act() -> None:
            if statement.index_build is None:
                create()
            else:
                build(self._link, statement.index_build, create)

        is_harmless = _is_harmless(statement)
        wait = self._patience.total_sql if is_harmless else self._patience.lock_timeout_sql
        with self._settings(wait, "0" if is_harmless else None):
            insist(self._link, self._patience, act, progress)

    @contextmanager
    def _settings(self, lock_timeout: str, statement_timeout: str | None) -> Iterator[None]:
        self._link.execute(f"SET lock_timeout = {lock_timeout}")
        if statement_timeout is not None:
            self._link.execute(f"SET statement_timeout = {statement_timeout}")
        try:
            yield
        finally:
            with suppress(SchemaBuilderError):
                self._link.execute("RESET lock_timeout; RESET statement_timeout")


def _is_harmless(statement: Statement) -> bool:
    """Tell whether nobody waits while it runs, so that it may take as long as it takes."""
    return statement.effect.blocks is Blocks.NOTHING
