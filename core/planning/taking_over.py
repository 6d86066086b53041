"""What was read from a live database, shown the way a stored definition is.

Order, places on the canvas, colours and names that nobody gave are those of the stored one; things
that it has not get ids of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from core.definition.canonical import canonical
from core.definition.model import Definition, Table
from core.definition.names import resolve_names
from core.planning.reidentifying import Ids, reidentified


class _Identified(Protocol):
    """A thing with an id."""

    @property
    def id(self) -> str:
        """The id."""
        ...


class _Part(_Identified, Protocol):
    """A constraint or an index."""

    @property
    def name(self) -> str | None:
        """The name, if one was given."""
        ...


_Thing = TypeVar("_Thing", bound=_Identified)
_Named = TypeVar("_Named", bound=_Part)


def take_over(live: Definition, stored: Definition, *, make_id: Callable[[], str]) -> Definition:
    """Return the live definition as the next version of the stored one.

    Args:
        live: What was read, under the ids of the stored definition.
        stored: The definition it was compared with, as it was written.
        make_id: Makes an id for a thing that the stored definition has not.
    """
    shown = _with_own_ids(_laid_out(live, stored), stored, make_id)
    nameless = _without_given_names(shown, stored)
    # A name that nobody gave follows what it is made of, which may have changed since.
    return nameless if canonical(nameless) == canonical(shown) else shown


def _laid_out(live: Definition, stored: Definition) -> Definition:
    tables = {table.id: table for table in stored.tables}

    def shown(table: Table) -> Table:
        before = tables.get(table.id)
        if before is None:
            return table
        return replace(
            table,
            position=before.position,
            color=before.color,
            columns=_in_order_of(before.columns, table.columns),
            uniques=_in_order_of(before.uniques, table.uniques),
            checks=_in_order_of(before.checks, table.checks),
            indexes=_in_order_of(before.indexes, table.indexes),
        )

    return replace(
        live,
        tables=_in_order_of(stored.tables, tuple(shown(table) for table in live.tables)),
        foreign_keys=_in_order_of(stored.foreign_keys, live.foreign_keys),
        enums=_in_order_of(stored.enums, live.enums),
    )


def _in_order_of(known: Iterable[_Identified], things: Sequence[_Thing]) -> tuple[_Thing, ...]:
    """Put known things first, in their known order, then the others as they come."""
    places = {thing.id: place for place, thing in enumerate(known)}
    return tuple(sorted(things, key=lambda thing: places.get(thing.id, len(places))))


def _without_given_names(shown: Definition, stored: Definition) -> Definition:
    """Leave out the names that the stored definition leaves out too and that come by themselves."""
    written = {table.id: table for table in stored.tables}
    named = resolve_names(stored)
    resolved = {table.id: table for table in named.tables}

    def table_without(table: Table) -> Table:
        if table.id not in written:
            return table
        before, after = written[table.id], resolved[table.id]
        key = table.primary_key
        if (
            key is not None
            and before.primary_key is not None
            and before.primary_key.name is None
            and after.primary_key is not None
            and after.primary_key.name == key.name
        ):
            key = replace(key, name=None)
        return replace(
            table,
            primary_key=key,
            uniques=_nameless(table.uniques, before.uniques, after.uniques),
            checks=_nameless(table.checks, before.checks, after.checks),
            indexes=_nameless(table.indexes, before.indexes, after.indexes),
        )

    return replace(
        shown,
        tables=tuple(table_without(table) for table in shown.tables),
        foreign_keys=_nameless(shown.foreign_keys, stored.foreign_keys, named.foreign_keys),
    )


def _nameless(
    things: Sequence[_Named], written: Iterable[_Part], resolved: Iterable[_Part]
) -> tuple[_Named, ...]:
    unnamed = {thing.id for thing in written if thing.name is None}
    names = {thing.id: thing.name for thing in resolved if thing.id in unnamed}
    return tuple(
        replace(thing, name=None)  # type: ignore[type-var] # all of them are dataclasses
        if names.get(thing.id) == thing.name and thing.id in names
        else thing
        for thing in things
    )


def _with_own_ids(shown: Definition, stored: Definition, make_id: Callable[[], str]) -> Definition:
    """Give what the stored definition has not ids that nothing had before."""
    ids = Ids(known_ids=frozenset(), found_ids=frozenset)
    kept = {thing.id for things in _all_things(stored) for thing in things}

    def own(things: Iterable[_Identified]) -> dict[str, str]:
        return {each.id: each.id if each.id in kept else make_id() for each in things}

    ids.tables.update(own(shown.tables))
    ids.enums.update(own(shown.enums))
    ids.parts.update(own(shown.foreign_keys))
    for table in shown.tables:
        ids.columns.update(own(table.columns))
        for parts in (table.uniques, table.checks, table.indexes):
            ids.parts.update(own(parts))
    return reidentified(shown, ids)


def _all_things(definition: Definition) -> Iterator[Iterable[_Identified]]:
    yield from (definition.tables, definition.enums, definition.foreign_keys)
    for table in definition.tables:
        yield from (table.columns, table.uniques, table.checks, table.indexes)
