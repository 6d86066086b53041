"""Adding, dropping and editing things in definitions, by id, refusing what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from core.changes.base import ChangeDoesNotApplyError, ObjectKind
from core.definition.model import (
    DEFAULT_NAMESPACE,
    Column,
    Definition,
    Index,
    Table,
)


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str:
        """The id in the definition."""


_Thing = TypeVar("_Thing", bound=Identified)


def added(kind: ObjectKind, things: tuple[_Thing, ...], new: _Thing) -> tuple[_Thing, ...]:
    """Return the things with a new one behind them.

    Raises:
        ChangeDoesNotApplyError: one with its id is there already.
    """
    if any(thing.id == new.id for thing in things):
        raise ChangeDoesNotApplyError(kind=kind, thing=new.id, reason="is there already")
    return (*things, new)


def dropped(kind: ObjectKind, things: tuple[_Thing, ...], thing_id: str) -> tuple[_Thing, ...]:
    """Return the things without one of them.

    Raises:
        ChangeDoesNotApplyError: it is not there.
    """
    kept = tuple(thing for thing in things if thing.id != thing_id)
    if len(kept) == len(things):
        raise ChangeDoesNotApplyError(kind=kind, thing=thing_id, reason="is not there")
    return kept


def edited(
    kind: ObjectKind,
    things: tuple[_Thing, ...],
    thing_id: str,
    edit: Callable[[_Thing], _Thing],
) -> tuple[_Thing, ...]:
    """Return the things with one of them edited, in its place.

    Raises:
        ChangeDoesNotApplyError: it is not there.
    """
    found = False
    result: list[_Thing] = []
    for thing in things:
        if thing.id == thing_id:
            found = True
            result.append(edit(thing))
        else:
            result.append(thing)
    if not found:
        raise ChangeDoesNotApplyError(kind=kind, thing=thing_id, reason="is not there")
    return tuple(result)


def edit_table(definition: Definition, table_id: str, edit: Callable[[Table], Table]) -> Definition:
    """Return the definition with one table edited.

    Raises:
        ChangeDoesNotApplyError: the table is not there.
    """
    return replace(definition, tables=edited(ObjectKind.TABLE, definition.tables, table_id, edit))


def edit_column(
    definition: Definition, table_id: str, column_id: str, edit: Callable[[Column], Column]
) -> Definition:
    """Return the definition with one column edited.

    Raises:
        ChangeDoesNotApplyError: the table or the column is not there.
    """
    return edit_table(
        definition,
        table_id,
        lambda table: replace(
            table, columns=edited(ObjectKind.COLUMN, table.columns, column_id, edit)
        ),
    )


def require(condition: bool, kind: ObjectKind, thing: str, reason: str) -> None:  # noqa: FBT001 - reads as the claim it is
    """Refuse a change unless something holds.

    Args:
        condition: What must hold.
        kind: What kind of thing the change is about.
        thing: Its id.
        reason: What is wrong with the thing otherwise, as the end of a sentence.

    Raises:
        ChangeDoesNotApplyError: it does not hold.
    """
    if not condition:
        raise ChangeDoesNotApplyError(kind=kind, thing=thing, reason=reason)


def require_columns(table: Table, column_ids: Iterable[str]) -> None:
    """Refuse a change of a table that lacks one of these columns.

    Raises:
        ChangeDoesNotApplyError: one is not there.
    """
    known = {column.id for column in table.columns}
    for column_id in column_ids:
        require(column_id in known, ObjectKind.COLUMN, column_id, "is not there")


def require_namespace(definition: Definition, name: str) -> None:
    """Refuse a change that puts something into a namespace that is not there.

    Raises:
        ChangeDoesNotApplyError: it is not there.
    """
    is_there = name == DEFAULT_NAMESPACE or any(each.name == name for each in definition.namespaces)
    require(is_there, ObjectKind.NAMESPACE, name, "is not there")


def require_enum_of(definition: Definition, column: Column) -> None:
    """Refuse a column of an enum that is not there.

    Raises:
        ChangeDoesNotApplyError: it is not there.
    """
    enum_id = column.type.enum_id
    if enum_id is not None:
        is_there = definition.enum(enum_id) is not None
        require(is_there, ObjectKind.ENUM, enum_id, "is not there")


def index_columns(index: Index) -> tuple[str, ...]:
    """Return the columns that an index names, apart from those in its expressions."""
    keys = tuple(part.column_id for part in index.parts if part.column_id is not None)
    return (*keys, *index.include_column_ids)
