"""What two ways cost that take turns in one run, and the table that says so."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How thorough a run is."""

    is_quick: bool = False
    """Whether few rounds and small amounts will do."""
    rows: int | None = None
    """Rows of the big table, where a benchmark has one; None leaves it to the thoroughness."""
    only: str = ""
    """Part of the names of those kinds of changes that run under load; empty for all."""

    def choose(self, thorough: int, quick: int) -> int:
        """Return the amount for this run."""
        return quick if self.is_quick else thorough


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One line of the table."""

    name: str
    """What was measured."""
    ours: float
    """What the product takes or reaches."""
    unit: str
    """Of both numbers."""
    theirs: float | None = None
    """The same for the yardstick; None where there is none."""
    yardstick: str = ""
    """What it was measured against."""

    @property
    def ratio(self) -> float | None:
        """Ours over theirs."""
        return None if self.theirs is None else self.ours / self.theirs


def take_turns(
    ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int
) -> tuple[list[float], list[float]]:
    """Measure both in turn, each going first every other time, after a round that does not count.

    Args:
        ours: Does it our way once; returns the seconds it took.
        theirs: The yardstick, likewise.
        rounds: How often.
    """
    ours_took: list[float] = []
    theirs_took: list[float] = []
    for number in range(rounds + 1):
        pairs = [(ours, ours_took), (theirs, theirs_took)]
        for measure, took in pairs if number % 2 else reversed(pairs):
            seconds = measure()
            if number:
                took.append(seconds)
    return ours_took, theirs_took


def compared(
    name: str,
    took: tuple[Sequence[float], Sequence[float]],
    *,
    yardstick: str,
    unit: str = "s",
    scale: float = 1.0,
) -> Comparison:
    """Return the medians of what took turns."""
    ours, theirs = took
    return Comparison(
        name=name,
        ours=statistics.median(ours) * scale,
        theirs=statistics.median(theirs) * scale,
        yardstick=yardstick,
        unit=unit,
    )


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long it takes once."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def print_lines(lines: Iterable[Comparison]) -> None:
    """Print each line: what, ours, theirs, ratio, against what."""
    for line in lines:
        theirs = "" if line.theirs is None else f"{line.theirs:10.3f}"
        ratio = "" if line.ratio is None else f"{line.ratio:7.2f}"
        print(
            f"{line.name:<48}{line.ours:10.3f}{theirs:>10} {line.unit:<5}{ratio:>7}  "
            f"{line.yardstick}".rstrip(),
            flush=True,
        )


def print_head() -> None:
    """Print what the columns mean."""
    print(f"{'what':<48}{'ours':>10}{'theirs':>10} {'unit':<5}{'ratio':>7}  against")
