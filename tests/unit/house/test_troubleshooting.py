"""The page that says what to do about each code says it of every code that there is."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "docs" / "generate_troubleshooting.py"


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """What the script that writes the page defines."""
    return runpy.run_path(str(SCRIPT))


def test_the_page_is_the_one_that_the_script_writes() -> None:
    """`make rules` writes it anew; a code without a remedy ends the script."""
    written = subprocess.run(
        [sys.executable, str(SCRIPT), "--print"], capture_output=True, text=True, check=False
    )
    assert written.returncode == 0, written.stderr
    assert (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8") == written.stdout


def test_every_code_has_a_remedy(script: dict[str, Any], modules: tuple[ModuleType, ...]) -> None:
    """A sentence, not the mere hope that somebody knows."""
    assert modules
    remedies: dict[str, list[str]] = script["remedies_of_errors"]()
    assert len(remedies) > 100
    assert [code for code, found in remedies.items() if not all(found)] == []


def test_no_remedy_is_written_for_what_has_one(
    script: dict[str, Any], modules: tuple[ModuleType, ...]
) -> None:
    """What a class says itself is not said a second time elsewhere."""
    assert modules
    remedies: dict[str, list[str]] = script["remedies_of_errors"]()
    by_hand: dict[str, str] = script["REMEDIES"]
    assert [code for code in by_hand if remedies.get(code) != [by_hand[code]]] == []
