"""The port to a live server: what provisioning, backup and proof need of an engine.

Calls are blocking. All but `describe` run with lock and statement timeouts and an
application name that shows the job. Failures come as the classes of `core.databases.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from typing_extensions import override

from core.databases.credential import Groups
from core.databases.measures import DatabaseMeasures
from core.databases.roles import Roles
from core.databases.server_description import ServerCondition, ServerDescription
from core.definition.model import Definition
from core.dialects.facts import NO_ENUMS, Facts, RowTest
from core.dialects.moves import SetAside
from core.dialects.statement import Line, Statement
from core.validation.server_features import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How the owner of a managed database logs in."""

    role: str
    """The role's name."""
    password: str
    """Its password in clear: never logged, never shown by `repr`."""

    @override
    def __repr__(self) -> str:
        """Show the role alone."""
        return f"Credentials(role={self.role!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownObject:
    """A thing in a live database that a definition cannot hold."""

    kind: str
    """Such as `view`, `function`, `trigger`."""
    name: str
    """Qualified name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Introspection:
    """What a live database holds."""

    definition: Definition
    """Everything a definition can say; ids are made from names, expressions as the server
    writes them."""
    unknown: tuple[UnknownObject, ...]
    """Everything else, so that nothing is passed over in silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DumpReport:
    """What is known of a finished dump."""

    engine_version: str
    """Version of the server."""
    tool_version: str
    """Version of the program that wrote it."""
    introspection: Introspection
    """The database within the dump's snapshot."""
    rows_by_table: Mapping[str, int]
    """Rows per table within the same snapshot, as `Session.count_rows` names them."""


class Session(Protocol):
    """A connection to one managed database, logged in as its owner."""

    def apply(self, statements: Sequence[Statement], progress: Callable[[int], None]) -> None:
        """Run all statements in one transaction.

        Args:
            statements: What to run.
            progress: Called with the number of statements done, now and then.

        Raises:
            StatementFailedError: one was refused; nothing is in effect.
        """
        ...

    def target(self) -> Target:
        """Say what a definition has to fit to be made here."""
        ...

    def introspect(self) -> Introspection:
        """Read the whole database from its catalogues."""
        ...

    def grant(self, groups: Groups) -> None:
        """Let the groups of readers and writers at all rows, those of later tables included."""
        ...

    def normalise(self, definition: Definition) -> Definition:
        """Return it with every expression and native type as this server writes it.

        Works in temporary tables, and leaves nothing behind. The database must hold the
        definition's enums.
        """
        ...

    def freeze(self) -> None:
        """Keep everybody from writing to any table until this session ends; readers go on.

        Takes a SHARE lock on everything that holds rows, in a transaction that stays open. Large
        objects cannot be locked; `confirm_frozen` finds out whether they were written.

        Raises:
            LockTimeoutError: writers did not let go in time.
        """
        ...

    def confirm_frozen(self) -> None:
        """Make sure that the freeze still holds.

        The same transaction is open, no table appeared since, and no large object was written.
        What others did is certain to show only after `Engine.close_to_sessions`.

        Raises:
            FreezeLostError: it does not hold, or never did.
        """
        ...

    def count_rows(self) -> Mapping[str, int]:
        """Return exact numbers of rows, in one snapshot, for everything that a dump has to hold.

        By `namespace.table`, where a name with a dot or a quotation mark in it stands within
        quotation marks. Every partition and inheriting table counts for itself. Large objects, if
        there are any, count as `pg_catalog.pg_largeobject`.

        Raises:
            RowsHiddenError: row-level security is forced upon the owner.
        """
        ...

    def tables_with_rows(self) -> Sequence[str]:
        """Return what holds at least one row, named as by `count_rows`; cheap.

        Materialized views are among it, although a dump does not hold their rows.

        Raises:
            RowsHiddenError: row-level security is forced upon the owner.
        """
        ...

    def gather_facts(
        self,
        tables: Mapping[str, tuple[str, str]],
        tests: Sequence[RowTest],
        *,
        taken_apart: Container[str] = (),
        enums: Mapping[str, tuple[str, str]] = NO_ENUMS,
    ) -> Facts:
        """Measure tables, see who uses them and what hangs on them, and put tests to their rows.

        Nothing is changed: what tests set up is taken back.

        Args:
            tables: Namespace and name by table id; those that are not there are left out.
            tests: Questions to the rows.
            taken_apart: Ids of tables of which everything that is on them is of interest.
            enums: Namespace and name, by id, of enums of which is asked what else uses them.

        Raises:
            StatementFailedError: a test was refused; its sentence names the test.
            LockTimeoutError: somebody locked a table out of sight.
        """
        ...

    def run_line(
        self, line: Line, *, journal: str, progress: Callable[[str, float | None], None]
    ) -> None:
        """Run a line, and note in the same transaction that it is done.

        Waits for locks only briefly at a time, so that nobody queues behind us for long, and
        tries again for as long as patience lasts. A line that is not transactional is noted right
        after it ran, and has to bear being run again. From the first line on, until the session
        ends, no other session runs lines in this database.

        Args:
            line: What to run.
            journal: What `journal` answers once the line is done.
            progress: Told in words what is going on and, where known, how far it is (0 to 1);
                called from this thread, and what it raises ends the line.

        Raises:
            StatementFailedError: a statement was refused; nothing of a transactional line is in
                effect, half an index is removed, and batches stay as far as they got.
            LockTimeoutError: others held what we needed until patience was at its end; it names
                them.
            StoppedError: it was cancelled.
        """
        ...

    def take_turn(self, progress: Callable[[str, float | None], None]) -> None:
        """Wait until no other session runs lines in this database, and keep others from it.

        What `journal` answers from then on until this session ends only changes by our own lines.

        Raises:
            LockTimeoutError: another session ran lines until patience was at its end.
        """
        ...

    def journal(self) -> str:
        """Return what was noted last on the database: its marker when no line ever ran."""
        ...

    def write_journal(self, text: str) -> None:
        """Note something on the database, in the place of what was noted before.

        Raises:
            LockTimeoutError: another session is noting something for too long.
        """
        ...

    def remove_set_aside(self, things: Sequence[SetAside]) -> None:
        """Drop what was set aside, as far as it is still there; the last one first.

        Raises:
            StatementFailedError: somebody made something that depends on it.
            LockTimeoutError: others held it until patience was at its end.
        """
        ...

    def hidden(self) -> Sequence[SetAside]:
        """Return everything that is out of sight, whoever put it there."""
        ...

    def count_set_aside(self, thing: SetAside) -> int:
        """Return how many rows a table set aside has, or how many values a column."""
        ...

    def tidy_set_aside(self) -> None:
        """Drop the namespace of what was set aside if it is there and empty."""
        ...


