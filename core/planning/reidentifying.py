"""Other ids for the things of a definition: which, and the same definition with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from core.definition.model import Column, Definition, ForeignKey, Index, IndexPart, Table


class _Part(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """New ids by old ones, for each kind of things, as far as they are known."""

    known_ids: frozenset[str]
    """Ids that nothing may have by chance."""
    found_ids: Callable[[], frozenset[str]]
    """Tells the ids of all things whose ids these are."""
    tables: dict[str, str] = field(default_factory=dict)
    """Of tables."""
    columns: dict[str, str] = field(default_factory=dict)
    """Of columns."""
    enums: dict[str, str] = field(default_factory=dict)
    """Of enums."""
    parts: dict[str, str] = field(default_factory=dict)
    """Of unique and check constraints, indexes and foreign keys."""
    kept: set[str] = field(default_factory=set)
    """Ids that stay, of columns and parts of tables that are found as they are known."""

    def keep(self, table: Table) -> None:
        """Let a table that is found as it is known keep the ids of all its parts."""
        for parts in (table.columns, table.uniques, table.checks, table.indexes):
            self.kept.update([each.id for each in parts])

    def pair_parts(self, found: Table, known: Table) -> None:
        """Give the constraints and indexes of a table the ids of those called like them."""
        self._pair(found.uniques, known.uniques)
        self._pair(found.checks, known.checks)
        self._pair(found.indexes, known.indexes)

    def pair_foreign_keys(self, found: Iterable[ForeignKey], known: Iterable[ForeignKey]) -> None:
        """Give foreign keys the ids of those called like them, of the same table."""
        ids = {(key.source_table_id, key.name): key.id for key in known}
        for key in found:
            name = (self.tables.get(key.source_table_id, key.source_table_id), key.name)
            if name in ids:
                self.parts[key.id] = ids[name]

    def new(self, ids: dict[str, str], old: str) -> str:
        """Return the new id of a thing; an old one stays unless a known thing has it."""
        if old in ids:
            return ids[old]
        if old not in self.known_ids or old in self.kept:
            return old
        fresh = f"{old}~"
        while fresh in self.known_ids or fresh in self.found_ids():
            fresh += "~"
        return fresh

    def _pair(self, found: Sequence[_Part], known: Sequence[_Part]) -> None:
        ids = {part.name: part.id for part in known}
        self.parts.update((part.id, ids[part.name]) for part in found if part.name in ids)


def reidentified(
    definition: Definition, ids: Ids, tables: Mapping[str, Table] | None = None
) -> Definition:
    """Return the definition with other ids; it means the same.

    Args:
        definition: The definition.
        ids: The ids.
        tables: What tables are with them, by their old ids, as far as it is known.
    """
    known = tables or {}
    return replace(
        definition,
        tables=tuple(known.get(table.id) or _table(table, ids) for table in definition.tables),
        foreign_keys=tuple(_foreign_key(key, ids) for key in definition.foreign_keys),
        enums=tuple(replace(enum, id=ids.new(ids.enums, enum.id)) for enum in definition.enums),
    )


def _table(table: Table, ids: Ids) -> Table:
    return replace(
        table,
        id=ids.new(ids.tables, table.id),
        columns=tuple([_column(column, ids) for column in table.columns]),
        primary_key=table.primary_key
        and replace(table.primary_key, column_ids=_columns(table.primary_key.column_ids, ids)),
        uniques=tuple(
            replace(
                unique,
                id=ids.new(ids.parts, unique.id),
                column_ids=_columns(unique.column_ids, ids),
            )
            for unique in table.uniques
        ),
        checks=tuple(replace(check, id=ids.new(ids.parts, check.id)) for check in table.checks),
        indexes=tuple(_index(index, ids) for index in table.indexes),
    )


def _column(column: Column, ids: Ids) -> Column:
    column_id, column_type = ids.new(ids.columns, column.id), column.type
    if column_type.enum_id is not None:
        column_type = replace(column_type, enum_id=ids.new(ids.enums, column_type.enum_id))
    if column_id == column.id and column_type is column.type:
        return column
    return replace(column, id=column_id, type=column_type)


def _index(index: Index, ids: Ids) -> Index:
    return replace(
        index,
        id=ids.new(ids.parts, index.id),
        parts=tuple(_index_part(part, ids) for part in index.parts),
        include_column_ids=_columns(index.include_column_ids, ids),
    )


def _index_part(part: IndexPart, ids: Ids) -> IndexPart:
    if part.column_id is None:
        return part
    return replace(part, column_id=ids.new(ids.columns, part.column_id))


def _foreign_key(key: ForeignKey, ids: Ids) -> ForeignKey:
    said = (
        key.id,
        key.source_table_id,
        key.source_column_ids,
        key.target_table_id,
        key.target_column_ids,
    )
    wanted = (
        ids.new(ids.parts, key.id),
        ids.new(ids.tables, key.source_table_id),
        _columns(key.source_column_ids, ids),
        ids.new(ids.tables, key.target_table_id),
        _columns(key.target_column_ids, ids),
    )
    if wanted == said:
        return key
    key_id, source_id, source_columns, target_id, target_columns = wanted
    return replace(
        key,
        id=key_id,
        source_table_id=source_id,
        source_column_ids=source_columns,
        target_table_id=target_id,
        target_column_ids=target_columns,
    )


def _columns(column_ids: Iterable[str], ids: Ids) -> tuple[str, ...]:
    return tuple([ids.new(ids.columns, each) for each in column_ids])
