"""Keeping the texts of versions."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import UnavailableError
from web.version_texts import VersionTexts

SIZE = 50


class Writer:
    """Counts how often a version is written."""

    def __init__(self) -> None:
        self.written: list[tuple[str, int]] = []

    def __call__(self, schema_id: str, number: int) -> str:
        """Return a text of some size."""
        self.written.append((schema_id, number))
        return f"{schema_id} {number}".ljust(SIZE)


def test_a_version_is_written_once() -> None:
    """The second time its text is at hand; another version is another text."""
    writer = Writer()
    texts = VersionTexts(write=writer, room_characters=10_000)
    assert texts.get("a", 1) == texts.get("a", 1)
    texts.get("a", 2)
    assert writer.written == [("a", 1), ("a", 2)]


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    """The texts together never exceed their room."""
    writer = Writer()
    texts = VersionTexts(write=writer, room_characters=2 * SIZE)
    for number in (1, 2):
        texts.get("a", number)
    texts.get("a", 1)
    texts.get("a", 3)
    writer.written.clear()
    texts.get("a", 1)
    texts.get("a", 2)
    assert writer.written == [("a", 2)]


def test_a_text_larger_than_the_room_is_not_kept() -> None:
    """It is answered all the same."""
    writer = Writer()
    texts = VersionTexts(write=writer, room_characters=10)
    texts.get("a", 1)
    texts.get("a", 1)
    assert len(writer.written) == 2


def test_of_many_that_ask_at_once_one_writes() -> None:
    """The others wait for that; who asks for another version does not."""
    writer, may_go_on = Writer(), threading.Event()

    def write(schema_id: str, number: int) -> str:
        if schema_id == "slow":
            assert may_go_on.wait(10)
        return writer(schema_id, number)

    texts = VersionTexts(write=write, room_characters=1_000)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(texts.get, "slow", 1) for _ in range(7)]
        assert pool.submit(texts.get, "quick", 1).result(10).startswith("quick 1")
        may_go_on.set()
        assert {future.result(10) for future in asked} == {"slow 1".ljust(SIZE)}
    assert sorted(writer.written) == [("quick", 1), ("slow", 1)]


def test_who_waits_for_one_that_fails_tries_itself() -> None:
    """A failure is its own alone, and nothing of it is kept."""
    entered, may_fail = threading.Event(), threading.Event()
    writer = Writer()

    def write(schema_id: str, number: int) -> str:
        if not entered.is_set():
            entered.set()
            assert may_fail.wait(10)
            raise UnavailableError("The store is away.")
        return writer(schema_id, number)

    texts = VersionTexts(write=write, room_characters=1_000)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(texts.get, "a", 1)
        assert entered.wait(10)
        second = pool.submit(texts.get, "a", 1)
        may_fail.set()
        with pytest.raises(UnavailableError):
            first.result(10)
        assert second.result(10).startswith("a 1")
    assert writer.written == [("a", 1)]
