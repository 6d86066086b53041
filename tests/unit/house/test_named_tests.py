"""Pages that name a test as their proof name one that there is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGES = ("docs/faults.md", "docs/security.md")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_a_page_names_is_there(page: str) -> None:
    """A renamed test takes its line along."""
    named = NAMED.findall((ROOT / page).read_text())
    assert len(named) > 20
    missing = []
    for file, name in named:
        path = ROOT / file
        tree = (
            ast.parse(path.read_text()) if path.is_file() else ast.Module(body=[], type_ignores=[])
        )
        found = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
        if not found or (name and name not in found):
            missing.append(f"{file}::{name}")
    assert missing == []


@pytest.mark.parametrize("page", PAGES)
def test_every_line_of_a_table_of_proofs_names_one(page: str) -> None:
    """A fault without a test would be a hope."""
    text = (ROOT / page).read_text()
    tables = re.findall(r"^\| (?:fault|input) \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert tables
    lines = [line for table in tables for line in table.splitlines()]
    assert [line for line in lines if not NAMED.search(line)] == []
