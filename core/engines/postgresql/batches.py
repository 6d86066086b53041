"""Statements over a whole table, a stretch of pages at a time, each in its own transaction.

Rows that come while it runs have to be right by other means, such as a default or a trigger.
"""

from __future__ import annotations

import hashlib
import time

from core.databases.errors import StatementFailedError
from core.dialects.postgresql import quote_literal, quote_qualified
from core.dialects.postgresql.versions import TID_RANGES
from core.dialects.statement import Batches, Statement
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.journalling import read_stretch, write_journal, write_stretch
from core.engines.postgresql.patience import Patience, Progress, insist
from core.engines.postgresql.watching import run_watched

AIM_SECONDS = 0.3
"""How long one stretch should take: as long may writers of its rows have to wait."""

LONGEST_SECONDS = 0.8
"""After so long a stretch of several pages is taken back, so that writers go on; less follows."""

_WAS_CANCELLED = "57014"
"""Code of query_canceled. Source: PostgreSQL manual, appendix A."""

FIRST_PAGES = 64
"""Pages of the first stretch."""

MOST_PAGES = 65536
"""Pages of a stretch at most."""

NOTE_SECONDS = 2.0
"""Time between two notes of how far it is."""

MOST_WALKS = 4
"""How often a table is gone through at most."""

STRETCHES_BEFORE_TID_RANGES = 16
"""Into how many stretches a table is cut where each of them reads all of it."""

_TABLE = """
SELECT pg_relation_filenode(c.oid), pg_relation_size(c.oid) / current_setting('block_size')::int
  FROM pg_class c WHERE c.oid = to_regclass(%s)"""


def run_batches(
    link: Link, statement: Statement, *, journal: str, patience: Patience, progress: Progress
) -> None:
    """Run a statement over all pages of its table, and note at the end that it is done.

    It goes on where an earlier attempt at the same statement stopped, unless the table was
    written anew since. Rows that moved behind it meanwhile are found by going through once more.

    Raises:
        StatementFailedError: the server refused it, or the table is not there.
        LockTimeoutError: others held rows or the table until patience was at its end.
    """
    batches = statement.batches
    assert batches is not None  # noqa: S101 the caller looked
    node, pages = _measured(link, batches)
    key = hashlib.sha256(f"{node} {statement.sql}".encode()).hexdigest()[:16]
    where = f"{batches.namespace}.{batches.table}"
    walk = _Walk(link, statement.sql, key, patience, progress)
    first = read_stretch(link, key)
    changed = walk.over(first, pages, f"goes through {where}", is_noted=True)
    changed_before = max(changed, first)
    for _ in range(MOST_WALKS - 1):
        if not changed_before:
            break
        _, pages = _measured(link, batches)
        changed = walk.over(0, pages, f"looks for rows of {where} that moved", is_noted=False)
        if changed * 2 > changed_before:
            break  # it changes every row each time, so that nothing can be learnt from that
        changed_before = changed
    write_journal(link, journal)


class _Walk:
    """Goes over the pages of a table in stretches that take about the same time each."""

    def __init__(
        self, link: Link, sql: str, key: str, patience: Patience, progress: Progress
    ) -> None:
        self._link = link
        self._sql = sql
        self._key = key
        self._patience = patience
        self._progress = progress

    def over(self, first: int, pages: int, words: str, *, is_noted: bool) -> int:
        """Run the statement from one page to the end, and return how many rows it changed."""
        size, least, changed = FIRST_PAGES, 1, 0
        if not TID_RANGES.is_of(self._link.major_version):
            least = max(pages // STRETCHES_BEFORE_TID_RANGES, 1)
        noted_at = time.monotonic()
        while first < pages:
            end = min(first + max(size, least), pages)
            began_at = time.monotonic()
            is_due = is_noted and began_at - noted_at > NOTE_SECONDS
            may_stop = end - first > least
            touched = self._run(
                cut(self._sql, first, end), end if is_due else None, may_stop=may_stop
            )
            if touched is None:
                size = max((end - first) // 4, 1)
                continue
            changed += touched
            noted_at = began_at if is_due else noted_at
            seconds = max(time.monotonic() - began_at, 0.001)
            size = int(min(max(size * min(max(AIM_SECONDS / seconds, 0.25), 2), 1), MOST_PAGES))
            first = end
            self._progress(words, end / pages if is_noted else None)
        return changed

    def _run(self, sql: str, page_to_note: int | None, *, may_stop: bool) -> int | None:
        """Run one stretch; return how many rows it changed, None when it took too long."""
        changed = 0
        longest = f"SET LOCAL statement_timeout = {int(LONGEST_SECONDS * 1000)};"

        def act() -> None:
            nonlocal changed
            with self._link.transaction():
                self._link.execute(
                    f"{longest if may_stop else ''}"
                    f" SET LOCAL lock_timeout = {self._patience.lock_timeout_sql}"
                )
                changed = self._link.execute(sql)
                if page_to_note is not None:
                    write_stretch(self._link, self._key, page_to_note)

        try:
            insist(
                self._link,
                self._patience,
                lambda: run_watched(self._link, act, self._progress),
                self._progress,
            )
        except StatementFailedError as error:
            if may_stop and error.sqlstate == _WAS_CANCELLED:
                return None
            raise
        return changed


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
