"""The parts of a definition as rules look at them: each with its path and with what it refers to.

Nothing here judges: what an id points to may be missing, and then the view says None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from core.definition.model import Column, ForeignKey, Index, Table, Unique
from core.definition.reading_tables import flag_unique_id
from core.validation.sql_types import SqlType, TypeResolver

_SEARCHABLE_METHODS = frozenset({"btree", "hash"})
_MAX_KEYS = 32


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column with its place."""

    column: Column
    """The column."""
    path: str
    """Its place in the document."""
    table_id: str
    """Its table."""
    sql_type: SqlType | None
    """Its type as PostgreSQL calls it; None when it has none that is known."""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def may_be_null(self) -> bool:
        """Whether a row can hold NULL here."""
        return self.column.nullable and self.column.identity is None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A primary key, a unique constraint or an index over plain columns: a list of columns."""

    kind: str
    """What it is, for sentences."""
    name: str | None
    """The name it was given."""
    path: str
    """Its place in the document."""
    column_ids: tuple[str, ...]
    """Its columns in order."""
    index: Index | None = None
    """The index, where it is one and no constraint."""

    @property
    def constrains(self) -> bool:
        """Whether it is a constraint rather than an index."""
        return self.index is None

    @property
    def is_unique(self) -> bool:
        """Whether it keeps equal keys out of the whole table."""
        return self.index is None or self.index.unique


class TableView:
    """A table with its place and its parts by id."""

    def __init__(self, table: Table, position: int, types: TypeResolver) -> None:
        self.table = table
        self.position = position
        self.path = f"tables[{position}]"
        self.columns = tuple(
            ColumnView(
                column, f"{self.path}.columns[{place}]", table.id, types.resolve(column.type)
            )
            for place, column in enumerate(table.columns)
        )
        self.by_id: Mapping[str, ColumnView] = {
            view.column.id: view for view in reversed(self.columns)
        }

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @cached_property
    def by_name(self) -> Mapping[str, ColumnView]:
        """Columns by their exact name, the first of each."""
        return {view.column.name: view for view in reversed(self.columns)}

    @cached_property
    def uniques(self) -> tuple[tuple[Unique, str], ...]:
        """Unique constraints with their places; those of a column's flag are at the flag."""
        views: list[tuple[Unique, str]] = []
        listed = 0
        for unique in self.table.uniques:
            column = self.by_id.get(unique.column_ids[0]) if len(unique.column_ids) == 1 else None
            if (
                column is not None
                and unique.name is None
                and unique.id == flag_unique_id(column.column.id)
            ):
                views.append((unique, f"{column.path}.unique"))
            else:
                views.append((unique, f"{self.path}.uniques[{listed}]"))
                listed += 1
        return tuple(views)

    @cached_property
    def indexes(self) -> tuple[tuple[Index, str], ...]:
        """Indexes with their places."""
        return tuple(
            (index, f"{self.path}.indexes[{place}]")
            for place, index in enumerate(self.table.indexes)
        )

    @cached_property
    def keys(self) -> tuple[KeyView, ...]:
        """Primary key, unique constraints and whole indexes over plain columns, in that order."""
        return tuple(self._keys())

    @cached_property
    def unique_sets(self) -> frozenset[frozenset[str]]:
        """Sets of columns that name a row, as a foreign key can refer to them."""
        return frozenset(frozenset(key.column_ids) for key in self.keys if key.is_unique)

    @cached_property
    def indexed_beginnings(self) -> frozenset[frozenset[str]]:
        """Sets of columns that begin an index, so that it finds rows by them."""
        return frozenset(
            frozenset(key.column_ids[:size])
            for key in self.keys
            if key.index is None or key.index.method in _SEARCHABLE_METHODS
            for size in range(1, min(len(key.column_ids), _MAX_KEYS) + 1)
        )

    def _keys(self) -> Iterator[KeyView]:
        key = self.table.primary_key
        if key is not None:
            yield KeyView(
                kind="primary key",
                name=key.name,
                path=f"{self.path}.primaryKey",
                column_ids=key.column_ids,
            )
        for unique, path in self.uniques:
            yield KeyView(
                kind="unique constraint", name=unique.name, path=path, column_ids=unique.column_ids
            )
        for index, path in self.indexes:
            column_ids = tuple(part.column_id for part in index.parts if part.column_id is not None)
            if index.where is None and len(column_ids) == len(index.parts):
                yield KeyView(
                    kind="index", name=index.name, path=path, column_ids=column_ids, index=index
                )

    def names_of(self, column_ids: tuple[str, ...]) -> str:
        """List columns for a sentence."""
        shown = [
            f'"{self.by_id[item].name}"' if item in self.by_id else f"(no column {item})"
            for item in column_ids[:_MAX_KEYS]
        ]
        return ", ".join(shown)


@dataclass(frozen=True, slots=True)
class ForeignKeyView:
    """A foreign key with its place and both its ends."""

    foreign_key: ForeignKey
    """The foreign key."""
    path: str
    """Its place in the document."""
    source: TableView | None
    """The table that refers."""
    target: TableView | None
    """The table referred to."""
    source_columns: tuple[ColumnView | None, ...]
    """The columns that refer."""
    target_columns: tuple[ColumnView | None, ...]
    """The columns referred to."""

    @property
    def is_whole(self) -> bool:
        """Whether both ends exist and match in number."""
        return (
            self.source is not None
            and self.target is not None
            and None not in self.source_columns
            and None not in self.target_columns
            and len(self.source_columns) == len(self.target_columns) > 0
        )

    @property
    def pairs(self) -> tuple[tuple[ColumnView, ColumnView], ...]:
        """Source and target columns that both exist, pairwise."""
        return tuple(
            (source, target)
            for source, target in zip(self.source_columns, self.target_columns, strict=False)
            if source is not None and target is not None
        )

    def column_path(self, side: str, place: int) -> str:
        """Return the place of one column; the side is `source` or `target`."""
        ids = (
            self.foreign_key.source_column_ids
            if side == "source"
            else self.foreign_key.target_column_ids
        )
        if len(ids) == 1:
            return f"{self.path}.{side}ColumnId"
        return f"{self.path}.{side}ColumnIds[{place}]"

    @property
    def label(self) -> str:
        """What to call it in a sentence."""
        if self.foreign_key.name:
            return f'The foreign key "{self.foreign_key.name}"'
        source = f' of "{self.source.name}"' if self.source is not None else ""
        return f"The foreign key{source}"
