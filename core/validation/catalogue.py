"""All rules, and the one function that asks them all."""

from __future__ import annotations

from itertools import islice

from core.definition.model import Definition
from core.validation.design import Design
from core.validation.diagnostic import Diagnostic, in_document_order
from core.validation.rule import Rule
from core.validation.rules import (
    cascades,
    collisions,
    defaults,
    enums,
    expressions,
    habits,
    indexes,
    keys,
    names,
    references,
    tables,
    types,
    values,
)

RULES: tuple[Rule, ...] = (
    *tables.RULES,
    *names.RULES,
    *collisions.RULES,
    *types.RULES,
    *values.RULES,
    *defaults.RULES,
    *enums.RULES,
    *keys.RULES,
    *indexes.RULES,
    *references.RULES,
    *cascades.RULES,
    *expressions.RULES,
    *habits.RULES,
)
"""Every rule, in the order of the documentation."""

MAX_DIAGNOSTICS_PER_RULE = 1_000
"""How often one rule is heard, so that an answer about a huge design stays bounded."""


def validate(definition: Definition) -> tuple[Diagnostic, ...]:
    """Ask every rule about a definition.

    A definition without diagnostics of level ERROR can be made a database.

    Args:
        definition: Any definition; what its ids refer to may be missing.

    Returns:
        All findings, errors and advice, in the order of the document.
    """
    design = Design(definition)
    return tuple(
        sorted(
            (
                diagnostic
                for rule in RULES
                for diagnostic in islice(rule.check(design), MAX_DIAGNOSTICS_PER_RULE)
            ),
            key=in_document_order,
        )
    )
