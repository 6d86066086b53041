"""Write the reference page of rules, `docs/rules.md`, from the rules themselves.

Called by `make rules`; with `--print` the page goes to standard output instead.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from core.validation import RULES, Rule  # noqa: E402 - the path has to be there first
from core.validation.diagnostic import LEVELS  # noqa: E402 - the same

INTRODUCTION = """\
# Rules for checking a definition

This page is written by `make rules` from the rules in `core/validation/rules`.
A test fails when it differs from them.
Each rule has a stable code, which diagnostics carry.
Beside it stands the id of its entry in the catalogue, which several rules may share.

A diagnostic of level `error` forbids making a database.
What passes can be created, as far as a definition alone can show.
That is tested with PostgreSQL 18.
The other levels advise, the gravest first: `high`, `medium`, `low`, `hint`.
"""


def page() -> str:
    """Return the text of the page."""
    lines = [INTRODUCTION, "| code | level | catalogue | rule |", "|---|---|---|---|"]
    lines += [
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.level} | {rule.catalogue} |"
        f" {rule.summary} |"
        for rule in sorted(RULES, key=lambda rule: (LEVELS.index(rule.level), rule.code))
    ]
    lines.append("")
    for rule in sorted(RULES, key=lambda rule: rule.code):
        lines += _section(rule)
    return "\n".join(lines)


def _section(rule: Rule) -> list[str]:
    lines = [f"## {rule.code}", "", f"Level `{rule.level}`, catalogue {rule.catalogue}.", ""]
    lines += [rule.summary, ""]
    if rule.explanation:
        lines += [rule.explanation, ""]
    return lines


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        (ROOT / "docs" / "rules.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
