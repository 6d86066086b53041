"""Names that PostgreSQL gives by itself, where they would take a name the definition uses.

A definition names every constraint and index, yet the server also names the sequence of each
identity column and, since 18, each NOT NULL. When such a name is taken, creating the table fails;
then another one is given outright.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.definition.model import Definition, Table
from core.definition.names import NumberedNames

_SEQUENCE_LABEL = "seq"
_NOT_NULL_LABEL = "not_null"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomaticNames:
    """The names to give outright, because the server's own would be taken."""

    sequence_by_column: Mapping[str, tuple[str, str]]
    """Namespace and name of the sequence, by the id of its identity column."""
    not_null_by_column: Mapping[str, str]
    """Name of the NOT NULL constraint, by the id of its column."""

    @classmethod
    def of(cls, definition: Definition) -> AutomaticNames:
        """Find the collisions of a definition whose constraints and indexes are named."""
        return cls(
            sequence_by_column=_sequences(definition),
            not_null_by_column=_not_nulls(definition),
        )


def _sequences(definition: Definition) -> dict[str, tuple[str, str]]:
    taken_by_namespace: defaultdict[str, set[str]] = defaultdict(set)
    for table in definition.tables:
        taken_by_namespace[table.namespace].update(_relation_names(table))
    for enum in definition.enums:
        taken_by_namespace[enum.namespace].add(enum.name)
    suspects = {
        namespace: taken
        for namespace, taken in taken_by_namespace.items()
        if _may_collide(taken, _SEQUENCE_LABEL)
    }
    numbered_by_namespace: defaultdict[str, NumberedNames] = defaultdict(NumberedNames)
    chosen: dict[str, tuple[str, str]] = {}
    for table in definition.tables:
        taken = suspects.get(table.namespace)
        if taken is None:
            continue
        columns = (column for column in table.columns if column.identity is not None)
        pairs = ((column.id, column.name) for column in columns)
        numbered = numbered_by_namespace[table.namespace]
        found = _evading(table.name, pairs, _SEQUENCE_LABEL, taken, numbered)
        for column_id, name in found.items():
            chosen[column_id] = (table.namespace, name)
    return chosen


def _relation_names(table: Table) -> Iterable[str]:
    """Give every name that the table and its indexes take in its namespace."""
    yield table.name
    for thing in (table.primary_key, *table.uniques, *table.indexes):
        if thing is not None and thing.name is not None:
            yield thing.name


def _not_nulls(definition: Definition) -> dict[str, str]:
    foreign_key_names: defaultdict[str, set[str]] = defaultdict(set)
    for foreign_key in definition.foreign_keys:
        foreign_key_names[foreign_key.source_table_id].add(foreign_key.name or "")
    chosen: dict[str, str] = {}
    for table in definition.tables:
        taken = set(foreign_key_names[table.id])
        for thing in (table.primary_key, *table.uniques, *table.checks):
            if thing is not None:
                taken.add(thing.name or "")
        if not _may_collide(taken, _NOT_NULL_LABEL):
            continue
        columns = (column for column in table.columns if not column.nullable)
        pairs = ((column.id, column.name) for column in columns)
        chosen.update(_evading(table.name, pairs, _NOT_NULL_LABEL, taken, NumberedNames()))
    return chosen


def _may_collide(taken: Iterable[str], label: str) -> bool:
    """Tell quickly whether any name could be one that the server makes with that label."""
    return f"_{label}" in "\n".join(taken)


def _evading(
    table_name: str,
    columns: Iterable[tuple[str, str]],
    label: str,
    taken: set[str],
    numbered: NumberedNames,
) -> dict[str, str]:
    """Name what the server would name like something that is taken.

    Args:
        table_name: The table of the columns.
        columns: Id and name of each column for which the server makes a name.
        label: What the server ends that name with.
        taken: Names that are gone; the new ones are added.
        numbered: Names with numbers, for just those names that are gone.
    """
    chosen: dict[str, str] = {}
    for column_id, column_name in columns:
        name, number = numbered.free(table_name, column_name, label, is_taken=taken.__contains__)
        taken.add(name)
        if number:
            chosen[column_id] = name
    return chosen
