"""Every effect that a statement declares says where in the manual it is from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from core.dialects.statement import Effect

DIALECTS = Path(__file__).parents[3] / "core" / "dialects"
CASES = Path(__file__).parents[2] / "servers" / "effect_cases.py"
"""What is tried on real servers."""


def effects(modules: tuple[ModuleType, ...]) -> Iterator[tuple[str, Effect]]:
    """Yield every effect that stands in a module of a dialect, with its name."""
    for module in modules:
        if module.__name__.startswith("core.dialects."):
            for name, value in vars(module).items():
                if isinstance(value, Effect):
                    yield f"{module.__name__}.{name}", value


def test_every_effect_cites_the_manual(modules: tuple[ModuleType, ...]) -> None:
    """A lock level is not believed because somebody remembers it."""
    found = list(effects(modules))
    assert len(found) > 5
    for name, effect in found:
        assert effect.source.startswith("PostgreSQL "), name
        assert any(sign.isdigit() for sign in effect.source) or "SQL Commands" in effect.source, (
            name
        )


def test_no_effect_is_made_without_a_source() -> None:
    """Effects that are made inside functions give theirs as well."""
    for path in sorted(DIALECTS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Effect":
                assert "source" in {keyword.arg for keyword in node.keywords}, path


def test_every_statement_that_alters_is_tried_on_a_server() -> None:
    """No form of statement declares locks and work that no server was asked about."""
    functions = {
        node.name
        for path in DIALECTS.glob("*/altering_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    tried = {
        node.func.attr
        for node in ast.walk(ast.parse(CASES.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert len(functions) > 50
    assert functions <= tried, functions - tried
