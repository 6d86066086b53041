"""The move: what one change does to a live database, with its way back.

Recipes of a dialect make moves, `planning` puts them in order and joins their lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from core.definition.model import Definition
from core.dialects.facts import NO_FACTS, Facts
from core.dialects.statement import Line, Statement

ONLINE_FROM_BYTES = 16 * 1024 * 1024
"""From this size of a table on, what would hold up its users is done the long way."""


class Stage(IntEnum):
    """When in a plan a move stands; within a stage the dependencies decide.

    Up to REMOVE things have their names of before, from BUILD on those of after.
    """

    CLEAR = 0
    """Dependents outside the definition get out of the way."""
    PREPARE = 1
    """Namespaces that others move into are made."""
    REMOVE = 2
    """Things go or are set aside."""
    RENAME = 3
    """Things get their new names."""
    BUILD = 4
    """Things are made and changed."""
    CONNECT = 5
    """Constraints and indexes are made: what needs tables and columns to be finished."""
    REFER = 6
    """Foreign keys are made."""
    RETURN = 7
    """Dependents outside the definition come back, while all names of before can be had."""
    DISCARD = 8
    """Types and namespaces that nothing uses any more go."""
    FINISH = 9
    """Comments are written, and names that the server gave follow those they came from."""


class Reversibility(StrEnum):
    """What the way back restores."""

    EXACT = "exact"
    """Structure and values."""
    STRUCTURE = "structure"
    """The structure alone: some values are gone for good."""
    IMPOSSIBLE = "impossible"
    """There is no way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A thing that was put out of sight instead of dropped, so that its values can come back."""

    kind: str
    """`table`, `column` or `enum`."""
    subject: str
    """What it was, as `canonical.qualified` writes it."""
    namespace: str
    """The namespace where it, or the table of the column, is now."""
    name: str
    """The table's or enum's name now; of a column, its table's name after the plan."""
    column: str | None = None
    """The column's name now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What one change does, with its way back."""

    stage: Stage
    """When it stands in a plan."""
    up: tuple[Line, ...]
    """What to run."""
    down: tuple[Line, ...]
    """What takes it back, also when only some of `up` was run.

    All lines but the last disturb nothing: they make ready what the last one puts in the place of
    what is there.
    """
    mends: tuple[tuple[Statement, ...], ...] = ()
    """For each line of `down`, what takes back in one transaction those before it, and itself as
    far as it ran. Empty when there is nothing to take back.
    """
    takes_back_former: bool = False
    """Whether the way back also takes back the move right before it, which only made ready."""
    down_at_once: tuple[Statement, ...] = ()
    """The way back in one transaction where `down` is not; it holds up whoever uses the table."""
    provides: frozenset[str] = frozenset()
    """Keys of things that are there once it ran; keys are `kind:id`."""
    needs: frozenset[str] = frozenset()
    """Keys of things that must be there before it runs, and of things it works on."""
    removes: frozenset[str] = frozenset()
    """Keys of things that are gone once it ran."""
    sets_aside: tuple[SetAside, ...] = ()
    """What it puts out of sight."""
    reversibility: Reversibility = Reversibility.EXACT
    """What its way back restores."""
    reason: str = ""
    """Why it is not exactly reversible, or which way was chosen and why: one sentence."""

    @property
    def undoing(self) -> tuple[Statement, ...]:
        """What takes it back in one transaction, also when only some of `up` was run."""
        if self.down_at_once:
            return self.down_at_once
        return tuple(statement for line in self.down for statement in line.statements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a plan is to be made."""

    token: str
    """A few letters and digits that make names unique, for things set aside."""
    online_from_bytes: int = ONLINE_FROM_BYTES
    """From this size of a table on, what would hold up its users is done the long way."""
    sets_aside: bool = True
    """Whether values that go are kept until the window closes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that a recipe looks at beside its change."""

    before: Definition
    """The definition before, with every constraint and index named."""
    after: Definition
    """The definition after, named likewise."""
    options: Options
    """How the plan is to be made."""
    facts: Facts = field(default=NO_FACTS)
    """What is known of the live database."""
    out_of_the_way: frozenset[tuple[str, str]] = frozenset()
    """Kinds and names of dependents that a wider plan takes down and makes again."""
    is_way_back: bool = False
    """Whether it is a part of the way back of a wider plan, which is made in any case."""
