"""Keeping the texts of versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from web.version_texts import VersionTexts


class Reader:
    """Counts how often a version is read."""

    def __init__(self) -> None:
        self.read: list[tuple[str, int]] = []

    def __call__(self, schema_id: str, number: int) -> Mapping[str, Any]:
        """Return a document of some size."""
        self.read.append((schema_id, number))
        return {"name": "x", "tables": [{"name": schema_id * 50}]}


def test_a_version_is_read_once() -> None:
    """The second time its text is at hand; another version is another text."""
    reader = Reader()
    texts = VersionTexts(read=reader, room_characters=10_000)
    assert texts.get("a", 1) == texts.get("a", 1)
    texts.get("a", 2)
    assert reader.read == [("a", 1), ("a", 2)]


def test_what_was_asked_for_longest_ago_is_forgotten_first() -> None:
    """The texts together never exceed their room."""
    reader = Reader()
    size = len(VersionTexts(read=reader, room_characters=0).get("a", 1))
    texts = VersionTexts(read=reader, room_characters=2 * size)
    for number in (1, 2):
        texts.get("a", number)
    texts.get("a", 1)
    texts.get("a", 3)
    reader.read.clear()
    texts.get("a", 1)
    texts.get("a", 2)
    assert reader.read == [("a", 2)]


def test_a_text_larger_than_the_room_is_not_kept() -> None:
    """It is answered all the same."""
    reader = Reader()
    texts = VersionTexts(read=reader, room_characters=10)
    texts.get("a", 1)
    texts.get("a", 1)
    assert len(reader.read) == 2
