"""The comparable form of a definition: equal forms mean the same database.

Ids become qualified names, names nobody gave are given, other words for the same thing are
folded, what is only shown is dropped, and what has no order is sorted. Expressions stay as they
are written: an engine's `normalise` brings them into the server's own spelling first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Generic, TypeVar

from core.definition.default_values import DefaultMismatchError
from core.definition.defaults import Literal, meaning, well_known_call
from core.definition.literals import folded_numbers, json_text
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Default,
    Definition,
    ExpressionDefault,
    ForeignKey,
    Index,
    IndexPart,
    LiteralDefault,
    Namespace,
    NullsOrder,
    SortOrder,
    Table,
    Unique,
)
from core.definition.names import resolve_names
from core.definition.types import ColumnType, DataType

_TEMPLATE_DESCRIPTION = "standard public schema"
"""The comment on `public` in a new database. Source: PostgreSQL's src/include/catalog."""

_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_NULL = re.compile(r"\(*NULL\)*(?:::[^:']+)?", re.IGNORECASE)

_NAMES_KEPT = 16_384
_DEFAULTS_KEPT = 1024
"""Names and defaults whose forms are remembered, as they come again and again."""

_ID = attrgetter("id")
_NAME = attrgetter("name")
_NAMESPACE_AND_NAME = attrgetter("namespace", "name")

_DEFAULT_NULLS = {SortOrder.ASC: NullsOrder.LAST, SortOrder.DESC: NullsOrder.FIRST}
"""Source: PostgreSQL manual, CREATE INDEX."""


def canonical(definition: Definition) -> Definition:
    """Return the comparable form."""
    rest, tables = Folding(folded_table).fold(definition)
    return replace(rest, tables=tuple(tables))


_Form = TypeVar("_Form")


