"""Whether what a server made of one definition's texts holds for another one's too.

Then nobody has to ask a server how it writes the other one.
"""

from __future__ import annotations

from core.definition.model import Column, Definition, Enum, Index, Table
from core.definition.names import resolve_names
from core.definition.types import DataType


def texts_carry_over(stored: Definition, wanted: Definition) -> bool:
    """Tell whether every text of `wanted` stands in `stored` already, on unchanged columns.

    Errs on the safe side. Columns, keys and plain indexes may come and go; whatever could change
    how a server writes an expression may not.
    """
    before, after = resolve_names(stored), resolve_names(wanted)
    enums = {enum.id: (enum.namespace, enum.name) for enum in before.enums}
    if any(enums.get(enum.id, _of(enum)) != _of(enum) for enum in after.enums):
        return False
    by_id = {table.id: table for table in before.tables}
    by_name = {_of(table): table for table in before.tables}
    return all(
        _carries(table, by_id.get(table.id), by_name.get(_of(table))) for table in after.tables
    )


def _of(thing: Table | Enum) -> tuple[str, str]:
    """Return the qualified name."""
    return thing.namespace, thing.name


def _carries(table: Table, same: Table | None, namesake: Table | None) -> bool:
    if same is not namesake:
        return not _has_texts(table) and (namesake is None or not _has_texts(namesake))
    if same is None:
        return not _has_texts(table)
    if not _has_texts(table) and not _has_texts(same):
        return True
    old_columns = {column.id: column for column in same.columns}
    old_names = {column.name for column in same.columns}
    if not all(
        _is_plain(column) and column.name not in old_names
        if column.id not in old_columns
        else _same_texts(column, old_columns[column.id])
        for column in table.columns
    ):
        return False
    checks = {check.id: check for check in same.checks}
    if any(checks.get(check.id) != check for check in table.checks):
        return False
    indexes = {index.id: index for index in same.indexes}
    index_names = {index.name for index in same.indexes}
    return all(
        indexes.get(index.id) == index
        or (not _is_expressive(index) and index.name not in index_names)
        for index in table.indexes
    )


def _has_texts(table: Table) -> bool:
    return (
        bool(table.checks)
        or not all(_is_plain(column) for column in table.columns)
        or any(_is_expressive(index) for index in table.indexes)
    )


def _is_plain(column: Column) -> bool:
    return (
        column.default is None
        and column.generated is None
        and column.type.data_type is not DataType.NATIVE
    )


def _same_texts(column: Column, old: Column) -> bool:
    return (column.name, column.type, column.default, column.generated) == (
        old.name,
        old.type,
        old.default,
        old.generated,
    )


def _is_expressive(index: Index) -> bool:
    return index.where is not None or any(part.expression is not None for part in index.parts)
