"""The closed set of changes: each one alters a definition and knows what undoes it."""

from __future__ import annotations

from core.changes.base import ChangeDoesNotApplyError, ObjectKind, Subject, TableName
from core.changes.change import Change, apply_all, inverse_of_all
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

__all__ = [
    "AddCheck",
    "AddColumn",
    "AddEnum",
    "AddForeignKey",
    "AddIndex",
    "AddNamespace",
    "AddPrimaryKey",
    "AddTable",
    "AddUnique",
    "Change",
    "ChangeCheck",
    "ChangeColumnDefault",
    "ChangeColumnGenerated",
    "ChangeColumnIdentity",
    "ChangeColumnNullability",
    "ChangeColumnType",
    "ChangeDoesNotApplyError",
    "ChangeEnumValues",
    "ChangeForeignKey",
    "ChangeForeignKeyTiming",
    "ChangeIndex",
    "ChangePrimaryKey",
    "ChangeUnique",
    "DescribeColumn",
    "DescribeEnum",
    "DescribeNamespace",
    "DescribeTable",
    "DropCheck",
    "DropColumn",
    "DropEnum",
    "DropForeignKey",
    "DropIndex",
    "DropNamespace",
    "DropPrimaryKey",
    "DropTable",
    "DropUnique",
    "ObjectKind",
    "RenameCheck",
    "RenameColumn",
    "RenameEnum",
    "RenameForeignKey",
    "RenameIndex",
    "RenamePrimaryKey",
    "RenameTable",
    "RenameUnique",
    "Subject",
    "TableName",
    "apply_all",
    "inverse_of_all",
]
