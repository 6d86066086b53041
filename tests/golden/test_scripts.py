"""The scripts that designs become, compared with those that were reviewed.

`make golden` writes `scripts` anew; the difference is reviewed like code.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import simplejson

from core.definition.document import Document, read_document
from core.formats.sql import export_sql

FOLDER = Path(__file__).parent
DESIGNS = sorted(path.stem for path in (FOLDER / "designs").glob("*.json"))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_script_of_a_design_is_the_reviewed_one(
    design: str,
    *,
    is_updating_golden: bool,
) -> None:
    """Every change to generated SQL shows up in review."""
    script = FOLDER / "scripts" / f"{design}.sql"
    document = read_design(design)
    text = export_sql(document.definition, title=document.name)
    if is_updating_golden:
        script.write_text(text, encoding="utf-8", newline="")
    assert text == script.read_bytes().decode()


def test_every_script_belongs_to_a_design() -> None:
    """A design that goes takes its script along."""
    assert sorted(path.stem for path in (FOLDER / "scripts").glob("*.sql")) == DESIGNS


def read_design(name: str) -> Document:
    """Read the document of a design."""
    text = (FOLDER / "designs" / f"{name}.json").read_text(encoding="utf-8")
    numbers = itertools.count(1)
    raw = simplejson.loads(text, use_decimal=True)
    return read_document(raw, make_id=lambda: f"made-{next(numbers)}")
