"""Which large tables are copied beside themselves: those of which everything would come along.

How they are copied is `copying`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.changes import (
    AddCheck,
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddTable,
    AddUnique,
    Change,
    ObjectKind,
)
from core.definition.model import Table
from core.definition.types import DataType
from core.dialects.postgresql.recipes.scenery import Scenery

_ADDITIONS = (
    AddCheck,
    AddColumn,
    AddEnum,
    AddForeignKey,
    AddIndex,
    AddNamespace,
    AddTable,
    AddUnique,
)
"""What is made when the copy stands in the place of the table, or has nothing to do with it."""


def find_copied(changes: Sequence[Change], scenery: Scenery) -> None:
    """Note which large tables that get generated columns are copied, and why others are not."""
    wanted = dict.fromkeys(
        change.table.id
        for change in changes
        if isinstance(change, AddColumn)
        and change.column.generated is not None
        and scenery.is_online(change.table.id)
    )
    for table_id in wanted:
        reason = _obstacle(scenery.before.table(table_id), changes, scenery)
        if reason:
            scenery.uncopied[table_id] = reason
        else:
            scenery.copied.add(table_id)


def _obstacle(table: Table, changes: Sequence[Change], scenery: Scenery) -> str:
    """Say in a sentence why a table is not copied; nothing when it is."""
    return (
        _obstacle_in_design(table)
        or _obstacle_in_plan(table, changes, scenery)
        or _obstacle_in_database(table, scenery)
    )


def _obstacle_in_design(table: Table) -> str:
    if table.primary_key is None:
        return "without a primary key no copy can be kept in step."
    key = [each for each in table.columns if each.id in table.primary_key.column_ids]
    if any(each.type.data_type is DataType.NATIVE or each.generated is not None for each in key):
        return "its primary key has a column that is computed or of a type of the server's own."
    return ""


def _obstacle_in_plan(table: Table, changes: Iterable[Change], scenery: Scenery) -> str:
    near = {table.id}
    for foreign_key in scenery.before.definition.foreign_keys:
        ends = {foreign_key.source_table_id, foreign_key.target_table_id}
        if table.id in ends:
            near |= ends
    for change in changes:
        if isinstance(change, AddColumn):
            is_in_the_way = change.table.id == table.id and change.column.generated is None
        elif isinstance(change, _ADDITIONS):
            is_in_the_way = False
        else:
            subject = change.subject
            changed = subject.id if subject.kind is ObjectKind.TABLE else subject.table_id
            # What is of no table, such as a type, may be of any.
            is_in_the_way = changed is None or changed in near
        if is_in_the_way:
            return "the same plan changes other things of the table or near it."
    return ""


def _obstacle_in_database(table: Table, scenery: Scenery) -> str:
    parts = scenery.facts_of(table.id).parts
    if parts is None:
        return "nobody looked what else is on it."
    if parts.beyond:
        return f"a copy of it would not have everything ({', '.join(parts.beyond)})."
    keys = len(table.uniques) + 1
    foreign_keys = sum(
        table.id in {each.source_table_id, each.target_table_id}
        for each in scenery.before.definition.foreign_keys
    )
    is_known = (
        parts.columns == {each.name for each in table.columns}
        and parts.constraints == keys + len(table.checks) + foreign_keys
        and parts.indexes == keys + len(table.indexes)
    )
    return "" if is_known else "it has columns, constraints or indexes that are out of sight."