class Engine(Roles, Protocol):
    """One live server, reached with an account that may create roles and databases."""

    def reach(self) -> None:
        """Connect, so that a server that is away is known before anything is begun.

        Raises:
            ServerUnavailableError: it does not answer.
        """
        ...

    def describe(self) -> ServerDescription:
        """Ask the server what it is."""
        ...

    def inspect(self) -> ServerCondition:
        """Ask the server how fit it is for the work.

        Raises:
            ServerUnavailableError: it does not answer.
        """
        ...

    def ensure_role(self, credentials: Credentials) -> None:
        """Make the login role if it is not there, and set its password in either case."""
        ...

    def drop_role(self, role: str) -> None:
        """Remove the role if it is there."""
        ...

    def create_database(
        self, name: str, *, owner: str, marker: str, groups: Groups | None = None
    ) -> None:
        """Make an empty database that only its owner can connect to, and mark it.

        With `groups`, readers and writers may connect as well.
        """
        ...

    def drop_database(self, name: str) -> None:
        """Remove the database if it is there, ending its sessions."""
        ...

    def marker(self, name: str) -> str | None:
        """Return the mark of a database; None when there is no such database, "" without mark."""
        ...

    def list_databases(self, prefix: str) -> Sequence[str]:
        """Return the names of databases that begin so."""
        ...

    def database_sizes(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return how many bytes each of these takes; those that are not there are left out."""
        ...

    def close_to_sessions(self, name: str, *, keep: Session | None = None) -> None:
        """Let nobody connect any more, and end the sessions there are, save the one to keep.

        Returns when they are gone.
        """
        ...

    def end_sessions_of(self, application_name: str) -> None:
        """End every other session that shows this application name, on any database.

        As far as we may: the rest is left. Connections of this object are spared, but not the
        programs of a dump or restore that runs on its behalf at the same time.
        """
        ...

    def open_to_sessions(self, name: str) -> None:
        """Let the owner connect again; nothing happens when there is no such database."""
        ...

    def swap(self, *, staging: str, final: str, retired: str) -> None:
        """Put `staging` in the place of `final` in one transaction, `final` becoming `retired`.

        Ends the sessions of both. Without a `final`, `staging` is only renamed.
        """
        ...

    def session(self, name: str, credentials: Credentials) -> AbstractContextManager[Session]:
        """Connect to a managed database as its owner.

        Raises:
            DatabaseMissingError: there is no such database.
            DatabaseClosedError: it lets nobody in for now.
        """
        ...

    def dump(
        self, name: str, credentials: Credentials, write: Callable[[bytes], object]
    ) -> DumpReport:
        """Stream a dump of the database to `write`, with its facts from the same snapshot."""
        ...

    def restore(self, name: str, credentials: Credentials, read: Callable[[int], bytes]) -> None:
        """Load a dump that `read` hands out into an empty database.

        Raises:
            DumpUnreadableError: it is truncated or damaged.
            DumpTooNewError: it holds what this server is too old for.
            ToolVersionError: no program here can load it into this server.
        """
        ...

    def measure(self, name: str, credentials: Credentials) -> DatabaseMeasures:
        """Say how big and how busy a database is."""
        ...

    def size_of_databases(self) -> int:
        """Return the bytes of all databases of the server that its account may look at.

        Looks at every file of every database: not to be asked every few seconds.
        """
        ...

    def cancel(self) -> None:
        """End whatever statement or program runs on behalf of this object; from any thread."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
