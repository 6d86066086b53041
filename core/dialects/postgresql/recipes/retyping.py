"""Recipes for types of columns: in place, or beside the old column on a big table.

Beside it means: a new column is kept in step by a trigger and filled in batches, indexes are built
on it while everybody goes on, and then both change names in one line. Values that the new type
cannot hold exactly stay out of sight until the window closes, and come back with the way back as
far as nobody changed the row since.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.changes import ChangeColumnType, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, Table
from core.dialects.moves import Move, Reversibility, SetAside, Stage
from core.dialects.postgresql import set_aside
from core.dialects.postgresql.altering_columns import (
    add_column,
    change_type,
    drop_column,
    drop_default,
    drop_not_null,
    rename_column,
    set_default,
)
from core.dialects.postgresql.altering_triggers import copy_column
from core.dialects.postgresql.casts import bare, converted, keeps_every_value
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote
from core.dialects.postgresql.recipes.enum_circles import in_between
from core.dialects.postgresql.recipes.expanding import Expansion, expand
from core.dialects.postgresql.recipes.making import enum_keys, key, keys, line, plain
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.postgresql.type_changes import rewrites_table, type_change_effect
from core.dialects.statement import Statement

TYPE_STEP = 3
"""The number of the type among the aspects of a column, see `aspects`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Retyping:
    """What both ways of converting a column need to know."""

    table: Table
    """The table after."""
    before: Column
    """The column before, under its name of after."""
    after: Column
    """The column after."""
    aside: str | None
    """The name under which its old values stay, if they do."""
    provides: frozenset[str]
    """What comes after waits for these."""
    needs: frozenset[str]
    """What it waits for."""
    reversibility: Reversibility
    """What the way back restores."""
    reason: str
    """Why, if not everything."""

    @property
    def place(self) -> Place:
        """Where the table is by then."""
        return Place.of(self.table)

    @property
    def sets_aside(self) -> tuple[SetAside, ...]:
        """The old values, if they stay."""
        if self.aside is None:
            return ()
        subject = qualified(self.table.namespace, self.table.name, self.after.name)
        place = self.place
        hidden = SetAside(
            kind="column",
            subject=subject,
            namespace=place.namespace,
            name=place.name,
            column=self.aside,
        )
        return (hidden,)


def change_column_type(change: ChangeColumnType, scenery: Scenery) -> tuple[Move, ...]:
    """Convert a column with the default that goes with each type.

    Where enums hand columns to each other it happens in two steps, see `enum_circles`.
    """
    after = scenery.after.column(change.after.id)
    former = scenery.built_default(scenery.before.column(after.id))
    before = replace(former, name=after.name)
    if after.id not in scenery.circling:
        return _moves(_retyping(before, after, scenery), scenery)
    between = in_between(before, after)
    left = _retyping(before, between, scenery)
    joined = _retyping(between, after, scenery)
    step = frozenset({f"{key(ObjectKind.COLUMN, after.id)}#left"})
    # A text holds every label, of arrays too.
    left = replace(left, provides=step, aside=None, reversibility=Reversibility.EXACT, reason="")
    return (
        *_moves(left, scenery),
        *_moves(replace(joined, needs=joined.needs | step), scenery),
    )


def _moves(found: _Retyping, scenery: Scenery) -> tuple[Move, ...]:
    """Convert a column where it stands, or beside itself on a big table."""
    if not scenery.is_online(found.table.id):
        return (_in_place(found, scenery),)
    if found.after.id in scenery.burdened:
        return (_in_place(_explained(found, scenery), scenery),)
    if rewrites_table(found.before.type, found.after.type):
        return _beside(found, scenery)
    if rewrites_table(found.after.type, found.before.type) and found.aside is None:
        return (_back_beside(found, scenery),)
    return (_in_place(found, scenery),)


def is_beside(change: ChangeColumnType, scenery: Scenery) -> bool:
    """Tell whether a column is converted beside itself, there or back."""
    table, after = scenery.after.columns[change.after.id]
    before = scenery.before.column(after.id)
    return scenery.is_beside(table.id, after.id) and (
        rewrites_table(before.type, after.type)
        or (rewrites_table(after.type, before.type) and not scenery.keeps_old_values(before, after))
    )


