"""Write the reference page of rules for plans, `docs/lint.md`, from the rules themselves.

Called by `make rules`; with `--print` the page goes to standard output instead.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from core.lint import RULES, Rule  # noqa: E402 - the path has to be there first

INTRODUCTION = """\
# Rules for looking a plan over

This page is written by `make rules` from the rules in `core/lint`.
A test fails when it differs from them.

A finding has a stable code, a level, a message, a remedy, the thing it is about and its statement.
With `block` the plan is not to be applied, `warn` is to be read first, `notice` is worth knowing.
A rule whose level is `silent` speaks only when a policy asks it to.

A policy says for each code whether its findings block, warn, are noticed or are silent, such as
`{"BC_RENAME_COLUMN": "block", "TX_SEVERAL_LINES": "silent"}`.
What is only possible, because the rows were not asked, never does more than warn.

Rules look at changes, at the declared effects of statements and at what is known of the tables.
They never read SQL text.
A table counts as large from 16 MiB on; below that, work is over before anybody waits for it.
"""

GROUPS = {
    "DS": "What goes for good",
    "DD": "What fails because of the rows",
    "BC": "What breaks running code",
    "LK": "What keeps others waiting",
    "TX": "What takes effect together",
    "TD": "Types and design",
    "NM": "Names",
}

LEFT_OUT = (
    ("drop database", "no plan drops one; that is a job of its own"),
    ("truncate", "no plan empties a table"),
    ("drop … cascade", "no plan cascades; what stands in the way is named or refuses the plan"),
    ("table made anew by force", "no plan replaces a table that is there"),
    ("dropped sequences, views, triggers, functions", "a definition has no such kinds yet"),
    ("SQLite and MySQL rules", "about other engines"),
    ("compatibility groups", "all rules of `BC` are that group"),
    ("reindex, vacuum full, cluster", "no plan has such statements"),
    ("exclusion constraints, partitions", "a definition has no such kinds yet"),
    ("lock and statement timeouts, lock retries", "set for every statement when a plan is applied"),
    ("uncommitted, nested or scripted transactions", "a plan has lines; the runner opens and ends"),
    ("statements that cannot be run again", "a journal knows which lines were done"),
    ("raw statements that cannot be analysed", "each statement declares its effect"),
    ("history not linear, files edited", "plans are pinned to fingerprints at both ends"),
    ("enum value added without position", "its place in the definition says it"),
    ("serial instead of identity", "checking the definition refuses serial types"),
    ("domains, column privileges, ownership", "a definition has no such kinds yet"),
    ("names over 63 bytes, missing targets, unfit types", "checking the definition refuses them"),
    ("unqualified names, column listed twice", "statements are spelled with qualified names"),
    ("index without a name", "every index and constraint is named before a plan is made"),
    ("columns that each table must have, defaults everywhere", "no setting names them"),
    ("types, foreign keys or engines that a team forbids", "no setting names them"),
    ("row security, policies, exposed views and functions", "a definition has no such kinds yet"),
    ("extensions and their versions", "a definition has no such kinds yet"),
    ("bloat, unused indexes", "about a database at rest, not about a plan"),
)


def page() -> str:
    """Return the text of the page."""
    lines = [INTRODUCTION]
    for group, title in GROUPS.items():
        lines += [f"## {group}: {title}", "", "| code | level | rule |", "|---|---|---|"]
        rules = sorted((rule for rule in RULES if rule.group == group), key=lambda each: each.code)
        lines += [
            f"| [{rule.code}](#{rule.code.lower()}) | {rule.level or 'silent'} | {rule.summary} |"
            for rule in rules
        ]
        lines.append("")
        for rule in rules:
            lines += _section(rule)
    lines += [
        "## Left out",
        "",
        "What other tools look for and no rule here does, with the reason.",
    ]
    lines += ["", "| elsewhere | reason |", "|---|---|"]
    lines += [f"| {what} | {why} |" for what, why in LEFT_OUT]
    lines.append("")
    return "\n".join(lines)


def _section(rule: Rule) -> list[str]:
    lines = [f"### {rule.code}", "", f"Level `{rule.level or 'silent'}`.", "", rule.summary, ""]
    lines += [rule.explanation, "", f"*Remedy:* {rule.remedy}", ""]
    if rule.elsewhere:
        lines += [f"*Elsewhere:* {rule.elsewhere}.", ""]
    return lines


def main() -> None:
    """Write or print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args().print:
        sys.stdout.write(page())
    else:
        (ROOT / "docs" / "lint.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
