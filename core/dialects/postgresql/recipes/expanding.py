"""How a column of a big table is made anew beside the old one, with everything that is on it."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from core.changes import ObjectKind
from core.definition.model import Column, Index, Table
from core.definition.types import ColumnType
from core.dialects.postgresql.altering_columns import (
    add_column,
    add_identity,
    drop_column,
    drop_default,
    drop_identity,
    fill,
    rename_column,
    restart_identity,
    set_default,
)
from core.dialects.postgresql.altering_constraints import add_key_using_index, drop_constraint
from core.dialects.postgresql.altering_indexes import (
    create_index,
    create_unique_index,
    drop_index,
    rename_index,
)
from core.dialects.postgresql.altering_tables import comment_on_column
from core.dialects.postgresql.altering_triggers import keep_in_step, stop_keeping
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.postgresql.recipes.largest_values import index_for_largest
from core.dialects.postgresql.recipes.making import key, line
from core.dialects.postgresql.recipes.not_nulls import named_not_null
from core.dialects.postgresql.recipes.proving import not_null_lines
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement

Swap = Callable[[Sequence[Statement]], list[Statement]]
"""Gives the statements of the swap, with what becomes of the old column in their middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A column and the one that is made beside it."""

    table: Table
    """The table after."""
    old: Column
    """The column as it stands, under its name of after."""
    new: Column
    """The column as it is to be."""
    built_type: ColumnType
    """The type of the new one until the swap."""
    name: str
    """The name of the new one until the swap."""
    old_name: str
    """The name of the old one from the swap on."""
    function: Place
    """A name for what keeps it in step."""
    check: str
    """A name for what proves that it has no NULL."""
    value: Callable[[str], str]
    """Writes the new value from a row, given as the prefix of its columns."""
    value_now: str
    """The new value from the row that is read."""
    forbids_null: bool
    """Whether neither allows NULL."""
    is_way_back: bool
    """Whether it is the column of before that is made again."""

    @property
    def place(self) -> Place:
        """Where the table is."""
        return Place.of(self.table)

    @property
    def counts(self) -> bool:
        """Whether both count up by themselves."""
        return self.old.identity is not None and self.new.identity is not None

    @property
    def swept(self) -> Line:
        """Removes what is left of it, as long as nothing was swapped."""
        return line(
            *stop_keeping(self.place, self.function, self.old.id),
            drop_column(self.place, self.name, self.old.id, if_exists=True),
        )


def expand(
    wanted: Sequence[Expansion], scenery: Scenery, *, keeps_as: str | None
) -> tuple[tuple[Line, ...], Swap]:
    """Build new columns of one table with everything on them, and give the swap.

    Args:
        wanted: The columns, at least one.
        scenery: Both ends.
        keeps_as: The name under which the old one stays out of sight, if it does.
    """
    built = [each for one in wanted for each in _filled(one, scenery)]
    first = [each for one in wanted for each in stop_keeping(one.place, one.function, one.old.id)]
    last: list[Statement] = []
    for build, before, after in _with_indexes(wanted, scenery):
        built.append(line(build))
        first.append(before)
        last.append(after)
    for one in wanted:
        first.extend(_out_of_the_way(one, keeps_as=keeps_as))
        last.extend(_ready(one, scenery))
        helped = index_for_largest(one.table, one.old.id, one.name, scenery) if one.counts else None
        if helped is not None:
            built.append(helped[0])
            last.append(helped[1])

    def swap(old_columns: Sequence[Statement]) -> list[Statement]:
        renamed = (rename_column(one.place, one.name, one.old.name, one.old.id) for one in wanted)
        return [*first, *old_columns, *renamed, *last]

    return tuple(built), swap


def _filled(wanted: Expansion, scenery: Scenery) -> Iterator[Line]:
    """Add the new column, keep it in step and fill it."""
    place, cause = wanted.place, wanted.old.id
    bare = Column(id=wanted.new.id, name=wanted.name, type=wanted.built_type)
    empty = f"{quote(wanted.name)} IS NULL AND {quote(wanted.old.name)} IS NOT NULL"
    yield line(
        add_column(place, bare, scenery.building_speller),
        *keep_in_step(place, wanted.function, wanted.name, wanted.value("NEW."), cause),
    )
    yield line(fill(place, ((wanted.name, wanted.value_now),), cause, where=empty))
    if wanted.forbids_null:
        yield from not_null_lines(place, wanted.name, cause, wanted.check)


def _out_of_the_way(wanted: Expansion, *, keeps_as: str | None) -> Iterator[Statement]:
    """Take from the old column what goes with its name, and the name."""
    place, cause = wanted.place, wanted.old.id
    if wanted.old.default is not None and keeps_as is not None:
        yield drop_default(place, wanted.old.name, cause)
    if wanted.counts:
        yield drop_identity(place, wanted.old.name, cause)
    yield rename_column(place, wanted.old.name, wanted.old_name, cause)


def _ready(wanted: Expansion, scenery: Scenery) -> Iterator[Statement]:
    """Give the new column what goes with its name."""
    place, cause, name = wanted.place, wanted.old.id, wanted.old.name
    if wanted.new.default is not None:
        yield set_default(place, name, wanted.new, cause)
    if wanted.counts and wanted.new.identity is not None:
        # How strictly it counts changes later, by a change of its own.
        kind = scenery.before.column(wanted.old.id).identity or wanted.new.identity
        given = scenery.after.given_sequence(wanted.old.id)
        yield add_identity(place, name, kind, cause, sequence=given)
        yield restart_identity(place, name, cause)
    description = scenery.before.column(wanted.old.id).description
    if description:
        yield comment_on_column(place, name, description, cause)
    if wanted.forbids_null:
        yield from named_not_null(wanted.old.id, scenery, is_way_back=wanted.is_way_back)


def _with_indexes(
    wanted: Sequence[Expansion], scenery: Scenery
) -> Iterator[tuple[Statement, Statement, Statement]]:
    """Build each key and index on new columns; give what goes before and comes after a swap."""
    table = wanted[0].table
    before, after, place = scenery.before.table(table.id), table, wanted[0].place
    built = {one.old.id: one.name for one in wanted}

    def name_of(each: str) -> str:
        return built[each] if each in built else scenery.after.column_name(each)

    keys = [(ObjectKind.UNIQUE, each.id, each.column_ids) for each in before.uniques]
    if before.primary_key is not None:
        keys.append((ObjectKind.PRIMARY_KEY, before.id, before.primary_key.column_ids))
    names = {key(ObjectKind.UNIQUE, each.id): each.name for each in after.uniques}
    if after.primary_key is not None:
        names[key(ObjectKind.PRIMARY_KEY, after.id)] = after.primary_key.name
    for kind, key_id, column_ids in keys:
        if built.keys().isdisjoint(column_ids) or key(kind, key_id) in scenery.dropped:
            continue
        index, name = scenery.temporary(), names[key(kind, key_id)] or ""
        is_primary = kind is ObjectKind.PRIMARY_KEY
        yield (
            create_unique_index(place, index, [name_of(each) for each in column_ids], key_id),
            drop_constraint(place, name, key_id),
            add_key_using_index(place, name, index, key_id, is_primary=is_primary),
        )
    later = {each.id: each.name or "" for each in after.indexes}
    for each in before.indexes:
        if key(ObjectKind.INDEX, each.id) in scenery.dropped or not _is_on(each, built):
            continue
        temporary = scenery.temporary()
        yield (
            create_index(place, each, name_of, name=temporary, concurrently=True),
            drop_index(Place(place.namespace, later[each.id]), each.id),
            rename_index(Place(place.namespace, temporary), later[each.id], each.id),
        )


def _is_on(index: Index, column_ids: Container[str]) -> bool:
    return any(each in column_ids for each in index.include_column_ids) or any(
        part.column_id in column_ids for part in index.parts if part.column_id is not None
    )
