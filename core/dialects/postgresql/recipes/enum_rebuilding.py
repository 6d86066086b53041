"""Recipes for an enum that is made anew: values go, or stand in another order.

Where a big table has columns of it, they are made beside the old ones: `enum_swapping`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from core.changes import ChangeEnumValues, ObjectKind
from core.definition.canonical import qualified
from core.definition.model import Column, Table
from core.dialects.moves import Move, SetAside, Stage
from core.dialects.postgresql import effects, set_aside
from core.dialects.postgresql.altering_columns import change_type, drop_default, set_default
from core.dialects.postgresql.altering_enums import create_enum, drop_enum, move_enum, rename_enum
from core.dialects.postgresql.altering_tables import comment_on_enum
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.postgresql.recipes.enum_arrays import is_array
from core.dialects.postgresql.recipes.enums import used_out_of_sight
from core.dialects.postgresql.recipes.making import key, plain
from core.dialects.postgresql.recipes.scenery import Scenery
from core.dialects.statement import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """An enum that is made anew, with the names of after, which hold by then."""

    change: ChangeEnumValues
    """The change."""
    scenery: Scenery
    """Both ends."""
    place: Place
    """Where it is."""
    old: Place
    """What the type that goes is called for a moment."""
    hidden: Place | None
    """Where the type of before stays, if something out of sight uses it."""

    @classmethod
    def of(cls, change: ChangeEnumValues, scenery: Scenery) -> Rebuilding:
        """Find names for what the change needs."""
        place = Place.of(scenery.after.enums[change.after.id])
        old = Place(place.namespace, scenery.temporary())
        hidden: Place | None = None
        if used_out_of_sight(change.after.id, scenery):
            name = set_aside.thing_name(scenery.token, scenery.aside_number())
            hidden = Place(set_aside.NAMESPACE, name)
        return cls(change=change, scenery=scenery, place=place, old=old, hidden=hidden)

    @property
    def enum_id(self) -> str:
        """Id of the enum."""
        return self.change.after.id

    @property
    def subject(self) -> str:
        """Its name, for people."""
        return qualified(self.place.namespace, self.place.name)

    @property
    def new_labels(self) -> dict[str, str]:
        """New texts of values by those of before, where they differ."""
        return dict(self.change.renamed)

    @property
    def old_labels(self) -> dict[str, str]:
        """Texts of values of before by the new ones, where they differ."""
        return {new: former for former, new in self.change.renamed}

    @property
    def provides(self) -> frozenset[str]:
        """What comes after waits for it."""
        return frozenset({key(ObjectKind.ENUM, self.enum_id)})

    @property
    def needs(self) -> frozenset[str]:
        """It waits for the columns that leave it."""
        circling = self.scenery.circling
        staying = {after.id for _, _, after in converted_columns(self.enum_id, self.scenery)}
        return frozenset(
            f"{key(ObjectKind.COLUMN, column_id)}#{'left' if column_id in circling else 3}"
            for column_id, (_, column) in self.scenery.before.columns.items()
            if column.type.enum_id == self.enum_id
            and self.scenery.persists(column_id)
            and column_id not in staying
        )

    @property
    def sets_aside(self) -> tuple[SetAside, ...]:
        """The type of before, if it stays."""
        if self.hidden is None:
            return ()
        namespace, name = self.hidden.namespace, self.hidden.name
        return (SetAside(kind="enum", subject=self.subject, namespace=namespace, name=name),)

    def described(self) -> tuple[Statement, ...]:
        """Write the comment of before on the new type, if there is one."""
        text = self.scenery.before.enums[self.enum_id].description
        return (comment_on_enum(self.place, text, self.enum_id),) if text else ()

    def old_gone(self) -> tuple[Statement, ...]:
        """Let the type of before go when nothing in sight uses it any more."""
        if self.hidden is None:
            return (drop_enum(self.old, self.enum_id),)
        there = Place(self.old.namespace, self.hidden.name)
        return (
            rename_enum(self.old, self.hidden.name, self.enum_id),
            move_enum(there, self.hidden.namespace, self.enum_id),
        )

    def brought_back(self, hidden: Place) -> tuple[Statement, ...]:
        """Give the type of before, which stayed, its place again."""
        there = Place(self.place.namespace, hidden.name)
        return (
            move_enum(hidden, self.place.namespace, self.enum_id),
            rename_enum(there, self.place.name, self.enum_id),
        )

    def there(self, *, spared: Container[str] = ()) -> list[Statement]:
        """Convert columns from the old type to the new one, but for those spared."""
        return _conversions(self, self.new_labels, spared, is_way_back=False)

    def back(self, *, spared: Container[str] = ()) -> list[Statement]:
        """Convert columns from the new type to that of before, but for those spared."""
        return _conversions(self, self.old_labels, spared, is_way_back=True)

    def in_place_words(self, *, spared: Container[str] = ()) -> str:
        """Say why columns of large tables are converted where they stand, but for those spared."""
        found = [
            self.scenery.in_place_words(after.id)
            for _, _, after in converted_columns(self.enum_id, self.scenery)
            if after.id not in spared
        ]
        return " ".join(each for each in found if each)

    def up_at_once(self) -> list[Statement]:
        """Make the type anew and convert every column in place."""
        return [
            rename_enum(self.place, self.old.name, self.enum_id),
            create_enum(self.place, self.change.after.values, self.enum_id),
            *self.described(),
            *self.there(),
            *self.old_gone(),
        ]

    def down_at_once(self) -> list[Statement]:
        """Take that back, in place."""
        if self.hidden is None:
            created = create_enum(self.place, self.change.before.values, self.enum_id)
            former: tuple[Statement, ...] = (created, *self.described())
        else:
            former = self.brought_back(self.hidden)
        return [
            rename_enum(self.place, self.old.name, self.enum_id),
            *former,
            *self.back(),
            drop_enum(self.old, self.enum_id),
        ]


def rebuild(found: Rebuilding) -> tuple[Move, ...]:
    """Make the type anew, and convert every column at once."""
    move = plain(
        Stage.BUILD,
        found.up_at_once(),
        found.down_at_once(),
        provides=found.provides,
        needs=found.needs,
        sets_aside=found.sets_aside,
        reason=(
            f"Enum {found.subject} is made anew and every column of it converted, because"
            f" PostgreSQL neither removes nor re-orders values. {found.in_place_words()}".rstrip()
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


def value_in(place: Place, value: str, column: Column, renamed: Mapping[str, str]) -> str:
    """Write a value of a column as one of a type with other labels.

    Args:
        place: The type.
        value: The value, an expression.
        column: The column, of an enum or of arrays of one.
        renamed: Texts of values that are called otherwise in the type.
    """
    if is_array(column):
        return f"{_texts_of_array(value, renamed)}::{place.sql}[]"
    return f"{_text_of_value(value, renamed)}::{place.sql}"


def _conversions(
    found: Rebuilding, renamed: Mapping[str, str], spared: Container[str], *, is_way_back: bool
) -> list[Statement]:
    """Convert each column in place, with its default out of the way."""
    statements: list[Statement] = []
    for table, before, after in converted_columns(found.enum_id, found.scenery):
        if after.id in spared:
            continue
        former = found.scenery.default_of_old_labels(before)
        old, new = (after, former) if is_way_back else (former, after)
        at, name = Place.of(table), after.name
        if old.default is not None:
            statements.append(drop_default(at, name, after.id))
        made = f"{found.place.sql}[]" if is_array(after) else found.place.sql
        using = value_in(found.place, quote(name), after, renamed)
        statements.append(
            change_type(at, name, made, effects.CHANGE_TYPE_REWRITING, after.id, using=using)
        )
        if new.default is not None:
            statements.append(set_default(at, name, new, after.id))
    return statements


def _text_of_value(value: str, renamed: Mapping[str, str]) -> str:
    """Write the label of a value, as it is called in the new type."""
    text = f"{value}::text"
    if not renamed:
        return text
    cases = " ".join(
        f"WHEN {quote_literal(former)} THEN {quote_literal(label)}"
        for former, label in renamed.items()
    )
    return f"(CASE {text} {cases} ELSE {text} END)"


def _texts_of_array(value: str, renamed: Mapping[str, str]) -> str:
    """Write the labels of an array, by way of others as new labels may be old ones of others."""
    text = f"{value}::text[]"
    steps = [(former, f"sb_tmp_{number}") for number, former in enumerate(renamed)]
    steps += [(f"sb_tmp_{number}", label) for number, label in enumerate(renamed.values())]
    for former, label in steps:
        text = f"array_replace({text}, {quote_literal(former)}, {quote_literal(label)})"
    return text
