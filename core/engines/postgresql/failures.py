"""What PostgreSQL's errors mean to us. Messages carry neither row values nor passwords."""

from __future__ import annotations

import re

import psycopg2

from core.databases.errors import (
    LockTimeoutError,
    ServerUnavailableError,
    StatementFailedError,
    StatementTimeoutError,
)
from core.errors import SchemaBuilderError

_AWAY = frozenset({"08", "53", "58"})
"""Classes that say the server is away or out of means: connections, resources, its own system.

Source: PostgreSQL manual, appendix A, Error Codes.
"""

_AWAY_CODES = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03", "25P04"})
"""Codes that say our session was ended: shutdown, crash, starting up, timeouts of a session."""

_IN_THE_WAY = frozenset({"55P03", "55006", "40P01", "40001", "XX000:concurrently"})
"""Codes that say others held what we needed: lock, database in use, deadlock, serialisation."""

_TOOK_TOO_LONG = "57014"
"""Code of statements that were cancelled; those that we cancel ourselves are known before."""

_CONNECTION_PREFIX = re.compile(r"^connection to server (?:at|on socket) .*? failed: ")
_SEVERITY_PREFIX = re.compile(r"^(?:FATAL|ERROR|PANIC): +")


def is_away(error: psycopg2.Error) -> bool:
    """Tell whether the connection broke or the server cannot go on for now."""
    code = error.pgcode
    if code is None:
        return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    return code[:2] in _AWAY or code in _AWAY_CODES


def is_in_the_way(error: psycopg2.Error) -> bool:
    """Tell whether other sessions were in the way, so that trying again can help."""
    if error.pgcode == "XX000":
        return "concurrently" in reason_of(error)
    return error.pgcode in _IN_THE_WAY


def translated(
    error: psycopg2.Error, *, statement: str, address: str, database_name: str
) -> SchemaBuilderError:
    """Return the failure of ours that an error of the driver stands for."""
    if is_away(error):
        return ServerUnavailableError(address=address, reason=reason_of(error))
    if is_in_the_way(error):
        return LockTimeoutError(database_name=database_name)
    if error.pgcode == _TOOK_TOO_LONG:
        return StatementTimeoutError(
            statement=statement, sqlstate=error.pgcode, reason=reason_of(error)
        )
    return StatementFailedError(statement=statement, sqlstate=error.pgcode, reason=reason_of(error))


def reason_of(error: psycopg2.Error) -> str:
    """Return the server's own sentence, without details, which can hold row values."""
    text = error.diag.message_primary or str(error)
    return plain_reason(text)


def plain_reason(text: str) -> str:
    """Reduce a message of libpq or a client program to its first sentence."""
    line = text.strip().splitlines()[0] if text.strip() else "no reason was given"
    line = _SEVERITY_PREFIX.sub("", _CONNECTION_PREFIX.sub("", line))
    return line.rstrip(". ")
