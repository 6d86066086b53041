"""Other ids for the things of a definition: which, and the same definition with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from core.definition.model import Definition, ForeignKey, Index, IndexPart, Table


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
    found_ids: frozenset[str]
    """Ids of all things whose ids these are."""
    tables: dict[str, str] = field(default_factory=dict)
    """Of tables."""
    columns: dict[str, str] = field(default_factory=dict)
    """Of columns."""
    enums: dict[str, str] = field(default_factory=dict)
    """Of enums."""
    parts: dict[str, str] = field(default_factory=dict)
    """Of unique and check constraints, indexes and foreign keys."""

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

    def keep(self, table: Table) -> None:
        """Let a table that is found as it is known keep the ids of all its parts."""
        columns = [each.id for each in table.columns]
        self.columns.update(zip(columns, columns, strict=True))
        for parts in (table.uniques, table.checks, table.indexes):
            self.parts.update([(each.id, each.id) for each in parts])

    def new(self, ids: dict[str, str], old: str) -> str:
        """Return the new id of a thing; an old one stays unless a known thing has it."""
        if old in ids:
            return ids[old]
        if old not in self.known_ids:
            return old
        fresh = f"{old}~"
        while fresh in self.known_ids or fresh in self.found_ids:
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
    columns = tuple(
        replace(
            column,
            id=ids.new(ids.columns, column.id),
            type=column.type
            if column.type.enum_id is None
            else replace(column.type, enum_id=ids.new(ids.enums, column.type.enum_id)),
        )
        for column in table.columns
    )
    return replace(
        table,
        id=ids.new(ids.tables, table.id),
        columns=columns,
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
    return replace(
        key,
        id=ids.new(ids.parts, key.id),
        source_table_id=ids.new(ids.tables, key.source_table_id),
        source_column_ids=_columns(key.source_column_ids, ids),
        target_table_id=ids.new(ids.tables, key.target_table_id),
        target_column_ids=_columns(key.target_column_ids, ids),
    )


def _columns(column_ids: Iterable[str], ids: Ids) -> tuple[str, ...]:
    return tuple([ids.new(ids.columns, each) for each in column_ids])
