"""Texts made of versions that were asked for lately. Versions never change, so neither do these.

Kept by each process in a bounded room: in Redis they would be no quicker to get at, see
docs/decisions/0016.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

Key = tuple[str, int]


@dataclass(slots=True)
class _Making:
    """A text that a thread is making, and others wait for."""

    is_over: threading.Event = field(default_factory=threading.Event)
    """Set once it is made, or could not be."""
    text: str | None = None
    """The text; None if it could not be made."""


class VersionTexts:
    """Keeps texts up to a size in all, and forgets first what was asked for longest ago.

    Of many that ask for the same text at once, one makes it and the others wait for that.
    """

    def __init__(self, *, write: Callable[[str, int], str], room_characters: int) -> None:
        """Begin with nothing.

        Args:
            write: Makes the text of a version, by the schema's id and the version's number.
            room_characters: How much is kept.
        """
        self._write = write
        self._room_characters = room_characters
        self._size_characters = 0
        self._texts: OrderedDict[Key, str] = OrderedDict()
        self._being_made: dict[Key, _Making] = {}
        self._lock = threading.Lock()

    def get(self, schema_id: str, number: int) -> str:
        """Return the text of a version. Whose it is has been asked before."""
        key = (schema_id, number)
        while True:
            with self._lock:
                text = self._texts.get(key)
                if text is not None:
                    self._texts.move_to_end(key)
                    return text
                others = self._being_made.get(key)
                if others is None:
                    own = self._being_made[key] = _Making()
                    break
            others.is_over.wait()
            if others.text is not None:
                return others.text
            # Whoever made it failed for a reason that need not be ours.
        try:
            own.text = self._write(schema_id, number)
        finally:
            with self._lock:
                del self._being_made[key]
                if own.text is not None:
                    self._keep(key, own.text)
            own.is_over.set()
        return own.text

    def _keep(self, key: Key, text: str) -> None:
        if len(text) > self._room_characters:
            return
        self._texts[key] = text
        self._size_characters += len(text)
        while self._size_characters > self._room_characters:
            _, forgotten = self._texts.popitem(last=False)
            self._size_characters -= len(forgotten)
