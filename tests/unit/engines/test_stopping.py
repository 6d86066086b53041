"""Work is stopped from another thread, and stays stopped."""

from __future__ import annotations

import threading

import pytest

from core.databases.errors import StoppedError
from core.engines.postgresql.stopping import Works


def test_running_work_is_interrupted_until_it_lets_go() -> None:
    """One interruption may come too early to be seen."""
    works = Works()
    let_go = threading.Event()
    interruptions: list[int] = []

    def interrupt() -> None:
        interruptions.append(1)
        if len(interruptions) == 3:
            let_go.set()

    is_running = threading.Event()

    def run() -> None:
        with works.register(interrupt) as work, work.running():
            is_running.set()
            let_go.wait(10)

    thread = threading.Thread(target=run)
    thread.start()
    is_running.wait(10)
    works.cancel()
    thread.join(10)
    assert len(interruptions) >= 3


def test_stopped_work_begins_nothing_and_new_work_runs() -> None:
    """Cleaning up afterwards uses the same engine."""
    works = Works()
    with works.register(lambda: None) as work:
        works.cancel()
        assert work.is_stopped
        with pytest.raises(StoppedError), work.running():
            pass
    with works.register(lambda: None) as work, work.running():
        assert not work.is_stopped


def test_work_that_does_not_let_go_is_severed() -> None:
    """After a while; the one who cancels does not wait for ever."""
    works = Works(patience_seconds=0.1)
    severed = threading.Event()
    with works.register(lambda: None, severed.set) as work, work.running():
        works.cancel()
    assert severed.is_set()
