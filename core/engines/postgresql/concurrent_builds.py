"""Indexes built while others write: half a build is found and removed before and after.

Source: PostgreSQL manual, SQL Commands, CREATE INDEX, Building Indexes Concurrently.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from core.dialects.postgresql import quote_qualified
from core.dialects.statement import IndexBuild
from core.engines.postgresql.connecting import Link
from core.errors import SchemaBuilderError

_STATE = """
SELECT i.indisvalid AND i.indisready AND i.indislive
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_index i ON i.indexrelid = c.oid
 WHERE n.nspname = %s AND c.relname = %s"""


def build(link: Link, wanted: IndexBuild, create: Callable[[], None]) -> None:
    """Create an index unless it is there and valid; an invalid one of that name goes first.

    Whatever ends the building, no invalid index stays as far as we can help it.
    """
    is_valid = _is_valid(link, wanted)
    if is_valid:
        return
    if is_valid is False:
        link.execute(_drop(wanted))
    try:
        create()
    except BaseException:
        _clear(link, wanted)
        raise


def _clear(link: Link, wanted: IndexBuild) -> None:
    """Remove what a build left; on a new connection, since the old one may be cancelled or lost."""
    with suppress(SchemaBuilderError), link.beside() as beside:
        if _is_valid(beside, wanted) is False:
            beside.execute(_drop(wanted))


def _is_valid(link: Link, wanted: IndexBuild) -> bool | None:
    """Tell whether an index can be used; None when there is none of that name."""
    rows = link.query(_STATE, (wanted.namespace, wanted.name))
    return bool(rows[0][0]) if rows else None


def _drop(wanted: IndexBuild) -> str:
    name = quote_qualified(wanted.namespace, wanted.name)
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
