"""The order of moves: by stage, and within a stage by what each needs, makes and removes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    providers: defaultdict[str, set[int]] = defaultdict(set)
    removers: defaultdict[str, set[int]] = defaultdict(set)
    for place, move in enumerate(moves):
        for key in move.provides:
            providers[key].add(place)
        for key in move.removes:
            removers[key].add(place)
    followers: list[set[int]] = [set() for _ in moves]
    waits_for: list[set[int]] = [set() for _ in moves]

    def follow(first: int, second: int) -> None:
        if first != second:
            followers[first].add(second)
            waits_for[second].add(first)

    for place, move in enumerate(moves):
        for key in move.needs:
            for provider in providers[key]:
                follow(provider, place)
            # What is made anew in this stage is needed as it is then, not as it was.
            if not providers[key]:
                for remover in removers[key]:
                    follow(place, remover)
        for key in move.provides:
            for remover in removers[key]:
                follow(remover, place)
    return followers, waits_for


def _first_words(move: Move) -> str:
    return move.up[0].statements[0].sql.partition("\n")[0]
