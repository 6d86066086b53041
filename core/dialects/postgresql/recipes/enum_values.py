"""Recipes for the values of enums: added, renamed, removed and put in another order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.changes import ChangeEnumValues, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, Table
from core.dialects.moves import Move, SetAside, Stage
from core.dialects.postgresql import effects, set_aside
from core.dialects.postgresql.altering_columns import change_type, drop_default, set_default
from core.dialects.postgresql.altering_enums import (
    add_enum_value,
    create_enum,
    drop_enum,
    move_enum,
    rename_enum,
    rename_enum_value,
)
from core.dialects.postgresql.altering_tables import comment_on_enum
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.postgresql.recipes.enum_arrays import is_array
from core.dialects.postgresql.recipes.enums import used_out_of_sight
from core.dialects.postgresql.recipes.making import key, line, plain
from core.dialects.postgresql.recipes.scenery import Scenery, Side
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
    change: ChangeEnumValues, scenery: Scenery, way_back: tuple[Line, ...]
) -> tuple[Move, ...]:
    """Add values, each in a line of its own, as it can be used only when that is done.

    Args:
        change: The change.
        scenery: Both ends.
        way_back: Makes the type anew without them, with the names of before.
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


def rebuild(change: ChangeEnumValues, scenery: Scenery) -> tuple[Move, ...]:
    """Make the type anew beside the old one, and convert every column."""
    enum_id = change.after.id
    enum = scenery.after.enums[enum_id]
    place = Place.of(enum)
    old = Place(place.namespace, scenery.temporary())
    description = scenery.before.enums[enum_id].description
    renamed = dict(change.renamed)
    back = {new: former for former, new in change.renamed}
    stays = used_out_of_sight(enum_id, scenery)
    hidden = Place(set_aside.NAMESPACE, "")
    if stays:
        hidden = Place(
            set_aside.NAMESPACE, set_aside.thing_name(scenery.token, scenery.aside_number())
        )
    up = [
        rename_enum(place, old.name, enum_id),
        create_enum(place, change.after.values, enum_id),
        *_described(place, description, enum_id),
        *_conversions(place, renamed, enum_id, scenery, scenery.before),
        *(_put_away(old, hidden, enum_id) if stays else (drop_enum(old, enum_id),)),
    ]
    down = [
        rename_enum(place, old.name, enum_id),
        *(
            _put_back(hidden, place, enum_id)
            if stays
            else (
                create_enum(place, change.before.values, enum_id),
                *_described(place, description, enum_id),
            )
        ),
        *_conversions(place, back, enum_id, scenery, scenery.after),
        drop_enum(old, enum_id),
    ]
    subject = qualified(place.namespace, place.name)
    aside = SetAside(kind="enum", subject=subject, namespace=hidden.namespace, name=hidden.name)
    leaving = (
        f"{key(ObjectKind.COLUMN, column_id)}#3"
        for column_id, (_, column) in scenery.before.columns.items()
        if column.type.enum_id == enum_id and scenery.persists(column_id)
    )
    move = plain(
        Stage.BUILD,
        up,
        down,
        provides=frozenset({key(ObjectKind.ENUM, enum_id)}),
        needs=frozenset(leaving),
        sets_aside=(aside,) if stays else (),
        reason=(
            f"Enum {subject} is made anew and every column of it converted, because PostgreSQL"
            " neither removes nor re-orders values."
        ),
    )
    return (move,)


def converted_columns(enum_id: str, scenery: Scenery) -> Iterator[tuple[Table, Column, Column]]:
    """Give the columns that are of an enum at both ends: table after, column before and after."""
    for column_id, (table, column) in scenery.after.columns.items():
        if column.type.enum_id != enum_id or not scenery.persists(column_id):
            continue
        before = scenery.before.column(column_id)
        if before.type.enum_id == enum_id and column_id not in scenery.remade:
            yield table, before, column


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


def _conversions(
    place: Place,
    renamed: Mapping[str, str],
    enum_id: str,
    scenery: Scenery,
    side_before: Side,
) -> list[Statement]:
    """Convert each column, with its default out of the way.

    Args:
        place: The new type.
        renamed: Texts of values that are called otherwise in it.
        enum_id: Id of the enum.
        scenery: Both ends.
        side_before: The end whose defaults the columns have when it begins.
    """
    statements: list[Statement] = []
    for table, before, after in converted_columns(enum_id, scenery):
        old, new = (before, after) if side_before is scenery.before else (after, before)
        at, name = Place.of(table), after.name
        if old.default is not None:
            statements.append(drop_default(at, name, after.id))
        holds_many = is_array(after)
        made = f"{place.sql}[]" if holds_many else place.sql
        text = _texts_of_array(name, renamed) if holds_many else _text_of_value(name, renamed)
        using = f"{text}::{made}"
        statements.append(
            change_type(at, name, made, effects.CHANGE_TYPE_REWRITING, after.id, using=using)
        )
        if new.default is not None:
            statements.append(set_default(at, name, new, after.id))
    return statements


def _text_of_value(name: str, renamed: Mapping[str, str]) -> str:
    """Write the label of a value, as it is called in the new type."""
    text = f"{quote(name)}::text"
    if not renamed:
        return text
    cases = " ".join(
        f"WHEN {quote_literal(former)} THEN {quote_literal(value)}"
        for former, value in renamed.items()
    )
    return f"(CASE {text} {cases} ELSE {text} END)"


def _texts_of_array(name: str, renamed: Mapping[str, str]) -> str:
    """Write the labels of an array, by way of others as new labels may be old ones of others."""
    text = f"{quote(name)}::text[]"
    steps = [(former, f"sb_tmp_{number}") for number, former in enumerate(renamed)]
    steps += [(f"sb_tmp_{number}", value) for number, value in enumerate(renamed.values())]
    for former, value in steps:
        text = f"array_replace({text}, {quote_literal(former)}, {quote_literal(value)})"
    return text


def _described(place: Place, text: str, enum_id: str) -> tuple[Statement, ...]:
    return (comment_on_enum(place, text, enum_id),) if text else ()


def _put_away(place: Place, hidden: Place, enum_id: str) -> tuple[Statement, ...]:
    there = Place(place.namespace, hidden.name)
    return (
        rename_enum(place, hidden.name, enum_id),
        move_enum(there, hidden.namespace, enum_id),
    )


def _put_back(hidden: Place, place: Place, enum_id: str) -> tuple[Statement, ...]:
    there = Place(place.namespace, hidden.name)
    return (
        move_enum(hidden, place.namespace, enum_id),
        rename_enum(there, place.name, enum_id),
    )
