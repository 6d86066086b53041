"""Rules about types and shapes that some teams want and others do not, mostly silent unless asked.

They look at tables and columns that a plan makes or gives another type.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.changes import (
    AddColumn,
    AddIndex,
    AddTable,
    ChangeColumnType,
    ChangeIndex,
    ObjectKind,
    Subject,
    TableName,
)
from core.definition.model import Column, Table
from core.definition.types import DataType
from core.lint.finding import Level
from core.lint.review import Review
from core.lint.rule import Remark, about, rule

_MOST_INDEX_KEYS = 3


def shaped_columns(review: Review) -> Iterator[tuple[Subject, Column]]:
    """Give the columns that a plan makes or gives another type."""
    for added in review.changes(AddTable):
        for column in added.table.columns:
            name = TableName.of(added.table)
            yield name.part(ObjectKind.COLUMN, column.id, column.name), column
    for change in review.changes(AddColumn, ChangeColumnType):
        yield change.subject, change.column if isinstance(change, AddColumn) else change.after


@rule(
    code="TD_INT_KEY",
    level=None,
    remedy="Use BIGINT.",
    elsewhere="squawk prefer-bigint-over-int; Bytebase; skeema",
)
def int_key(review: Review) -> Iterator[Remark]:
    """An INT is made that counts up, and ends at 2,147,483,647 rows.

    *Example:* `id INT` with autoIncrement.

    *Source:* PostgreSQL manual, section 8.1.1 Integer Types.
    """
    for subject, column in shaped_columns(review):
        if column.identity is not None and column.type.data_type.canonical() is DataType.INT:
            yield about(review, subject, f"Column {subject.label} counts to 2,147,483,647 only.")


@rule(
    code="TD_JSON",
    level=Level.WARN,
    remedy="Use JSONB, which can be compared and indexed.",
    elsewhere="strong_migrations: adding a json column; eugene E3",
)
def json(review: Review) -> Iterator[Remark]:
    """A column of the native type `json` is made, which has no equality.

    `SELECT DISTINCT`, `GROUP BY` and `UNION` over rows with it fail. The type JSON of a design is
    stored as `jsonb` and is not told.

    *Example:* `settings json`.

    *Source:* PostgreSQL manual, section 8.14 JSON Types.
    """
    for subject, column in shaped_columns(review):
        if (column.type.native or "").strip().lower() == "json":
            yield about(review, subject, f"Column {subject.label} of type json has no equality.")


@rule(
    code="TD_LIMITED_TEXT",
    level=None,
    remedy="Use TEXT with a check of its length, which is changed without touching the rows.",
    elsewhere="squawk prefer-text-field; GitLab",
)
def limited_text(review: Review) -> Iterator[Remark]:
    """A column of VARCHAR with a limit is made.

    *Example:* `name VARCHAR(50)`.

    *Source:* PostgreSQL wiki, Don't Do This.
    """
    for subject, column in shaped_columns(review):
        kind = column.type.canonical()
        if kind.data_type is DataType.VARCHAR and kind.length is not None:
            yield about(review, subject, f"Column {subject.label} takes {kind.length} characters.")


@rule(
    code="TD_UNLIMITED_TEXT",
    level=None,
    remedy="Give it a limit, by its type or by a check.",
    elsewhere="GitLab: text columns have a limit",
)
def unlimited_text(review: Review) -> Iterator[Remark]:
    """A column is made that takes texts of any length.

    *Example:* `name TEXT`.

    *Source:* GitLab, Text columns.
    """
    for subject, column in shaped_columns(review):
        kind = column.type.canonical()
        if kind.data_type in {DataType.TEXT, DataType.VARCHAR} and kind.length is None:
            yield about(review, subject, f"Column {subject.label} takes texts of any length.")


@rule(
    code="TD_ENUM",
    level=None,
    remedy="Use TEXT with a check, or a table of the values.",
    elsewhere="eugene W13; skeema; schemalint",
)
def enum(review: Review) -> Iterator[Remark]:
    """A column of an enum is made, whose values can be added to but not taken from.

    *Example:* `state` of the enum `state`.

    *Source:* PostgreSQL manual, section 8.7.4 Implementation Details of enumerated types.
    """
    for subject, column in shaped_columns(review):
        if column.type.data_type is DataType.ENUM:
            yield about(review, subject, f"Column {subject.label} is an enum.")


@rule(
    code="TD_NULLABLE_BOOLEAN",
    level=None,
    remedy="Make the column NOT NULL with a default.",
    elsewhere="GitLab: boolean columns are not nullable",
)
def nullable_boolean(review: Review) -> Iterator[Remark]:
    """A BOOLEAN is made that knows a third state.

    *Example:* `is_active BOOLEAN`, which may be NULL.

    *Source:* PostgreSQL manual, section 8.6 Boolean Type.
    """
    for subject, column in shaped_columns(review):
        if column.type.data_type is DataType.BOOLEAN and column.nullable:
            yield about(review, subject, f"Column {subject.label} can be neither true nor false.")


@rule(
    code="TD_WIDE_INDEX",
    level=Level.NOTICE,
    remedy="Begin with the columns that tell most rows apart, and leave out the others.",
    elsewhere="strong_migrations: non-unique index with more than three columns; Bytebase",
)
def wide_index(review: Review) -> Iterator[Remark]:
    """An index over more than three keys is made that is not unique.

    It seldom finds rows faster than one over its first keys, and it is larger.

    *Example:* an index on `(country, city, street, number)`.

    *Source:* PostgreSQL manual, section 11.3: multicolumn indexes should be used sparingly.
    """
    for table in review.changes(AddTable):
        for index in table.table.indexes:
            if len(index.parts) > _MOST_INDEX_KEYS and not index.unique:
                part = TableName.of(table.table).part(ObjectKind.INDEX, index.id, index.name)
                yield about(review, part, f"Index {part.label} has {len(index.parts)} keys.")
    for change in review.changes(AddIndex, ChangeIndex):
        wanted = change.index if isinstance(change, AddIndex) else change.after
        if len(wanted.parts) > _MOST_INDEX_KEYS and not wanted.unique:
            message = f"Index {change.subject.label} has {len(wanted.parts)} keys."
            yield about(review, change.subject, message)


@rule(
    code="TD_COMMENT_MISSING",
    level=None,
    remedy="Describe what a row of the table stands for.",
    elsewhere="Bytebase; Atlas: comment required",
)
def comment_missing(review: Review) -> Iterator[Remark]:
    """A table is made without a description.

    *Example:* a table `xref2` that nobody explains.

    *Source:* PostgreSQL manual, SQL Commands, COMMENT.
    """
    for change in review.changes(AddTable):
        if not change.table.description:
            message = f"Table {change.subject.label} has no description."
            yield about(review, change.subject, message)


@rule(
    code="TD_COLUMN_PADDING",
    level=None,
    remedy="Put the columns of eight bytes first, then those of four, then the others.",
    elsewhere="Atlas PG110",
)
def column_padding(review: Review) -> Iterator[Remark]:
    """A table is made whose order of columns leaves eight bytes or more unused in every row.

    Values of eight bytes begin at a multiple of eight, so that a short one before them is filled
    up. Only columns before the first one of varying size are counted.

    *Example:* `is_a BOOLEAN, a BIGINT, is_b BOOLEAN, b BIGINT` leaves 14 bytes unused.

    *Source:* PostgreSQL manual, section 66.6.1 Table Row Layout; catalogue pg_type, typalign.
    """
    for change in review.changes(AddTable):
        unused = _unused_bytes(change.table)
        if unused >= _ALIGNMENT:
            message = f"Each row of {change.subject.label} leaves {unused} bytes unused."
            yield about(review, change.subject, message)


_ALIGNMENT = 8

_SIZES = {
    DataType.BOOLEAN: (1, 1),
    DataType.SMALLINT: (2, 2),
    DataType.INT: (4, 4),
    DataType.FLOAT: (4, 4),
    DataType.DATE: (4, 4),
    DataType.ENUM: (4, 4),
    DataType.BIGINT: (8, 8),
    DataType.DOUBLE: (8, 8),
    DataType.TIME: (8, 8),
    DataType.TIMESTAMP: (8, 8),
    DataType.TIMESTAMPTZ: (8, 8),
    DataType.INTERVAL: (16, 8),
    DataType.UUID: (16, 1),
}
"""Bytes and alignment of types of one size. Source: pg_type.typlen and typalign."""


def _unused_bytes(table: Table) -> int:
    offset = unused = 0
    for column in table.columns:
        placed = _SIZES.get(column.type.data_type.canonical())
        if placed is None:
            break
        size, alignment = placed
        padding = -offset % alignment
        unused += padding
        offset += padding + size
    return unused


RULES = (
    int_key,
    json,
    limited_text,
    unlimited_text,
    enum,
    nullable_boolean,
    wide_index,
    comment_missing,
    column_padding,
)
"""The rules of this module."""
