"""The union of all changes, and sequences of them."""

from __future__ import annotations

from collections.abc import Iterable

from core.changes.checks import AddCheck, ChangeCheck, DropCheck, RenameCheck
from core.changes.column_aspects import (
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
)
from core.changes.columns import AddColumn, DescribeColumn, DropColumn, RenameColumn
from core.changes.enums import (
    AddEnum,
    ChangeEnumValues,
    DescribeEnum,
    DropEnum,
    RenameEnum,
)
from core.changes.foreign_keys import (
    AddForeignKey,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    DropForeignKey,
    RenameForeignKey,
)
from core.changes.indexes import AddIndex, ChangeIndex, DropIndex, RenameIndex
from core.changes.keys import (
    AddPrimaryKey,
    ChangePrimaryKey,
    DropPrimaryKey,
    RenamePrimaryKey,
)
from core.changes.namespaces import AddNamespace, DescribeNamespace, DropNamespace
from core.changes.tables import AddTable, DescribeTable, DropTable, RenameTable
from core.changes.uniques import AddUnique, ChangeUnique, DropUnique, RenameUnique
from core.definition.model import Definition

Change = (
    AddNamespace
    | DropNamespace
    | DescribeNamespace
    | AddEnum
    | DropEnum
    | RenameEnum
    | ChangeEnumValues
    | DescribeEnum
    | AddTable
    | DropTable
    | RenameTable
    | DescribeTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | ChangeColumnType
    | ChangeColumnNullability
    | ChangeColumnDefault
    | ChangeColumnIdentity
    | ChangeColumnGenerated
    | DescribeColumn
    | AddPrimaryKey
    | DropPrimaryKey
    | RenamePrimaryKey
    | ChangePrimaryKey
    | AddUnique
    | DropUnique
    | RenameUnique
    | ChangeUnique
    | AddCheck
    | DropCheck
    | RenameCheck
    | ChangeCheck
    | AddIndex
    | DropIndex
    | RenameIndex
    | ChangeIndex
    | AddForeignKey
    | DropForeignKey
    | RenameForeignKey
    | ChangeForeignKey
    | ChangeForeignKeyTiming
)
"""One reversible alteration of a definition."""


def apply_all(changes: Iterable[Change], definition: Definition) -> Definition:
    """Apply changes one after another.

    Raises:
        ChangeDoesNotApplyError: one of them does not fit what those before it made.
    """
    for change in changes:
        definition = change.apply(definition)
    return definition


def inverse_of_all(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Return what undoes changes that were applied one after another."""
    return tuple(change.inverse() for change in reversed(tuple(changes)))
