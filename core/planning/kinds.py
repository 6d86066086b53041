"""The kinds of things in a definition: where they are, and by which changes each becomes another.

A new kind is one descriptor here and its verbs in `core.changes`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

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
    ChangeEnumValues,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
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
    ObjectKind,
    RenameCheck,
    RenameEnum,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
    RenameUnique,
    TableName,
)
from core.definition.canonical import canonical_part
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Check,
    Column,
    Definition,
    Enum,
    ForeignKey,
    Index,
    Namespace,
    PrimaryKey,
    Table,
    Unique,
)
from core.planning.column_comparison import compare_columns
from core.planning.pairing import KindOfThing

_Part = TypeVar("_Part")


class Named(Protocol):
    """A constraint or an index."""

    @property
    def name(self) -> str | None:
        """Its name."""


_NamedPart = TypeVar("_NamedPart", bound=Named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned(Generic[_Part]):
    """A part with the table it belongs to."""

    table: TableName
    """The table."""
    part: _Part
    """The part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key with the tables at its ends."""

    tables: Mapping[str, Table]
    """The tables of the definition, by id. Names are made of those that matter only."""
    key: ForeignKey
    """The foreign key."""

    @property
    def table(self) -> TableName:
        """The table that refers."""
        return self._named(self.key.source_table_id)

    @property
    def target(self) -> TableName:
        """The table referred to."""
        return self._named(self.key.target_table_id)

    def _named(self, table_id: str) -> TableName:
        table = self.tables.get(table_id)
        if table is None:  # A rule of validation reports it.
            return TableName(id=table_id, namespace=DEFAULT_NAMESPACE, name=table_id)
        return TableName.of(table)


def _owned(
    parts: Callable[[Table], Iterable[_Part]], identity: Callable[[Table, _Part], str]
) -> Callable[[Definition, AbstractSet[str]], Iterator[tuple[Hashable, Owned[_Part]]]]:
    """List parts of the tables to look at, identified within their table."""

    def things(
        definition: Definition, table_ids: AbstractSet[str]
    ) -> Iterator[tuple[Hashable, Owned[_Part]]]:
        for table in definition.tables:
            if table.id in table_ids:
                owner = TableName.of(table)
                for part in parts(table):
                    yield (table.id, identity(table, part)), Owned(table=owner, part=part)

    return things


def _comparing(
    content: Callable[[_NamedPart], Hashable],
    rename: Callable[[TableName, _NamedPart, _NamedPart], Change],
    change: Callable[[TableName, _NamedPart, _NamedPart], Change],
) -> Callable[[Owned[_NamedPart], Owned[_NamedPart]], Iterator[Change]]:
    def compare(before: Owned[_NamedPart], after: Owned[_NamedPart]) -> Iterator[Change]:
        if content(before.part) != content(after.part):
            yield change(after.table, before.part, after.part)
        elif before.part.name != after.part.name:
            yield rename(after.table, before.part, after.part)

    return compare


def _twins(
    content: Callable[[_NamedPart], Hashable],
) -> Callable[[Owned[_NamedPart]], tuple[Hashable, ...]]:
    """Find a part that got a new id by its name, or else by its content."""
    return lambda owned: (
        (owned.table.id, owned.part.name),
        (owned.table.id, content(owned.part)),
    )


def _namespaces(
    definition: Definition, _: AbstractSet[str]
) -> Iterator[tuple[Hashable, Namespace]]:
    """List the namespaces; the default one is there even when it is not listed."""
    yield DEFAULT_NAMESPACE, Namespace(name=DEFAULT_NAMESPACE)
    yield from ((each.name, each) for each in definition.namespaces)


def _compare_namespaces(before: Namespace, after: Namespace) -> Iterator[Change]:
    if before.description != after.description:
        yield DescribeNamespace(before=before, after=after)


def _compare_enums(before: Enum, after: Enum) -> Iterator[Change]:
    if (before.namespace, before.name) != (after.namespace, after.name):
        yield RenameEnum(before=before, after=after)
    if before.values != after.values:
        yield ChangeEnumValues(before=before, after=after, renamed=())
    if before.description != after.description:
        yield DescribeEnum(before=before, after=after)


def _compare_tables(before: Table, after: Table) -> Iterator[Change]:
    old, new = TableName.of(before), TableName.of(after)
    if old != new:
        yield RenameTable(before=old, after=new)
    if before.description != after.description:
        yield DescribeTable(table=new, before=before.description, after=after.description)


def _unique_content(unique: Unique) -> Hashable:
    return unique.column_ids


def _check_content(check: Check) -> Hashable:
    return check.expression.strip()


def _index_content(index: Index) -> Hashable:
    return replace(
        index,
        id="",
        name=None,
        parts=tuple(canonical_part(part) for part in index.parts),
        where=None if index.where is None else index.where.strip(),
    )


def _references(
    definition: Definition, _: AbstractSet[str]
) -> Iterator[tuple[Hashable, Reference]]:
    tables = {table.id: table for table in definition.tables}
    for key in definition.foreign_keys:
        yield (key.source_table_id, key.id), Reference(tables=tables, key=key)


def _reference_content(key: ForeignKey) -> ForeignKey:
    return replace(key, id="", name=None, deferrable=False, initially_deferred=False)


def _compare_references(before: Reference, after: Reference) -> Iterator[Change]:
    old, new = before.key, after.key
    if old is new or old == new:
        return
    if _reference_content(old) != _reference_content(new):
        yield ChangeForeignKey(table=after.table, target=after.target, before=old, after=new)
    elif (old.deferrable, old.initially_deferred) != (new.deferrable, new.initially_deferred):
        yield ChangeForeignKeyTiming(table=after.table, before=old, after=new)
    else:
        yield RenameForeignKey(table=after.table, before=old, after=new)


NAMESPACES: KindOfThing[Namespace] = KindOfThing(
    kind=ObjectKind.NAMESPACE,
    things=_namespaces,
    add=lambda each: AddNamespace(namespace=each),
    drop=lambda each: DropNamespace(namespace=each),
    compare=_compare_namespaces,
)
"""Namespaces, identified by their names."""

ENUMS: KindOfThing[Enum] = KindOfThing(
    kind=ObjectKind.ENUM,
    things=lambda definition, _: ((enum.id, enum) for enum in definition.enums),
    add=lambda each: AddEnum(enum=each),
    drop=lambda each: DropEnum(enum=each),
    compare=_compare_enums,
)
"""Enumerated types."""

TABLES: KindOfThing[Table] = KindOfThing(
    kind=ObjectKind.TABLE,
    things=lambda definition, _: ((table.id, table) for table in definition.tables),
    add=lambda each: AddTable(table=each),
    drop=lambda each: DropTable(table=each),
    compare=_compare_tables,
)
"""Tables apart from their parts."""

COLUMNS: KindOfThing[Owned[Column]] = KindOfThing(
    kind=ObjectKind.COLUMN,
    things=_owned(lambda table: table.columns, lambda _, column: column.id),
    add=lambda each: AddColumn(table=each.table, column=each.part),
    drop=lambda each: DropColumn(table=each.table, column=each.part),
    compare=lambda before, after: compare_columns(after.table, before.part, after.part),
)
"""Columns; one that moves to another table goes here and comes there."""

PRIMARY_KEYS: KindOfThing[Owned[PrimaryKey]] = KindOfThing(
    kind=ObjectKind.PRIMARY_KEY,
    things=_owned(
        lambda table: () if table.primary_key is None else (table.primary_key,),
        lambda table, _: table.id,
    ),
    add=lambda each: AddPrimaryKey(table=each.table, key=each.part),
    drop=lambda each: DropPrimaryKey(table=each.table, key=each.part),
    compare=_comparing(
        lambda key: key.column_ids,
        lambda table, before, after: RenamePrimaryKey(table=table, before=before, after=after),
        lambda table, before, after: ChangePrimaryKey(table=table, before=before, after=after),
    ),
)
"""Primary keys, identified by their tables."""

UNIQUES: KindOfThing[Owned[Unique]] = KindOfThing(
    kind=ObjectKind.UNIQUE,
    things=_owned(lambda table: table.uniques, lambda _, unique: unique.id),
    add=lambda each: AddUnique(table=each.table, unique=each.part),
    drop=lambda each: DropUnique(table=each.table, unique=each.part),
    compare=_comparing(
        _unique_content,
        lambda table, before, after: RenameUnique(table=table, before=before, after=after),
        lambda table, before, after: ChangeUnique(table=table, before=before, after=after),
    ),
    twins=_twins(_unique_content),
)
"""Unique constraints."""

CHECKS: KindOfThing[Owned[Check]] = KindOfThing(
    kind=ObjectKind.CHECK,
    things=_owned(lambda table: table.checks, lambda _, check: check.id),
    add=lambda each: AddCheck(table=each.table, check=each.part),
    drop=lambda each: DropCheck(table=each.table, check=each.part),
    compare=_comparing(
        _check_content,
        lambda table, before, after: RenameCheck(table=table, before=before, after=after),
        lambda table, before, after: ChangeCheck(table=table, before=before, after=after),
    ),
    twins=_twins(_check_content),
)
"""Check constraints."""

INDEXES: KindOfThing[Owned[Index]] = KindOfThing(
    kind=ObjectKind.INDEX,
    things=_owned(lambda table: table.indexes, lambda _, index: index.id),
    add=lambda each: AddIndex(table=each.table, index=each.part),
    drop=lambda each: DropIndex(table=each.table, index=each.part),
    compare=_comparing(
        _index_content,
        lambda table, before, after: RenameIndex(table=table, before=before, after=after),
        lambda table, before, after: ChangeIndex(table=table, before=before, after=after),
    ),
    twins=_twins(_index_content),
)
"""Indexes."""

FOREIGN_KEYS: KindOfThing[Reference] = KindOfThing(
    kind=ObjectKind.FOREIGN_KEY,
    things=_references,
    add=lambda each: AddForeignKey(table=each.table, target=each.target, foreign_key=each.key),
    drop=lambda each: DropForeignKey(table=each.table, target=each.target, foreign_key=each.key),
    compare=_compare_references,
    twins=lambda each: (
        (each.key.source_table_id, each.key.name),
        (each.key.source_table_id, _reference_content(each.key)),
    ),
)
"""Foreign keys, those of added and dropped tables as well."""


class Comparable(Protocol):
    """A kind of things, whatever they are."""

    @property
    def kind(self) -> ObjectKind:
        """The kind."""

    def changes(
        self, before: Definition, after: Definition, table_ids: AbstractSet[str]
    ) -> Iterator[Change]:
        """Tell what happened to the things of the kind."""


KINDS: tuple[Comparable, ...] = (
    NAMESPACES,
    ENUMS,
    TABLES,
    COLUMNS,
    PRIMARY_KEYS,
    UNIQUES,
    CHECKS,
    INDEXES,
    FOREIGN_KEYS,
)
"""All kinds."""
