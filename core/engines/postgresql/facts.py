"""Facts for a plan: sizes, users, dependents, speed, and what the rows say to its tests."""
# ruff: noqa: S608 names are quoted, numbers are ours

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.databases.errors import StatementFailedError
from core.dialects.facts import Facts, RowTest, RowTestResult, TableFacts
from core.dialects.postgresql import quote_qualified
from core.engines.postgresql import catalogue
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.dependents import read_dependents
from core.engines.postgresql.other_sessions import sessions_holding
from core.engines.postgresql.parts import read_parts

COUNTED_BYTES = 8 * 1024 * 1024
"""Up to this size of a table its rows are counted, beyond it they are estimated."""

COUNTED_AT_ONCE = 100
"""Tables counted by one query."""

SAMPLED_BYTES = 16 * 1024 * 1024
"""How much of a table is read to measure the speed, about."""

LEAST_SAMPLED_BYTES = 1024 * 1024
"""Below this size of the largest table no speed is measured."""

MOST_SAMPLES = 10
"""Rows that a test shows."""

BYTES_PER_ROW = 64
"""Taken for the size of a row where the server never looked into a table."""

_TABLES = """
SELECT w.id, c.oid, n.nspname, c.relname, c.reltuples, c.relpages,
       pg_relation_size(c.oid), current_setting('block_size')::int,
       pg_table_size(c.oid), pg_indexes_size(c.oid), row_security_active(c.oid)
  FROM unnest(%s::text[], %s::text[], %s::text[]) w (id, namespace, name)
  JOIN pg_namespace n ON n.nspname = w.namespace
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name AND c.relkind = 'r'
 ORDER BY 1"""
"""Sizes of tables, and what the statistics have of their rows.

Source: PostgreSQL manual, 51.11 pg_class: reltuples and relpages are estimates, -1 and 0 while the
table was never looked into.
"""


_TRIGGERS = """
SELECT tgrelid, tgname FROM pg_trigger
 WHERE tgrelid = ANY (%s::oid[]) AND NOT tgisinternal AND tgenabled IN ('O', 'A')
   AND tgtype & 1 <> 0 AND tgtype & 16 <> 0 AND cardinality(tgattr::int2[]) = 0
 ORDER BY 1, 2"""
"""Row triggers of UPDATE without a list of columns, as they run for us.

Source: PostgreSQL sources, src/include/catalog/pg_trigger.h, TRIGGER_TYPE_ROW and _UPDATE.
"""

