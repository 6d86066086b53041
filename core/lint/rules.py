"""All rules for plans, in the order of the documentation."""

from __future__ import annotations

from core.lint import (
    brief_locking,
    compatibility,
    compatibility_of_values,
    data_dependent,
    design,
    destructive,
    habits,
    load,
    locking,
    naming,
    transactions,
)
from core.lint.rule import Rule

RULES: tuple[Rule, ...] = (
    *destructive.RULES,
    *data_dependent.RULES,
    *compatibility.RULES,
    *compatibility_of_values.RULES,
    *locking.RULES,
    *brief_locking.RULES,
    *load.RULES,
    *transactions.RULES,
    *design.RULES,
    *habits.RULES,
    *naming.RULES,
)
"""Every rule."""

RULES_BY_CODE = {rule.code: rule for rule in RULES}
"""Every rule by its code."""