def value_of_type(value: str, old: Column, new: Column, scenery: Scenery) -> str:
    """Write a value of one column as one of the other's type, length and precision left out."""
    bare_type = scenery.built_type(bare(new.type))
    return converted(value, old.type, new.type, bare_type) or value


def _retyping(before: Column, after: Column, scenery: Scenery) -> _Retyping:
    """Find out what a conversion needs; a column may be in between two types at either end."""
    table, _ = scenery.after.columns[after.id]
    column_key = key(ObjectKind.COLUMN, after.id)
    # An enum that is made anew waits for the columns that leave it.
    waits = after.type.enum_id == before.type.enum_id or (
        before.type.enum_id not in scenery.rebuilt_enums
    )
    aside: str | None = None
    reversibility, reason = Reversibility.EXACT, ""
    subject = qualified(table.namespace, table.name, after.name)
    if scenery.keeps_old_values(before, after):
        aside = set_aside.column_name(scenery.token, scenery.aside_number())
        reason = f"The old values of column {subject} stay out of sight until the window closes."
    elif not (keeps_every_value(before.type, after.type) or scenery.lost_values(after.id) == 0):
        reversibility = Reversibility.STRUCTURE
        reason = f"What the new type of column {subject} cannot hold goes for good."
    return _Retyping(
        table=table,
        before=before,
        after=after,
        aside=aside,
        provides=frozenset({f"{column_key}#{TYPE_STEP}"}),
        needs=frozenset(f"{column_key}#{each}" for each in range(1, TYPE_STEP))
        | enum_keys((before, after) if waits else (after,))
        | keys(ObjectKind.COLUMN, (after.id,)),
        reversibility=reversibility,
        reason=reason,
    )


def _in_place(found: _Retyping, scenery: Scenery) -> Move:
    place, cause, name = found.place, found.after.id, found.after.name
    up: list[Statement] = []
    down = _converted(found, found.after, found.before, scenery, aside=found.aside)
    if found.aside is not None:
        up.append(add_column(place, _kept(found, scenery), scenery.building_speller))
        up.append(copy_column(place, name, found.aside, cause))
        down.append(drop_column(place, found.aside, cause))
    up.extend(_converted(found, found.before, found.after, scenery, aside=None))
    return plain(
        Stage.BUILD,
        up,
        down,
        provides=found.provides,
        needs=found.needs,
        sets_aside=found.sets_aside,
        reversibility=found.reversibility,
        reason=found.reason,
    )


def _explained(found: _Retyping, scenery: Scenery) -> _Retyping:
    """Say why a column is not converted beside itself, if it would be."""
    there, back = found.before.type, found.after.type
    if not (rewrites_table(there, back) or rewrites_table(back, there)):
        return found
    words = scenery.in_place_words(found.after.id)
    return replace(found, reason=f"{words} {found.reason}".rstrip())


def _back_beside(found: _Retyping, scenery: Scenery) -> Move:
    """Convert in place what is done at once, and on the way back beside the column."""
    back = _expansion(found, found.after, found.before, scenery, aside=None)
    built_back, swapped_back = expand([back], scenery, keeps_as=None)
    gone = drop_column(found.place, back.old_name, found.after.id)
    subject = qualified(found.table.namespace, found.table.name, found.after.name)
    size = scenery.size_words(found.table.id)
    in_place = _in_place(found, scenery)
    cause = found.after.id
    down = (*built_back, line(*scenery.with_dependents(cause, swapped_back([gone]))))
    return replace(
        in_place,
        up=(line(*scenery.with_dependents(cause, in_place.up[0].statements)),),
        down=down,
        mends=(back.swept.statements,) * len(down),
        reason=(
            f"On the way back column {subject} is converted beside the new one and filled in"
            f" batches, because the table is big ({size})."
        ),
    )


