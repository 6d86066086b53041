"""Rules about primary keys, unique constraints and checks.

Source: PostgreSQL manual, sections 5.5 and 11.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.rule import Remark, on_table, rule
from core.validation.views import KeyView, TableView

MAX_KEYS = 32
"""Columns of a key or an index. Source: PostgreSQL manual, appendix K."""


def _constraints(design: Design) -> Iterator[tuple[TableView, KeyView]]:
    for view in design.tables:
        for key in view.keys:
            if key.constrains:
                yield view, key


def _remark(view: TableView, key: KeyView, message: str, hint: str = "") -> Remark:
    return Remark(path=key.path, message=message, hint=hint, table_id=view.table.id)


@rule(code="KEY_WITHOUT_COLUMNS", level=Level.ERROR, catalogue="U001")
def key_without_columns(design: Design) -> Iterator[Remark]:
    """A primary key or unique constraint has at least one column."""
    for view, key in _constraints(design):
        if not key.column_ids:
            yield _remark(view, key, f'The {key.kind} of "{view.name}" has no columns.', "Add one.")


@rule(code="KEY_COLUMN_MISSING", level=Level.ERROR, catalogue="U001")
def key_column_missing(design: Design) -> Iterator[Remark]:
    """The columns of a primary key or unique constraint are columns of its table."""
    for view, key in _constraints(design):
        for column_id in key.column_ids:
            if column_id not in view.by_id:
                yield _remark(
                    view, key, f'The {key.kind} names {column_id}, no column of "{view.name}".'
                )


@rule(code="KEY_COLUMN_REPEATED", level=Level.ERROR, catalogue="U001")
def key_column_repeated(design: Design) -> Iterator[Remark]:
    """A primary key or unique constraint names each column once."""
    for view, key in _constraints(design):
        if len(set(key.column_ids)) < len(key.column_ids):
            yield _remark(
                view,
                key,
                f'The {key.kind} of "{view.name}" names a column twice.',
                "Name each column once.",
            )


@rule(code="KEY_TOO_LONG", level=Level.ERROR, catalogue="S001")
def key_too_long(design: Design) -> Iterator[Remark]:
    """A primary key or unique constraint has at most 32 columns."""
    for view, key in _constraints(design):
        if len(key.column_ids) > MAX_KEYS:
            yield _remark(
                view,
                key,
                f'The {key.kind} of "{view.name}" has {len(key.column_ids)} columns;'
                f" at most {MAX_KEYS} fit.",
            )


@rule(code="KEY_TYPE_UNSUPPORTED", level=Level.ERROR, catalogue="X001")
def key_type_unsupported(design: Design) -> Iterator[Remark]:
    """The columns of a primary key or unique constraint have types with an order.

    PostgreSQL keeps such keys in a btree, and points, boxes, `xml` and the text form of `json` have
    no order it could use.
    """
    for view, key in _constraints(design):
        for column_id in key.column_ids:
            column = view.by_id.get(column_id)
            if column is None or column.sql_type is None:
                continue
            if not column.sql_type.is_indexable_by("btree"):
                yield _remark(
                    view,
                    key,
                    f'"{column.name}" has the type {column.sql_type.name}, which a {key.kind}'
                    " cannot compare.",
                    "Use a column of another type.",
                )


@rule(code="PRIMARY_KEY_NULLABLE", level=Level.ERROR, catalogue="U001")
def primary_key_nullable(design: Design) -> Iterator[Remark]:
    """A column of a primary key is never NULL."""
    for view in design.tables:
        key = view.table.primary_key
        for column_id in key.column_ids if key is not None else ():
            column = view.by_id.get(column_id)
            if column is not None and column.column.nullable:
                yield Remark(
                    path=f"{column.path}.nullable",
                    message=f'"{column.name}" is in the primary key and nullable.',
                    hint="Say nullable: false.",
                    table_id=view.table.id,
                    column_id=column_id,
                )


@rule(code="UNIQUE_REPEATED", level=Level.ERROR, catalogue="U001")
def unique_repeated(design: Design) -> Iterator[Remark]:
    """A unique constraint has other columns, or another order, than the table's other keys.

    PostgreSQL makes one of two that are the same, so the database would not be what was drawn.
    """
    for view in design.tables:
        seen: dict[tuple[str, ...], str] = {}
        for key in view.keys:
            if not key.constrains:
                continue
            if key.column_ids in seen and not _is_key_flag(view, key):
                yield _remark(
                    view,
                    key,
                    f'{view.names_of(key.column_ids)} of "{view.name}" has the same'
                    f" {seen[key.column_ids]} already.",
                    "Remove one of them.",
                )
            seen.setdefault(key.column_ids, key.kind)


@rule(code="UNIQUE_NEEDLESS", level=Level.LOW, catalogue="U001")
def unique_needless(design: Design) -> Iterator[Remark]:
    """The flag `unique` says nothing new on the only column of a primary key."""
    for view in design.tables:
        for key in view.keys:
            if key.constrains and _is_key_flag(view, key):
                yield _remark(
                    view,
                    key,
                    f"{view.names_of(key.column_ids)} is the primary key and thereby unique.",
                    "Leave unique out.",
                )


def _is_key_flag(view: TableView, key: KeyView) -> bool:
    primary = view.table.primary_key
    return (
        primary is not None
        and key.path.endswith("].unique")
        and key.column_ids == primary.column_ids
    )


@rule(code="UNIQUE_NULLABLE", level=Level.HIGH, catalogue="C011")
def unique_nullable(design: Design) -> Iterator[Remark]:
    """A nullable column lets a unique constraint of several columns pass rows that look the same.

    Two NULLs are not equal, so any number of rows may leave the column empty.
    Source: PostgreSQL manual, section 5.5.3.
    """
    for view, key in _constraints(design):
        if key.kind == "primary key":
            continue
        nullable = [
            view.by_id[item]
            for item in key.column_ids
            if item in view.by_id and view.by_id[item].may_be_null
        ]
        if nullable and len(key.column_ids) > 1:
            names = view.names_of(tuple(column.column.id for column in nullable))
            yield _remark(
                view,
                key,
                f'The unique constraint of "{view.name}" lets rows repeat where {names} is NULL.',
                "Make the columns not nullable, or use a partial unique index for each case.",
            )


@rule(code="UNIQUE_OPTIONAL", level=Level.HINT, catalogue="C011")
def unique_optional(design: Design) -> Iterator[Remark]:
    """Any number of rows may leave a nullable unique column empty."""
    for view, key in _constraints(design):
        column = view.by_id.get(key.column_ids[0]) if len(key.column_ids) == 1 else None
        if key.kind != "primary key" and column is not None and column.may_be_null:
            yield _remark(
                view,
                key,
                f'"{column.name}" is unique and nullable: many rows may leave it empty.',
                "Say nullable: false if each row has one.",
            )


@rule(code="CHECK_REPEATED", level=Level.MEDIUM, catalogue="K001")
def check_repeated(design: Design) -> Iterator[Remark]:
    """A table says each check once."""
    for view in design.tables:
        seen: set[str] = set()
        for place, check in enumerate(view.table.checks):
            text = " ".join(check.expression.split())
            if text in seen:
                yield on_table(
                    view,
                    f'"{view.name}" has the same check already.',
                    "Remove one of them.",
                    part=f"checks[{place}]",
                )
            seen.add(text)


RULES = (
    key_without_columns,
    key_column_missing,
    key_column_repeated,
    key_too_long,
    key_type_unsupported,
    primary_key_nullable,
    unique_repeated,
    unique_needless,
    unique_nullable,
    unique_optional,
    check_repeated,
)
"""The rules of this module."""
