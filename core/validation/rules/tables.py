"""Rules about tables as a whole: their size and what they lack."""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.rule import Remark, on_table, rule

MAX_COLUMNS = 1_600
"""Columns a table can have. Source: PostgreSQL manual, appendix K."""
WIDE_COLUMNS = 30
"""Columns above which a table is called wide."""
MANY_INDEXES = 20
"""Indexes above which each write pays too much."""


@rule(code="NO_TABLES", level=Level.ERROR, catalogue="S001")
def no_tables(design: Design) -> Iterator[Remark]:
    """A definition has at least one table."""
    if not design.tables:
        yield Remark(path="tables", message="There is no table.", hint="Add one.")


@rule(code="TABLE_WITHOUT_COLUMNS", level=Level.ERROR, catalogue="T003")
def table_without_columns(design: Design) -> Iterator[Remark]:
    """A table has at least one column."""
    for view in design.tables:
        if not view.columns:
            yield on_table(view, f'"{view.name}" has no columns.', "Add one.", part="columns")


@rule(code="TOO_MANY_COLUMNS", level=Level.ERROR, catalogue="S001")
def too_many_columns(design: Design) -> Iterator[Remark]:
    """A table has at most 1,600 columns.

    Source: PostgreSQL manual, appendix K.
    """
    for view in design.tables:
        if len(view.columns) > MAX_COLUMNS:
            yield on_table(
                view,
                f'"{view.name}" has {len(view.columns):,} columns; at most {MAX_COLUMNS:,} fit.',
                "Split the table.",
                part="columns",
            )


@rule(code="MISSING_PRIMARY_KEY", level=Level.HIGH, catalogue="T004")
def missing_primary_key(design: Design) -> Iterator[Remark]:
    """A table should have a primary key.

    Without one a row cannot be named: not by a foreign key, not by replication, not by a
    program that wants to change just that row.
    """
    for view in design.tables:
        if view.table.primary_key is None and view.columns:
            yield on_table(
                view,
                f'"{view.name}" has no primary key.',
                "Mark the columns that name a row, or add an id that counts up.",
                part="columns",
            )


@rule(code="SINGLE_COLUMN_TABLE", level=Level.MEDIUM, catalogue="T005")
def single_column_table(design: Design) -> Iterator[Remark]:
    """A table of one column is often an enum, or not finished."""
    for view in design.tables:
        if len(view.columns) == 1:
            yield on_table(
                view,
                f'"{view.name}" has one column only.',
                "Add what is missing, or make it an enum.",
                part="columns",
            )


@rule(code="WIDE_TABLE", level=Level.MEDIUM, catalogue="T006")
def wide_table(design: Design) -> Iterator[Remark]:
    """A table of more than 30 columns often holds several things at once."""
    for view in design.tables:
        if WIDE_COLUMNS < len(view.columns) <= MAX_COLUMNS:
            yield on_table(
                view,
                f'"{view.name}" has {len(view.columns)} columns.',
                "Move columns that belong together into a table of their own.",
                part="columns",
            )


@rule(code="TABLE_WITHOUT_INDEX", level=Level.HIGH, catalogue="T007")
def table_without_index(design: Design) -> Iterator[Remark]:
    """A table with no index at all, not even a key's, is read whole by every query."""
    for view in design.tables:
        table = view.table
        is_bare = not table.indexes and not table.uniques and table.primary_key is None
        if is_bare and view.columns:
            yield on_table(
                view, f'"{view.name}" has no index at all.', "Give it a primary key or an index."
            )


@rule(code="TOO_MANY_INDEXES", level=Level.MEDIUM, catalogue="T008")
def too_many_indexes(design: Design) -> Iterator[Remark]:
    """A table of more than 20 indexes pays for all of them on every write."""
    for view in design.tables:
        count = len(view.table.indexes) + len(view.table.uniques)
        count += view.table.primary_key is not None
        if count > MANY_INDEXES:
            yield on_table(
                view, f'"{view.name}" has {count} indexes.', "Keep those that queries need."
            )


@rule(code="TABLE_WITHOUT_RELATIONS", level=Level.HINT, catalogue="T010")
def table_without_relations(design: Design) -> Iterator[Remark]:
    """A table that no foreign key touches, among tables that are related."""
    related = {
        table_id
        for view in design.foreign_keys
        for table_id in (view.foreign_key.source_table_id, view.foreign_key.target_table_id)
    }
    if not related:
        return
    for view in design.tables:
        if view.table.id not in related:
            yield on_table(
                view,
                f'No foreign key leads to "{view.name}" or away from it.',
                "Relate it, if it belongs to the others.",
            )


RULES = (
    no_tables,
    table_without_columns,
    too_many_columns,
    missing_primary_key,
    single_column_table,
    wide_table,
    table_without_index,
    too_many_indexes,
    table_without_relations,
)
"""The rules of this module."""
