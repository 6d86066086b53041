"""Dropping for good what was put out of sight, once nobody can want it back."""

from __future__ import annotations

from collections.abc import Iterable

from core.databases.errors import StatementFailedError
from core.dialects.moves import SetAside
from core.dialects.postgresql import quote, quote_qualified
from core.dialects.postgresql.set_aside import NAMESPACE
from core.dialects.statement import Blocks, Effect, Line, Statement, Work
from core.engines.postgresql.connecting import Link

_STILL_NEEDED = "2BP01"
"""Code of dependent_objects_still_exist. Source: PostgreSQL manual, appendix A."""

_KINDS = ("column", "table", "enum")

_DROP = Effect(
    lock="ACCESS EXCLUSIVE",
    blocks=Blocks.READS_AND_WRITES,
    work=Work.CATALOG,
    source="PostgreSQL manual, 13.3.1 Table-Level Locks: ACCESS EXCLUSIVE",
)


def removal_line(thing: SetAside) -> Line:
    """Return what drops a thing if it is there."""
    return Line(statements=(Statement(sql=_removal_sql(thing), effect=_DROP),))


def in_order_of_removal(things: Iterable[SetAside]) -> tuple[SetAside, ...]:
    """Return columns before tables and tables before enums, each with the last one first."""
    newest_first = tuple(things)[::-1]
    return tuple(sorted(newest_first, key=lambda thing: _KINDS.index(thing.kind)))


def tidy(link: Link) -> None:
    """Drop the namespace of things set aside if it is there and empty."""
    if not link.query("SELECT 1 FROM pg_namespace WHERE nspname = %s", (NAMESPACE,)):
        return
    try:
        link.execute(f"DROP SCHEMA IF EXISTS {quote(NAMESPACE)} RESTRICT")
    except StatementFailedError as error:
        if error.sqlstate != _STILL_NEEDED:
            raise


def _removal_sql(thing: SetAside) -> str:
    name = quote_qualified(thing.namespace, thing.name)
    if thing.kind == "column" and thing.column is not None:
        return f"ALTER TABLE IF EXISTS {name} DROP COLUMN IF EXISTS {quote(thing.column)}"
    return f"DROP {'TYPE' if thing.kind == 'enum' else 'TABLE'} IF EXISTS {name}"
