"""Which findings block, warn, are noticed or are kept silent, as one schema wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import InvalidInputError
from core.lint.finding import Level
from core.lint.rule import Rule
from core.lint.rules import RULES_BY_CODE


class Treatment(StrEnum):
    """What a policy does with the findings of a code."""

    BLOCK = "block"
    """They forbid applying the plan."""
    WARN = "warn"
    """They are to be read."""
    NOTICE = "notice"
    """They are worth knowing."""
    SILENT = "silent"
    """They are not told."""


class UnknownRuleCodeError(InvalidInputError):
    """A policy speaks of a rule that does not exist."""

    code = "UNKNOWN_RULE_CODE"

    def __init__(self, *, rule_code: str) -> None:
        super().__init__(
            f'There is no rule for plans with the code "{rule_code}".',
            hint="The codes stand in docs/lint.md.",
        )


class UnknownTreatmentError(InvalidInputError):
    """A policy wants something done with findings that cannot be done."""

    code = "UNKNOWN_TREATMENT"

    def __init__(self, *, rule_code: str, treatment: object) -> None:
        choices = ", ".join(Treatment)
        super().__init__(
            f"{treatment!r} is nothing that can be done with findings of {rule_code}.",
            hint=f"Use one of {choices}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is done with findings, where it differs from what the rules say themselves."""

    treatments: Mapping[str, Treatment] = field(default_factory=dict)
    """What is done, by the code of a rule."""

    def __post_init__(self) -> None:
        for code in self.treatments:
            if code not in RULES_BY_CODE:
                raise UnknownRuleCodeError(rule_code=code)

    @classmethod
    def read(cls, raw: Mapping[str, object]) -> Policy:
        """Make a policy of what a client sent, such as `{"BC_RENAME_COLUMN": "silent"}`.

        Raises:
            UnknownRuleCodeError: A code is no rule's.
            UnknownTreatmentError: A treatment is none of ours.
        """
        return cls(treatments={code: _treatment(code, wanted) for code, wanted in raw.items()})

    def written(self) -> dict[str, str]:
        """Write the policy the way `read` takes it."""
        return {code: str(treatment) for code, treatment in sorted(self.treatments.items())}

    def level(self, rule: Rule) -> Level | None:
        """Return how grave the findings of a rule are; None when they are not to be told."""
        match self.treatments.get(rule.code):
            case None:
                return rule.level
            case Treatment.SILENT:
                return None
            case treatment:
                return Level(treatment.value)


DEFAULT = Policy()
"""What the rules say themselves."""


def _treatment(code: str, wanted: object) -> Treatment:
    for treatment in Treatment:
        if wanted == treatment.value:
            return treatment
    raise UnknownTreatmentError(rule_code=code, treatment=wanted)
