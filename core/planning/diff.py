"""The diff: from two definitions to the changes that lead from one to the other.

Things are the same when their ids are; renames are never guessed. What only looks different
(order, layout, other words for the same) is no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from core.changes import (
    AddCheck,
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddPrimaryKey,
    AddTable,
    AddUnique,
    Change,
    ChangeCheck,
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ChangeColumnType,
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    DescribeColumn,
    DescribeEnum,
    DescribeNamespace,
    DescribeTable,
    DropCheck,
    DropColumn,
    DropEnum,
    DropForeignKey,
    DropIndex,
    DropNamespace,
    DropPrimaryKey,
    DropTable,
    DropUnique,
    RenameCheck,
    RenameColumn,
    RenameEnum,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
    RenameUnique,
)
from core.definition.canonical import canonical
from core.definition.model import Definition
from core.planning.following import as_it_is, followed, sensible_renames
from core.planning.kinds import KINDS
from core.planning.known_parts import with_parts_of
from core.planning.settling import settle

_NO_RENAMES: Mapping[str, Mapping[str, str]] = {}


def diff(
    before: Definition,
    after: Definition,
    *,
    renamed_values: Mapping[str, Mapping[str, str]] = _NO_RENAMES,
) -> tuple[Change, ...]:
    """Tell the changes from one definition to another.

    Applied in their order to the first one, settled (`settling.settle`) and with its texts as they
    read after all renames (`following.followed`), they give one that means what the second does.

    Args:
        before: The first definition.
        after: The second one.
        renamed_values: For enums, by id: which old value is which new one. Pairs that make no
            sense are passed over.
    """
    present, new = settle(before), settle(after)
    old = followed(present, new, renamed_values)
    new = with_parts_of(new, old)
    old_tables = {table.id: table for table in old.tables}
    table_ids = {
        table.id
        for table in new.tables
        if (twin := old_tables.get(table.id)) is not None and table is not twin and table != twin
    }
    found = [
        (_rank(change), place, change.subject.label, _with_renames(change, renamed_values))
        for place, kind in enumerate(KINDS)
        for change in kind.changes(old, new, table_ids)
    ]
    # Things that came can be those that went, under new ids. This is dear, so it is asked last.
    has_come = any(isinstance(item[-1], AddEnum | AddTable | AddColumn) for item in found)
    has_gone = any(isinstance(item[-1], DropEnum | DropTable | DropColumn) for item in found)
    may_be_equal = has_come and has_gone and _column_names(old) == _column_names(new)
    if may_be_equal and canonical(before) == canonical(after):
        return ()
    changes = [change for *_, change in sorted(found, key=lambda item: item[:3])]
    return tuple(changes if old is present else as_it_is(changes, present))


def _column_names(definition: Definition) -> dict[tuple[str, str], set[str]]:
    return {
        (table.namespace, table.name): {column.name for column in table.columns}
        for table in definition.tables
    }


def _with_renames(change: Change, renamed_values: Mapping[str, Mapping[str, str]]) -> Change:
    if not isinstance(change, ChangeEnumValues) or change.after.id not in renamed_values:
        return change
    pairs = sensible_renames(change.before, change.after, renamed_values[change.after.id])
    renamed = tuple((old, pairs[old]) for old in change.before.values if old in pairs)
    return replace(change, renamed=renamed)


def _rank(change: Change) -> int:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    """Return when a change can be applied: what others need comes first, what they leave, last."""
    match change:
        case DropForeignKey():
            return 0
        case DropIndex() | DropCheck() | DropUnique() | DropPrimaryKey():
            return 1
        case AddNamespace() | AddEnum():
            return 2
        case (
            RenameEnum()
            | RenameTable()
            | RenameColumn()
            | RenamePrimaryKey()
            | RenameUnique()
            | RenameCheck()
            | RenameIndex()
            | RenameForeignKey()
        ):
            return 3
        case AddTable() | AddColumn():
            return 4
        case ChangeEnumValues() | ChangeColumnType():
            return 5
        case (
            ChangeColumnDefault()
            | ChangeColumnIdentity()
            | ChangeColumnGenerated()
            | ChangeForeignKeyTiming()
        ):
            return 6
        case ChangeColumnNullability():
            # A column of a key is not nullable from before the key until after it.
            return 9 if change.after.nullable else 7
        case ChangePrimaryKey() | ChangeUnique() | ChangeCheck() | ChangeIndex():
            return 8
        case ChangeForeignKey():
            return 10
        case DropTable() | DropColumn():
            return 11
        case DropEnum():
            return 12
        case DropNamespace():
            return 13
        case AddPrimaryKey() | AddUnique() | AddCheck() | AddIndex():
            return 14
        case AddForeignKey():
            return 15
        case DescribeNamespace() | DescribeEnum() | DescribeTable() | DescribeColumn():
            return 16
        case _:
            assert_never(change)
