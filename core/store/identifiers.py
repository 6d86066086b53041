"""Whether a text from outside can name anything in the store."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def is_id(text: str) -> bool:
    """Tell whether the text is a UUID in canonical form, the only sort of id there is."""
    return _UUID.fullmatch(text) is not None


def is_storable(texts: Iterable[str | None]) -> bool:
    """Tell whether the engine can hold each text: it knows no NUL and no lone surrogates."""
    return not any(
        text is not None and any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)
        for text in texts
    )
