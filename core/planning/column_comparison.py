"""What changed between a column before and after, by what it means."""

from __future__ import annotations

from collections.abc import Iterator

from core.changes import (
    Change,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    DescribeColumn,
    RenameColumn,
    TableName,
)
from core.definition.canonical import canonical_default
from core.definition.model import Column
from core.definition.types import ColumnType


def compare_columns(table: TableName, before: Column, after: Column) -> Iterator[Change]:
    """Tell the aspects that differ, each as a change of its own.

    Args:
        table: The table that has the column, named as after.
        before: The column of the settled definition before.
        after: The same column of the settled definition after.
    """
    if before == after:
        return
    if before.name != after.name:
        yield RenameColumn(table=table, column_id=after.id, before=before.name, after=after.name)
    old_type, new_type = canonical_type(before), canonical_type(after)
    if old_type != new_type:
        yield ChangeColumnType(table=table, before=before, after=after)
    if before.nullable != after.nullable:
        yield ChangeColumnNullability(table=table, before=before, after=after)
    # A default that means something else on the new type is set anew, however it is written.
    if any(
        canonical_default(before.default, each) != canonical_default(after.default, new_type)
        for each in (old_type, new_type)
    ):
        yield ChangeColumnDefault(table=table, before=before, after=after)
    if before.identity is not after.identity:
        yield ChangeColumnIdentity(table=table, before=before, after=after)
    if _stripped(before.generated) != _stripped(after.generated):
        yield ChangeColumnGenerated(table=table, before=before, after=after)
    if before.description != after.description:
        yield DescribeColumn(
            table=table, column=after, before=before.description, after=after.description
        )


def canonical_type(column: Column) -> ColumnType:
    """Return the comparable form of a column's type, an enum by its id."""
    folded = column.type.canonical()
    if folded.native is None:
        return folded
    return ColumnType(data_type=folded.data_type, native=folded.native.strip())


def _stripped(expression: str | None) -> str | None:
    return None if expression is None else expression.strip()
