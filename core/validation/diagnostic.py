"""What checking a definition says: a diagnostic per thing found, with its place and weight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a diagnostic matters."""

    ERROR = "error"
    """No database can be made from the definition, or not the one that was drawn."""
    HIGH = "high"
    """It works, and it will hurt."""
    MEDIUM = "medium"
    """It works; most designers would do it otherwise."""
    LOW = "low"
    """A matter of habit and taste, with a reason behind it."""
    HINT = "hint"
    """Worth a look."""


LEVELS = (Level.ERROR, Level.HIGH, Level.MEDIUM, Level.LOW, Level.HINT)
"""All levels, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One thing that a rule found in a definition."""

    code: str
    """Stable identifier of the sort of finding, one per rule."""
    level: Level
    """How much it matters."""
    path: str
    """Where in the document, like `tables[0].columns[1].dataType`."""
    message: str
    """What is so, as a sentence."""
    hint: str = ""
    """What to do about it, as a sentence; empty where the message says it all."""
    rule: str
    """The rule's id in the catalogue, like T004."""
    table_id: str | None = None
    """The table it is about, if any."""
    column_id: str | None = None
    """The column it is about, if any."""

    @property
    def is_error(self) -> bool:
        """Whether it forbids making a database."""
        return self.level is Level.ERROR


_SECTIONS = {"": 0, "namespaces": 1, "enums": 2, "tables": 3, "foreignKeys": 4}
_TOKEN = re.compile(r"[^.\[\]]+")


def in_document_order(diagnostic: Diagnostic) -> tuple[object, ...]:
    """Return a key that sorts diagnostics by place, then gravity, then code."""
    tokens = _TOKEN.findall(diagnostic.path)
    section = _SECTIONS.get(tokens[0] if tokens else "", len(_SECTIONS))
    place = tuple((0, int(token), "") if token.isdecimal() else (1, 0, token) for token in tokens)
    return (section, place, LEVELS.index(diagnostic.level), diagnostic.code, diagnostic.message)
