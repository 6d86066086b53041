"""The plan: ordered changes with the lines up and down, pinned to the states at both ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.changes import Change
from core.dialects.moves import Reversibility, SetAside
from core.dialects.statement import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """How a way back that was left half way comes up again."""

    line: Line | None
    """What takes back what was done since the last place from where there is a way up."""
    done: int
    """How many lines of `up` are in effect then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a database gets from one state to another and back."""

    changes: tuple[Change, ...]
    """What changes, in an order in which it can be applied to the definition."""
    up: tuple[Line, ...]
    """What to run."""
    down: tuple[Line, ...]
    """What takes it all back."""
    undo_from: tuple[int, ...]
    """Where in `down` to begin when only so many lines of `up` were done.

    One longer than `up`: the first is for none (the length of `down`), the last is 0.
    """
    before_fingerprint: str
    """Structure fingerprint of the state it starts from."""
    after_fingerprint: str
    """Structure fingerprint of the state it leads to."""
    sets_aside: tuple[SetAside, ...]
    """What is put out of sight instead of dropped."""
    reversibility: Reversibility
    """What the way back restores."""
    notes: tuple[str, ...]
    """Why it is not exactly reversible, and which ways were chosen and why: sentences."""

    returns: tuple[Return, ...] = ()
    """How to come up again when only so many lines of `down` were done, the next perhaps partly.

    One longer than `down`: the last is for all of them. Empty in plans of old.
    """

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to run."""
        return not self.up

    def lines_to_undo(self, done: int) -> Sequence[Line]:
        """Return what takes back the first `done` lines of `up`, the last perhaps partly."""
        return self.down[self.undo_from[done] :]
