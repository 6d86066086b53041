"""Where a server is, who we are there, and how our sessions behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import psycopg2
from psycopg2.extensions import make_dsn, parse_dsn

from core.databases.engine import Credentials
from core.databases.errors import ServerUnavailableError
from core.dialects.postgresql.versions import IDLE_SESSION_TIMEOUT, TRANSACTION_TIMEOUT

DEFAULT_PORT = 5432
LONGEST_NAME_BYTES = 63
"""Longest identifier. Source: PostgreSQL manual, 4.1.1 Identifiers and Key Words."""

SOCKET = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
"""A server that is gone is noticed. Source: PostgreSQL manual, 32.1.2 Parameter Key Words."""

_KEEPALIVES = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""The server notices within about a minute that we are gone, and gives up our locks.

Source: PostgreSQL manual, 19.3.2 TCP Settings.
"""

_SETTINGS = {
    **_KEEPALIVES,
    "client_encoding": "UTF8",
    "client_min_messages": "error",
    "datestyle": "ISO",
    "idle_in_transaction_session_timeout": "0",  # a frozen database waits for a dump
    "intervalstyle": "postgres",
    "jit": "off",  # catalogue queries are short, compiling them is not
    "row_security": "off",  # an error instead of rows left out
    "search_path": "public",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
}
"""What the server would otherwise take from its configuration, the database or the role."""


_NEWER_SETTINGS = {
    "idle_session_timeout": IDLE_SESSION_TIMEOUT,
    "transaction_timeout": TRANSACTION_TIMEOUT,
}
"""Timeouts of sessions, to be switched off."""


def late_settings(major_version: int) -> str:
    """Return SQL that sets what an older server would refuse at a session's start; may be empty."""
    return "; ".join(
        f"SET {name} = 0" for name, trait in _NEWER_SETTINGS.items() if trait.is_of(major_version)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server is and which account may create roles and databases there."""

    parameters: Mapping[str, str] = field(repr=False)
    """Connection parameters, the password among them."""

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address.

        Raises:
            ServerUnavailableError: it is no PostgreSQL address.
        """
        try:
            return cls(parameters=parse_dsn(url))
        except psycopg2.ProgrammingError as error:
            reason = "its address is not a postgresql:// URL"
            raise ServerUnavailableError(address="an unreadable address", reason=reason) from error

    @property
    def host(self) -> str:
        """Host name or address."""
        return self.parameters.get("host", "localhost").split(",")[0]

    @property
    def port(self) -> int:
        """TCP port."""
        return int(self.parameters.get("port", str(DEFAULT_PORT)).split(",")[0] or DEFAULT_PORT)

    @property
    def shown(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"

    @property
    def database_name(self) -> str:
        """The database that the account connects to for work on the server as a whole."""
        return self.parameters.get("dbname", "postgres")

    @property
    def password(self) -> str:
        """The account's password; empty when it has none."""
        return self.parameters.get("password", "")

    def within(self, database_name: str, credentials: Credentials | None = None) -> Address:
        """Return the address of a database, for its owner or for the account itself."""
        parameters = {**self.parameters, "dbname": database_name}
        if credentials is not None:
            parameters |= {"user": credentials.role, "password": credentials.password}
        return Address(parameters=parameters)

    def public_dsn(self, application_name: str) -> str:
        """Return the connection string without the password, as child programs may show it."""
        parameters = {key: value for key, value in self.parameters.items() if key != "password"}
        parameters |= {"connect_timeout": SOCKET["connect_timeout"]}
        parameters |= {"application_name": application_name}
        options = " ".join(f"-c {name}={value}" for name, value in _KEEPALIVES.items())
        parameters |= {"options": f"{self.parameters.get('options', '')} {options}".strip()}
        return str(make_dsn(**parameters))


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How our sessions behave on a server."""

    application_name: str
    """What shows in the server's list of sessions."""
    lock_timeout_seconds: float
    """Longest wait for a lock."""
    statement_timeout_seconds: float
    """Longest run of one statement."""

    def options(self) -> str:
        """Return the settings as a command line for the session's start."""
        settings = {
            **_SETTINGS,
            "lock_timeout": f"{int(self.lock_timeout_seconds * 1000)}ms",
            "statement_timeout": f"{int(self.statement_timeout_seconds * 1000)}ms",
        }
        return " ".join(f"-c {name}={value}" for name, value in settings.items())
