"""The one move that gives everything its new name, whatever took that name before.

A thing whose old name is wanted by another one, or that would meet a namesake on its way to
another namespace, gets a name of its own for a moment. Then all new names are free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never

from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_columns import rename_column
from core.dialects.postgresql.altering_constraints import rename_constraint
from core.dialects.postgresql.altering_enums import move_enum, rename_enum
from core.dialects.postgresql.altering_indexes import rename_index
from core.dialects.postgresql.altering_tables import move_table, rename_sequence, rename_table
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.enum_values import LABELS_RENAMED
from core.dialects.postgresql.recipes.making import plain
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Statement

NAMES_GIVEN = "names of things"
"""What waits until everything has its new name."""

Slot = tuple[str, str]
"""Where a name must be the only one of its kind, and the name."""


class Renamed(StrEnum):
    """Sorts of things with a name, by how they are renamed."""

    TABLE = "table"
    """A table."""
    ENUM = "enum"
    """An enumerated type."""
    COLUMN = "column"
    """A column."""
    CONSTRAINT = "constraint"
    """A check or foreign key."""
    KEY = "key"
    """A primary key or unique constraint, with its index."""
    INDEX = "index"
    """An index."""
    SEQUENCE = "sequence"
    """The sequence of an identity column."""


@dataclass(slots=True, kw_only=True)
class Renaming:
    """A thing that gets another name, or comes along to another namespace."""

    sort: Renamed
    """How it is renamed."""
    cause: str
    """Id of the thing."""
    before: Place
    """Namespace and name before."""
    after: Place
    """Namespace and name after."""
    table_id: str
    """The table it belongs to or is; empty for enums."""
    between: str | None = field(default=None)
    """The name it has for a moment, if it needs one."""

    def slots(self, place: Place) -> list[Slot]:
        """Return what it takes up where it is."""
        relation = (f"relation {place.namespace}", place.name)
        constraint = (f"constraint {self.table_id}", place.name)
        match self.sort:
            case Renamed.COLUMN:
                return [(f"column {self.table_id}", place.name)]
            case Renamed.CONSTRAINT:
                return [constraint]
            case Renamed.KEY:
                return [relation, constraint]
            case Renamed.TABLE | Renamed.ENUM | Renamed.INDEX | Renamed.SEQUENCE:
                return [relation]
            case _:
                assert_never(self.sort)


def rename_all(renamings: Sequence[Renaming], scenery: Scenery) -> tuple[Move, ...]:
    """Give everything its new name.

    Args:
        renamings: What is renamed, with everything that comes along with a table that moves.
        scenery: Both ends.
    """
    if not renamings:
        return ()
    _find_detours(renamings, scenery)
    steps: list[tuple[Statement, Statement]] = []
    wholes = [each for each in renamings if each.sort in (Renamed.TABLE, Renamed.ENUM)]
    parts = [each for each in renamings if each.sort not in (Renamed.TABLE, Renamed.ENUM)]
    steps.extend(
        _step(each, _home(each, scenery), each.before, each.between)
        for each in (*parts, *wholes)
        if each.between is not None
    )
    for each in wholes:
        steps.extend(_moved(each))
    for each in parts:
        current = each.between or each.before.name
        if current != each.after.name:
            at = Place(each.after.namespace, current)
            steps.append(_step(each, _new_home(each, scenery), at, each.after.name))
    if not steps:
        return ()
    up = [step[0] for step in steps]
    down = [step[1] for step in reversed(steps)]
    needs, provides = frozenset({LABELS_RENAMED}), frozenset({NAMES_GIVEN})
    return (plain(Stage.RENAME, up, down, needs=needs, provides=provides),)


def _find_detours(renamings: Sequence[Renaming], scenery: Scenery) -> None:
    wanted = Counter(slot for each in renamings for slot in each.slots(each.after))
    standing = _taken(scenery)
    for each in renamings:
        own = set(each.slots(each.after))
        is_in_the_way = any(wanted[slot] > (slot in own) for slot in each.slots(each.before))
        moves_house = each.before.namespace != each.after.namespace
        renames = each.before.name != each.after.name
        meets = False
        if moves_house:
            on_the_way = Place(each.after.namespace, each.before.name)
            meets = any(slot in standing for slot in each.slots(on_the_way) if slot not in own)
            meets = meets or (renames and each.sort in (Renamed.TABLE, Renamed.ENUM))
        if is_in_the_way or meets:
            each.between = scenery.temporary()


def _taken(scenery: Scenery) -> set[Slot]:
    """Return all names of relations and types at both ends."""
    found: set[Slot] = set()
    for side in (scenery.before, scenery.after):
        for enum in side.enums.values():
            found.add((f"relation {enum.namespace}", enum.name))
        for table in side.tables.values():
            space = f"relation {table.namespace}"
            found.add((space, table.name))
            for index in (table.primary_key, *table.uniques, *table.indexes):
                if index is not None:
                    found.add((space, index.name or ""))
            found.update(
                (space, side.sequence(column.id).name)
                for column in table.columns
                if column.identity is not None
            )
    return found


def _moved(each: Renaming) -> Iterable[tuple[Statement, Statement]]:
    """Bring a table or an enum to its namespace and give it its name."""
    at = Place(each.before.namespace, each.between or each.before.name)
    if at.namespace != each.after.namespace:
        move = move_table if each.sort is Renamed.TABLE else move_enum
        there = Place(each.after.namespace, at.name)
        yield (
            move(at, there.namespace, each.cause),
            move(there, at.namespace, each.cause),
        )
        at = there
    if at.name != each.after.name:
        yield _step(each, at, at, each.after.name)


def _home(each: Renaming, scenery: Scenery) -> Place:
    """Return where the table of a part is while it still has its name of before."""
    return each.before if each.table_id == "" else scenery.before.place(each.table_id)


def _new_home(each: Renaming, scenery: Scenery) -> Place:
    return scenery.after.place(each.table_id)


def _step(each: Renaming, table: Place, at: Place, name: str) -> tuple[Statement, Statement]:
    """Rename one thing, and back."""
    there = Place(at.namespace, name)
    cause = each.cause
    match each.sort:
        case Renamed.TABLE:
            return rename_table(at, name, cause), rename_table(there, at.name, cause)
        case Renamed.ENUM:
            return rename_enum(at, name, cause), rename_enum(there, at.name, cause)
        case Renamed.COLUMN:
            return (
                rename_column(table, at.name, name, cause),
                rename_column(table, name, at.name, cause),
            )
        case Renamed.CONSTRAINT | Renamed.KEY:
            return (
                rename_constraint(table, at.name, name, cause),
                rename_constraint(table, name, at.name, cause),
            )
        case Renamed.INDEX:
            return rename_index(at, name, cause), rename_index(there, at.name, cause)
        case Renamed.SEQUENCE:
            return (
                rename_sequence(at, name, cause, if_exists=True),
                rename_sequence(there, at.name, cause, if_exists=True),
            )
        case _:
            assert_never(each.sort)
