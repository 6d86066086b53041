"""What the README says works: its targets, its request, its map."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from core.schemas.checking import check_document

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
"""The blocks that somebody copies into a shell."""


def test_every_target_that_the_readme_names_is_listed_by_make_help() -> None:
    """Whoever reads `make demo` can type it."""
    help_text = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    listed = {line.split()[0] for line in help_text.splitlines() if line.startswith("  ")}
    named = set(re.findall(r"\bmake ([a-z]+)\b", README))
    assert {"demo", "test", "run"} <= named
    assert named <= listed


def test_the_request_of_the_readme_is_a_design_that_can_be_made() -> None:
    """The body of the `curl` command is taken as the shell would hand it on."""
    words = shlex.split(next(block for block in BLOCKS if block.startswith("curl ")))
    assert words[words.index("-X") + 1] == "POST"
    assert words[words.index("-X") + 2].endswith("/api/v1/schemas")
    body = json.loads(words[words.index("-d") + 1])
    checked = check_document(body, make_id=lambda: uuid4().hex)
    assert checked.document.name == "shop"
    assert checked.statements()


@pytest.mark.parametrize("block", BLOCKS, ids=[block.split()[0] for block in BLOCKS])
def test_every_block_for_the_shell_is_read_by_a_shell(block: str) -> None:
    """A quote that is not closed would leave a newcomer before a `>`."""
    read = subprocess.run(
        ["/bin/sh", "-n"], input=block, check=False, capture_output=True, text=True
    )
    assert (read.returncode, read.stderr) == (0, "")


PAGES = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
"""What is read by people."""


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_points_to_is_there(page: str) -> None:
    """Links within the repository, and the folders of the map."""
    folder = (ROOT / page).parent
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (folder / link).exists()] == []
    places = re.findall(r"`((?:core|web|worker|embedded|benchmarks|migrations)/?[a-z/]*)`", text)
    assert [place for place in places if not (ROOT / place).exists()] == []
