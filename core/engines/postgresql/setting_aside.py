"""Dropping for good what was put out of sight, once nobody can want it back."""
# ruff: noqa: S608 names are quoted

from __future__ import annotations

from collections.abc import Iterable

from core.databases.errors import StatementFailedError
from core.definition.canonical import qualified
from core.dialects.moves import SetAside
from core.dialects.postgresql import quote, quote_qualified
from core.dialects.postgresql.set_aside import COLUMN_PREFIX, NAMESPACE
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


_TABLES_WITH = """
SELECT n.nspname, c.relname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE a.attname = %s AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'r'
 ORDER BY 1, 2"""


_HIDDEN = """
SELECT 'column', n.nspname, c.relname, a.attname
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND starts_with(a.attname, %s)
UNION ALL
SELECT 'table', n.nspname, c.relname, NULL
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname = %s
UNION ALL
SELECT 'enum', n.nspname, t.typname, NULL
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND n.nspname = %s
 ORDER BY 1, 2, 3, 4"""


def hidden(link: Link) -> tuple[SetAside, ...]:
    """Return everything that is out of sight in a database, in the order in which it may go."""
    return in_order_of_removal(
        SetAside(
            kind=kind,
            subject=qualified(namespace, name, *(() if column is None else (column,))),
            namespace=namespace,
            name=name,
            column=column,
        )
        for kind, namespace, name, column in link.query(
            _HIDDEN, (COLUMN_PREFIX, NAMESPACE, NAMESPACE)
        )
    )


def removal_lines(link: Link, thing: SetAside) -> tuple[Line, ...]:
    """Return what drops a thing if it is there.

    A column is looked for by its own name alone, which is its only one: later migrations may have
    renamed, moved or set aside the table that it is in.
    """
    if thing.kind != "column" or thing.column is None:
        name = quote_qualified(thing.namespace, thing.name)
        return (_drop(f"DROP {'TYPE' if thing.kind == 'enum' else 'TABLE'} IF EXISTS {name}"),)
    return tuple(
        _drop(
            f"ALTER TABLE IF EXISTS {quote_qualified(namespace, table)}"
            f" DROP COLUMN IF EXISTS {quote(thing.column)}"
        )
        for namespace, table in link.query(_TABLES_WITH, (thing.column,))
    )


def count_values(link: Link, thing: SetAside) -> int:
    """Return how many rows a table set aside has, or how many values a column."""
    if thing.kind == "table":
        name = quote_qualified(thing.namespace, thing.name)
        if link.query("SELECT to_regclass(%s)", (name,))[0][0] is None:
            return 0  # an earlier attempt removed it
        return int(link.query(f"SELECT count(*) FROM {name}")[0][0])
    if thing.column is None:
        return 0
    column = quote(thing.column)
    return sum(
        int(link.query(f"SELECT count({column}) FROM {quote_qualified(*place)}")[0][0])
        for place in link.query(_TABLES_WITH, (thing.column,))
    )


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


def _drop(sql: str) -> Line:
    return Line(statements=(Statement(sql=sql, effect=_DROP),))
