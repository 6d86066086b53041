"""The pair of changes by which a constraint or index goes and is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from core.changes import (
    AddCheck,
    AddForeignKey,
    AddIndex,
    AddPrimaryKey,
    AddUnique,
    Change,
    DropCheck,
    DropForeignKey,
    DropIndex,
    DropPrimaryKey,
    DropUnique,
    ObjectKind,
    TableName,
)
from core.dialects.postgresql.recipes.scenery import Scenery


def part_anew(kind: ObjectKind, part_id: str, scenery: Scenery) -> Iterator[Change]:  # noqa: C901 - one case for each kind
    """Let a part go as it was and come as it will be; nothing if one end lacks it."""
    before, after = scenery.before, scenery.after
    match kind:
        case ObjectKind.PRIMARY_KEY:
            old_table, new_table = before.tables.get(part_id), after.tables.get(part_id)
            if old_table and new_table and old_table.primary_key and new_table.primary_key:
                yield DropPrimaryKey(table=TableName.of(old_table), key=old_table.primary_key)
                yield AddPrimaryKey(table=TableName.of(new_table), key=new_table.primary_key)
        case ObjectKind.UNIQUE:
            if part_id in before.uniques and part_id in after.uniques:
                table, unique = before.uniques[part_id]
                yield DropUnique(table=TableName.of(table), unique=unique)
                table, unique = after.uniques[part_id]
                yield AddUnique(table=TableName.of(table), unique=unique)
        case ObjectKind.CHECK:
            if part_id in before.checks and part_id in after.checks:
                table, check = before.checks[part_id]
                yield DropCheck(table=TableName.of(table), check=check)
                table, check = after.checks[part_id]
                yield AddCheck(table=TableName.of(table), check=check)
        case ObjectKind.INDEX:
            if part_id in before.indexes and part_id in after.indexes:
                table, index = before.indexes[part_id]
                yield DropIndex(table=TableName.of(table), index=index)
                table, index = after.indexes[part_id]
                yield AddIndex(table=TableName.of(table), index=index)
        case ObjectKind.FOREIGN_KEY:
            yield from _foreign_key_anew(part_id, scenery)
        case ObjectKind.NAMESPACE | ObjectKind.ENUM | ObjectKind.TABLE | ObjectKind.COLUMN:
            return
        case _:
            assert_never(kind)


def _foreign_key_anew(part_id: str, scenery: Scenery) -> Iterator[Change]:
    old, new = scenery.before.foreign_keys[part_id], scenery.after.foreign_keys[part_id]
    yield DropForeignKey(
        table=TableName.of(scenery.before.table(old.source_table_id)),
        target=TableName.of(scenery.before.table(old.target_table_id)),
        foreign_key=old,
    )
    yield AddForeignKey(
        table=TableName.of(scenery.after.table(new.source_table_id)),
        target=TableName.of(scenery.after.table(new.target_table_id)),
        foreign_key=new,
    )
