"""The order of moves: by stage, and within a stage by what each needs, makes and removes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import groupby

from core.dialects.moves import Move
from core.errors import InternalError


class MovesInACircleError(InternalError):
    """Moves of one stage wait for each other."""

    code = "MOVES_IN_A_CIRCLE"

    def __init__(self, *, moves: Sequence[str]) -> None:
        """Say which.

        Args:
            moves: The first statement of each move that waits.
        """
        super().__init__(f"These statements wait for each other: {'; '.join(moves)}.")
        self.moves = tuple(moves)


def in_order(moves: Iterable[Move]) -> tuple[Move, ...]:
    """Order moves so that each finds what it needs.

    Stages follow each other. Within a stage a move follows those that provide what it needs, and
    those that remove what it provides anew; it precedes those that remove what it needs. Where
    nothing decides, the order given stays, so that the same changes give the same plan.

    Raises:
        MovesInACircleError: moves of one stage wait for each other.
    """
    by_stage = sorted(moves, key=lambda move: move.stage)
    ordered: list[Move] = []
    for _, members in groupby(by_stage, key=lambda move: move.stage):
        ordered.extend(_within_stage(list(members)))
    return tuple(ordered)


def _within_stage(moves: list[Move]) -> list[Move]:
    followers, waits_for = _graph(moves)
    ready = [place for place in range(len(moves)) if not waits_for[place]]
    heapify(ready)
    ordered: list[Move] = []
    while ready:
        place = heappop(ready)
        ordered.append(moves[place])
        for follower in followers[place]:
            waits_for[follower].discard(place)
            if not waits_for[follower]:
                heappush(ready, follower)
    if len(ordered) < len(moves):
        waiting = [move for move, waits in zip(moves, waits_for, strict=True) if waits]
        raise MovesInACircleError(moves=[_first_words(move) for move in waiting])
    return ordered


def _graph(moves: list[Move]) -> tuple[list[set[int]], list[set[int]]]:
    """Return for each move those that follow it, and those that it waits for."""
    providers = _by_key(move.provides for move in moves)
    removers = _by_key(move.removes for move in moves)
    followers: list[set[int]] = [set() for _ in moves]
    waits_for: list[set[int]] = [set() for _ in moves]
    for first, second in _pairs(moves, providers, removers):
        if first != second:
            followers[first].add(second)
            waits_for[second].add(first)
    return followers, waits_for


def _by_key(keys_of_moves: Iterable[Iterable[str]]) -> defaultdict[str, set[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for place, keys in enumerate(keys_of_moves):
        for key in keys:
            found[key].add(place)
    return found


def _pairs(
    moves: list[Move],
    providers: defaultdict[str, set[int]],
    removers: defaultdict[str, set[int]],
) -> Iterator[tuple[int, int]]:
    """Give the places of moves of which the one goes before the other."""
    for place, move in enumerate(moves):
        for key in move.needs:
            # What is made anew in this stage is needed as it is then, not as it was.
            for provider in providers[key]:
                yield provider, place
            if not providers[key]:
                for remover in removers[key]:
                    yield place, remover
        for key in move.provides:
            for remover in removers[key]:
                yield remover, place


def _first_words(move: Move) -> str:
    return move.up[0].statements[0].sql.partition("\n")[0]
