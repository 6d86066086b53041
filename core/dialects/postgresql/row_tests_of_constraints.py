"""Tests of new constraints and unique indexes: which rows break them."""
# ruff: noqa: S608 names are quoted, expressions are parenthesised

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.changes import ChangeColumnType, Subject
from core.definition.canonical import qualified
from core.definition.model import Check, Column, ForeignKey, Index, Table
from core.dialects.facts import RowTest, RowTestKind
from core.dialects.postgresql.casts import keeps_every_value
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import parenthesised, quote
from core.dialects.postgresql.rows_before import (
    MOST_SAMPLES,
    NULL,
    Rows,
    RowsBefore,
    RowsView,
    row_label,
)


def key_tests(
    table_id: str, column_ids: Iterable[str], subject: Subject, rows: RowsBefore
) -> Iterator[RowTest]:
    """Ask for rows that have the same values in columns which are to be unique together."""
    table, now = rows.after.table(table_id), rows.table(table_id)
    if table is None or now is None:
        return
    columns = _columns(table, column_ids)
    if columns is None or NULL in (rows.view().values(table, columns) or ()):
        return
    source = rows.view().projected(table, columns)
    if source is not None:
        keys = [quote(column.name) for column in columns]
        yield _duplicates(source, keys, None, subject, table_id)


def index_tests(
    table_id: str, index: Index, subject: Subject, rows: RowsBefore
) -> Iterator[RowTest]:
    """Ask for rows that a unique index refuses; NULLs are distinct and a condition counts."""
    table = rows.after.table(table_id)
    if table is None or not index.unique:
        return
    texts = [part.expression for part in index.parts if part.expression is not None]
    texts.extend([] if index.where is None else [index.where])
    own = _columns(table, [part.column_id for part in index.parts if part.column_id is not None])
    spoken = [rows.mentioned(table, text) for text in texts]
    if own is None or any(each is None for each in spoken):
        return
    wanted = {column.id for each in (own, *spoken) if each is not None for column in each}
    source = rows.view().projected(table, [each for each in table.columns if each.id in wanted])
    if source is None:
        return
    names = {column.id: quote(column.name) for column in table.columns}
    keys = [
        names[part.column_id or ""] if part.expression is None else parenthesised(part.expression)
        for part in index.parts
    ]
    yield _duplicates(source, keys, index.where, subject, table_id)


def retyped_key_tests(change: ChangeColumnType, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for rows that only become equal when a column of a key is converted."""
    table_id, column_id = change.table.id, change.after.id
    table = rows.after.table(table_id)
    if table is None or keeps_every_value(change.before.type, change.after.type):
        return
    keys = [(unique.id, unique.name, unique.column_ids) for unique in table.uniques]
    if table.primary_key is not None:
        keys.append((table.id, table.primary_key.name, table.primary_key.column_ids))
    for key_id, name, column_ids in keys:
        if column_id in column_ids:
            label = qualified(table.namespace, table.name, name or key_id)
            kind = change.subject.kind
            subject = Subject(kind=kind, id=key_id, label=label, table_id=table_id)
            yield from key_tests(table_id, column_ids, subject, rows)
    for index in table.indexes:
        if any(part.column_id == column_id for part in index.parts):
            label = qualified(table.namespace, table.name, index.name or index.id)
            kind = change.subject.kind
            subject = Subject(kind=kind, id=index.id, label=label, table_id=table_id)
            yield from index_tests(table_id, index, subject, rows)


def check_tests(
    table_id: str, check: Check, subject: Subject, rows: RowsBefore
) -> Iterator[RowTest]:
    """Ask for rows for which a check is false."""
    table = rows.after.table(table_id)
    columns = None if table is None else rows.mentioned(table, check.expression)
    if table is None or columns is None:
        return
    source = rows.view().projected(table, columns)
    if source is not None:
        yield source.test(
            f"{parenthesised(check.expression)} IS FALSE",
            code="CHECK_VIOLATED",
            kind=RowTestKind.DOES_NOT_FIT,
            subject=subject.label,
            cause=check.id,
            table_id=table_id,
        )


def foreign_key_tests(key: ForeignKey, subject: Subject, rows: RowsBefore) -> Iterator[RowTest]:
    """Ask for rows that refer to none; a row with a NULL among its columns refers to nothing.

    Source: PostgreSQL manual, SQL Commands, CREATE TABLE, MATCH SIMPLE.
    """
    source, target = rows.after.table(key.source_table_id), rows.after.table(key.target_table_id)
    now = rows.table(key.source_table_id)
    if source is None or target is None or now is None:
        return
    view = rows.view()
    referring = _values(view, source, key.source_column_ids)
    if referring is None or NULL in referring:
        return
    conditions = [f"k{place} IS NOT NULL" for place in range(len(referring))]
    there = rows.table(target.id)
    if there is not None:
        referred = _values(view, target, key.target_column_ids)
        if referred is None:
            return
        picked = ", ".join(f"{value} AS t{place}" for place, value in enumerate(referred))
        same = " AND ".join(f"t{place} = k{place}" for place in range(len(referred)))
        found = f"SELECT FROM (SELECT {picked} FROM {Place.of(there).sql}) AS referred WHERE {same}"
        conditions.append(f"NOT EXISTS ({found})")
    picked = ", ".join(f"{value} AS k{place}" for place, value in enumerate(referring))
    selected = f"SELECT {row_label(now)} AS sb_row, {picked} FROM {Place.of(now).sql}"
    yield Rows(source=f"({selected}) AS referring", label="sb_row", setup=view.setup).test(
        " AND ".join(conditions),
        code="ORPHANS",
        kind=RowTestKind.DOES_NOT_FIT,
        subject=subject.label,
        cause=key.id,
        table_id=source.id,
    )


def _columns(table: Table, column_ids: Iterable[str]) -> list[Column] | None:
    columns = [table.column(column_id) for column_id in column_ids]
    there = [column for column in columns if column is not None]
    return there if len(there) == len(columns) else None


def _values(view: RowsView, table: Table, column_ids: Iterable[str]) -> list[str] | None:
    columns = _columns(table, column_ids)
    return None if columns is None else view.values(table, columns)


def _duplicates(
    source: Rows, keys: list[str], where: str | None, subject: Subject, table_id: str
) -> RowTest:
    picked = ", ".join(f"{key} AS k{place}" for place, key in enumerate(keys))
    chosen = "" if where is None else f" WHERE {parenthesised(where)}"
    names = [f"k{place}" for place in range(len(keys))]
    some = " AND ".join(f"{name} IS NOT NULL" for name in names)
    group = ", ".join(names)
    keyed = f"(SELECT {source.label} AS sb_name, {picked} FROM {source.source}{chosen}) AS keyed"
    counted = (
        f"SELECT count(*) AS rows FROM {keyed} WHERE {some} GROUP BY {group} HAVING count(*) > 1"
    )
    numbered = (
        f"SELECT sb_name, count(*) OVER (PARTITION BY {group}) AS rows FROM {keyed} WHERE {some}"
    )
    return RowTest(
        code="DUPLICATES",
        kind=RowTestKind.DOES_NOT_FIT,
        subject=subject.label,
        cause=subject.id,
        table_id=table_id,
        count_sql=f"SELECT coalesce(sum(rows), 0)::bigint FROM ({counted}) AS groups",
        sample_sql=f"SELECT sb_name FROM ({numbered}) AS rows_of_groups"
        f" WHERE rows > 1 LIMIT {MOST_SAMPLES}",
        setup_sql=source.setup,
    )
