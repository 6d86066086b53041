"""Texts of a definition as they read once other things are renamed.

A server keeps expressions by what they mean: with a column, an enum or a value of one, its name
changes in every expression. That is no change of the expression, so the diff compares with these
texts, and the changes speak of those that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import assert_never

from core.changes import (
    Change,
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeIndex,
    DropCheck,
    DropColumn,
    DropIndex,
    RenameCheck,
    RenameIndex,
)
from core.definition.literals import json_text, json_value
from core.definition.model import (
    Check,
    Column,
    Default,
    Definition,
    Enum,
    ExpressionDefault,
    Index,
    LiteralDefault,
    Table,
)
from core.definition.types import ColumnType, DataType
from core.dialects.postgresql.renamed_texts import (
    NewNames,
    evenly_written,
    renamed_expression,
)

RenamedValues = Mapping[str, Mapping[str, str]]
"""By enum id: which old value is which new one."""

_ColumnAspect = (
    ChangeColumnType
    | ChangeColumnNullability
    | ChangeColumnDefault
    | ChangeColumnIdentity
    | ChangeColumnGenerated
)


def followed(before: Definition, after: Definition, renamed_values: RenamedValues) -> Definition:
    """Return the definition before with its texts as they read after all renames.

    Where such a text means what one of after does, it is written like that one.

    Args:
        before: The settled definition before.
        after: The settled definition after.
        renamed_values: Values of enums that are called otherwise after.
    """
    later_enums = {enum.id: enum for enum in after.enums}
    enums = {
        _name(enum): _name(later_enums[enum.id])
        for enum in before.enums
        if enum.id in later_enums and _name(enum) != _name(later_enums[enum.id])
    }
    labels = {
        _name(enum): pairs
        for enum in before.enums
        if enum.id in later_enums
        and (pairs := sensible_renames(enum, later_enums[enum.id], renamed_values.get(enum.id, {})))
    }
    labels_by_id = {enum.id: labels[_name(enum)] for enum in before.enums if _name(enum) in labels}
    later_tables = {table.id: table for table in after.tables}

    def text_of(table: Table) -> Table:
        later = later_tables.get(table.id)
        if later is None or later is table:
            return table
        names = NewNames(columns=_renamed_columns(table, later), enums=enums, labels=labels)
        return _followed_table(table, later, names, labels_by_id) if names else table

    tables = tuple(text_of(table) for table in before.tables)
    if all(new is old for new, old in zip(tables, before.tables, strict=True)):
        return before
    return replace(before, tables=tables)


def sensible_renames(before: Enum, after: Enum, pairs: Mapping[str, str]) -> dict[str, str]:
    """Return the pairs of values, old and new, that make sense between two states of an enum."""
    found = dict(pairs)
    count = -1
    while len(found) != count:
        count = len(found)
        found = {
            old: new for old, new in found.items() if _is_rename(old, new, before, after, found)
        }
    return found


def as_it_is(changes: Iterable[Change], before: Definition) -> list[Change]:
    """Return changes that speak of the texts that are there.

    Args:
        changes: Changes from a followed definition.
        before: The definition that was followed.
    """
    checks = {each.id: each for table in before.tables for each in table.checks}
    indexes = {each.id: each for table in before.tables for each in table.indexes}
    columns = {each.id: each for table in before.tables for each in table.columns}
    return [_as_it_is(change, checks, indexes, columns) for change in changes]


def _as_it_is(  # noqa: PLR0911 - one case for each kind of part
    change: Change,
    checks: Mapping[str, Check],
    indexes: Mapping[str, Index],
    columns: Mapping[str, Column],
) -> Change:
    match change:
        case DropCheck():
            return replace(change, check=checks[change.check.id])
        case RenameCheck() | ChangeCheck():
            return replace(change, before=checks[change.before.id])
        case DropIndex():
            return replace(change, index=indexes[change.index.id])
        case RenameIndex() | ChangeIndex():
            return replace(change, before=indexes[change.before.id])
        case DropColumn():
            return replace(change, column=columns[change.column.id])
        case _ if isinstance(change, _ColumnAspect):
            return replace(change, before=columns[change.before.id])
        case _:
            return change


def _is_rename(old: str, new: str, before: Enum, after: Enum, pairs: Mapping[str, str]) -> bool:
    """Tell whether a value can be another one now: it went, and the other came, alone."""
    went = old in before.values and (old not in after.values or old in pairs.values())
    came = new in after.values and (new not in before.values or new in pairs)
    return old != new and went and came and list(pairs.values()).count(new) == 1


def _name(enum: Enum) -> tuple[str, str]:
    return enum.namespace, enum.name


def _renamed_columns(before: Table, after: Table) -> dict[str, str]:
    later = {column.id: column.name for column in after.columns}
    return {
        column.name: later[column.id]
        for column in before.columns
        if later.get(column.id, column.name) != column.name
    }


def _followed_table(
    table: Table, later: Table, names: NewNames, labels: Mapping[str, Mapping[str, str]]
) -> Table:
    written = {evenly_written(text): text for text in _texts(later)}
    natives = {
        evenly_written(_of_type(column.type)): column.type
        for column in later.columns
        if column.type.data_type is DataType.NATIVE
    }

    def follow(text: str) -> str:
        renamed = renamed_expression(text, names)
        return text if renamed is None else written.get(renamed, renamed)

    def followed_type(column_type: ColumnType) -> ColumnType:
        if column_type.data_type is not DataType.NATIVE:
            return column_type
        renamed = renamed_expression(_of_type(column_type), names)
        return column_type if renamed is None else natives.get(renamed, column_type)

    return replace(
        table,
        columns=tuple(
            replace(_followed_column(each, labels, follow), type=followed_type(each.type))
            for each in table.columns
        ),
        checks=tuple(replace(each, expression=follow(each.expression)) for each in table.checks),
        indexes=tuple(_followed_index(each, follow) for each in table.indexes),
    )


def _texts(table: Table) -> Iterable[str]:
    for column in table.columns:
        if isinstance(column.default, ExpressionDefault):
            yield column.default.sql
        if column.generated is not None:
            yield column.generated
    for check in table.checks:
        yield check.expression
    for index in table.indexes:
        yield from (part.expression for part in index.parts if part.expression is not None)
        if index.where is not None:
            yield index.where


def _followed_column(
    column: Column, labels: Mapping[str, Mapping[str, str]], follow: Callable[[str], str]
) -> Column:
    return replace(
        column,
        default=_followed_default(column, labels, follow),
        generated=None if column.generated is None else follow(column.generated),
    )


def _of_type(column_type: ColumnType) -> str:
    """Write an expression of a type, for a type that is only spelled."""
    return f"NULL::{column_type.native}"


def _followed_default(
    column: Column, labels: Mapping[str, Mapping[str, str]], follow: Callable[[str], str]
) -> Default | None:
    match column.default:
        case ExpressionDefault(sql=sql):
            return ExpressionDefault(sql=follow(sql))
        case LiteralDefault(json=json):
            value = json_value(json)
            renamed = labels.get(column.type.enum_id or "", {})
            if isinstance(value, str) and value in renamed:
                return LiteralDefault(json=json_text(renamed[value]))
            return column.default
        case None:
            return None
        case _:
            assert_never(column.default)


def _followed_index(index: Index, follow: Callable[[str], str]) -> Index:
    return replace(
        index,
        where=None if index.where is None else follow(index.where),
        parts=tuple(
            part if part.expression is None else replace(part, expression=follow(part.expression))
            for part in index.parts
        ),
    )
