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
    constants,
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
    *constants.RULES,
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
        All findings, errors and advice, in the order of the document. At the end it stands
        for each rule that has more to say than is heard that there is more.
    """
    design = Design(definition)
    found: list[Diagnostic] = []
    cut: list[Diagnostic] = []
    for rule in RULES:
        diagnostics = rule.check(design)
        found += islice(diagnostics, MAX_DIAGNOSTICS_PER_RULE)
        if next(diagnostics, None) is not None:
            cut.append(_more(rule))
    return (*sorted(found, key=in_document_order), *cut)


def _more(rule: Rule) -> Diagnostic:
    return Diagnostic(
        code=rule.code,
        level=rule.level,
        path="",
        message=f"There are more of this sort; {MAX_DIAGNOSTICS_PER_RULE:,} of them are told.",
        hint="Check again when these are settled.",
        rule=rule.catalogue,
    )
