"""Turns at what only one process may do at a time, for longer than any transaction may last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, func, select

from core.errors import UnavailableError

_KEY = "schema_builder"


@contextmanager
def turn(engine: Engine, name: str) -> Iterator[bool]:
    """Take the turn of that name while inside; tell whether it is ours, which nobody waits for.

    A connection that is lost meanwhile loses the turn with it.
    Source: PostgreSQL manual, 13.3.5 Advisory Locks.

    Args:
        engine: Connections to the store.
        name: What it is a turn at.
    """
    key = (func.hashtext(_KEY), func.hashtext(name))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = bool(connection.execute(select(func.pg_try_advisory_lock(*key))).scalar_one())
        try:
            yield is_ours
        finally:
            if is_ours:
                with suppress(UnavailableError):
                    connection.execute(select(func.pg_advisory_unlock(*key)))
