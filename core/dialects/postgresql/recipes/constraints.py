"""Recipes for primary keys, unique constraints and checks; renaming them is `renames`.

A change of one comes here only for big tables; on others it goes and is made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from core.changes import (
    AddCheck,
    AddPrimaryKey,
    AddUnique,
    ChangeCheck,
    ChangePrimaryKey,
    ChangeUnique,
    DropCheck,
    DropPrimaryKey,
    DropUnique,
    ObjectKind,
)
from core.definition.canonical import qualified
from core.definition.model import Check, PrimaryKey, Unique
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_constraints import (
    add_check,
    add_key_using_index,
    add_primary_key,
    add_unique,
    drop_constraint,
    rename_constraint,
    validate_constraint,
)
from core.dialects.postgresql.altering_indexes import create_unique_index, drop_index
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import key, keys, line, plain
from core.dialects.postgresql.recipes.mentions import mentioned
from core.dialects.postgresql.recipes.scenery import Scenery, Side
from core.dialects.statement import Line, Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """A primary key or unique constraint at one end."""

    kind: ObjectKind
    """Which of the two."""
    id: str
    """Id of the constraint, of the table for a primary key."""
    table_id: str
    """Its table."""
    name: str
    """Its name."""
    column_ids: tuple[str, ...]
    """Its columns."""

    @property
    def is_primary(self) -> bool:
        """Whether it is the primary key."""
        return self.kind is ObjectKind.PRIMARY_KEY

    @property
    def needs(self) -> frozenset[str]:
        """Keys of its table and columns."""
        return keys(ObjectKind.COLUMN, self.column_ids) | {key(ObjectKind.TABLE, self.table_id)}


def add_key(change: AddPrimaryKey | AddUnique, scenery: Scenery) -> tuple[Move, ...]:
    """Add a key: on a big table from an index that is built while everybody goes on."""
    wanted = _key_of(change)
    place = scenery.after.place(wanted.table_id)
    dropped = drop_constraint(place, wanted.name, wanted.id)
    provides = frozenset({key(wanted.kind, wanted.id)})
    if not scenery.is_online(wanted.table_id):
        up = _added(wanted, scenery.after)
        move = plain(Stage.CONNECT, up, (dropped,), provides=provides, needs=wanted.needs)
        return (move,)
    index = scenery.temporary()
    move = Move(
        stage=Stage.CONNECT,
        up=_added_online(wanted, scenery.after, index),
        down=(
            _dropped_index(place, index, wanted.id),
            line(drop_constraint(place, wanted.name, wanted.id, if_exists=True)),
        ),
        down_at_once=(
            _swept_index(place, index, wanted.id),
            drop_constraint(place, wanted.name, wanted.id, if_exists=True),
        ),
        provides=provides,
        needs=wanted.needs,
        reason=_reason(wanted, scenery),
    )
    return (move,)


def drop_key(change: DropPrimaryKey | DropUnique, scenery: Scenery) -> tuple[Move, ...]:
    """Drop a key; the way back builds its index again."""
    gone = _key_of(change)
    place = scenery.before.place(gone.table_id)
    up = line(drop_constraint(place, gone.name, gone.id))
    index = scenery.temporary()
    is_online = scenery.is_online(gone.table_id)
    at_once = _added(gone, scenery.before)
    move = Move(
        stage=Stage.REMOVE,
        up=(up,),
        down=_added_online(gone, scenery.before, index) if is_online else (line(*at_once),),
        mends=((_swept_index(place, index, gone.id),),) * 2 if is_online else (),
        down_at_once=at_once if is_online else (),
        needs=gone.needs,
        removes=frozenset({key(gone.kind, gone.id)}),
    )
    return (move,)


def change_key(change: ChangePrimaryKey | ChangeUnique, scenery: Scenery) -> tuple[Move, ...]:
    """Swap a key of a big table for one from an index that is built meanwhile.

    By then the old one has the name of the new one already.
    """
    old = _key_of(change, is_before=True)
    new = _key_of(change)
    place = scenery.after.place(new.table_id)
    up_index, down_index = scenery.temporary(), scenery.temporary()
    move = Move(
        stage=Stage.CONNECT,
        up=_swapped(new, new.name, place, scenery.after.names(new.column_ids), up_index),
        down=(
            # A way up that was left half way leaves its index beside the old one.
            _dropped_index(place, up_index, new.id),
            *_swapped(old, new.name, place, scenery.after.names(old.column_ids), down_index),
        ),
        mends=((_swept_index(place, down_index, old.id),),) * 3,
        needs=new.needs,
        reason=_reason(new, scenery),
    )
    return (move,)


def add_check_moves(change: AddCheck, scenery: Scenery) -> tuple[Move, ...]:
    """Add a check: on a big table the rows are looked at while everybody goes on."""
    check, table_id = change.check, change.table.id
    place = scenery.after.place(table_id)
    name = check.name or ""
    provides = frozenset({key(ObjectKind.CHECK, check.id)})
    needs = _check_needs(check, table_id, scenery.after)
    if not scenery.is_online(table_id):
        move = plain(
            Stage.CONNECT,
            (add_check(place, name, check.expression, check.id),),
            (drop_constraint(place, name, check.id),),
            provides=provides,
            needs=needs,
        )
        return (move,)
    move = Move(
        stage=Stage.CONNECT,
        up=_checked_online(place, check, name),
        down=(line(drop_constraint(place, name, check.id, if_exists=True)),),
        provides=provides,
        needs=needs,
        reason=_check_reason(place, name, table_id, scenery),
    )
    return (move,)


def drop_check_moves(change: DropCheck, scenery: Scenery) -> tuple[Move, ...]:
    """Drop a check; the way back looks at the rows again."""
    check, table_id = change.check, change.table.id
    place = scenery.before.place(table_id)
    name = check.name or ""
    if scenery.is_online(table_id):
        down = _checked_online(place, check, name)
        mends: tuple[tuple[Statement, ...], ...] = (
            (drop_constraint(place, name, check.id, if_exists=True),),
        ) * 2
    else:
        down, mends = (line(add_check(place, name, check.expression, check.id)),), ()
    move = Move(
        stage=Stage.REMOVE,
        up=(line(drop_constraint(place, name, check.id)),),
        down=down,
        mends=mends,
        needs=_check_needs(check, table_id, scenery.before),
        removes=frozenset({key(ObjectKind.CHECK, check.id)}),
    )
    return (move,)


def change_check(change: ChangeCheck, scenery: Scenery) -> tuple[Move, ...]:
    """Swap a check of a big table for one that is validated while the old one still holds."""
    before, after, table_id = change.before, change.after, change.table.id
    place = scenery.after.place(table_id)
    name = after.name or ""
    first, second = scenery.temporary(), scenery.temporary()
    move = Move(
        stage=Stage.CONNECT,
        up=_swapped_check(place, after, name, first),
        down=(
            # A way up that was left half way leaves the new check beside the old one.
            line(drop_constraint(place, first, after.id, if_exists=True)),
            *_swapped_check(place, before, name, second),
        ),
        mends=((drop_constraint(place, second, after.id, if_exists=True),),) * 4,
        needs=_check_needs(after, table_id, scenery.after),
        reason=_check_reason(place, name, table_id, scenery),
    )
    return (move,)


def _key_of(
    change: (
        AddPrimaryKey | AddUnique | DropPrimaryKey | DropUnique | ChangePrimaryKey | ChangeUnique
    ),
    *,
    is_before: bool = False,
) -> _Key:
    match change:
        case AddPrimaryKey() | DropPrimaryKey():
            found: PrimaryKey | Unique = change.key
        case AddUnique() | DropUnique():
            found = change.unique
        case ChangePrimaryKey() | ChangeUnique():
            found = change.before if is_before else change.after
        case _:
            assert_never(change)
    return _Key(
        kind=ObjectKind.UNIQUE if isinstance(found, Unique) else ObjectKind.PRIMARY_KEY,
        id=found.id if isinstance(found, Unique) else change.table.id,
        table_id=change.table.id,
        name=found.name or "",
        column_ids=found.column_ids,
    )


def _added(wanted: _Key, side: Side) -> tuple[Statement, ...]:
    add = add_primary_key if wanted.is_primary else add_unique
    place = side.place(wanted.table_id)
    return (add(place, wanted.name, side.names(wanted.column_ids), wanted.id),)


def _added_online(wanted: _Key, side: Side, index: str) -> tuple[Line, ...]:
    place = side.place(wanted.table_id)
    columns = side.names(wanted.column_ids)
    attached = add_key_using_index(
        place, wanted.name, index, wanted.id, is_primary=wanted.is_primary
    )
    return (line(create_unique_index(place, index, columns, wanted.id)), line(attached))


def _swapped(
    wanted: _Key, name: str, place: Place, columns: Sequence[str], index: str
) -> tuple[Line, ...]:
    attached = add_key_using_index(place, name, index, wanted.id, is_primary=wanted.is_primary)
    return (
        line(create_unique_index(place, index, columns, wanted.id)),
        line(drop_constraint(place, name, wanted.id), attached),
    )


def _dropped_index(place: Place, index: str, cause: str) -> Line:
    at = Place(place.namespace, index)
    return line(drop_index(at, cause, concurrently=True, if_exists=True))


def _swept_index(place: Place, index: str, cause: str) -> Statement:
    return drop_index(Place(place.namespace, index), cause, if_exists=True)


def _checked_online(place: Place, check: Check, name: str) -> tuple[Line, ...]:
    return (
        line(add_check(place, name, check.expression, check.id, is_valid=False)),
        line(validate_constraint(place, name, check.id)),
    )


def _swapped_check(place: Place, check: Check, name: str, temporary: str) -> tuple[Line, ...]:
    return (
        line(add_check(place, temporary, check.expression, check.id, is_valid=False)),
        line(validate_constraint(place, temporary, check.id)),
        line(
            drop_constraint(place, name, check.id),
            rename_constraint(place, temporary, name, check.id),
        ),
    )


def _check_needs(check: Check, table_id: str, side: Side) -> frozenset[str]:
    names = mentioned(check.expression)
    columns = side.table(table_id).columns
    used = (each.id for each in columns if names is None or each.name in names)
    return keys(ObjectKind.COLUMN, used) | {key(ObjectKind.TABLE, table_id)}


def _reason(wanted: _Key, scenery: Scenery) -> str:
    place = scenery.after.place(wanted.table_id)
    subject = qualified(place.namespace, place.name, wanted.name)
    return (
        f"The index of key {subject} is built while everybody goes on, because the table is big"
        f" ({scenery.size_words(wanted.table_id)})."
    )


def _check_reason(place: Place, name: str, table_id: str, scenery: Scenery) -> str:
    subject = qualified(place.namespace, place.name, name)
    return (
        f"Check {subject} is validated while everybody goes on, because the table is big"
        f" ({scenery.size_words(table_id)})."
    )
