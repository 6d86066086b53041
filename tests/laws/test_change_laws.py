"""Laws of changes and of the diff; each has a test that a planted bug breaks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from random import Random
from typing import get_args

import pytest
import simplejson
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy
from typing_extensions import override

from core.changes import (
    AddColumn,
    AddTable,
    Change,
    DescribeTable,
    DropTable,
    TableName,
    apply_all,
    inverse_of_all,
)
from core.changes.codec import change_from_json, change_to_json
from core.definition.canonical import canonical
from core.definition.model import Definition, Position
from core.planning.diff import diff
from core.planning.following import followed
from core.planning.settling import settle
from core.schemas.versions import can_break
from tests.builders import column, definition, table
from tests.edits import STEPS, Edit, add_enum, drop_enum, edit_enum, edits, shuffle
from tests.edits_of_columns import COLUMN_STEPS, Editor, Step
from tests.edits_of_parts import PART_STEPS, REFERENCE_STEPS
from tests.strategies import unhurried

STEPS_OF: dict[str, Sequence[Step]] = {
    "ForeignKey": REFERENCE_STEPS,
    "Enum": (add_enum, drop_enum, edit_enum),
    "Column": COLUMN_STEPS,
    "PrimaryKey": PART_STEPS,
    "Unique": PART_STEPS,
    "Check": PART_STEPS,
    "Index": PART_STEPS,
}
"""Where changes are looked for, by a word in their names."""

Diff = Callable[[Definition, Definition], Sequence[Change]]


def is_sound(find: Diff, edit: Edit) -> bool:
    """Tell whether the changes that a diff finds lead from one definition to the other."""
    present, wanted = settle(edit.before), settle(edit.after)
    reached = apply_all(find(edit.before, edit.after), followed(present, wanted, {}))
    return canonical(reached) == canonical(edit.after)


def cancels(change: Change, before: Definition) -> bool:
    """Tell whether what a change makes is undone by its inverse."""
    return canonical(change.inverse().apply(change.apply(before))) == canonical(before)


def is_read_back(change: Change, write: Callable[[Change], object]) -> bool:
    """Tell whether a change survives being written as JSON text."""
    return change_from_json(simplejson.loads(simplejson.dumps(write(change)))) == change


def is_quiet(find: Diff, before: Definition, after: Definition) -> bool:
    """Tell whether a diff finds nothing."""
    return not find(before, after)


@pytest.mark.timeout(600)  # many draws, each of which coverage makes dearer
def test_edits_bring_about_every_kind_of_change() -> None:
    """No kind of change is left out of the laws below."""
    seen: set[type[Change]] = set()

    def brings_all(wanted: frozenset[type[Change]], edit: Edit) -> bool:
        seen.update(type(change) for change in diff(edit.before, edit.after))
        return wanted <= seen

    def look_for(wanted: frozenset[type[Change]], among: SearchStrategy[Edit], most: int) -> None:
        hurried = settings(unhurried, max_examples=most, phases=[Phase.generate], database=None)
        with suppress(NoSuchExample):
            find(among, partial(brings_all, wanted), settings=hurried, random=Random(1))

    every = frozenset(get_args(Change))
    look_for(every, edits(max_steps=30), 150)
    # What is rare is looked for by itself.
    for kind in sorted(every - seen, key=lambda each: each.__name__):
        steps = next((STEPS_OF[word] for word in STEPS_OF if word in kind.__name__), STEPS)
        look_for(frozenset({kind}), edits(steps=steps), 400)
    assert seen == set(get_args(Change))


@unhurried
@given(edits())
def test_changes_lead_from_one_definition_to_the_other(edit: Edit) -> None:
    """The diff is sound: applied in order to the first, it gives the second."""
    assert is_sound(diff, edit)


@unhurried
@given(edits())
def test_inverses_in_reverse_order_lead_back(edit: Edit) -> None:
    """Undoing everything, the last first, gives the first definition again."""
    before = settle(edit.before)
    changes = diff(edit.before, edit.after)
    assert canonical(apply_all(inverse_of_all(changes), apply_all(changes, before))) == canonical(
        before
    )


@unhurried
@given(edits())
def test_every_change_cancels_with_its_inverse(edit: Edit) -> None:
    """Each change alone is undone by its inverse, and the inverse of the inverse is itself."""
    state = settle(edit.before)
    for change in diff(edit.before, edit.after):
        assert cancels(change, state)
        assert change.inverse().inverse() == change
        state = change.apply(state)


@unhurried
@given(edits())
def test_every_change_speaks_and_survives_json(edit: Edit) -> None:
    """Each change is read as it was written, says a sentence and has a subject."""
    for change in diff(edit.before, edit.after):
        assert is_read_back(change, change_to_json)
        assert change.summary().endswith((".", "…"))
        assert change.subject.key == f"{change.subject.kind}:{change.subject.id}"


@unhurried
@given(edits())
def test_an_inverse_is_about_the_same_thing(edit: Edit) -> None:
    """A change and its inverse are of one kind of thing."""
    for change in diff(edit.before, edit.after):
        assert change.inverse().subject.kind is change.subject.kind


@unhurried
@given(edits(steps=(shuffle,)))
def test_layout_and_order_are_no_change(edit: Edit) -> None:
    """A definition that only looks different has no changes, and neither has the same one."""
    assert is_quiet(diff, edit.before, edit.after)
    assert is_quiet(diff, edit.before, edit.before)


@st.composite
def reordered(draw: st.DrawFn) -> tuple[Edit, Edit]:
    """Draw an edit, and the same with both definitions in another order."""
    edit = draw(edits())
    editor = Editor(draw, edit.before)
    return edit, Edit(before=shuffle(editor, edit.before), after=shuffle(editor, edit.after))


@unhurried
@given(reordered())
def test_order_makes_no_difference_to_what_is_found(pair: tuple[Edit, Edit]) -> None:
    """The same changes in the same order are found however the definitions are ordered."""
    found, again = (diff(each.before, each.after) for each in pair)
    assert [change.summary() for change in found] == [change.summary() for change in again]


@unhurried
@given(edits())
def test_what_loses_data_can_break(edit: Edit) -> None:
    """A version whose changes lose values is never numbered as a harmless one."""
    if any(change.data_loss for change in diff(edit.before, edit.after)):
        assert can_break(edit.before, edit.after)


USERS = definition(table("users", "id", "email"))
"""What the bugs are planted in."""

RENAMED = replace(USERS, tables=(replace(USERS.tables[0], name="people"),))
"""The same with another name."""


def test_a_diff_that_forgets_a_change_is_caught() -> None:
    """Soundness does not hold for a diff that leaves something out."""
    edit = Edit(before=USERS, after=RENAMED)
    assert is_sound(diff, edit)
    assert not is_sound(lambda before, after: diff(before, after)[1:], edit)


def test_an_inverse_that_does_the_same_again_is_caught() -> None:
    """Cancellation does not hold for a change whose inverse is wrong."""

    class Stubborn(DescribeTable):
        __slots__ = ()

        @override
        def inverse(self) -> DescribeTable:
            return self

    name = TableName.of(USERS.tables[0])
    assert cancels(DescribeTable(table=name, before="", after="People."), USERS)
    assert not cancels(Stubborn(table=name, before="", after="People."), USERS)


def test_a_writer_that_forgets_a_field_is_caught() -> None:
    """Reading back does not hold for a writer that leaves something out."""
    name = TableName.of(USERS.tables[0])
    change = AddColumn(table=name, column=column("note", "TEXT", nullable=False))

    def forgetful(written: Change) -> object:
        value = change_to_json(written)
        del value["column"]["nullable"]
        return value

    assert is_read_back(change, change_to_json)
    assert not is_read_back(change, forgetful)


def test_a_diff_that_looks_at_layout_is_caught() -> None:
    """Quiet does not hold for a diff that takes a position for a change."""
    moved = replace(USERS, tables=(replace(USERS.tables[0], position=Position(x=1, y=2)),))

    def fussy(before: Definition, after: Definition) -> Sequence[Change]:
        if before == after:
            return ()
        return (DropTable(table=before.tables[0]), AddTable(table=after.tables[0]))

    assert is_quiet(diff, USERS, moved)
    assert not is_quiet(fussy, USERS, moved)
