"""Recipes for the values of enums: added, renamed, removed and put in another order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.changes import ChangeEnumValues
from core.definition.canonical import qualified
from core.dialects.moves import Move, Stage
from core.dialects.postgresql.altering_enums import (
    add_enum_value,
    rename_enum_value,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.recipes.making import line, plain
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Line, Statement

LABELS_RENAMED = "labels of enums"
"""What all other renames wait for, as values are renamed under the names of before."""


def is_rebuilt(change: ChangeEnumValues) -> bool:
    """Tell whether the type is made anew: values go or stand in another order."""
    return not _stand_within(_renamed_values(change), change.after.values)


def rename_values(change: ChangeEnumValues, scenery: Scenery) -> tuple[Move, ...]:
    """Give values other texts, in place, when everything else gets its new name."""
    enum_id = change.after.id
    here = Place.of(scenery.before.enums[enum_id])
    _, aliases = _extension(change)
    pairs = [*change.renamed, *((alias, value) for value, alias in aliases.items())]
    if not pairs:
        return ()
    back = [(new, old) for old, new in pairs]
    move = plain(
        Stage.RENAME,
        _renames(here, pairs, enum_id),
        _renames(here, back, enum_id),
        provides=frozenset({LABELS_RENAMED}),
    )
    return (move,)


def add_values(
    change: ChangeEnumValues,
    scenery: Scenery,
    way_back: tuple[Line, ...],
    mends: tuple[tuple[Statement, ...], ...],
) -> tuple[Move, ...]:
    """Add values, each in a line of its own, as it can be used only when that is done.

    Args:
        change: The change.
        scenery: Both ends.
        way_back: Makes the type anew without them, with the names of before.
        mends: What takes back a way back that was left half way, see `Move`.
    """
    enum_id = change.after.id
    here = Place.of(scenery.before.enums[enum_id])
    values, _ = _extension(change)
    kept = set(change.before.values)
    statements = []
    for place, value in enumerate(values):
        if value in kept:
            continue
        # Everything before it is there by then; the first of all stands before the first kept.
        former = values[place - 1] if place else None
        first_kept = None if place else next((each for each in values if each in kept), None)
        statements.append(add_enum_value(here, value, enum_id, before=first_kept, after=former))
    if not statements:
        return ()
    subject = qualified(here.namespace, here.name)
    move = Move(
        stage=Stage.PREPARE,
        up=tuple(line(replace(each, is_transactional=False)) for each in statements),
        down=way_back,
        mends=mends,
        reason=(
            f"Values of enum {subject} are added ahead of everything else, because PostgreSQL lets"
            " nothing use them before that is done; the way back makes the type anew."
        ),
    )
    return (move,)


def extended_values(change: ChangeEnumValues) -> tuple[str, ...]:
    """Return all values once new ones are added, and nothing else is done."""
    return _extension(change)[0]


def _extension(change: ChangeEnumValues) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the values with new ones under the names of before, and what those are called then.

    A new value whose text another one still has at that time is called otherwise for a while.
    """
    former = {new: old for old, new in change.renamed}
    kept = set(_renamed_values(change))
    aliases = {
        value: f"sb_tmp_new_{number}"
        for number, value in enumerate(change.after.values)
        if value not in kept and value in change.before.values
    }
    values = tuple(
        former.get(value, value) if value in kept else aliases.get(value, value)
        for value in change.after.values
    )
    return values, aliases


def _renamed_values(change: ChangeEnumValues) -> list[str]:
    """Return the values of before under their new names."""
    names = dict(change.renamed)
    return [names.get(value, value) for value in change.before.values]


def _stand_within(values: Sequence[str], wider: Sequence[str]) -> bool:
    """Tell whether values stand in a longer list in the same order."""
    rest = iter(wider)
    return all(value in rest for value in values)


def _renames(place: Place, pairs: Iterable[tuple[str, str]], enum_id: str) -> list[Statement]:
    """Rename values; where the new text of one is the old one of another, all wait aside first."""
    pairs = list(pairs)
    old = {before for before, _ in pairs}
    waiting = {
        before: f"sb_tmp_{number}"
        for number, (before, after) in enumerate(pairs)
        if after in old or before in {each for _, each in pairs}
    }
    aside = [rename_enum_value(place, before, text, enum_id) for before, text in waiting.items()]
    final = [
        rename_enum_value(place, waiting.get(before, before), after, enum_id)
        for before, after in pairs
    ]
    return aside + final
