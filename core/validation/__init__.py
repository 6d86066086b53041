"""Checks of a definition: what forbids a database of it, and what is better done otherwise."""

from core.validation.analysis import Analysis, TableMeasure, analyse
from core.validation.catalogue import RULES, validate
from core.validation.diagnostic import Diagnostic, Level
from core.validation.rule import Rule

__all__ = [
    "RULES",
    "Analysis",
    "Diagnostic",
    "Level",
    "Rule",
    "TableMeasure",
    "analyse",
    "validate",
]
