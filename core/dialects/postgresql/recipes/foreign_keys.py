"""Recipes for foreign keys; renaming them is `renames`.

A change of one comes here only for big tables; on others it goes and is made anew.
"""

from __future__ import annotations

from core.changes import (
    AddForeignKey,
    ChangeForeignKey,
    ChangeForeignKeyTiming,
    DropForeignKey,
    ObjectKind,
)
from core.definition.canonical import qualified
from core.definition.model import ForeignKey
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_constraints import (
    add_foreign_key,
    change_timing,
    drop_constraint,
    rename_constraint,
    validate_foreign_key,
)
from core.dialects.postgresql.recipes.making import key, keys, line, plain
from core.dialects.postgresql.recipes.scenery import Scenery, Side
from core.dialects.statement import Line, Statement


def add_foreign_key_moves(change: AddForeignKey, scenery: Scenery) -> tuple[Move, ...]:
    """Add a foreign key: between big tables its rows are looked at while everybody goes on."""
    wanted = change.foreign_key
    place = scenery.after.place(wanted.source_table_id)
    name = wanted.name or ""
    provides = frozenset({key(ObjectKind.FOREIGN_KEY, wanted.id)})
    needs = foreign_key_needs(wanted, scenery.after)
    if not scenery.is_online(wanted.source_table_id):
        move = plain(
            Stage.REFER,
            (_made(wanted, scenery.after, name),),
            (drop_constraint(place, name, wanted.id),),
            provides=provides,
            needs=needs,
        )
        return (move,)
    move = Move(
        stage=Stage.REFER,
        up=_made_online(wanted, scenery.after, name),
        down=(line(drop_constraint(place, name, wanted.id, if_exists=True)),),
        provides=provides,
        needs=needs,
        reason=_reason(wanted, scenery),
    )
    return (move,)


def drop_foreign_key_moves(change: DropForeignKey, scenery: Scenery) -> tuple[Move, ...]:
    """Drop a foreign key; the way back looks at the rows again."""
    gone = change.foreign_key
    name = gone.name or ""
    place = scenery.before.place(gone.source_table_id)
    if scenery.is_online(gone.source_table_id):
        down = _made_online(gone, scenery.before, name)
        mends: tuple[tuple[Statement, ...], ...] = (
            (drop_constraint(place, name, gone.id, if_exists=True),),
        ) * 2
    else:
        down, mends = (line(_made(gone, scenery.before, name)),), ()
    move = Move(
        stage=Stage.REMOVE,
        up=(line(drop_constraint(place, name, gone.id)),),
        down=down,
        mends=mends,
        needs=foreign_key_needs(gone, scenery.before),
        removes=frozenset({key(ObjectKind.FOREIGN_KEY, gone.id)}),
    )
    return (move,)


def change_foreign_key(change: ChangeForeignKey, scenery: Scenery) -> tuple[Move, ...]:
    """Swap a foreign key of a big table for one that is validated while the old one holds."""
    before, after = change.before, change.after
    name = after.name or ""
    first, second = scenery.temporary(), scenery.temporary()
    place = scenery.after.place(after.source_table_id)
    move = Move(
        stage=Stage.REFER,
        up=_swapped(after, scenery.after, name, first),
        down=(
            # A way up that was left half way leaves the new key beside the old one.
            line(drop_constraint(place, first, after.id, if_exists=True)),
            *_swapped(before, scenery.after, name, second),
        ),
        mends=((drop_constraint(place, second, after.id, if_exists=True),),) * 4,
        needs=foreign_key_needs(after, scenery.after),
        reason=_reason(after, scenery),
    )
    return (move,)


def change_foreign_key_timing(change: ChangeForeignKeyTiming, scenery: Scenery) -> tuple[Move, ...]:
    """Change when a foreign key is checked; it has its new name by then."""
    before, after = change.before, change.after
    place, name = scenery.after.place(after.source_table_id), after.name or ""
    move = plain(
        Stage.REFER,
        (change_timing(place, name, after, after.id),),
        (change_timing(place, name, before, after.id),),
        needs=foreign_key_needs(after, scenery.after),
    )
    return (move,)


def foreign_key_needs(foreign_key: ForeignKey, side: Side) -> frozenset[str]:
    """Return the keys of both tables and their columns, and of what may be its target."""
    target = side.table(foreign_key.target_table_id)
    wanted = frozenset(foreign_key.target_column_ids)
    found = keys(
        ObjectKind.TABLE, (foreign_key.source_table_id, foreign_key.target_table_id)
    ) | keys(ObjectKind.COLUMN, (*foreign_key.source_column_ids, *foreign_key.target_column_ids))
    if target.primary_key is not None and frozenset(target.primary_key.column_ids) == wanted:
        found |= {key(ObjectKind.PRIMARY_KEY, target.id)}
    found |= keys(
        ObjectKind.UNIQUE,
        (each.id for each in target.uniques if frozenset(each.column_ids) == wanted),
    )
    return found | keys(
        ObjectKind.INDEX,
        (
            each.id
            for each in target.indexes
            if each.unique and frozenset(part.column_id for part in each.parts) == wanted
        ),
    )


def _made(foreign_key: ForeignKey, side: Side, name: str, *, is_valid: bool = True) -> Statement:
    return add_foreign_key(
        side.place(foreign_key.source_table_id),
        foreign_key,
        name=name,
        columns=side.names(foreign_key.source_column_ids),
        target=side.place(foreign_key.target_table_id),
        target_columns=side.names(foreign_key.target_column_ids),
        is_valid=is_valid,
    )


def _made_online(foreign_key: ForeignKey, side: Side, name: str) -> tuple[Line, ...]:
    place = side.place(foreign_key.source_table_id)
    return (
        line(_made(foreign_key, side, name, is_valid=False)),
        line(validate_foreign_key(place, name, foreign_key.id)),
    )


def _swapped(foreign_key: ForeignKey, side: Side, name: str, temporary: str) -> tuple[Line, ...]:
    place = side.place(foreign_key.source_table_id)
    return (
        *_made_online(foreign_key, side, temporary),
        line(
            drop_constraint(place, name, foreign_key.id),
            rename_constraint(place, temporary, name, foreign_key.id),
        ),
    )


def _reason(foreign_key: ForeignKey, scenery: Scenery) -> str:
    place = scenery.after.place(foreign_key.source_table_id)
    subject = qualified(place.namespace, place.name, foreign_key.name or "")
    return (
        f"Foreign key {subject} is validated while everybody goes on, because the table is big"
        f" ({scenery.size_words(foreign_key.source_table_id)})."
    )
