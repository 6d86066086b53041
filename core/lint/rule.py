"""What a rule is: a function that looks at a plan, with its code, its weight and its relatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.changes import Subject
from core.lint.finding import LEVELS, Finding, Level
from core.lint.review import Review


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a rule's function says; the rule and the policy add who says it and how grave it is."""

    message: str
    """What is so, as a sentence."""
    subject: Subject | None = None
    """The thing it is about; None when it is the plan as a whole."""
    remedy: str = ""
    """What to do about it; empty for what the rule says in general."""
    statement_index: int | None = None
    """Which statement up it is about, if it is one."""
    at_most: Level = Level.BLOCK
    """The gravest it can be, whatever the policy says: what is only possible does not block."""


Finder = Callable[[Review], Iterator[Remark]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One thing that is looked for. Its function's docstring is its documentation."""

    code: str
    """Stable code of its findings, upper snake case, beginning with that of its group."""
    level: Level | None
    """Level of its findings unless a policy says otherwise; None keeps silent unless asked for."""
    remedy: str
    """What to do about it, as a sentence."""
    elsewhere: str
    """Who else has this rule, by its name there; empty when nobody."""
    find: Finder
    """The function that looks."""

    def check(self, review: Review, level: Level) -> Iterator[Finding]:
        """Say what the rule finds in a plan.

        Args:
            review: The plan with everything about it.
            level: How grave the policy takes it.
        """
        for remark in self.find(review):
            yield Finding(
                code=self.code,
                level=max(level, remark.at_most, key=LEVELS.index),
                message=remark.message,
                remedy=remark.remedy or self.remedy,
                subject=remark.subject,
                statement_index=remark.statement_index,
            )

    @property
    def group(self) -> str:
        """The prefix of the code, such as `LK`."""
        return self.code.partition("_")[0]

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self._documentation[0]

    @property
    def explanation(self) -> str:
        """The rest of the documentation."""
        return "\n".join(self._documentation[1:]).strip()

    @property
    def _documentation(self) -> list[str]:
        return (inspect.getdoc(self.find) or "").splitlines() or [""]


def rule(
    *, code: str, level: Level | None, remedy: str, elsewhere: str = ""
) -> Callable[[Finder], Rule]:
    """Make a rule of the function below.

    Args:
        code: Stable code, unique among all rules.
        level: How grave its findings are unless a policy says otherwise; None for silent.
        remedy: What to do about it, as a sentence.
        elsewhere: Who else has this rule.
    """

    def make(find: Finder) -> Rule:
        return Rule(code=code, level=level, remedy=remedy, elsewhere=elsewhere, find=find)

    return make


def about(
    review: Review, subject: Subject, message: str, *, at_most: Level = Level.BLOCK
) -> Remark:
    """Remark on a thing, and on the first statement that is for it."""
    index = review.statement_index(subject)
    return Remark(message=message, subject=subject, statement_index=index, at_most=at_most)