def _converted(
    found: _Retyping, old: Column, new: Column, scenery: Scenery, *, aside: str | None
) -> list[Statement]:
    """Convert a column where it stands, with its default out of the way."""
    place, cause, name = found.place, found.after.id, found.after.name
    statements = []
    if old.default is not None:
        statements.append(drop_default(place, name, cause))
    value = value_of_type(quote(name), old, new, scenery)
    using = None if value == quote(name) else value
    if aside is not None:
        using = _remembered(quote(name), quote(aside), found, scenery)
    statements.append(
        change_type(
            place,
            name,
            scenery.built_type(new.type),
            type_change_effect(old.type, new.type),
            cause,
            using=using,
        )
    )
    if new.default is not None:
        statements.append(set_default(place, name, new, cause))
    return statements


def _beside(found: _Retyping, scenery: Scenery) -> tuple[Move, ...]:
    there = _expansion(found, found.before, found.after, scenery, aside=None)
    back = _expansion(found, found.after, found.before, scenery, aside=found.aside)
    built, swapped = expand([there], scenery, keeps_as=found.aside)
    built_back, swapped_back = expand([back], scenery, keeps_as=None)
    place, cause = found.place, found.after.id
    if found.aside is None:
        gone: list[Statement] = [drop_column(place, there.old_name, cause)]
        dropped: list[Statement] = []
    else:
        gone = [rename_column(place, there.old_name, found.aside, cause)]
        dropped = [drop_column(place, found.aside, cause)]
        if there.forbids_null:
            gone.append(drop_not_null(place, found.aside, cause))
    step = f"{next(iter(found.provides))}#expanded"
    subject = qualified(found.table.namespace, found.table.name, found.after.name)
    size = scenery.size_words(found.table.id)
    returned = swapped_back([drop_column(place, back.old_name, cause), *dropped])
    down = (*built_back, line(*scenery.with_dependents(cause, returned)))
    return (
        Move(
            stage=Stage.BUILD,
            up=built,
            down=(there.swept,),
            provides=frozenset({step}),
            needs=found.needs,
            reason=(
                f"Column {subject} is converted beside the old one and filled in batches, because"
                f" the table is big ({size})."
            ),
        ),
        Move(
            stage=Stage.BUILD,
            up=(line(*scenery.with_dependents(cause, swapped(gone))),),
            down=down,
            takes_back_former=True,
            mends=(back.swept.statements,) * len(down),
            provides=found.provides,
            needs=found.needs | {step},
            sets_aside=found.sets_aside,
            reversibility=found.reversibility,
            reason=found.reason,
        ),
    )


def _expansion(
    found: _Retyping, old: Column, new: Column, scenery: Scenery, *, aside: str | None
) -> Expansion:
    def value(row: str) -> str:
        current = f"{row}{quote(found.after.name)}"
        if aside is None:
            return value_of_type(current, old, new, scenery)
        return _remembered(current, f"{row}{quote(aside)}", found, scenery)

    return Expansion(
        table=found.table,
        old=old,
        new=new,
        built_type=new.type,
        name=scenery.temporary(),
        old_name=scenery.temporary(),
        function=Place(found.table.namespace, scenery.temporary()),
        check=scenery.temporary(),
        value=value,
        value_now=value(""),
        forbids_null=not found.before.nullable and not found.after.nullable,
        is_way_back=new is found.before,
    )


def _kept(found: _Retyping, scenery: Scenery) -> Column:  # noqa: ARG001 the same shape as its neighbours
    """Describe the column that holds old values."""
    return Column(id=f"{found.after.id}#aside", name=found.aside or "", type=found.before.type)


def _remembered(current: str, kept: str, found: _Retyping, scenery: Scenery) -> str:
    """Write the old value where the row still has what was made of it, else the converted one."""
    made = value_of_type(kept, found.before, found.after, scenery)
    full = scenery.built_type(found.after.type)
    back = value_of_type(current, found.after, found.before, scenery)
    old_type = scenery.built_type(found.before.type)
    same = f"(({made})::{full})::text IS NOT DISTINCT FROM ({current})::text"
    return f"CASE WHEN {same} THEN {kept} ELSE ({back})::{old_type} END"
