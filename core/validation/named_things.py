"""Every name that a definition gives, with its place, as the rules about names read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.definition.model import Definition
from core.validation.views import ForeignKeyView, TableView


@dataclass(frozen=True, slots=True)
class NamedThing:
    """A name with what it names."""

    kind: str
    """What it names: namespace, enum, table, column, constraint or index."""
    name: str
    """The name."""
    path: str
    """The place of the name."""
    table_id: str | None = None
    """The table it is or belongs to."""
    column_id: str | None = None
    """The column it is."""


def named_things(
    definition: Definition, tables: Iterable[TableView], foreign_keys: Iterable[ForeignKeyView]
) -> Iterator[NamedThing]:
    """Go through all names that were given; those that are computed are left out."""
    for place, namespace in enumerate(definition.namespaces):
        yield NamedThing("namespace", namespace.name, f"namespaces[{place}].name")
    for place, enum in enumerate(definition.enums):
        yield NamedThing("enum", enum.name, f"enums[{place}].name")
    for view in tables:
        yield NamedThing("table", view.name, f"{view.path}.name", view.table.id)
        for column in view.columns:
            yield NamedThing(
                "column", column.name, f"{column.path}.name", view.table.id, column.column.id
            )
        yield from constraint_names(view)
        for index, path in view.indexes:
            if index.name is not None:
                yield NamedThing("index", index.name, f"{path}.name", view.table.id)
    for foreign_key in foreign_keys:
        name = foreign_key.foreign_key.name
        if name is not None:
            table_id = foreign_key.foreign_key.source_table_id
            yield NamedThing("constraint", name, f"{foreign_key.path}.name", table_id)


def constraint_names(view: TableView) -> Iterator[NamedThing]:
    """Go through the names given to primary key, unique constraints and checks of a table."""
    yield from index_backed_names(view)
    for place, check in enumerate(view.table.checks):
        if check.name is not None:
            path = f"{view.path}.checks[{place}].name"
            yield NamedThing("constraint", check.name, path, view.table.id)


def index_backed_names(view: TableView) -> Iterator[NamedThing]:
    """Go through the names given to constraints that have an index of the same name."""
    key = view.table.primary_key
    if key is not None and key.name is not None:
        yield NamedThing("constraint", key.name, f"{view.path}.primaryKey.name", view.table.id)
    for unique, path in view.uniques:
        if unique.name is not None:
            yield NamedThing("constraint", unique.name, f"{path}.name", view.table.id)
