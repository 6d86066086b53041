"""The plans that cases become, compared with those that were reviewed.

`make golden` writes `plans` anew; the difference is reviewed like code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.dialects.statement import Line, Statement
from core.planning.plan import Plan
from tests.plan_cases import CASES

FOLDER = Path(__file__).parent / "plans"


@pytest.mark.parametrize("name", CASES)
def test_a_plan_is_the_reviewed_one(name: str, *, is_updating_golden: bool) -> None:
    """Every change to what happens to live databases shows up in review."""
    file = FOLDER / f"{name}.txt"
    text = "\n".join(shown(CASES[name].plan)) + "\n"
    if is_updating_golden:
        FOLDER.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    assert text == file.read_bytes().decode()


def test_every_reviewed_plan_belongs_to_a_case() -> None:
    """A case that goes takes its plan along."""
    assert sorted(path.stem for path in FOLDER.glob("*.txt")) == sorted(CASES)


def shown(plan: Plan) -> Iterator[str]:
    """Write a plan for people."""
    yield "CHANGES"
    yield from (f"  {change.summary()}" for change in plan.changes)
    yield ""
    yield f"WAY BACK: {plan.reversibility}"
    yield from (f"  {note}" for note in plan.notes)
    yield ""
    yield from _lines("UP", plan.up)
    yield from _lines("DOWN", plan.down)
    yield f"UNDO FROM: {', '.join(str(place) for place in plan.undo_from)}"
    for place, way in enumerate(plan.returns[1:-1], 1):
        yield f"TURN ROUND AFTER DOWN {place}: then up from {way.done}"
        for statement in () if way.line is None else way.line.statements:
            yield from _statement(statement)


def _lines(title: str, lines: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        words = "one transaction" if line.is_transactional else "outside a transaction"
        yield f"{title} {number}: {words}"
        for statement in line.statements:
            yield from _statement(statement)
        yield ""


def _statement(statement: Statement) -> Iterator[str]:
    effect = statement.effect
    where = "in batches, " if statement.batches is not None else ""
    yield (
        f"  -- {where}{effect.work}, lock {effect.lock or 'none'},"
        f" blocks {effect.blocks.value.replace('_', ' ')}"
    )
    yield from (f"  {text}" for text in f"{statement.sql};".splitlines())
