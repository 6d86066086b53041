"""Connections of accounts that are kept from one job to the next, as connecting costs a login."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.connecting import connect, is_usable, shown_name, stoppers

MOST_KEPT = 4
"""Idle connections that a process keeps to one server."""

LONGEST_IDLE_SECONDS = 300.0
"""Age at which an idle connection is not trusted any more: something between may have dropped it.

Some firewalls forget connections after five minutes, and say so to nobody.
"""

ANSWER_SECONDS = 5.0
"""How long a kept connection may take to answer; that of a server that froze never does.

The kernel of a frozen process still acknowledges, so nothing below us notices.
"""

IDLE_NAME = "schema_builder:idle"
"""What a kept connection shows as its name, so that nobody takes it for a job's."""

_FORGET = f"SELECT pg_advisory_unlock_all(); SET application_name = '{IDLE_NAME}'"
"""Nothing of the last job must show in the next. All other settings are set for one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """An idle connection."""

    connection: Connection
    """The driver's."""
    since: float
    """Monotonic time at which it was given back."""


class Keeper:
    """The idle connections of one process to any number of servers; safe to share by threads.

    A connection must not cross a fork: make it in the process that uses it.
    """

    def __init__(
        self, *, most: int = MOST_KEPT, longest_idle: float = LONGEST_IDLE_SECONDS
    ) -> None:
        """Keep nothing yet.

        Args:
            most: Connections kept to one server.
            longest_idle: Seconds after which one is closed rather than used.
        """
        self._most = most
        self._longest_idle = longest_idle
        self._lock = threading.Lock()
        self._idle: defaultdict[_Key, list[_Kept]] = defaultdict(list)

    def take(self, address: Address, manners: Manners) -> Connection:
        """Return a connection in autocommit mode, one that was kept if there is any.

        Raises:
            ServerUnavailableError: the server does not answer or does not let us in.
        """
        while (kept := self._pop(_key(address, manners))) is not None:
            is_fresh = time.monotonic() - kept.since < self._longest_idle
            if is_fresh and _is_named(kept.connection, shown_name(manners.application_name)):
                return kept.connection
            kept.connection.close()
        return connect(address, manners)

    def give_back(self, connection: Connection, address: Address, manners: Manners) -> None:
        """Keep a connection of which nothing is wanted any more, or close it.

        One that is inside a transaction, or broken, is closed.
        """
        is_idle = is_usable(connection) and not connection.info.transaction_status
        if is_idle and _is_told(connection, _FORGET):
            kept = _Kept(connection=connection, since=time.monotonic())
            with self._lock:
                others = self._idle[_key(address, manners)]
                if len(others) < self._most:
                    others.append(kept)
                    return
        connection.close()

    def close(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle = [kept for each in self._idle.values() for kept in each]
            self._idle.clear()
        for kept in idle:
            kept.connection.close()

    def _pop(self, key: _Key) -> _Kept | None:
        """Take the one that was given back last, as it is most likely alive."""
        with self._lock:
            idle = self._idle.get(key)
            return idle.pop() if idle else None


_Key = tuple[frozenset[tuple[str, str]], str]
"""What two connections must share to stand in for each other: the address and the settings."""


def _key(address: Address, manners: Manners) -> _Key:
    return frozenset(_items(address.parameters)), manners.options()


def _items(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    return list(parameters.items())


def _is_named(connection: Connection, name: str) -> bool:
    """Let a connection show a name; tell whether it is there to do so."""
    if not is_usable(connection):
        return False
    return _is_told(connection, "SELECT set_config('application_name', %s, false)", name)


def _is_told(connection: Connection, sql: str, *values: str) -> bool:
    """Run a statement; tell whether that went well, and soon."""
    _, sever = stoppers(connection)
    guard = threading.Timer(ANSWER_SECONDS, sever)
    guard.daemon = True
    guard.start()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values or None)
    except psycopg2.Error:
        return False
    finally:
        guard.cancel()
    return True
