"""Checks of a plan: what to know before it is applied to a live database."""

from core.lint.finding import Finding, Level, finding_from_json, finding_to_json
from core.lint.linting import lint
from core.lint.policy import (
    DEFAULT,
    Policy,
    Treatment,
    UnknownRuleCodeError,
    UnknownTreatmentError,
)
from core.lint.rule import Rule
from core.lint.rules import RULES

__all__ = [
    "DEFAULT",
    "RULES",
    "Finding",
    "Level",
    "Policy",
    "Rule",
    "Treatment",
    "UnknownRuleCodeError",
    "UnknownTreatmentError",
    "finding_from_json",
    "finding_to_json",
    "lint",
]
