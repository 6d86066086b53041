"""The plan between two definitions: what changes, by which moves, joined into lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.changes import Change
from core.definition.fingerprint import structure_fingerprints
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.facts import NO_FACTS, Facts
from core.dialects.moves import Options, Reversibility, Scene
from core.dialects.postgresql.recipes import all_moves
from core.planning.diff import diff
from core.planning.known_parts import with_known_parts
from core.planning.ordering import in_order
from core.planning.plan import Plan
from core.planning.stretches import joined_lines

_WORST_FIRST = (Reversibility.IMPOSSIBLE, Reversibility.STRUCTURE, Reversibility.EXACT)


def make_plan(
    before: Definition,
    after: Definition,
    *,
    options: Options,
    facts: Facts = NO_FACTS,
    changes: Sequence[Change] | None = None,
    renamed_values: Mapping[str, Mapping[str, str]] | None = None,
) -> Plan:
    """Plan how a database gets from one definition to another, and back.

    Args:
        before: What the database holds.
        after: What it shall hold, with the same ids for the same things.
        options: How to go about it.
        facts: What is known of the live database; nothing is taken as an empty one.
        changes: What to change, when it is known already.
        renamed_values: By enum id, labels that were renamed: old to new.

    Raises:
        PlanBlockedError: something outside the definition is in the way and cannot be made again.
        MovesInACircleError: the moves of the changes wait for each other.
    """
    renamed_values = renamed_values or {}
    if changes is None:
        changes = diff(before, after, renamed_values=renamed_values)
    scene = Scene(
        before=resolve_names(before),
        after=with_known_parts(resolve_names(after), before, renamed_values),
        options=options,
        facts=facts,
    )
    moves = in_order(all_moves(changes, scene))
    joined = joined_lines(moves)
    before_fingerprint, after_fingerprint = structure_fingerprints((before, after))
    return Plan(
        changes=tuple(changes),
        up=joined.up,
        down=joined.down,
        undo_from=joined.undo_from,
        returns=joined.returns,
        before_fingerprint=before_fingerprint,
        after_fingerprint=after_fingerprint,
        sets_aside=tuple(each for move in moves for each in move.sets_aside),
        reversibility=min(
            (move.reversibility for move in moves),
            key=_WORST_FIRST.index,
            default=Reversibility.EXACT,
        ),
        notes=tuple(dict.fromkeys(move.reason for move in moves if move.reason)),
    )
