"""Recipes for columns as a whole; renaming them is `renames`, their aspects are `aspects`."""

from __future__ import annotations

from dataclasses import replace

from core.changes import AddColumn, DescribeColumn, DropColumn, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, Table
from core.dialects.moves import Move, Reversibility, SetAside, Stage
from core.dialects.postgresql import set_aside
from core.dialects.postgresql.altering_columns import (
    add_column,
    drop_column,
    drop_not_null,
    rename_column,
    set_not_null,
)
from core.dialects.postgresql.altering_tables import comment_on_column, rename_sequence
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.copying import add_by_copying, added_columns
from core.dialects.postgresql.recipes.making import enum_keys, key, keys, plain
from core.dialects.postgresql.recipes.mentions import mentioned
from core.dialects.postgresql.recipes.not_nulls import hidden_not_null
from core.dialects.postgresql.recipes.online_columns import add_column_online, fills_rows
from core.dialects.postgresql.recipes.retyping import TYPE_STEP
from core.dialects.postgresql.recipes.scenery import Scenery, Side
from core.dialects.statement import Statement


def add_column_moves(change: AddColumn, scenery: Scenery) -> tuple[Move, ...]:
    """Add a column; on a big table without writing it anew where that can be had."""
    table, column = scenery.after.columns[change.column.id]
    if table.id in scenery.copied:
        added = added_columns(table, scenery)
        if column != added[0]:
            return ()  # they come in one move
        needs = frozenset(need for each in added for need in _needs(table, each))
        provides = keys(ObjectKind.COLUMN, (each.id for each in added))
        return (add_by_copying(table, added, scenery, needs=needs - provides),)
    if scenery.is_online(table.id) and fills_rows(column):
        return (add_column_online(table, column, scenery, needs=_needs(table, column)),)
    move = plain(
        Stage.BUILD,
        _made(table, column, scenery.after),
        (drop_column(Place.of(table), column.name, column.id),),
        provides=frozenset({key(ObjectKind.COLUMN, column.id)}),
        needs=_needs(table, column),
        reason=_rewriting_reason(table, column, scenery),
    )
    return (move,)


def drop_column_moves(change: DropColumn, scenery: Scenery) -> tuple[Move, ...]:
    """Drop a column, or put it out of sight when it has values."""
    table, column = scenery.before.columns[change.column.id]
    if column.generated is None and scenery.sets_aside:
        return (_set_aside(table, column, scenery),)
    lost = 0 if column.generated is not None else scenery.lost_values(column.id)
    subject = qualified(table.namespace, table.name, column.name)
    has_rows = scenery.facts_of(table.id).estimated_rows > 0
    reversibility, reason = Reversibility.EXACT, ""
    if lost != 0:
        reversibility = Reversibility.STRUCTURE
        reason = f"The values of column {subject} go for good."
        if has_rows and not column.nullable and column.default is None and not column.identity:
            reversibility = Reversibility.IMPOSSIBLE
            reason = f"Column {subject} could not come back: it allows no NULL, and its values go."
    move = plain(
        Stage.REMOVE,
        (drop_column(Place.of(table), column.name, column.id),),
        _made(table, column, scenery.before),
        needs=_needs(table, column),
        removes=frozenset({key(ObjectKind.COLUMN, column.id)}),
        reversibility=reversibility,
        reason=reason,
    )
    return (move,)


def describe_column(change: DescribeColumn, scenery: Scenery) -> tuple[Move, ...]:
    """Write another comment on a column."""
    table, column = scenery.after.columns[change.column.id]
    place = Place.of(table)
    move = plain(
        Stage.FINISH,
        (comment_on_column(place, column.name, change.after, column.id),),
        (comment_on_column(place, column.name, change.before, column.id),),
    )
    return (move,)


def _made(table: Table, column: Column, side: Side) -> tuple[Statement, ...]:
    place = Place.of(table)
    added = add_column(place, column, side.speller)
    if not column.description:
        return (added,)
    return (added, comment_on_column(place, column.name, column.description, column.id))


def _needs(table: Table, column: Column) -> frozenset[str]:
    """Say what a column needs: its table, its enum, and what it is computed from."""
    needs = enum_keys((column,)) | {key(ObjectKind.TABLE, table.id)}
    if column.generated is None:
        return needs
    names = mentioned(column.generated)
    sources = [
        each
        for each in table.columns
        if each.id != column.id and (names is None or each.name in names)
    ]
    there = keys(ObjectKind.COLUMN, (each.id for each in sources))
    # They have their types by then, as PostgreSQL changes none that something is computed from.
    retyped = (f"{each}#{TYPE_STEP}" for each in there)
    return needs | enum_keys(sources) | there | frozenset(retyped)


def _rewriting_reason(table: Table, column: Column, scenery: Scenery) -> str:
    if column.generated is None or not scenery.is_online(table.id):
        return ""
    subject = qualified(table.namespace, table.name, column.name)
    return (
        f"Column {subject} is generated and stored, so that the whole table"
        f" ({scenery.size_words(table.id)}) is written anew while everybody waits:"
        f" {scenery.uncopied[table.id]}"
    )


def _set_aside(table: Table, column: Column, scenery: Scenery) -> Move:
    """Rename a column, so that its values stay and rows without it can be written."""
    name = set_aside.column_name(scenery.token, scenery.aside_number())
    place, cause = Place.of(table), column.id
    up = [rename_column(place, column.name, name, cause)]
    down = [rename_column(place, name, column.name, cause)]
    if column.identity is not None:
        sequence = scenery.before.sequence(column.id)
        hidden = replace_name(sequence, name)
        up.append(rename_sequence(sequence, hidden.name, cause, if_exists=True))
        down.insert(0, rename_sequence(hidden, sequence.name, cause, if_exists=True))
    if _is_nullable(table, column):
        pass
    elif column.identity is not None or column.default is not None:
        # The next column of this name gets the name of its NOT NULL as well.
        there, back = hidden_not_null(place, column, name, scenery)
        up.extend(there)
        down.extend(back)
    else:
        up.append(drop_not_null(place, name, cause))
        down.append(set_not_null(place, column.name, cause))
    subject = qualified(table.namespace, table.name, column.name)
    later = scenery.after.tables.get(table.id, table)
    return plain(
        Stage.REMOVE,
        up,
        down,
        needs=_needs(table, column),
        removes=frozenset({key(ObjectKind.COLUMN, column.id)}),
        sets_aside=(
            SetAside(
                kind="column",
                subject=subject,
                namespace=later.namespace,
                name=later.name,
                column=name,
            ),
        ),
        reason=f"Column {subject} is put out of sight with its values until the window closes.",
    )


def replace_name(place: Place, name: str) -> Place:
    """Return the same place under another name."""
    return replace(place, name=name)


def _is_nullable(table: Table, column: Column) -> bool:
    in_key = table.primary_key is not None and column.id in table.primary_key.column_ids
    return column.nullable and not in_key and column.identity is None
