"""The rules for plans as a whole, policies, and the page about them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from core.changes import ObjectKind, Subject
from core.definition.types import ColumnType
from core.dialects.postgresql import effects
from core.lint import (
    DEFAULT,
    RULES,
    Finding,
    Level,
    Policy,
    Treatment,
    UnknownRuleCodeError,
    UnknownTreatmentError,
    finding_from_json,
    finding_to_json,
)
from core.lint.review import size_text
from core.lint.widening import widens
from tests.builders import TEXT, column, definition, table, type_of
from tests.unit.lint import (
    test_compatibility,
    test_compatibility_of_values,
    test_data_dependent,
    test_designs,
    test_destructive,
    test_locking,
    test_transactions,
)
from tests.unit.lint.plans import Case, line, step, yes

ROOT = Path(__file__).parents[3]

CASES: list[Case] = [
    *test_compatibility.CASES,
    *test_compatibility_of_values.CASES,
    *test_data_dependent.CASES,
    *test_designs.CASES,
    *test_destructive.CASES,
    *test_locking.CASES,
    *test_transactions.CASES,
]

USERS = definition(table("users", "id", column("email", TEXT), primary_key="id"))
RENAMED = definition(
    table("users", "id", column("mail", TEXT, column_id="users.email"), primary_key="id")
)
RENAME = yes(
    "BC_RENAME_COLUMN",
    "",
    USERS,
    RENAMED,
    "",
    up=(
        line(step("users", effects.DROP_CONSTRAINT)),
        line(step("users.email", effects.RENAME_COLUMN)),
    ),
)


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_has_a_test_for_yes_and_one_for_no(code: str) -> None:
    """No rule goes untried on either side."""
    assert any(case.code == code and case.subjects for case in CASES)
    assert any(case.code == code and not case.subjects for case in CASES)


def test_every_code_belongs_to_one_rule() -> None:
    """Codes are unique, in upper snake case, and begin with that of a group."""
    counted = Counter(rule.code for rule in RULES)
    assert {code for code, count in counted.items() if count > 1} == set()
    assert all(re.fullmatch(r"(DS|DD|BC|LK|TX|TD|NM)(_[A-Z]+)+", code) for code in counted)
    assert {case.code for case in CASES} == set(counted)


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_is_documented(code: str) -> None:
    """Each says what it looks for, gives an example and its source, and has a remedy."""
    rule = next(rule for rule in RULES if rule.code == code)
    assert rule.summary.endswith(".")
    assert "*Example:*" in rule.explanation
    assert "*Source:*" in rule.explanation
    assert rule.remedy.endswith(".")


def test_the_page_of_rules_for_plans_is_up_to_date() -> None:
    """The reference page says what the rules say; `make rules` writes it anew."""
    script = ROOT / "docs" / "generate_lint.py"
    written = subprocess.run(
        [sys.executable, str(script), "--print"],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout
    assert (ROOT / "docs" / "lint.md").read_text(encoding="utf-8") == written


def test_a_finding_names_the_thing_the_statement_and_the_remedy() -> None:
    """All that a reader needs stands in the finding itself."""
    found = RENAME.findings(DEFAULT)
    assert [(item.code, item.level, item.statement_index) for item in found] == [
        ("BC_RENAME_COLUMN", Level.WARN, 1),
        ("TX_SEVERAL_LINES", Level.NOTICE, None),
    ]
    assert found[0].message == "Column email becomes public.users.mail."
    assert found[0].subject == Subject(
        kind=ObjectKind.COLUMN,
        id="users.email",
        label="public.users.mail",
        table_id="users",
    )


@pytest.mark.parametrize(
    ("treatment", "levels"),
    [
        ("block", [Level.BLOCK]),
        ("warn", [Level.WARN]),
        ("notice", [Level.NOTICE]),
        ("silent", []),
    ],
)
def test_a_policy_decides_what_is_done_with_a_code(treatment: str, levels: list[Level]) -> None:
    """Findings of the code get the level of the policy, or are not told."""
    policy = Policy.read({"BC_RENAME_COLUMN": treatment})
    found = [item.level for item in RENAME.findings(policy) if item.code == "BC_RENAME_COLUMN"]
    assert found == levels


def test_a_policy_is_written_the_way_it_is_read() -> None:
    """What was stored gives the same policy again."""
    policy = Policy(
        treatments={"DS_DROP_TABLE": Treatment.BLOCK, "BC_DROP_TABLE": Treatment.SILENT}
    )
    assert policy.written() == {"BC_DROP_TABLE": "silent", "DS_DROP_TABLE": "block"}
    assert Policy.read(policy.written()) == policy


def test_a_policy_about_no_rule_is_refused() -> None:
    """A misspelled code would otherwise be silently without effect."""
    with pytest.raises(UnknownRuleCodeError, match="DS_DORP_TABLE"):
        Policy.read({"DS_DORP_TABLE": "block"})


@pytest.mark.parametrize("treatment", ["fail", 1, None, ["block"]])
def test_a_policy_that_wants_something_else_done_is_refused(treatment: object) -> None:
    """Only the four words are understood."""
    with pytest.raises(UnknownTreatmentError, match="DS_DROP_TABLE"):
        Policy.read({"DS_DROP_TABLE": treatment})


@pytest.mark.parametrize("finding", RENAME.findings(DEFAULT), ids=lambda item: item.code)
def test_a_finding_comes_back_from_json(finding: Finding) -> None:
    """What is stored with a plan is what was found, with and without a subject."""
    assert finding_from_json(finding_to_json(finding)) == finding


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (8192, "8 kB"),
        (16 * 1024**2, "16 MB"),
        (3 * 1024**3, "3 GB"),
        (3 * 1024**4 // 2, "1.5 TB"),
    ],
)
def test_a_size_is_written_the_way_people_say_it(size_bytes: int, text: str) -> None:
    """Sizes have the unit in which they are small numbers."""
    assert size_text(size_bytes) == text


@pytest.mark.parametrize(
    ("before", "after", "is_wider"),
    [
        (type_of("INT"), type_of("INTEGER"), True),
        (type_of("INT"), type_of("BIGINT"), True),
        (type_of("BIGINT"), type_of("INT"), False),
        (type_of("VARCHAR", length=5), type_of("VARCHAR", length=9), True),
        (type_of("VARCHAR", length=9), type_of("VARCHAR", length=5), False),
        (type_of("VARCHAR"), type_of("VARCHAR", length=5), False),
        (type_of("VARCHAR", length=5), type_of("VARCHAR"), True),
        (
            type_of("DECIMAL", precision=5, scale=2),
            type_of("DECIMAL", precision=6, scale=2),
            True,
        ),
        (
            type_of("DECIMAL", precision=5, scale=2),
            type_of("DECIMAL", precision=6, scale=4),
            False,
        ),
        (
            type_of("DECIMAL", precision=5, scale=2),
            type_of("DECIMAL", precision=5, scale=1),
            False,
        ),
        (type_of("DECIMAL", precision=5, scale=2), type_of("DECIMAL"), True),
        (type_of("DECIMAL"), type_of("DECIMAL", precision=5, scale=2), False),
        (type_of("INT"), type_of("DECIMAL", precision=12, scale=2), True),
        (type_of("INT"), type_of("DECIMAL", precision=10, scale=2), False),
        (type_of("TIMESTAMP", precision=3), type_of("TIMESTAMP", precision=6), True),
        (type_of("TIMESTAMP"), type_of("TIMESTAMP", precision=3), False),
        (type_of("TIMESTAMP"), type_of("DATE"), False),
        (type_of("UUID"), TEXT, True),
        (type_of("CHAR", length=5), TEXT, False),
    ],
)
def test_a_wider_type_holds_every_value(
    before: ColumnType, after: ColumnType, *, is_wider: bool
) -> None:
    """Only what is plain counts as wider."""
    assert widens(before, after) is is_wider
