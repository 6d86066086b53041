"""Ids of a document: made where missing, refused where given twice."""

from __future__ import annotations

from collections.abc import Callable

from core.definition import limits
from core.definition.fields import Fields


class Identities:
    """The ids seen so far, each sort of thing for itself."""

    __slots__ = ("_make_id", "_seen")

    def __init__(self, make_id: Callable[[], str]) -> None:
        self._make_id = make_id
        self._seen: dict[str, set[str]] = {}

    def read(self, fields: Fields, kind: str) -> str:
        """Return the id of a thing, or a new one when it has none."""
        given = fields.text("id", limit=limits.ID)
        if given is None:
            given = self._make_id()
        elif not given:
            fields.refuse("id", "ID_EMPTY", "An id cannot be empty; leave it out to get one.")
        self.claim(fields, "id", kind, given)
        return given

    def claim(self, fields: Fields, key: str, kind: str, given: str) -> None:
        """Note that an id is taken, and a problem if it was already."""
        seen = self._seen.setdefault(kind, set())
        if given in seen and given:
            fields.refuse(key, "DUPLICATE_ID", f"Another {kind} has the same id.")
        seen.add(given)
