"""Gathers everything that changes its name with a set of changes, said or not."""

from __future__ import annotations

from collections.abc import Iterable

from core.changes import (
    Change,
    ChangeCheck,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    ChangeIndex,
    ChangePrimaryKey,
    ChangeUnique,
    DropEnum,
    RenameCheck,
    RenameColumn,
    RenameEnum,
    RenameForeignKey,
    RenameIndex,
    RenamePrimaryKey,
    RenameTable,
    RenameUnique,
)
from core.definition.model import Table
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.renames import Renamed, Renaming
from core.dialects.postgresql.recipes.scenery import Scenery


def renamings_of(changes: Iterable[Change], scenery: Scenery) -> list[Renaming]:
    """List what is renamed by changes, and what comes along with tables and columns.

    Enums that go but whose name is wanted get another one; `Scenery.enum_places` knows it then.
    """
    found: dict[tuple[Renamed, str], Renaming] = {}
    touched: dict[str, None] = {}
    gone = {change.subject.key for change in changes if type(change).__name__.startswith("Drop")}
    for change in changes:
        renaming = _said(change, scenery)
        if renaming is not None:
            found[renaming.sort, renaming.cause] = renaming
            if renaming.sort in (Renamed.TABLE, Renamed.COLUMN):
                touched[renaming.table_id] = None
    for table_id in touched:
        before, after = scenery.before.table(table_id), scenery.after.table(table_id)
        for renaming in _unsaid(before, after, scenery, gone):
            found.setdefault((renaming.sort, renaming.cause), renaming)
    return list(found.values())


def _said(change: Change, scenery: Scenery) -> Renaming | None:  # noqa: PLR0911 - one case for each way to be renamed
    match change:
        case RenameTable():
            table_id = change.after.id
            return Renaming(
                sort=Renamed.TABLE,
                cause=table_id,
                before=scenery.before.place(table_id),
                after=scenery.after.place(table_id),
                table_id=table_id,
            )
        case RenameEnum():
            return Renaming(
                sort=Renamed.ENUM,
                cause=change.after.id,
                before=Place.of(scenery.before.enums[change.after.id]),
                after=Place.of(scenery.after.enums[change.after.id]),
                table_id="",
            )
        case DropEnum():
            return _out_of_the_way(change, scenery)
        case RenameColumn():
            column_names = (change.before, change.after)
            return _part(Renamed.COLUMN, change.column_id, change.table.id, column_names, scenery)
        case RenamePrimaryKey() | ChangePrimaryKey():
            names = (change.before.name, change.after.name)
            return _part(Renamed.KEY, change.table.id, change.table.id, names, scenery)
        case RenameUnique() | ChangeUnique():
            names = (change.before.name, change.after.name)
            return _part(Renamed.KEY, change.after.id, change.table.id, names, scenery)
        case RenameIndex() | ChangeIndex():
            names = (change.before.name, change.after.name)
            return _part(Renamed.INDEX, change.after.id, change.table.id, names, scenery)
        case (
            RenameCheck()
            | ChangeCheck()
            | RenameForeignKey()
            | ChangeForeignKey()
            | ChangeForeignKeyTiming()
        ):
            names = (change.before.name, change.after.name)
            return _part(Renamed.CONSTRAINT, change.after.id, change.table.id, names, scenery)
        case _:
            return None


def _part(
    sort: Renamed,
    cause: str,
    table_id: str,
    names: tuple[str | None, str | None],
    scenery: Scenery,
) -> Renaming:
    return Renaming(
        sort=sort,
        cause=cause,
        before=Place(scenery.before.place(table_id).namespace, names[0] or ""),
        after=Place(scenery.after.place(table_id).namespace, names[1] or ""),
        table_id=table_id,
    )


def _unsaid(before: Table, after: Table, scenery: Scenery, gone: set[str]) -> Iterable[Renaming]:
    """List what follows a table or its columns without being a change of its own."""
    table_id = before.id
    later = {column.id: column for column in after.columns}
    for column in before.columns:
        wanted = later.get(column.id)
        counts = wanted is not None and column.identity is not None and wanted.identity is not None
        if counts and f"column:{column.id}" not in gone:
            yield Renaming(
                sort=Renamed.SEQUENCE,
                cause=column.id,
                before=scenery.before.sequence(column.id),
                after=scenery.after.sequence(column.id),
                table_id=table_id,
            )
    if before.namespace == after.namespace:
        return
    keys = [(Renamed.KEY, each.id, each.name) for each in before.uniques]
    if before.primary_key is not None:
        keys.append((Renamed.KEY, table_id, before.primary_key.name))
    keys.extend((Renamed.INDEX, each.id, each.name) for each in before.indexes)
    for sort, cause, name in keys:
        kinds = ("index",) if sort is Renamed.INDEX else ("unique", "primary_key")
        if not any(f"{kind}:{cause}" in gone for kind in kinds):
            yield _part(sort, cause, table_id, (name, name), scenery)


def _out_of_the_way(change: DropEnum, scenery: Scenery) -> Renaming | None:
    """Rename an enum that goes last, when something else has its name by then."""
    place = Place.of(change.enum)
    taken = {Place.of(each) for each in scenery.after.enums.values()}
    taken |= {Place.of(each) for each in scenery.after.tables.values()}
    if place not in taken:
        return None
    away = Place(place.namespace, scenery.temporary())
    scenery.enum_places[change.enum.id] = away
    return Renaming(sort=Renamed.ENUM, cause=change.enum.id, before=place, after=away, table_id="")
