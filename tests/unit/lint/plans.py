"""What the tests of rules for plans share: a case, and builders of plans and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from _pytest.mark import ParameterSet

from core.definition.model import Definition
from core.dialects.facts import NO_FACTS, Facts, RowTest, RowTestKind, RowTestResult, TableFacts
from core.dialects.moves import Reversibility, SetAside
from core.dialects.statement import Batches, Effect, IndexBuild, Line, Statement
from core.lint import Finding, Policy, Treatment, lint
from core.planning.diff import diff
from core.planning.plan import Plan

GIGABYTES = 2 * 1024**3
"""The size of a large table here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A plan and what one rule must say about it."""

    code: str
    """The rule."""
    claim: str
    """What the plan shows, in words."""
    before: Definition
    """The definition before."""
    after: Definition
    """The definition after."""
    subjects: tuple[str, ...] = ()
    """What the rule names, in order, the plan as an empty text; none when it must keep silent."""
    up: tuple[Line, ...] = ()
    """Lines up."""
    facts: Facts = NO_FACTS
    """What is known of the database."""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Renamed values of enums."""
    sets_aside: tuple[SetAside, ...] = ()
    """What the plan puts aside."""
    reversibility: Reversibility = Reversibility.EXACT
    """What the way back restores."""

    @property
    def plan(self) -> Plan:
        """The plan, whose changes are those between the definitions."""
        return Plan(
            changes=diff(self.before, self.after, renamed_values=self.renamed),
            up=self.up,
            down=(),
            undo_from=(0,) * (len(self.up) + 1),
            before_fingerprint="before",
            after_fingerprint="after",
            sets_aside=self.sets_aside,
            reversibility=self.reversibility,
            notes=(),
        )

    def findings(self, policy: Policy) -> tuple[Finding, ...]:
        """Look the plan over."""
        return lint(
            self.plan, before=self.before, after=self.after, facts=self.facts, policy=policy
        )

    def try_out(self) -> None:
        """Assert that the rule speaks of just those things."""
        asked = Policy(treatments={self.code: Treatment.BLOCK})
        found = [item for item in self.findings(asked) if item.code == self.code]
        labels = tuple("" if item.subject is None else item.subject.label for item in found)
        assert labels == self.subjects
        for item in found:
            assert item.message.endswith(".")
            assert item.remedy.endswith(".")


def yes(
    code: str,
    claim: str,
    before: Definition,
    after: Definition,
    *subjects: str,
    **others: Any,  # noqa: ANN401 - further fields of any type go on to the dataclass
) -> Case:
    """Make a case in which the rule speaks."""
    assert subjects
    return Case(code=code, claim=claim, before=before, after=after, subjects=subjects, **others)


def no(
    code: str,
    claim: str,
    before: Definition,
    after: Definition,
    **others: Any,  # noqa: ANN401 - further fields of any type go on to the dataclass
) -> Case:
    """Make a case in which the rule keeps silent."""
    return Case(code=code, claim=claim, before=before, after=after, **others)


def parameters(cases: Iterable[Case]) -> list[ParameterSet]:
    """Make parameters whose ids read as words."""
    return [
        pytest.param(
            case, id=f"{case.code.lower()}-{'says' if case.subjects else 'allows'}-{case.claim}"
        )
        for case in cases
    ]


def step(
    cause: str,
    effect: Effect,
    *,
    is_transactional: bool = True,
    concurrent: str | None = None,
    batched: str | None = None,
) -> Statement:
    """Make a statement; its text is not looked at."""
    return Statement(
        sql="-- not looked at",
        effect=effect,
        causes=(cause,),
        is_transactional=is_transactional,
        index_build=None if concurrent is None else IndexBuild(namespace="public", name=concurrent),
        batches=None if batched is None else Batches(namespace="public", table=batched),
    )


def line(*statements: Statement) -> Line:
    """Make a line."""
    return Line(statements=statements)


def asked(
    code: str, cause: str, count: int, *, table: str = "users", loses: bool = False
) -> tuple[RowTest, RowTestResult]:
    """Make a question to the rows with its answer."""
    test = RowTest(
        code=code,
        kind=RowTestKind.LOSES if loses else RowTestKind.DOES_NOT_FIT,
        subject=f"public.{cause}",
        cause=cause,
        table_id=table,
        count_sql="",
        sample_sql="",
    )
    samples = tuple(f"id={number}" for number in range(min(count, 10)))
    return test, RowTestResult(count=count, samples=samples)


def known(
    *answers: tuple[RowTest, RowTestResult],
    large: Sequence[str] = (),
    small: Sequence[str] = (),
    tables: Mapping[str, TableFacts] | None = None,
    bytes_per_second: float | None = None,
) -> Facts:
    """Make facts: answers, ids of large tables and of small ones with rows, other tables."""
    sizes = {
        **{
            each: TableFacts(estimated_rows=9_000_000, size_bytes=GIGABYTES, index_size_bytes=0)
            for each in large
        },
        **{
            each: TableFacts(estimated_rows=20, size_bytes=8192, index_size_bytes=8192)
            for each in small
        },
        **(tables or {}),
    }
    return Facts(
        server_major=18, tables=sizes, rows=dict(answers), bytes_per_second=bytes_per_second
    )
