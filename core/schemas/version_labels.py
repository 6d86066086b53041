"""Finding a version by what people call it: its number, or the label that it is shown under."""

from __future__ import annotations

import re

from core.databases.migration_errors import VersionNotFoundError
from core.errors import InvalidInputError
from core.schemas.store import Store

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LABEL = re.compile(r"[1-9][0-9]{0,8}\.[0-9]{1,9}")


class VersionTextUnreadableError(InvalidInputError):
    """A text is neither a version's number nor its label."""

    code = "VERSION_UNREADABLE"

    def __init__(self, *, text: str) -> None:
        super().__init__(
            f"{text[:50]!r} is no version.",
            hint="Write a number such as 3, or a label such as 1.2.",
        )


def number_of_text(store: Store, schema_id: str, text: str) -> int:
    """Return the number of the version that a text names.

    Raises:
        VersionTextUnreadableError: the text can name none.
        VersionNotFoundError: there is no version under that label.
    """
    if _NUMBER.fullmatch(text):
        return int(text)
    if not _LABEL.fullmatch(text):
        raise VersionTextUnreadableError(text=text)
    number = store.versions.number_of(schema_id, text)
    if number is None:
        raise VersionNotFoundError(number=text)
    return number
