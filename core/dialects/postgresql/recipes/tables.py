"""Recipes for tables as a whole; renaming them is `renames`."""

from __future__ import annotations

from core.changes import AddTable, DescribeTable, DropTable, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Table
from core.dialects.moves import Move, Reversibility, SetAside, Stage
from core.dialects.postgresql import set_aside
from core.dialects.postgresql.altering_indexes import rename_index
from core.dialects.postgresql.altering_tables import (
    comment_on_table,
    create_namespace,
    drop_table,
    move_table,
    rename_sequence,
    rename_table,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import enum_keys, key, plain, table_keys
from core.dialects.postgresql.recipes.scenery import Scenery, Side
from core.dialects.statement import Statement

HIDING_PLACE = set_aside.NAMESPACE
"""The namespace for what is set aside."""


def add_table(change: AddTable, scenery: Scenery) -> tuple[Move, ...]:
    """Make a table with everything in it."""
    table = change.table
    move = plain(
        Stage.BUILD,
        _made(table, scenery.after),
        (drop_table(Place.of(table), table.id),),
        provides=table_keys(table),
        needs=enum_keys(scenery.after.table(table.id).columns)
        | {key(ObjectKind.NAMESPACE, table.namespace)},
    )
    return (move,)


def drop_table_moves(change: DropTable, scenery: Scenery) -> tuple[Move, ...]:
    """Put a table out of sight, or drop it when nothing is kept."""
    table = scenery.before.table(change.table.id)
    needs = enum_keys(table.columns) | {key(ObjectKind.NAMESPACE, table.namespace)}
    if scenery.sets_aside:
        return (_set_aside(table, scenery, needs),)
    lost = scenery.lost_values(table.id)
    subject = qualified(table.namespace, table.name)
    move = plain(
        Stage.REMOVE,
        (drop_table(Place.of(table), table.id),),
        _made(table, scenery.before),
        needs=needs,
        removes=table_keys(table),
        reversibility=Reversibility.EXACT if lost == 0 else Reversibility.STRUCTURE,
        reason="" if lost == 0 else f"The rows of table {subject} go for good.",
    )
    return (move,)


def describe_table(change: DescribeTable, scenery: Scenery) -> tuple[Move, ...]:
    """Write another comment on a table."""
    place, table_id = scenery.after.place(change.table.id), change.table.id
    move = plain(
        Stage.FINISH,
        (comment_on_table(place, change.after, table_id),),
        (comment_on_table(place, change.before, table_id),),
    )
    return (move,)


def prepare_set_aside() -> Move:
    """Make the namespace for things that are set aside; it goes when it is tidied up."""
    up = (create_namespace(set_aside.NAMESPACE, if_not_exists=True),)
    return plain(
        Stage.PREPARE,
        up,
        (),
        provides=frozenset({key(ObjectKind.NAMESPACE, set_aside.NAMESPACE)}),
    )


def _set_aside(table: Table, scenery: Scenery, needs: frozenset[str]) -> Move:
    """Move a table away under a name of its own, so that nothing it is called by stays taken."""
    name = set_aside.thing_name(scenery.token, scenery.aside_number())
    home, away = Place.of(table), Place(set_aside.NAMESPACE, name)
    up: list[Statement] = []
    down: list[Statement] = []
    indexes = [table.primary_key, *table.uniques, *table.indexes]
    relations = [Place(table.namespace, each.name or "") for each in indexes if each is not None]
    for number, relation in enumerate(relations, 1):
        hidden = Place(table.namespace, f"{name}_{number}")
        up.append(rename_index(relation, hidden.name, table.id, if_exists=True))
        down.append(rename_index(hidden, relation.name, table.id, if_exists=True))
    counting = [column for column in table.columns if column.identity is not None]
    for number, column in enumerate(counting, 1):
        sequence = scenery.before.sequence(column.id)
        hidden = Place(sequence.namespace, f"{name}_s{number}")
        up.append(rename_sequence(sequence, hidden.name, column.id, if_exists=True))
        down.append(rename_sequence(hidden, sequence.name, column.id, if_exists=True))
    up.append(rename_table(home, name, table.id))
    up.append(move_table(Place(table.namespace, name), set_aside.NAMESPACE, table.id))
    down.append(rename_table(Place(table.namespace, name), table.name, table.id))
    down.append(move_table(away, table.namespace, table.id))
    subject = qualified(table.namespace, table.name)
    return plain(
        Stage.REMOVE,
        up,
        down[::-1],
        needs=needs,
        removes=table_keys(table),
        sets_aside=(
            SetAside(kind="table", subject=subject, namespace=away.namespace, name=away.name),
        ),
        reason=f"Table {subject} is put out of sight with its rows until the window closes.",
    )


def _made(table: Table, side: Side) -> tuple[Statement, ...]:
    speller = side.speller
    indexes = sorted(table.indexes, key=lambda each: each.name or "")
    return (
        speller.create_table(table),
        *(speller.create_index(index, table) for index in indexes),
        *speller.comment_on_table(table),
    )
