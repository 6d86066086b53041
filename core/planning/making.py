"""The plan between two definitions: what changes, by which moves, joined into lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.changes import Change
from core.definition.fingerprint import structure_fingerprints
from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.facts import NO_FACTS, Facts
from core.dialects.moves import Move, Options, Reversibility, Scene
from core.dialects.postgresql.recipes import all_moves
from core.dialects.statement import Line
from core.planning.diff import diff
from core.planning.known_parts import with_known_parts
from core.planning.ordering import in_order
from core.planning.plan import Plan

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
    up, down, undo_from = _lines(moves)
    before_fingerprint, after_fingerprint = structure_fingerprints((before, after))
    return Plan(
        changes=tuple(changes),
        up=up,
        down=down,
        undo_from=undo_from,
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


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """Moves whose lines up are one line, or a single move with lines of its own."""

    up: list[Line] = field(default_factory=list)
    """Its lines up."""
    moves: list[Move] = field(default_factory=list)
    """The moves in order."""
    is_open: bool = False
    """Whether a plain move may still join."""


def _lines(
    moves: Sequence[Move],
) -> tuple[tuple[Line, ...], tuple[Line, ...], tuple[int, ...]]:
    """Join the lines of moves; return those up, those down, and where an undoing begins."""
    stretches: list[_Stretch] = []
    for move in moves:
        if not _is_plain(move):
            stretches.append(_Stretch(up=list(move.up), moves=[move]))
        elif stretches and stretches[-1].is_open:
            stretches[-1].up = [_joined([*stretches[-1].up, *move.up])]
            stretches[-1].moves.append(move)
        else:
            stretches.append(_Stretch(up=list(move.up), moves=[move], is_open=True))
    down: list[Line] = []
    starts: list[int] = []
    for stretch in reversed(stretches):
        starts.append(len(down))
        down.extend(_way_back(stretch.moves))
    starts.reverse()
    undo_from = [len(down)]
    for stretch, start in zip(stretches, starts, strict=True):
        undo_from.extend(start for _ in stretch.up)
    up = tuple(line for stretch in stretches for line in stretch.up)
    return up, tuple(down), tuple(undo_from)


def _is_plain(move: Move) -> bool:
    return len(move.up) == 1 and move.up[0].is_transactional


def _way_back(moves: Sequence[Move]) -> list[Line]:
    """Give the lines that take moves back, joining what may be joined."""
    lines: list[Line] = []
    is_open = False
    for move in reversed(moves):
        joins = len(move.down) == 1 and move.down[0].is_transactional
        if joins and is_open:
            lines[-1] = _joined([lines[-1], *move.down])
        else:
            lines.extend(move.down)
        is_open = joins or (is_open and not move.down)
    return lines


def _joined(lines: Sequence[Line]) -> Line:
    return Line(statements=tuple(statement for line in lines for statement in line.statements))
