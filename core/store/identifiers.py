"""Which texts can be ids, and which can be kept at all: the engine knows no NUL, no surrogates."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def is_id(text: str) -> bool:
    """Tell whether the text is a UUID in canonical form, the only sort of id there is."""
    return _UUID.fullmatch(text) is not None


def is_storable(text: str) -> bool:
    """Tell whether the engine can hold the text."""
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """Return the text with a sign for every character that the engine cannot hold.

    For texts that must be recorded whatever they say, such as why a job failed.
    """
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
