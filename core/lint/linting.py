"""The one function that asks all rules about a plan."""

from __future__ import annotations

from core.definition.model import Definition
from core.dialects.facts import Facts
from core.lint.finding import LEVELS, Finding
from core.lint.policy import DEFAULT, Policy
from core.lint.review import Review
from core.lint.rules import RULES
from core.planning.plan import Plan


def lint(
    plan: Plan,
    *,
    before: Definition,
    after: Definition,
    facts: Facts,
    policy: Policy = DEFAULT,
) -> tuple[Finding, ...]:
    """Look a plan over before it is applied.

    Args:
        plan: The plan.
        before: The definition that it starts from.
        after: The definition that it leads to.
        facts: What is known of the live database; a table that is missing is taken as empty.
        policy: Which findings block, warn or are silent.

    Returns:
        The findings, the gravest first, those of one weight in the order of the statements.
    """
    review = Review(plan=plan, before=before, after=after, facts=facts)
    found: list[Finding] = []
    for rule in RULES:
        level = policy.level(rule)
        if level is not None:
            found += rule.check(review, level)
    return tuple(sorted(found, key=_weight))


def _weight(finding: Finding) -> tuple[int, bool, int]:
    index = finding.statement_index
    return (LEVELS.index(finding.level), index is None, index or 0)
