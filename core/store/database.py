"""Connections to the store: the engine with its timeouts, JSON with every digit, lost connections.

What is in the store is `tables`; a transaction over it is `unit_of_work`.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import simplejson
from sqlalchemy import Engine, MetaData, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError

from core.errors import UnavailableError
from core.store.errors import StoreBusyError, StoreNotMigratedError, StoreUnavailableError
from core.store.tables import metadata

CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 30
LOCK_TIMEOUT_SECONDS = 10
IDLE_IN_TRANSACTION_TIMEOUT_SECONDS = 60
POOL_TIMEOUT_SECONDS = 10
KEPT_CONNECTIONS = 24
MOST_CONNECTIONS = 32

LONGEST_WHOLE = 3_600
"""Signs up to which a whole number is read as an int, which `core.definition.literals` accepts."""

_BUSY = {
    "40001": "another transaction changed the same rows",
    "40P01": "two transactions waited for each other",
    "55P03": "others held a lock for too long",
    "57014": "a statement took too long",
}
"""SQLSTATEs that say that trying again can help. Source: PostgreSQL manual, appendix A."""

_NO_SUCH_TABLE = "42P01"
"""SQLSTATE of a table that is not there. Source: the same."""

_AWAY_CLASSES = ("08", "53", "57P", "58")
"""Beginnings of SQLSTATEs that say that the server is away or out of means. Source: the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationTarget:
    """What Flask-Migrate needs to know of the store: `Migrate(app, MigrationTarget(engine=…))`."""

    engine: Engine
    """Connections to the store."""
    metadata: MetaData = metadata
    """The tables that there should be."""


def make_engine(
    url: str,
    *,
    pool_size: int = KEPT_CONNECTIONS,
    max_overflow: int = MOST_CONNECTIONS - KEPT_CONNECTIONS,
    pool_timeout_seconds: float = POOL_TIMEOUT_SECONDS,
    application_name: str = "schema-builder",
) -> Engine:
    """Return an engine for the store; it connects when it is first used.

    An engine must not cross a fork: make it in the process that uses it.

    Args:
        url: `postgresql://…`, as DATABASE_URL has it.
        pool_size: Connections kept.
        max_overflow: Connections beyond that, closed when given back.
        pool_timeout_seconds: How long to wait for a connection when all are in use.
        application_name: How the connections call themselves in `pg_stat_activity`.
    """
    engine = create_engine(
        make_url(_with_long_scheme(url)).set(drivername="postgresql+psycopg2"),
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=pool_timeout_seconds,
        hide_parameters=True,  # errors quote statements in logs; what users store is not for them
        json_serializer=dump_json,
        json_deserializer=load_json,
        executemany_mode="values_plus_batch",  # several rows are changed in one exchange
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "application_name": application_name,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "checkout", _replace_lost)
    event.listen(engine, "handle_error", _translate)
    return engine


def dump_json(value: object) -> str:
    """Return the value as JSON text, Decimals as numbers with all their digits."""
    return simplejson.dumps(value, use_decimal=True, allow_nan=False, separators=(",", ":"))


def load_json(text: str) -> Any:  # noqa: ANN401  # the JSON edge
    """Return the value of a JSON text, numbers with a fraction or an exponent as Decimals."""
    return simplejson.loads(text, use_decimal=True, parse_int=_read_whole)


def _read_whole(digits: str) -> int | Decimal:
    """Return a whole number; one with very many digits gets an exponent in place of its zeros.

    The engine spells `1E+9000` with all its zeros, which nobody would accept as a whole number.
    """
    if len(digits) <= LONGEST_WHOLE:
        return int(digits)
    significant = digits.rstrip("0")
    return Decimal(f"{significant}E+{len(digits) - len(significant)}")


def _with_long_scheme(url: str) -> str:
    """Return the URL with the scheme that SQLAlchemy knows; libpq allows a shorter one too."""
    return f"postgresql://{url.removeprefix('postgres://')}" if url.startswith("postgres:") else url


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401  # psycopg2's own
    """Set what holds for the whole session; by statement, as some proxies refuse `options`."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('timezone', 'UTC', false),"
            " set_config('statement_timeout', %s, false),"
            " set_config('lock_timeout', %s, false),"
            " set_config('idle_in_transaction_session_timeout', %s, false)",
            (
                f"{STATEMENT_TIMEOUT_SECONDS}s",
                f"{LOCK_TIMEOUT_SECONDS}s",
                f"{IDLE_IN_TRANSACTION_TIMEOUT_SECONDS}s",
            ),
        )
    connection.autocommit = False


def _replace_lost(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401  # psycopg2's own
    """Let the pool replace a connection that the server has ended, with no question to the server.

    A server that ends one sends something, at least the end of the stream, and nothing else is
    sent between transactions. So a look at the socket tells what a ping would, in no time.

    Raises:
        InvalidatePoolError: it is to be replaced, as are all others that are as old.
    """
    if not _is_quiet(connection):
        raise InvalidatePoolError


def _is_quiet(connection: Any) -> bool:  # noqa: ANN401  # psycopg2's own
    if connection.closed:
        return False
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
            duplicate.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _translate(context: ExceptionContext) -> UnavailableError | None:
    """Return our own error for failures that may pass; others stay what they are."""
    sqlstate = getattr(context.original_exception, "pgcode", None)
    if sqlstate in _BUSY:
        return StoreBusyError(reason=_BUSY[sqlstate])
    if sqlstate == _NO_SUCH_TABLE:
        return StoreNotMigratedError()
    no_connection = context.connection is None and sqlstate is None
    if context.is_disconnect or no_connection or (sqlstate or "").startswith(_AWAY_CLASSES):
        first_line = (str(context.original_exception).strip().splitlines() or ["connection lost"])[
            0
        ]
        return StoreUnavailableError(reason=first_line.rstrip("."))
    return None
