"""Moves joined into lines: those up, those down, and how to turn round at any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.dialects.moves import Move
from core.dialects.statement import Line, Statement
from core.planning.plan import Return


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The lines of a plan."""

    up: tuple[Line, ...]
    """What to run."""
    down: tuple[Line, ...]
    """What takes it back."""
    undo_from: tuple[int, ...]
    """Where an undoing begins, see `Plan`."""
    returns: tuple[Return, ...]
    """How an undoing left half way comes up again, see `Plan`."""


@dataclass(slots=True, kw_only=True)
class _Stretch:
    """Moves whose lines up are one line, or a single move with lines of its own."""

    up: list[Line] = field(default_factory=list)
    """Its lines up."""
    moves: list[Move] = field(default_factory=list)
    """The moves in order."""
    is_open: bool = False
    """Whether a plain move may still join."""


@dataclass(slots=True, kw_only=True)
class _Step:
    """One line of a way back."""

    line: Line
    """The line."""
    again: tuple[Statement, ...]
    """What takes back, in one transaction, everything since the way back of its stretch began."""
    is_done_again: bool
    """Whether a line that was cut off is made up for by the lines up, which may run again."""


def joined_lines(moves: Sequence[Move]) -> Joined:
    """Join what may run in one transaction, and note for every line how to turn round there.

    Args:
        moves: The moves in their order.
    """
    stretches = _stretches(moves)
    before = [0]
    for stretch in stretches:
        before.append(before[-1] + len(stretch.up))
    down: list[Line] = []
    starts: list[int] = []
    returns: list[Return] = []
    for place in range(len(stretches) - 1, -1, -1):
        starts.append(len(down))
        following = stretches[place + 1].moves[:1] if place + 1 < len(stretches) else []
        is_taken_back = any(move.takes_back_former for move in following)
        for step in _way_back(stretches[place].moves):
            down.append(step.line)
            line = Line(statements=step.again) if step.again else None
            begins_anew = is_taken_back or step.is_done_again
            returns.append(Return(line=line, done=before[place if begins_anew else place + 1]))
    returns.append(Return(line=None, done=0))
    starts.reverse()
    undo_from = [len(down)]
    for stretch, start in zip(stretches, starts, strict=True):
        undo_from.extend(start for _ in stretch.up)
    return Joined(
        up=tuple(line for stretch in stretches for line in stretch.up),
        down=tuple(down),
        undo_from=tuple(undo_from),
        returns=tuple(returns),
    )


def _stretches(moves: Sequence[Move]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for move in moves:
        if not _is_plain(move):
            stretches.append(_Stretch(up=list(move.up), moves=[move]))
        elif stretches and stretches[-1].is_open:
            stretches[-1].up = [_joined([*stretches[-1].up, *move.up])]
            stretches[-1].moves.append(move)
        else:
            stretches.append(_Stretch(up=list(move.up), moves=[move], is_open=True))
    return stretches


def _is_plain(move: Move) -> bool:
    return len(move.up) == 1 and move.up[0].is_transactional


def _way_back(moves: Sequence[Move]) -> Iterator[_Step]:
    """Give the lines that take moves back, joining what may be joined."""
    again: tuple[Statement, ...] = ()
    waiting: list[Line] = []
    before_waiting = again
    for move in reversed(moves):
        up = tuple(statement for line in move.up for statement in line.statements)
        if len(move.down) == 1 and move.down[0].is_transactional:
            waiting.extend(move.down)
        else:
            if waiting and move.down:
                yield _Step(line=_joined(waiting), again=before_waiting, is_done_again=False)
                waiting = []
            for place, line in enumerate(move.down):
                mend = move.mends[place] if move.mends else ()
                is_last = place == len(move.down) - 1
                yield _Step(
                    line=line,
                    again=mend + again,
                    is_done_again=is_last and not line.is_transactional and not mend,
                )
        if move.down:
            again = up + again
        if not waiting:
            before_waiting = again
    if waiting:
        yield _Step(line=_joined(waiting), again=before_waiting, is_done_again=False)


def _joined(lines: Sequence[Line]) -> Line:
    return Line(statements=tuple(statement for line in lines for statement in line.statements))
