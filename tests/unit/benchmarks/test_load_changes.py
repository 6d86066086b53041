"""What is changed under load: every change there is, in a way that can be planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import pytest

from benchmarks.load_changes import KINDS, RENAMED_VALUES, Kind
from benchmarks.load_design import base
from core.changes import Change, inverse_of_all
from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.planning.diff import diff
from core.planning.making import make_plan


def changes_of(kind: Kind) -> Sequence[Change]:
    """Return what a kind changes."""
    before = base()
    return diff(before, kind.edit(before), renamed_values=RENAMED_VALUES.get(kind.name, {}))


def test_every_change_is_made_under_load() -> None:
    """There or on the way back; none is said to hold nobody up that was never tried."""
    made: set[type[Change]] = set()
    for kind in KINDS:
        there = changes_of(kind)
        made.update(type(change) for change in (*there, *inverse_of_all(there)))
    assert made == set(get_args(Change))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("online_from_bytes", [0, ONLINE_FROM_BYTES], ids=["online", "at_once"])
def test_every_kind_can_be_planned(kind: Kind, online_from_bytes: int) -> None:
    """Each does something, both ways."""
    before = base()
    plan = make_plan(
        before,
        kind.edit(before),
        options=Options(token="load", online_from_bytes=online_from_bytes),
        renamed_values=RENAMED_VALUES.get(kind.name, {}),
    )
    assert plan.up
    assert plan.down


def test_every_kind_has_a_name_of_its_own() -> None:
    """The page of results has one line for each."""
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert RENAMED_VALUES.keys() <= {kind.name for kind in KINDS}
