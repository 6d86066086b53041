"""What has to go before a column or key changes, and be made again afterwards.

PostgreSQL refuses to change what other things stand on, or changes them along in a way of its own.
So they go and come back, and what is left are changes that meet nothing in their way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from core.changes import (
    AddColumn,
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
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropPrimaryKey,
    DropUnique,
    ObjectKind,
    RenameCheck,
    RenameColumn,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameUnique,
    TableName,
)
from core.definition.model import Column, ForeignKey, Index, Table
from core.dialects.postgresql.casts import is_castable
from core.dialects.postgresql.recipes.enum_rebuilding import converted_columns
from core.dialects.postgresql.recipes.enum_values import is_rebuilt
from core.dialects.postgresql.recipes.making import key
from core.dialects.postgresql.recipes.mentions import follows, mentions_any
from core.dialects.postgresql.recipes.rebuilding import part_anew
from core.dialects.postgresql.recipes.scenery import Scenery

_PartChange = (
    RenamePrimaryKey
    | RenameUnique
    | RenameCheck
    | RenameIndex
    | RenameForeignKey
    | ChangePrimaryKey
    | ChangeUnique
    | ChangeCheck
    | ChangeIndex
    | ChangeForeignKey
    | ChangeForeignKeyTiming
)

_ColumnChange = (
    RenameColumn
    | ChangeColumnType
    | ChangeColumnNullability
    | ChangeColumnDefault
    | ChangeColumnIdentity
    | ChangeColumnGenerated
    | DescribeColumn
)


_KeyChange = DropPrimaryKey | DropUnique | DropIndex | ChangePrimaryKey | ChangeUnique | ChangeIndex


@dataclass(slots=True)
class _Disturbed:
    """What cannot stay as it stands."""

    remade: dict[str, None] = field(default_factory=dict)
    """Columns that go and are added anew."""
    gone: set[str] = field(default_factory=set)
    """Columns that go, on the way or on the way back."""
    retyped: set[str] = field(default_factory=set)
    """Columns that get another type in place."""
    dropped: set[str] = field(default_factory=set)
    """Columns that go for good, though another may come by the same name."""
    parts: dict[str, None] = field(default_factory=dict)
    """Keys of constraints and indexes that go and are made anew."""
    replaced_keys: set[tuple[str, frozenset[str]]] = field(default_factory=set)
    """Table and columns of each key that goes or is made anew."""

    @property
    def columns(self) -> set[str]:
        """All columns that something happens to."""
        return self.gone | self.retyped | self.dropped | set(self.remade)


def cleared(changes: Sequence[Change], scenery: Scenery) -> tuple[Change, ...]:
    """Return changes that lead to the same end and meet nothing in their way."""
    changes = [lighter for each in changes for lighter in _lighter(each, scenery)]
    found = _Disturbed()
    _find_columns(changes, scenery, found)
    _find_parts(changes, scenery, found)
    _find_foreign_keys(changes, scenery, found)
    kept = [each for change in changes for each in _kept(change, scenery, found)]
    kept.extend(_made_anew(scenery, found, {each.subject.key for each in kept}))
    return tuple(kept)


def renamed_columns(before: Table, after: Table) -> dict[str, str]:
    """Return the names of columns that are called otherwise afterwards."""
    later = {column.id: column.name for column in after.columns}
    return {
        column.name: later[column.id]
        for column in before.columns
        if later.get(column.id, column.name) != column.name
    }


def _lighter(change: Change, scenery: Scenery) -> Iterator[Change]:
    """Leave out what the server does by itself when columns are renamed."""
    before: str | None = None
    after: str | None = None
    if isinstance(change, ChangeColumnGenerated):
        before, after = change.before.generated, change.after.generated
    elif isinstance(change, ChangeCheck):
        before, after = change.before.expression, change.after.expression
    if before is None or after is None or not _is_renamed(change, before, after, scenery):
        yield change
    elif isinstance(change, ChangeCheck) and change.before.name != change.after.name:
        yield RenameCheck(table=change.table, before=change.before, after=change.after)


def _is_renamed(change: Change, before: str, after: str, scenery: Scenery) -> bool:
    table_id = change.subject.table_id or ""
    tables = scenery.before.tables.get(table_id), scenery.after.tables.get(table_id)
    if tables[0] is None or tables[1] is None:
        return False
    return follows(before, after, renamed_columns(tables[0], tables[1]))


def _find_columns(changes: Iterable[Change], scenery: Scenery, found: _Disturbed) -> None:
    for change in changes:
        match change:
            case ChangeColumnGenerated() if change.after.generated is None:
                found.gone.add(change.after.id)
            case ChangeColumnGenerated():
                found.remade[change.after.id] = None
            case DropColumn():
                found.dropped.add(change.column.id)
            case ChangeColumnType():
                before = scenery.before.column(change.after.id)
                _find_retyped(before, scenery.after.column(change.after.id), found)
            case ChangeEnumValues() if is_rebuilt(change):
                for _, before, after in converted_columns(change.after.id, scenery):
                    _find_retyped(before, after, found)
            case _:
                pass
    found.retyped -= set(found.remade)
    _find_computed(scenery, found)
    found.gone.update(found.remade)
    scenery.remade.update(found.remade)


def _find_retyped(before: Column, after: Column, found: _Disturbed) -> None:
    """Convert a column in place, unless it is computed anyway or nothing converts it."""
    is_computed = before.generated is not None and after.generated is not None
    if is_computed or not is_castable(before.type, after.type):
        found.remade[after.id] = None
    else:
        found.retyped.add(after.id)


def _find_computed(scenery: Scenery, found: _Disturbed) -> None:
    """Make generated columns anew that are computed from what changes."""
    for table in _tables_of(found.columns, scenery):
        for column in table.columns:
            if column.generated is None or not scenery.persists(column.id):
                continue
            wanted_table, wanted = scenery.after.columns[column.id]
            if wanted.generated is not None and (
                _mentions(column.generated, table, found.columns)
                or _mentions(wanted.generated, wanted_table, found.columns)
            ):
                found.remade[column.id] = None


def _tables_of(column_ids: Iterable[str], scenery: Scenery) -> list[Table]:
    """Return the tables of before that hold these columns and stay."""
    found = {
        scenery.before.columns[each][0].id: scenery.before.columns[each][0]
        for each in sorted(column_ids)
        if scenery.before.columns[each][0].id in scenery.after.tables
    }
    return list(found.values())


def _mentions(expression: str | None, table: Table, column_ids: set[str]) -> bool:
    names = {column.name for column in table.columns if column.id in column_ids}
    return mentions_any(expression, names)


def _find_parts(changes: Sequence[Change], scenery: Scenery, found: _Disturbed) -> None:
    for table in _tables_of(found.columns, scenery):
        after = scenery.after.table(table.id)
        _find_parts_of(table, found)
        _find_parts_of(after, found)
    for change in changes:
        if isinstance(change, _KeyChange):
            found.replaced_keys.update(_key_columns(change))
    for table in _tables_of(found.gone, scenery):
        found.replaced_keys.update(_replaced_keys(table, found))


def _replaced_keys(table: Table, found: _Disturbed) -> Iterator[tuple[str, frozenset[str]]]:
    """Give the keys of a table that go and are made anew."""
    for unique in table.uniques:
        if key(ObjectKind.UNIQUE, unique.id) in found.parts:
            yield table.id, frozenset(unique.column_ids)
    if table.primary_key and key(ObjectKind.PRIMARY_KEY, table.id) in found.parts:
        yield table.id, frozenset(table.primary_key.column_ids)
    for index in table.indexes:
        if key(ObjectKind.INDEX, index.id) in found.parts:
            yield table.id, _index_columns(index)


def _find_parts_of(table: Table, found: _Disturbed) -> None:
    if table.primary_key is not None and found.gone & set(table.primary_key.column_ids):
        found.parts[key(ObjectKind.PRIMARY_KEY, table.id)] = None
    for unique in table.uniques:
        if found.gone & set(unique.column_ids):
            found.parts[key(ObjectKind.UNIQUE, unique.id)] = None
    for check in table.checks:
        if _mentions(check.expression, table, found.columns):
            found.parts[key(ObjectKind.CHECK, check.id)] = None
    for index in table.indexes:
        texts = [part.expression for part in index.parts] + [index.where]
        if found.gone & _index_columns(index) or any(
            _mentions(text, table, found.columns) for text in texts
        ):
            found.parts[key(ObjectKind.INDEX, index.id)] = None


def _index_columns(index: Index) -> frozenset[str]:
    ids = {part.column_id for part in index.parts if part.column_id is not None}
    return frozenset(ids | set(index.include_column_ids))


def _key_columns(change: _KeyChange) -> Iterator[tuple[str, frozenset[str]]]:
    match change:
        case DropPrimaryKey():
            yield change.table.id, frozenset(change.key.column_ids)
        case DropUnique():
            yield change.table.id, frozenset(change.unique.column_ids)
        case ChangePrimaryKey() | ChangeUnique():
            yield change.table.id, frozenset(change.before.column_ids)
        case DropIndex():
            if change.index.unique:
                yield change.table.id, _index_columns(change.index)
        case ChangeIndex():
            if change.before.unique:
                yield change.table.id, _index_columns(change.before)
        case _:
            assert_never(change)


def _find_foreign_keys(changes: Sequence[Change], scenery: Scenery, found: _Disturbed) -> None:
    going = {change.foreign_key.id for change in changes if isinstance(change, DropForeignKey)}
    columns = found.columns

    def is_disturbed(foreign_key: ForeignKey) -> bool:
        target = (foreign_key.target_table_id, frozenset(foreign_key.target_column_ids))
        return (
            target in found.replaced_keys
            or not columns.isdisjoint(foreign_key.source_column_ids)
            or not columns.isdisjoint(foreign_key.target_column_ids)
        )

    for foreign_key in scenery.before.definition.foreign_keys:
        later = scenery.after.foreign_keys.get(foreign_key.id)
        if later is None or foreign_key.id in going:
            continue
        if is_disturbed(foreign_key) or is_disturbed(later):
            found.parts[key(ObjectKind.FOREIGN_KEY, foreign_key.id)] = None


def _kept(change: Change, scenery: Scenery, found: _Disturbed) -> Iterator[Change]:
    """Give a change on, or the going and coming that stands for it."""
    if isinstance(change, _ColumnChange):
        if change.subject.id in found.remade:
            return
        if isinstance(change, ChangeColumnDefault) and change.subject.id in found.retyped:
            return
    if isinstance(change, _PartChange):
        if change.subject.key in found.parts:
            return
        if _goes_first(change, scenery):
            found.parts[change.subject.key] = None
            return
    yield change


def _goes_first(change: _PartChange, scenery: Scenery) -> bool:
    """Tell whether a changed part goes before the new one is made.

    It is so on tables that are not big, where it all happens at one blow; and wherever the old one
    would be in the way, or could not be written again under the names of after.
    """
    match change:
        case ChangePrimaryKey() | ChangeUnique():
            columns = set(change.before.column_ids)
            stays = all(scenery.persists(each) for each in columns)
            if isinstance(change, ChangePrimaryKey):
                stays = stays and not any(
                    scenery.after.column(each).nullable and each not in change.after.column_ids
                    for each in columns
                    if each in scenery.after.columns
                )
        case ChangeIndex():
            texts = [part.expression for part in change.before.parts] + [change.before.where]
            stays = all(scenery.persists(each) for each in _index_columns(change.before))
            stays = stays and all(text is None for text in texts)
        case ChangeForeignKey():
            before = change.before
            ids = (*before.source_column_ids, *before.target_column_ids)
            stays = all(scenery.persists(each) for each in ids)
        case ChangeCheck():
            before_table = scenery.before.table(change.table.id)
            after_table = scenery.after.table(change.table.id)
            going = {each.id for each in before_table.columns if not scenery.persists(each.id)}
            renamed = set(renamed_columns(before_table, after_table))
            stays = not _mentions(change.before.expression, before_table, going)
            stays = stays and not mentions_any(change.before.expression, renamed)
            stays = stays and not scenery.mentions_new_enums(change.before.expression)
        case _:
            return False
    return not (stays and scenery.is_online(change.table.id))


def _made_anew(scenery: Scenery, found: _Disturbed, already: set[str]) -> Iterator[Change]:
    """Let columns, constraints and indexes go and come back."""
    for column_id in found.remade:
        before_table, before = scenery.before.columns[column_id]
        after_table, after = scenery.after.columns[column_id]
        yield DropColumn(table=TableName.of(before_table), column=before)
        yield AddColumn(table=TableName.of(after_table), column=after)
    for part in found.parts:
        if part in already:
            continue
        kind, _, part_id = part.partition(":")
        yield from part_anew(ObjectKind(kind), part_id, scenery)
