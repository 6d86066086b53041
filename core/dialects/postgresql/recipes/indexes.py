"""Recipes for indexes; renaming them is `renames`.

A change of one comes here only for big tables; on others it goes and is made anew.
"""

from __future__ import annotations

from core.changes import AddIndex, ChangeIndex, DropIndex, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Index
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_indexes import create_index, drop_index, rename_index
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import key, keys, line
from core.dialects.postgresql.recipes.mentions import mentioned
from core.dialects.postgresql.recipes.scenery import Scenery, Side
from core.dialects.statement import Line, Statement


def add_index(change: AddIndex, scenery: Scenery) -> tuple[Move, ...]:
    """Make an index: on a big table while everybody goes on."""
    index, table_id = change.index, change.table.id
    is_online = scenery.is_online(table_id)
    move = Move(
        stage=Stage.CONNECT,
        up=(line(_made(index, table_id, scenery.after, concurrently=is_online)),),
        down=(_gone(index, table_id, scenery.after, concurrently=is_online),),
        down_at_once=_gone_at_once(index, table_id, scenery.after) if is_online else (),
        provides=frozenset({key(ObjectKind.INDEX, index.id)}),
        needs=index_needs(index, table_id, scenery.after),
        reason=_reason(index, table_id, scenery) if is_online else "",
    )
    return (move,)


def drop_index_moves(change: DropIndex, scenery: Scenery) -> tuple[Move, ...]:
    """Drop an index; on a big table everybody goes on meanwhile, and on the way back too."""
    index, table_id = change.index, change.table.id
    is_online = scenery.is_online(table_id)
    move = Move(
        stage=Stage.REMOVE,
        up=(_gone(index, table_id, scenery.before, concurrently=is_online),),
        down=(line(_made(index, table_id, scenery.before, concurrently=is_online)),),
        down_at_once=(
            # What was left half built by somebody who died goes first.
            *_gone_at_once(index, table_id, scenery.before),
            _made(index, table_id, scenery.before, concurrently=False),
        )
        if is_online
        else (),
        needs=index_needs(index, table_id, scenery.before),
        removes=frozenset({key(ObjectKind.INDEX, index.id)}),
    )
    return (move,)


def change_index(change: ChangeIndex, scenery: Scenery) -> tuple[Move, ...]:
    """Build the index anew while the old one still serves, then swap them by their names.

    By then the old one has the name of the new one already.
    """
    before, after, table_id = change.before, change.after, change.table.id
    place = scenery.after.place(table_id)
    name = after.name or ""
    first, second = scenery.temporary(), scenery.temporary()
    leftover = Place(place.namespace, first)
    move = Move(
        stage=Stage.CONNECT,
        up=_swapped(place, after, scenery.after, name=name, temporary=first),
        down=(
            # A way up that was left half way leaves the new index beside the old one.
            line(drop_index(leftover, after.id, concurrently=True, if_exists=True)),
            *_swapped(place, before, scenery.after, name=name, temporary=second),
        ),
        mends=((drop_index(Place(place.namespace, second), after.id, if_exists=True),),) * 3,
        needs=index_needs(after, table_id, scenery.after),
        reason=_reason(after, table_id, scenery),
    )
    return (move,)


def index_needs(index: Index, table_id: str, side: Side) -> frozenset[str]:
    """Return the keys of the table and of every column that an index uses."""
    used = {part.column_id for part in index.parts if part.column_id is not None}
    used.update(index.include_column_ids)
    for text in (*(part.expression for part in index.parts), index.where):
        if text is None:
            continue
        names = mentioned(text)
        columns = side.table(table_id).columns
        used.update(each.id for each in columns if names is None or each.name in names)
    return keys(ObjectKind.COLUMN, used) | {key(ObjectKind.TABLE, table_id)}


def _made(index: Index, table_id: str, side: Side, *, concurrently: bool) -> Statement:
    return create_index(
        side.place(table_id),
        index,
        side.column_name,
        name=index.name or "",
        concurrently=concurrently,
    )


def _gone(index: Index, table_id: str, side: Side, *, concurrently: bool) -> Line:
    at = Place(side.place(table_id).namespace, index.name or "")
    return line(drop_index(at, index.id, concurrently=concurrently, if_exists=concurrently))


def _gone_at_once(index: Index, table_id: str, side: Side) -> tuple[Statement, ...]:
    at = Place(side.place(table_id).namespace, index.name or "")
    return (drop_index(at, index.id, if_exists=True),)


def _swapped(
    place: Place, index: Index, side: Side, *, name: str, temporary: str
) -> tuple[Line, ...]:
    built = create_index(place, index, side.column_name, name=temporary, concurrently=True)
    return (
        line(built),
        line(
            drop_index(Place(place.namespace, name), index.id),
            rename_index(Place(place.namespace, temporary), name, index.id),
        ),
    )


def _reason(index: Index, table_id: str, scenery: Scenery) -> str:
    place = scenery.after.place(table_id)
    subject = qualified(place.namespace, index.name or "")
    return (
        f"Index {subject} is built while everybody goes on, because the table is big"
        f" ({scenery.size_words(table_id)})."
    )
