"""The JSON texts of versions asked for lately. Versions never change, so neither do these."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from web.json_writing import write_json
from web.representing import schema_body_json


class VersionTexts:
    """Keeps texts up to a size in all, and forgets first what was asked for longest ago."""

    def __init__(
        self, *, read: Callable[[str, int], Mapping[str, Any]], room_characters: int
    ) -> None:
        self._read = read
        self._room_characters = room_characters
        self._size_characters = 0
        self._texts: OrderedDict[tuple[str, int], str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, schema_id: str, number: int) -> str:
        """Return what a version says, as the text of a JSON object."""
        key = (schema_id, number)
        with self._lock:
            text = self._texts.get(key)
            if text is not None:
                self._texts.move_to_end(key)
                return text
        text = write_json(schema_body_json(self._read(schema_id, number)))
        with self._lock:
            self._keep(key, text)
        return text

    def _keep(self, key: tuple[str, int], text: str) -> None:
        if key in self._texts or len(text) > self._room_characters:
            return
        self._texts[key] = text
        self._size_characters += len(text)
        while self._size_characters > self._room_characters:
            _, forgotten = self._texts.popitem(last=False)
            self._size_characters -= len(forgotten)
