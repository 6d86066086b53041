"""Constraints and indexes that got other ids: they keep those of the ones that they are.

Clients need not send ids for them, and what is read from a database has its own. One that has the
name or else the content of one that is gone is that one.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from core.definition.model import Check, Definition, ForeignKey, Index, Table, Unique
from core.planning.following import RenamedValues, followed
from core.planning.kinds import CHECKS, FOREIGN_KEYS, INDEXES, UNIQUES
from core.planning.settling import settle

_Part = TypeVar("_Part", Unique, Check, Index, ForeignKey)
_Ids = Mapping[Hashable, Hashable]


def with_known_parts(
    after: Definition, before: Definition, renamed_values: RenamedValues
) -> Definition:
    """Return a definition, everything named, with the ids that its parts have in the one before.

    Args:
        after: The definition after; everything in it is named.
        before: The definition before.
        renamed_values: Values of enums that are called otherwise after.
    """
    new = settle(after)
    old = followed(settle(before), new, renamed_values)
    return _known(after, old, new)


def with_parts_of(new: Definition, old: Definition) -> Definition:
    """Do the same with two settled definitions, of which the one before is followed."""
    return _known(new, old, new)


def _known(wanted: Definition, old: Definition, new: Definition) -> Definition:
    old_tables = {table.id: table for table in old.tables}
    table_ids = {
        table.id
        for table in new.tables
        if (twin := old_tables.get(table.id)) is not None and table is not twin and table != twin
    }
    pairs = [kind.known(old, new, table_ids) for kind in (UNIQUES, CHECKS, INDEXES, FOREIGN_KEYS)]
    if not any(pairs):
        return wanted
    used = _part_ids(new)
    uniques, checks, indexes, keys = (_free(each, used) for each in pairs)

    def known(table: Table) -> Table:
        if table.id not in table_ids:
            return table
        return replace(
            table,
            uniques=_with_ids(table.uniques, table.id, uniques),
            checks=_with_ids(table.checks, table.id, checks),
            indexes=_with_ids(table.indexes, table.id, indexes),
        )

    return replace(
        wanted,
        tables=tuple(known(table) for table in wanted.tables),
        foreign_keys=tuple(
            one
            for key in wanted.foreign_keys
            for one in _with_ids((key,), key.source_table_id, keys)
        ),
    )


def _part_ids(definition: Definition) -> set[Hashable]:
    of_tables = {
        part.id
        for table in definition.tables
        for parts in (table.uniques, table.checks, table.indexes)
        for part in parts
    }
    return {*of_tables, *(key.id for key in definition.foreign_keys)}


def _free(pairs: _Ids, used: AbstractSet[Hashable]) -> dict[Hashable, Hashable]:
    """Return the ids to give; one that a part of another table has by now stays there."""
    return {
        new: old_id
        for new, old in pairs.items()
        if isinstance(old, tuple) and (old_id := old[-1]) not in used
    }


def _with_ids(parts: Sequence[_Part], table_id: str, ids: _Ids) -> tuple[_Part, ...]:
    return tuple(
        replace(part, id=str(ids[table_id, part.id])) if (table_id, part.id) in ids else part
        for part in parts
    )
