"""Connections to a server: their address, their timeouts, their errors in our own classes."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise
from psycopg2.extensions import make_dsn

from core.databases.errors import ServerUnavailableError, StoppedError
from core.engines.postgresql.address import (
    LONGEST_NAME_BYTES,
    SOCKET,
    Address,
    Manners,
    late_settings,
)
from core.engines.postgresql.failures import reason_of, translated
from core.engines.postgresql.stopping import Work, Works
from core.tracing import Role, span

QUESTION_SECONDS = 1.0
"""How long a server may take to answer before it counts as hanging."""

_SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class Link:
    """An open connection whose failures are ours and which can be stopped from any thread.

    It is in autocommit mode; transactions are begun by `transaction`.
    """

    def __init__(
        self,
        connection: Connection,
        address: Address,
        manners: Manners,
        work: Work,
        works: Works | None = None,
    ) -> None:
        self._connection = connection
        self._address = address
        self._manners = manners
        self._work = work
        self._works = works or Works()

    @property
    def address(self) -> Address:
        """Where it leads."""
        return self._address

    @property
    def patience_seconds(self) -> float:
        """How long others may be in the way where the server knows no lock: the lock timeout."""
        return self._manners.lock_timeout_seconds

    @property
    def server_version(self) -> int:
        """The server's version as one number, such as 180006."""
        return int(self._connection.server_version)

    @property
    def major_version(self) -> int:
        """The server's major version."""
        return self.server_version // 10_000

    @property
    def backend_pid(self) -> int:
        """The server's process for this connection."""
        return int(self._connection.get_backend_pid())

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is open, failed ones included."""
        return bool(self._connection.info.transaction_status)

    @property
    def raw(self) -> Connection:
        """The driver's connection."""
        return self._connection

    def execute(
        self,
        sql: str,
        values: Sequence[object] | Mapping[str, object] | None = None,
        *,
        shown: str = "",
    ) -> int:
        """Run one or more statements whose rows do not matter; return how many the last touched.

        Args:
            sql: The statements.
            values: Values for its `%s`; without any, `%` means itself.
            shown: What to show in the place of the statement when it fails.

        Raises:
            StatementFailedError: the server refused it.
            ServerUnavailableError: the connection broke.
            LockTimeoutError: others were in the way.
            StoppedError: it was cancelled.
        """
        return self._run(sql, values, shown or sql)[1]

    def query(
        self, sql: str, values: Sequence[object] | Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows. Raises what `execute` raises."""
        return self._run(sql, values, sql)[0]

    @contextmanager
    def beside(self) -> Iterator[Link]:
        """Open a second connection to the same database while inside.

        Raises:
            ServerUnavailableError: the server does not let us in once more.
        """
        with linked(self._address, self._manners, self._works) as link:
            yield link

    def interrupt(self) -> None:
        """End the statement that runs; the connection stays usable."""
        self._work.interrupt()

    def confirm_running(self) -> None:
        """Make sure that the work was not cancelled.

        Raises:
            StoppedError: it was.
        """
        if self._work.is_stopped:
            raise StoppedError

    @contextmanager
    def transaction(self, mode: str = "") -> Iterator[None]:
        """Run what is inside in one transaction, or in a savepoint of the one that is open."""
        is_nested = self.is_in_transaction
        self.execute("SAVEPOINT inner_work" if is_nested else f"BEGIN {mode}")
        try:
            yield
        except BaseException:
            self._abandon(is_nested=is_nested)
            raise
        self.execute("RELEASE inner_work" if is_nested else "COMMIT")

    @contextmanager
    def trial(self, mode: str = "") -> Iterator[None]:
        """Run what is inside and take it back in any case: for reading, and for experiments."""
        is_nested = self.is_in_transaction
        self.execute("SAVEPOINT inner_work" if is_nested else f"BEGIN {mode}")
        try:
            yield
        finally:
            self._abandon(is_nested=is_nested)

    def _abandon(self, *, is_nested: bool) -> None:
        """Roll back without hiding the error that is on its way; a lost connection has done so."""
        undo = "ROLLBACK TO inner_work; RELEASE inner_work" if is_nested else "ROLLBACK"
        with (
            suppress(psycopg2.Error),
            self._work.leaving(),
            self._connection.cursor() as cursor,
        ):
            cursor.execute(undo)

    def _run(
        self, sql: str, values: Sequence[object] | Mapping[str, object] | None, shown: str
    ) -> tuple[list[tuple[Any, ...]], int]:
        # Of a statement only its verb is told: the rest may hold a password.
        told = span(
            " ".join(["sql", *sql.split(maxsplit=1)[:1]]).rstrip(";"),
            role=Role.REQUEST,
            db__system__name="postgresql",
            db__namespace=self._address.parameters.get("dbname", ""),
            schema_builder__application_name=shown_name(self._manners.application_name),
        )
        try:
            with told, self._work.running(), self._connection.cursor() as cursor:
                cursor.execute(sql, values)
                rows = cursor.fetchall() if cursor.description is not None else []
                return rows, int(cursor.rowcount)
        except psycopg2.Error as error:
            if self._work.is_stopped:
                raise StoppedError from error
            raise translated(
                error,
                statement=shown,
                address=self._address.shown,
                database_name=self._address.parameters.get("dbname", ""),
            ) from error


@contextmanager
def linked(address: Address, manners: Manners, works: Works) -> Iterator[Link]:
    """Connect while inside.

    Raises:
        ServerUnavailableError: the server does not answer or does not let us in.
    """
    connection = connect(address, manners)
    try:
        with works.register(*stoppers(connection)) as work:
            yield Link(connection, address, manners, work, works)
    finally:
        connection.close()


def connect(address: Address, manners: Manners) -> Connection:
    """Open a connection in autocommit mode.

    Raises:
        ServerUnavailableError: the server does not answer or does not let us in.
    """
    parameters = {**SOCKET, **address.parameters}
    parameters.pop("options", None)
    parameters.pop("application_name", None)
    options = f"{address.parameters.get('options', '')} {manners.options()}".strip()
    name = shown_name(manners.application_name)
    try:
        connection: Connection = psycopg2.connect(
            make_dsn(**parameters, options=options, application_name=name)
        )
        connection.autocommit = True
        settings = late_settings(connection.server_version // 10_000)
        if settings:
            with connection.cursor() as cursor:
                cursor.execute(settings)
    except psycopg2.Error as error:
        raise ServerUnavailableError(address=address.shown, reason=reason_of(error)) from error
    return connection


def shown_name(application_name: str) -> str:
    """Return an application name as the server shows it."""
    return application_name.encode()[:LONGEST_NAME_BYTES].decode(errors="ignore")


def stoppers(connection: Connection) -> tuple[Any, Any]:
    """Return how to interrupt what a connection runs, and how to break it off.

    A request to cancel stops the whole process for as long as the server does not take it, as the
    driver keeps Python's lock meanwhile. So a server that does not answer is not asked.
    """

    def interrupt() -> None:
        if not _answers(connection.info.host, connection.info.port):
            sever()
            return
        with suppress(psycopg2.Error):
            connection.cancel()

    def sever() -> None:
        with suppress(psycopg2.Error, OSError):
            duplicate = socket.socket(fileno=os.dup(connection.fileno()))
            duplicate.shutdown(socket.SHUT_RDWR)
            duplicate.close()

    return interrupt, sever


def _answers(host: str, port: int) -> bool:
    """Tell whether a server answers a first question within a moment.

    Source: PostgreSQL manual, 54.7 Message Formats, SSLRequest; any server answers it by one byte.
    """
    if not host or host.startswith("/"):
        return True
    try:
        with socket.create_connection((host, port), timeout=QUESTION_SECONDS) as asking:
            asking.sendall(_SSL_REQUEST)
            return bool(asking.recv(1))
    except OSError:
        return False


def is_usable(connection: Connection) -> bool:
    """Tell whether an idle connection is still there, without a round trip.

    A server that ended it has sent something, at least the end of the stream.
    """
    if connection.closed:
        return False
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
            duplicate.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except (OSError, psycopg2.Error):
        return False
    return False
