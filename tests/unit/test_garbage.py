"""Looking for garbage more rarely."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core.garbage import look_for_garbage_rarely


@pytest.fixture
def untouched() -> Iterator[None]:
    """Leave the interpreter as it was."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.usefixtures("untouched")
def test_what_is_loaded_is_not_looked_through_again() -> None:
    """It is put where no look goes, and garbage that comes later is still found."""
    look_for_garbage_rarely()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] > 10_000
    assert gc.isenabled()
    cycle: list[object] = []
    cycle.append(cycle)
    del cycle
    assert gc.collect() >= 1
