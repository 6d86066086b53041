"""Statements over a whole table, a stretch of pages at a time, each in its own transaction.

Rows that come or move while it runs have to be right by other means, such as a trigger.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from core.databases.errors import StatementFailedError
from core.dialects.postgresql import quote_literal, quote_qualified
from core.dialects.statement import Batches, Statement
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.journalling import read_stretch, write_journal, write_stretch
from core.engines.postgresql.patience import Patience, Progress, insist
from core.engines.postgresql.watching import run_watched

AIM_SECONDS = 0.3
"""How long one stretch should take: as long may writers of its rows have to wait."""

FIRST_PAGES = 64
"""Pages of the first stretch."""

MOST_PAGES = 65536
"""Pages of a stretch at most."""

NOTE_SECONDS = 2.0
"""Time between two notes of how far it is."""

TID_RANGES_SINCE = 14
"""Major version from which a stretch reads only its own pages.

Source: PostgreSQL 14 release notes, E.23.3.1.4: "Allow the efficient heap-scanning of a range of
TIDs".
"""

STRETCHES_BEFORE_TID_RANGES = 16
"""Into how many stretches a table is cut where each of them reads all of it."""

_TABLE = """
SELECT pg_relation_filenode(c.oid), pg_relation_size(c.oid) / current_setting('block_size')::int
  FROM pg_class c WHERE c.oid = to_regclass(%s)"""


def run_batches(
    link: Link, statement: Statement, *, journal: str, patience: Patience, progress: Progress
) -> None:
    """Run a statement over all pages that its table has now, and note at the end that it is done.

    It goes on where an earlier attempt at the same statement stopped, unless the table was
    written anew since.

    Raises:
        StatementFailedError: the server refused it, or the table is not there.
        LockTimeoutError: others held rows or the table until patience was at its end.
    """
    batches = statement.batches
    assert batches is not None  # noqa: S101 the caller looked  # pragma: no branch
    node, pages = _measured(link, batches)
    key = hashlib.sha256(f"{node} {statement.sql}".encode()).hexdigest()[:16]
    first = min(read_stretch(link, key), pages)
    size, least = FIRST_PAGES, 1
    if link.major_version < TID_RANGES_SINCE:
        least = max(pages // STRETCHES_BEFORE_TID_RANGES, 1)
    noted_at = time.monotonic()
    while first < pages:
        end = min(first + max(size, least), pages)
        is_to_be_noted = end < pages and time.monotonic() - noted_at > NOTE_SECONDS
        note = _note(link, key, end, journal, is_last=end == pages, is_due=is_to_be_noted)
        began_at = time.monotonic()
        _run_stretch(link, cut(statement.sql, first, end), note, patience, progress)
        seconds = max(time.monotonic() - began_at, 0.001)
        noted_at = time.monotonic() if is_to_be_noted else noted_at
        size = int(min(max(size * min(max(AIM_SECONDS / seconds, 0.25), 2), 1), MOST_PAGES))
        first = end
        progress(f"goes through {batches.namespace}.{batches.table}", end / pages)
    if not pages:
        write_journal(link, journal)


def cut(sql: str, first: int, end: int) -> str:
    """Put the physical addresses of a stretch into a statement.

    The places may stand alone, or as the page's number within an address. Other braces stay.

    Example:
        >>> cut("DELETE FROM t WHERE ctid >= {first} AND ctid < {end}", 0, 8)
        "DELETE FROM t WHERE ctid >= '(0,0)'::tid AND ctid < '(8,0)'::tid"
    """
    for place, page in (("{first}", first), ("{end}", end)):
        sql = sql.replace(f"({place},0)", f"({page},0)").replace(place, f"'({page},0)'::tid")
    return sql


def _measured(link: Link, batches: Batches) -> tuple[int, int]:
    name = quote_qualified(batches.namespace, batches.table)
    rows = link.query(_TABLE, (name,))
    if not rows:
        raise StatementFailedError(
            statement=name, sqlstate="42P01", reason=f"there is no table {quote_literal(name)}"
        )
    return int(rows[0][0]), int(rows[0][1])


def _note(
    link: Link, key: str, end: int, journal: str, *, is_last: bool, is_due: bool
) -> Callable[[], None]:
    """Return what is to be noted in the transaction of a stretch."""

    def note() -> None:
        if is_last:
            write_journal(link, journal)
        elif is_due:
            write_stretch(link, key, end)

    return note


def _run_stretch(
    link: Link, sql: str, note: Callable[[], None], patience: Patience, progress: Progress
) -> None:
    def act() -> None:
        with link.transaction():
            link.execute(f"SET LOCAL lock_timeout = {patience.lock_timeout_sql}")
            link.execute(sql)
            note()

    insist(link, patience, lambda: run_watched(link, act, progress), progress)
