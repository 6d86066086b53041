"""Recipes for enums as a whole; their values are `enum_values`, renaming them is `renames`."""

from __future__ import annotations

from core.changes import AddEnum, DescribeEnum, DropEnum, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, Enum
from core.dialects.moves import Move, SetAside, Stage
from core.dialects.postgresql import set_aside
from core.dialects.postgresql.altering_enums import (
    create_enum,
    drop_enum,
    move_enum,
    rename_enum,
)
from core.dialects.postgresql.altering_tables import comment_on_enum
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import key, plain
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Statement


def add_enum(change: AddEnum, scenery: Scenery) -> tuple[Move, ...]:
    """Make an enum."""
    enum = scenery.after.enums.get(change.enum.id, change.enum)
    place = Place.of(enum)
    move = plain(
        Stage.BUILD,
        _made(enum, place),
        (drop_enum(place, enum.id),),
        provides=frozenset({key(ObjectKind.ENUM, enum.id)}),
        needs=frozenset({key(ObjectKind.NAMESPACE, enum.namespace)}),
    )
    return (move,)


def drop_enum_moves(change: DropEnum, scenery: Scenery) -> tuple[Move, ...]:
    """Drop an enum that nothing uses any more, or put it away with what was set aside."""
    enum = scenery.before.enums.get(change.enum.id, change.enum)
    place = scenery.enum_places.get(enum.id, Place.of(enum))
    needs = frozenset({key(ObjectKind.NAMESPACE, enum.namespace)})
    removes = frozenset({key(ObjectKind.ENUM, enum.id)})
    if not used_out_of_sight(enum.id, scenery):
        move = plain(
            Stage.DISCARD,
            (drop_enum(place, enum.id),),
            _made(enum, place),
            needs=needs,
            removes=removes,
        )
        return (move,)
    name = set_aside.thing_name(scenery.token, scenery.aside_number())
    subject = qualified(enum.namespace, enum.name)
    move = plain(
        Stage.DISCARD,
        (
            rename_enum(place, name, enum.id),
            move_enum(Place(place.namespace, name), set_aside.NAMESPACE, enum.id),
        ),
        (
            move_enum(Place(set_aside.NAMESPACE, name), place.namespace, enum.id),
            rename_enum(Place(place.namespace, name), place.name, enum.id),
        ),
        needs=needs,
        removes=removes,
        sets_aside=(
            SetAside(kind="enum", subject=subject, namespace=set_aside.NAMESPACE, name=name),
        ),
        reason=f"Enum {subject} is put out of sight with what uses it until the window closes.",
    )
    return (move,)


def describe_enum(change: DescribeEnum, scenery: Scenery) -> tuple[Move, ...]:
    """Write another comment on an enum."""
    enum = scenery.after.enums.get(change.after.id, change.after)
    place = Place.of(enum)
    move = plain(
        Stage.FINISH,
        (comment_on_enum(place, change.after.description, enum.id),),
        (comment_on_enum(place, change.before.description, enum.id),),
    )
    return (move,)


def used_out_of_sight(enum_id: str, scenery: Scenery) -> bool:
    """Tell whether something that is set aside has an enum as its type."""
    for table in scenery.before.tables.values():
        columns = [column for column in table.columns if column.type.enum_id == enum_id]
        if not columns:
            continue
        if table.id not in scenery.after.tables:
            if scenery.sets_aside:
                return True
            continue
        if any(_stays_behind(column, scenery) for column in columns):
            return True
    return False


def _stays_behind(column: Column, scenery: Scenery) -> bool:
    """Tell whether values of a column of before stay out of sight, in a column of its type."""
    if column.id in scenery.hidden_columns:
        return True
    if not scenery.persists(column.id) or column.id in scenery.remade:
        return False
    later = scenery.after.column(column.id)
    return later.type != column.type and scenery.keeps_old_values(column, later)


def _made(enum: Enum, place: Place) -> tuple[Statement, ...]:
    created = create_enum(place, enum.values, enum.id)
    if not enum.description:
        return (created,)
    return (created, comment_on_enum(place, enum.description, enum.id))
