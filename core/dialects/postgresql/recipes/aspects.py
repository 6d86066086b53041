"""Recipes for single aspects of columns: NULL, default, identity, generation. Types: `retyping`.

Aspects of one column are changed in a fixed order, each with a number of its own: what stands in
the way of another goes before it.
"""

from __future__ import annotations

from dataclasses import replace

from core.changes import (
    ChangeColumnDefault,
    ChangeColumnGenerated,
    ChangeColumnIdentity,
    ChangeColumnNullability,
    ObjectKind,
)
from core.definition.canonical import qualified
from core.definition.model import Column
from core.definition.names import object_name
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_columns import (
    add_column,
    add_identity,
    change_identity,
    drop_column,
    drop_expression,
    drop_identity,
    drop_not_null,
    restart_identity,
    set_default,
    set_not_null,
)
from core.dialects.postgresql.altering_constraints import drop_constraint
from core.dialects.postgresql.altering_tables import comment_on_column
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.largest_values import index_for_largest
from core.dialects.postgresql.recipes.making import key, keys, line, plain
from core.dialects.postgresql.recipes.not_nulls import former_not_null
from core.dialects.postgresql.recipes.proving import not_null_lines
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Statement

_STOP_COUNTING, _ALLOW_NULL, _DEFAULT, _FORBID_NULL, _COUNT = 1, 2, 4, 5, 6


def change_column_nullability(
    change: ChangeColumnNullability, scenery: Scenery
) -> tuple[Move, ...]:
    """Allow NULL, or forbid it: on a big table by way of a check."""
    column = scenery.after.column(change.after.id)
    place, cause = _place(column, scenery), column.id
    forbid = (set_not_null(place, column.name, cause),)
    allow = (drop_not_null(place, column.name, cause),)
    table_id = scenery.after.columns[column.id][0].id
    if change.after.nullable and not change.before.nullable:
        steps, needs = _order(column, _ALLOW_NULL)
        former = former_not_null(column.id, scenery)
        move = plain(Stage.BUILD, allow, (*forbid, *former), provides=steps, needs=needs)
        if not scenery.is_online(table_id):
            return (move,)
        check = scenery.temporary()
        added, validated, forbidden = not_null_lines(place, column.name, cause, check)
        down = (added, validated, line(*forbidden.statements, *former))
        mend = (drop_constraint(place, check, cause, if_exists=True),)
        return (replace(move, down=down, mends=(mend,) * len(down)),)
    steps, needs = _order(column, _FORBID_NULL)
    if not scenery.is_online(table_id):
        return (plain(Stage.BUILD, forbid, allow, provides=steps, needs=needs),)
    check = scenery.temporary()
    subject = qualified(place.namespace, place.name, column.name)
    move = Move(
        stage=Stage.BUILD,
        up=not_null_lines(place, column.name, cause, check),
        down=(line(drop_constraint(place, check, cause, if_exists=True), *allow),),
        provides=steps,
        needs=needs,
        reason=(
            f"That column {subject} has no NULL is proven by a check first, because the table is"
            f" big ({scenery.size_words(table_id)})."
        ),
    )
    return (move,)


def change_column_default(change: ChangeColumnDefault, scenery: Scenery) -> tuple[Move, ...]:
    """Give a column another default; rows that are there stay as they are."""
    column = scenery.after.column(change.after.id)
    before = scenery.built_default(scenery.before.column(change.after.id))
    place = _place(column, scenery)
    steps, needs = _order(column, _DEFAULT)
    move = plain(
        Stage.BUILD,
        (set_default(place, column.name, column, column.id),),
        (set_default(place, column.name, before, column.id),),
        provides=steps,
        needs=needs,
    )
    return (move,)


def change_column_identity(change: ChangeColumnIdentity, scenery: Scenery) -> tuple[Move, ...]:
    """Let a column count up, or no longer, or another way."""
    before = scenery.before.column(change.after.id)
    after = scenery.after.column(change.after.id)
    place, cause = _place(after, scenery), after.id
    if before.identity is not None and after.identity is not None:
        steps, needs = _order(after, _COUNT)
        up = (change_identity(place, after.name, after.identity, cause),)
        down = (change_identity(place, after.name, before.identity, cause),)
        return (plain(Stage.BUILD, up, down, provides=steps, needs=needs),)
    table = scenery.after.columns[cause][0]
    if after.identity is not None:
        steps, needs = _order(after, _COUNT)
        counting = _counting(place, after, after.name, scenery.after.given_sequence(cause))
        ended = drop_identity(place, after.name, cause, if_exists=True)
        move = plain(Stage.BUILD, counting, (ended,), provides=steps, needs=needs)
    else:
        steps, needs = _order(after, _STOP_COUNTING)
        counting = _counting(place, before, after.name, _former_sequence(before, place, scenery))
        ended = drop_identity(place, after.name, cause)
        move = plain(Stage.BUILD, (ended,), counting, provides=steps, needs=needs)
    helped = index_for_largest(table, cause, after.name, scenery)
    if helped is None:
        return (move,)
    build, swept = helped
    counted = (build, line(*counting, swept))
    subject = qualified(table.namespace, table.name, after.name)
    move = replace(
        move,
        reason=(
            f"Where column {subject} goes on counting is found through an index that is dropped"
            f" again, because the table is big ({scenery.size_words(table.id)})."
        ),
    )
    if after.identity is not None:
        return (replace(move, up=counted, down=(line(ended, swept),)),)
    return (replace(move, down=counted, down_at_once=counting, mends=((swept,),) * 2),)


def change_column_generated(change: ChangeColumnGenerated, scenery: Scenery) -> tuple[Move, ...]:
    """Make a generated column an ordinary one; all other ways make the column anew.

    It happens under the names of before, over which the expression of before is written.
    """
    table, column = scenery.before.columns[change.after.id]
    place, cause = Place.of(table), column.id
    down = [
        drop_column(place, column.name, cause),
        add_column(place, column, scenery.before.speller),
    ]
    if column.description:
        down.append(comment_on_column(place, column.name, column.description, cause))
    move = plain(
        Stage.REMOVE,
        (drop_expression(place, column.name, cause),),
        down,
        needs=keys(ObjectKind.COLUMN, (each.id for each in table.columns)),
        # The way back makes the column anew, so that what is on it comes back after that.
        removes=frozenset({key(ObjectKind.COLUMN, column.id)}),
    )
    return (move,)


def _former_sequence(before: Column, place: Place, scenery: Scenery) -> tuple[str, str] | None:
    """Return the name that a sequence had, if the server gives another under the names of after."""
    former = scenery.before.sequence(before.id).name
    usual = object_name(place.name, scenery.after.column(before.id).name, "seq")
    return None if former == usual else (place.namespace, former)


def _counting(
    place: Place, column: Column, name: str, sequence: tuple[str, str] | None
) -> tuple[Statement, ...]:
    if column.identity is None:  # pragma: no cover - asked for identity columns alone
        return ()
    return (
        add_identity(place, name, column.identity, column.id, sequence=sequence),
        restart_identity(place, name, column.id),
    )


def _place(column: Column, scenery: Scenery) -> Place:
    return Place.of(scenery.after.columns[column.id][0])


def _order(column: Column, number: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return what an aspect provides and needs, so that aspects follow each other by number."""
    steps = [f"{key(ObjectKind.COLUMN, column.id)}#{each}" for each in range(1, number + 1)]
    return frozenset(steps[-1:]), frozenset(steps[:-1])