class Folding(Generic[_Form]):
    """Makes something comparable of definitions, and of each table object once.

    A table object that several definitions hold is folded once, and its form is one object too.
    """

    __slots__ = ("_enum_ids", "_fold_table", "_tables")

    def __init__(self, fold_table: Callable[[NamedTable], _Form]) -> None:
        """Take what makes the form of a table."""
        self._fold_table = fold_table
        self._enum_ids: dict[str, str] = {}
        self._tables: dict[int, tuple[NamedTable, _Form]] = {}

    def fold(self, definition: Definition) -> tuple[Definition, list[_Form]]:
        """Return the comparable form of all but the tables, and those of the tables in order."""
        named = resolve_names(definition)
        enum_ids = {enum.id: qualified(enum.namespace, enum.name) for enum in named.enums}
        if enum_ids != self._enum_ids:
            self._enum_ids = enum_ids
            self._tables = {}
        folded = [self._folded(table) for table in named.tables]
        by_id = {each.table.id: each for each, _ in folded}
        rest = Definition(
            tables=(),
            foreign_keys=tuple(
                sorted([_foreign_key(key, by_id) for key in named.foreign_keys], key=_ID)
            ),
            enums=tuple(
                sorted(
                    [replace(enum, id=enum_ids[enum.id]) for enum in named.enums],
                    key=_NAMESPACE_AND_NAME,
                )
            ),
            namespaces=told_namespaces(named.namespaces),
        )
        in_order = sorted(folded, key=lambda item: _NAMESPACE_AND_NAME(item[0].table))
        return rest, [form for _, form in in_order]

    def _folded(self, table: Table) -> tuple[NamedTable, _Form]:
        known = self._tables.get(id(table))
        if known is None:
            path = qualified(table.namespace, table.name)
            columns = {column.id: column.name for column in table.columns}
            named = NamedTable(table=table, path=path, columns=columns, enums=self._enum_ids)
            # The table is kept, so that no other gets its place in memory.
            known = (named, self._fold_table(named))
            self._tables[id(table)] = known
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTable:
    """A table with what it and the things in it are called in comparable forms."""

    table: Table
    """The table, its constraints and indexes named."""
    path: str
    """Its qualified name."""
    columns: Mapping[str, str]
    """The names of its columns, by id."""
    enums: Mapping[str, str]
    """The qualified names of the definition's enums, by id."""

    def called(self, column_id: str) -> str:
        """Return the qualified name of a column; an id that no column has stays."""
        name = self.columns.get(column_id)
        return column_id if name is None else f"{self.path}.{_quoted(name)}"

    def all_called(self, column_ids: tuple[str, ...]) -> tuple[str, ...]:
        """Return the qualified names of columns."""
        return tuple([self.called(each) for each in column_ids])

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The columns of its primary key."""
        return self.table.primary_key.column_ids if self.table.primary_key else ()

    @property
    def sorted_columns(self) -> list[Column]:
        """Its columns by name, as their order does not count."""
        return sorted(self.table.columns, key=_NAME)


def qualified(*names: str) -> str:
    """Join names so that different names never give the same text."""
    return ".".join([_quoted(name) for name in names])


@lru_cache(_NAMES_KEPT)
def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else '"{}"'.format(name.replace('"', '""'))


def told_namespaces(namespaces: Iterable[Namespace]) -> tuple[Namespace, ...]:
    """Return namespaces by name, without a default one that says nothing."""
    kept = (
        item
        for item in namespaces
        if item.name != DEFAULT_NAMESPACE or item.description not in {"", _TEMPLATE_DESCRIPTION}
    )
    return tuple(sorted(kept, key=lambda item: item.name))


def folded_table(named: NamedTable) -> Table:
    """Return the comparable form of a table."""
    key_ids = named.key_ids
    return replace(
        folded_parts(named),
        columns=tuple(
            [_column(item, named, is_key=item.id in key_ids) for item in named.sorted_columns]
        ),
    )


def folded_parts(named: NamedTable) -> Table:
    """Return the comparable form of a table without its columns."""
    table, path = named.table, named.path
    key_ids = named.key_ids
    primary_key = table.primary_key and replace(
        table.primary_key, column_ids=named.all_called(key_ids)
    )

    def identity(name: str | None) -> str:
        return f"{path}.{_quoted(name or '')}"

    return Table(
        id=path,
        name=table.name,
        namespace=table.namespace,
        columns=(),
        primary_key=primary_key,
        uniques=tuple(
            [
                Unique(
                    id=identity(item.name),
                    name=item.name,
                    column_ids=named.all_called(item.column_ids),
                )
                for item in without_repeats(table.uniques, key_ids)
            ]
        ),
        checks=tuple(
            [
                Check(id=identity(item.name), name=item.name, expression=item.expression.strip())
                for item in sorted(table.checks, key=_by_name)
            ]
        ),
        indexes=tuple(
            [
                _index(item, identity(item.name), named)
                for item in sorted(table.indexes, key=_by_name)
            ]
        ),
        description=table.description,
    )


def _by_name(item: Check | Index) -> str:
    return item.name or ""


def without_repeats(uniques: Iterable[Unique], key_ids: tuple[str, ...]) -> list[Unique]:
    """Leave out what says again that the same columns are unique, as PostgreSQL does.

    Source: transformIndexConstraints in PostgreSQL's src/backend/parser/parse_utilcmd.c.
    """
    seen = {key_ids}
    kept: list[Unique] = []
    for unique in sorted(uniques, key=lambda item: item.name or ""):
        if unique.column_ids not in seen:
            seen.add(unique.column_ids)
            kept.append(unique)
    return kept


def _column(column: Column, named: NamedTable, *, is_key: bool) -> Column:
    canonical_type = folded_type(column.type, named.enums)
    return Column(
        id=named.called(column.id),
        name=column.name,
        type=canonical_type,
        nullable=column.nullable and not is_key and column.identity is None,
        identity=column.identity,
        default=column.default and canonical_default(column.default, canonical_type),
        generated=None if column.generated is None else column.generated.strip(),
        description=column.description,
    )


def folded_type(column_type: ColumnType, enums: Mapping[str, str]) -> ColumnType:
    """Return the comparable form of a type, enums called as the mapping says."""
    folded = column_type.canonical()
    if folded.native is not None:
        return replace(folded, native=folded.native.strip())
    if folded.enum_id is not None:
        return replace(folded, enum_id=enums.get(folded.enum_id, folded.enum_id))
    return folded


def canonical_default(default: Default | None, column_type: ColumnType) -> Default | None:
    """Return the comparable form of a default of a column that has a canonical type."""
    return None if default is None else _canonical_default(default, column_type)


@lru_cache(_DEFAULTS_KEPT)
def _canonical_default(default: Default, column_type: ColumnType) -> Default | None:
    try:
        meant = meaning(default, column_type)
    except DefaultMismatchError:
        return default
    if isinstance(meant, Literal):
        is_json = column_type.data_type is DataType.JSONB
        value = folded_numbers(meant.value) if is_json else meant.value
        return LiteralDefault(json=json_text(value, sort_keys=True))
    sql = meant.sql.strip()
    # A domain can have a default of its own, which NULL overrides; elsewhere NULL says nothing.
    if _NULL.fullmatch(sql) and column_type.data_type is not DataType.NATIVE:
        return None
    return ExpressionDefault(sql=well_known_call(sql) or sql)


def _index(index: Index, index_id: str, named: NamedTable) -> Index:
    return Index(
        id=index_id,
        parts=tuple([canonical_part(part, named.called) for part in index.parts]),
        name=index.name,
        unique=index.unique,
        method=index.method,
        where=None if index.where is None else index.where.strip(),
        include_column_ids=named.all_called(index.include_column_ids),
    )


def canonical_part(part: IndexPart, called: Callable[[str], str] = str) -> IndexPart:
    """Return the comparable form of an index part, its column called as the function says."""
    return IndexPart(
        column_id=None if part.column_id is None else called(part.column_id),
        expression=None if part.expression is None else part.expression.strip(),
        order=part.order,
        nulls=None if part.nulls is _DEFAULT_NULLS[part.order] else part.nulls,
    )


def _foreign_key(key: ForeignKey, tables: Mapping[str, NamedTable]) -> ForeignKey:
    source, target = tables.get(key.source_table_id), tables.get(key.target_table_id)
    source_id = key.source_table_id if source is None else source.path
    return ForeignKey(
        id=f"{source_id}.{_quoted(key.name or '')}",
        name=key.name,
        source_table_id=source_id,
        source_column_ids=source.all_called(key.source_column_ids)
        if source is not None
        else key.source_column_ids,
        target_table_id=key.target_table_id if target is None else target.path,
        target_column_ids=target.all_called(key.target_column_ids)
        if target is not None
        else key.target_column_ids,
        on_delete=key.on_delete,
        on_update=key.on_update,
        deferrable=key.deferrable or key.initially_deferred,
        initially_deferred=key.initially_deferred,
    )
