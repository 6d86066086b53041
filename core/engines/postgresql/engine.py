"""A live PostgreSQL server behind the port `core.databases.engine`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise
from typing_extensions import override

from core.databases.credential import Groups
from core.databases.engine import Credentials, DumpReport, Engine, Session
from core.databases.errors import (
    DatabaseClosedError,
    DatabaseMissingError,
    ServerUnavailableError,
)
from core.databases.measures import DatabaseMeasures
from core.databases.server_description import ServerCondition, ServerDescription
from core.dialects.postgresql.versions import OWNED_PUBLIC
from core.engines.postgresql import ending, provisioning
from core.engines.postgresql.access import connect_grant
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.archive_header import HEAD_BYTES, parse_head, read_exactly
from core.engines.postgresql.connecting import (
    Link,
    is_usable,
    linked,
    stoppers,
)
from core.engines.postgresql.dumping import dump
from core.engines.postgresql.inspecting import inspect, size_of_databases
from core.engines.postgresql.keeping import Keeper
from core.engines.postgresql.measuring import database_sizes, measure
from core.engines.postgresql.patience import Patience
from core.engines.postgresql.programs import choose_toolset
from core.engines.postgresql.restoring import restore, with_head
from core.engines.postgresql.roles import PostgresqlRoles
from core.engines.postgresql.session import PostgresqlSession
from core.engines.postgresql.stopping import Works


class PostgresqlEngine(PostgresqlRoles, Engine):
    """One server, reached with an account that may create roles and databases.

    Methods may be called from any thread; those for the server as a whole take turns on one
    connection, which goes back to its keeper with `close`.
    """

    def __init__(
        self,
        url: str,
        *,
        application_name: str,
        lock_timeout_seconds: float,
        statement_timeout_seconds: float,
        bin_dirs: Sequence[Path],
        line_lock_timeout_seconds: float = 1.0,
        line_patience_seconds: float = 60.0,
        keeper: Keeper | None = None,
    ) -> None:
        """Describe how to reach a server; nothing is connected yet.

        Args:
            url: Address of the account, with its password.
            application_name: What shows in the server's list of sessions.
            lock_timeout_seconds: Longest wait for a lock.
            statement_timeout_seconds: Longest run of one statement.
            bin_dirs: Folders to look into first for client programs.
            line_lock_timeout_seconds: Longest wait for a lock at a time while a plan runs.
            line_patience_seconds: How long such waits are repeated.
            keeper: Keeps the account's connection after this object; None closes it.
        """
        self._address = Address.of(url)
        self._manners = Manners(
            application_name=application_name,
            lock_timeout_seconds=lock_timeout_seconds,
            statement_timeout_seconds=statement_timeout_seconds,
        )
        self._bin_dirs = tuple(bin_dirs)
        self._keeper = keeper or Keeper(most=0)
        self._patience = Patience(
            lock_timeout_seconds=line_lock_timeout_seconds, total_seconds=line_patience_seconds
        )
        self._works = Works()
        self._was_cancelled = False
        self._turn = threading.RLock()
        self._kept: Connection | None = None
        self._open_pids: set[int] = set()

    @override
    def reach(self) -> None:
        """Connect, so that a server that is away is known before anything is begun."""
        with self._account():
            return

    @override
    def describe(self) -> ServerDescription:
        """Ask the server what it is."""
        with self._account() as link:
            identifier, version, is_superuser = link.query(
                "SELECT system_identifier::text,"
                " split_part(current_setting('server_version'), ' ', 1),"
                " (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
                " FROM pg_control_system()"
            )[0]
            owns_public = is_superuser or OWNED_PUBLIC.is_of(link.major_version)
        return ServerDescription(
            system_identifier=identifier,
            host=self._address.host,
            port=self._address.port,
            version=version,
            owns_public=owns_public,
        )

    @override
    def inspect(self) -> ServerCondition:
        """Ask the server how fit it is for the work."""
        with self._account() as link:
            return inspect(link, bin_dirs=self._bin_dirs)

    @override
    def ensure_role(self, credentials: Credentials) -> None:
        """Make the login role if it is not there, and set its password in either case."""
        with self._account() as link:
            provisioning.ensure_role(link, credentials)

    @override
    def drop_role(self, role: str) -> None:
        """Remove the role if it is there."""
        with self._account() as link:
            provisioning.drop_role(link, role)

    @override
    def create_database(
        self, name: str, *, owner: str, marker: str, groups: Groups | None = None
    ) -> None:
        """Make an empty database that only its owner can connect to, and mark it.

        One that an earlier attempt with the same marker left is made anew.
        """
        grant = "" if groups is None else connect_grant(name, groups)
        with self._account() as link:
            provisioning.create_database(link, name, owner=owner, marker=marker, grant=grant)
            needs_public = not OWNED_PUBLIC.is_of(link.major_version)
        if needs_public:
            self._give_public(name, owner)

    @override
    def drop_database(self, name: str) -> None:
        """Remove the database if it is there, ending its sessions."""
        with self._account() as link:
            provisioning.drop_database(link, name)

    @override
    def marker(self, name: str) -> str | None:
        """Return the mark of a database; None when there is no such database, "" without mark."""
        with self._account() as link:
            return provisioning.marker(link, name)

    @override
    def list_databases(self, prefix: str) -> Sequence[str]:
        """Return the names of databases that begin so."""
        with self._account() as link:
            return provisioning.list_databases(link, prefix)

    @override
    def database_sizes(self, names: Sequence[str]) -> Mapping[str, int]:
        """Return how many bytes each of these takes; those that are not there are left out."""
        with self._account() as link:
            return database_sizes(link, names)

    @override
    def close_to_sessions(self, name: str, *, keep: Session | None = None) -> None:
        """Let nobody connect any more, and end the sessions there are, save the one to keep."""
        kept = [keep.backend_pid] if isinstance(keep, PostgresqlSession) else []
        with self._account() as link:
            provisioning.close_to_sessions(link, name, keep=kept)

    @override
    def end_sessions_of(self, application_name: str) -> None:
        """End every other session that shows this application name, as far as we may."""
        with self._account() as link:
            ending.end_sessions_of(link, application_name, spared=tuple(self._open_pids))

    @override
    def open_to_sessions(self, name: str) -> None:
        """Let the owner connect again; nothing happens when there is no such database."""
        with self._account() as link:
            provisioning.open_to_sessions(link, name)

    @override
    def swap(self, *, staging: str, final: str, retired: str) -> None:
        """Put `staging` in the place of `final` in one transaction, `final` becoming `retired`."""
        with self._account() as link:
            provisioning.swap(link, staging=staging, final=final, retired=retired)

    @override
    @contextmanager
    def session(self, name: str, credentials: Credentials) -> Iterator[Session]:
        """Connect to a managed database as its owner.

        Raises:
            DatabaseMissingError: there is no such database.
            DatabaseClosedError: it lets nobody in for now.
        """
        with self._owner(name, credentials) as link:
            yield PostgresqlSession(link, self._patience)

    @override
    def dump(
        self, name: str, credentials: Credentials, write: Callable[[bytes], object]
    ) -> DumpReport:
        """Stream a dump of the database to `write`, with its facts from the same snapshot.

        Raises:
            ToolVersionError: no pg_dump here is new enough for the server.
        """
        with self._owner(name, credentials) as link:
            toolset = choose_toolset(
                self._bin_dirs,
                server_version=str(link.major_version),
                lowest=link.major_version,
                needs="pg_dump",
            )
            return dump(
                link, toolset=toolset, manners=self._manners, works=self._works, write=write
            )

    @override
    def restore(self, name: str, credentials: Credentials, read: Callable[[int], bytes]) -> None:
        """Load a dump that `read` hands out into an empty database.

        Raises:
            DumpUnreadableError: it is truncated or damaged.
            DumpTooNewError: it holds what this server is too old for.
            ToolVersionError: no program here can load it into this server.
        """
        head = read_exactly(read, HEAD_BYTES)
        head_of_dump = parse_head(head)
        with self._account() as link:
            major_version = link.major_version
        toolset = choose_toolset(
            self._bin_dirs,
            server_version=str(major_version),
            lowest=max(major_version, head_of_dump.tool_major_version),
            needs="pg_restore",
        )
        with self._explaining(name):
            restore(
                self._address.within(name, credentials),
                with_head(head, read),
                toolset=toolset,
                dumped=head_of_dump.server_version,
                server_major_version=major_version,
                manners=self._manners,
                works=self._works,
            )

    @override
    def measure(self, name: str, credentials: Credentials) -> DatabaseMeasures:
        """Say how big and how busy a database is."""
        with self._owner(name, credentials) as link:
            return measure(link)

    @override
    def size_of_databases(self) -> int:
        """Return the bytes of all databases of the server that its account may look at."""
        with self._account() as link:
            return size_of_databases(link)

    @override
    def cancel(self) -> None:
        """End whatever statement or program runs on behalf of this object; from any thread.

        Sessions that are open stay unusable; what begins afterwards runs.
        """
        # A request to cancel that is still on its way would hit whoever has the connection next.
        self._was_cancelled = True
        self._works.cancel()

    @override
    def close(self) -> None:
        """Give connections back."""
        with self._turn:
            kept, self._kept = self._kept, None
            if kept is None:
                return
            if self._was_cancelled:
                kept.close()
            else:
                self._keeper.give_back(kept, self._address, self._manners)

    @override
    @contextmanager
    def _account(self) -> Iterator[Link]:
        """Take the connection of the account, connecting anew if the server ended it."""
        with self._turn, ExitStack() as stack:
            if self._kept is None or not is_usable(self._kept):
                self.close()
                self._kept = self._keeper.take(self._address, self._manners)
            work = stack.enter_context(self._works.register(*stoppers(self._kept)))
            yield Link(self._kept, self._address, self._manners, work)

    @contextmanager
    def _owner(self, name: str, credentials: Credentials) -> Iterator[Link]:
        """Connect to a managed database while inside."""
        address = self._address.within(name, credentials)
        with ExitStack() as stack:
            link = self._linked(stack, name, address)
            self._open_pids.add(link.backend_pid)
            stack.callback(self._open_pids.discard, link.backend_pid)
            yield link

    @override
    @contextmanager
    def _visiting(self, name: str, login: Credentials | None = None) -> Iterator[Link]:
        """Connect to a managed database as the account, or as somebody else, while inside."""
        address = self._address.within(name, login)
        with ExitStack() as stack:
            yield self._linked(stack, name, address)

    def _linked(self, stack: ExitStack, name: str, address: Address) -> Link:
        """Connect to a managed database until the stack is left."""
        try:
            return stack.enter_context(linked(address, self._manners, self._works))
        except ServerUnavailableError as error:
            self._explain(name, error)
        # It is there and open, so it may have been another that this one has just taken the place
        # of: the server says to those who looked that one up that there is none.
        return stack.enter_context(linked(address, self._manners, self._works))

    @contextmanager
    def _explaining(self, name: str) -> Iterator[None]:
        """Tell a database that is missing or closed from a server that is away."""
        try:
            yield
        except ServerUnavailableError as error:
            self._explain(name, error)
            raise

    def _explain(self, name: str, error: ServerUnavailableError) -> None:
        """Raise what is wrong with a database; nothing happens when it is there and open.

        The driver gives no code for a refused connection, and the message is in the server's
        language, so the server is asked.
        """
        with self._account() as link:
            is_open = provisioning.is_open(link, name)
        if is_open is None:
            raise DatabaseMissingError(database_name=name) from error
        if not is_open:
            raise DatabaseClosedError(database_name=name) from error

    def _give_public(self, name: str, owner: str) -> None:
        """Let the owner own `public`, as newer servers do by themselves; takes a superuser."""
        with (
            self._account() as account,
            linked(self._address.within(name), self._manners, self._works) as link,
        ):
            if account.query("SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"):
                provisioning.give_public(link, owner)