_ENUMS = """
SELECT w.id, t.oid FROM unnest(%s::text[], %s::text[], %s::text[]) w (id, namespace, name)
  JOIN pg_namespace n ON n.nspname = w.namespace
  JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name AND t.typtype = 'e'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    """One table as the catalogues have it."""

    id: str
    oid: int
    sql: str
    estimated_rows: int
    main_bytes: int
    size_bytes: int
    index_size_bytes: int
    is_hidden: bool


def gather_facts(
    link: Link,
    tables: Mapping[str, tuple[str, str]],
    tests: Sequence[RowTest],
    *,
    taken_apart: Container[str],
    enums: Mapping[str, tuple[str, str]],
) -> Facts:
    """Measure tables and put tests to their rows. The caller takes back what tests set up.

    Raises:
        StatementFailedError: a test was refused; its sentence names the test.
    """
    measured = _measure(link, tables)
    oids = [each.oid for each in measured]
    counted = _count(link, measured)
    sessions = sessions_holding(link, oids)
    with link.trial():
        link.execute(f"SET LOCAL search_path = {catalogue.READING_PATH}")
        triggers = _find_triggers(link, oids)
        found_enums = _find_enums(link, enums)
        dependents = read_dependents(link, oids, list(found_enums.values()))
        parts = read_parts(link, [each.oid for each in measured if each.id in taken_apart])
    return Facts(
        server_major=link.major_version,
        tables={
            each.id: TableFacts(
                estimated_rows=counted.get(each.oid, each.estimated_rows),
                size_bytes=each.size_bytes,
                index_size_bytes=each.index_size_bytes,
                sessions=sessions.get(each.oid, ()),
                dependents=dependents.of_tables.get(each.oid, ()),
                key_dependents=dependents.of_keys.get(each.oid, {}),
                update_triggers=tuple(triggers[each.oid]),
                parts=parts.get(each.oid),
            )
            for each in measured
        },
        rows={test: _ask(link, test) for test in tests},
        bytes_per_second=_speed(link, measured),
        enums={
            enum_id: dependents.of_enums[oid]
            for enum_id, oid in found_enums.items()
            if oid in dependents.of_enums
        },
    )


def _find_triggers(link: Link, oids: Sequence[int]) -> defaultdict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for oid, name in link.query(_TRIGGERS, (list(oids),)):
        found[oid].append(str(name))
    return found


def _find_enums(link: Link, enums: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    if not enums:
        return {}
    namespaces, names = ([place[part] for place in enums.values()] for part in (0, 1))
    return dict(link.query(_ENUMS, (list(enums), namespaces, names)))


def _measure(link: Link, tables: Mapping[str, tuple[str, str]]) -> tuple[_Measured, ...]:
    ids = list(tables)
    namespaces = [tables[each][0] for each in ids]
    names = [tables[each][1] for each in ids]
    return tuple(
        _Measured(
            id=table_id,
            oid=oid,
            sql=quote_qualified(namespace, name),
            estimated_rows=_estimate(rows, pages, main_bytes, block_bytes),
            main_bytes=main_bytes,
            size_bytes=size_bytes,
            index_size_bytes=index_bytes,
            is_hidden=is_hidden,
        )
        for (
            table_id,
            oid,
            namespace,
            name,
            rows,
            pages,
            main_bytes,
            block_bytes,
            size_bytes,
            index_bytes,
            is_hidden,
        ) in link.query(_TABLES, (ids, namespaces, names))
    )


def _estimate(rows: float, pages: int, main_bytes: int, block_bytes: int) -> int:
    """Return the rows of a table of this size, as dense as when the server looked last."""
    if rows < 0 or pages == 0:
        return main_bytes // BYTES_PER_ROW
    return round(rows / pages * (main_bytes / block_bytes))


def _count(link: Link, measured: Iterable[_Measured]) -> dict[int, int]:
    small = [each for each in measured if each.main_bytes <= COUNTED_BYTES and not each.is_hidden]
    counted: dict[int, int] = {}
    for start in range(0, len(small), COUNTED_AT_ONCE):
        some = small[start : start + COUNTED_AT_ONCE]
        columns = ", ".join(f"(SELECT count(*) FROM ONLY {each.sql})" for each in some)
        row = link.query(f"SELECT {columns}")[0]
        counted |= {each.oid: int(number) for each, number in zip(some, row, strict=True)}
    return counted


def _speed(link: Link, measured: Sequence[_Measured]) -> float | None:
    """Measure how fast the largest table is read: in bytes per second."""
    visible = [each for each in measured if not each.is_hidden]
    largest = max(visible, key=lambda each: each.main_bytes, default=None)
    if largest is None or largest.main_bytes < LEAST_SAMPLED_BYTES:
        return None
    share = min(SAMPLED_BYTES / largest.main_bytes, 1.0)
    began_at = time.perf_counter()
    link.query(f"SELECT count(*) FROM ONLY {largest.sql} TABLESAMPLE SYSTEM ({share * 100:.6f})")
    return largest.main_bytes * share / max(time.perf_counter() - began_at, 1e-6)


def _ask(link: Link, test: RowTest) -> RowTestResult:
    try:
        with link.trial():
            if test.setup_sql:
                link.execute(test.setup_sql)
            count = int(link.query(test.count_sql)[0][0] or 0)
            samples = link.query(test.sample_sql)[:MOST_SAMPLES] if count else []
    except StatementFailedError as error:
        raise StatementFailedError(
            statement=error.statement,
            sqlstate=error.sqlstate,
            reason=f"the test {test.code} of the rows of {test.subject} failed",
        ) from error
    return RowTestResult(count=count, samples=tuple(str(sample) for (sample,) in samples))
