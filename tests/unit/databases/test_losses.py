"""What rows say to a plan, and what of it was allowed."""

from __future__ import annotations

from typing import Any

import pytest

from core.databases.losses import found_in_rows, not_allowed, without_row_keys
from core.definition.model import Definition, Table
from core.dialects.facts import Facts, RowTest, RowTestKind, RowTestResult

BEFORE = Definition(tables=(Table(id="t", name="users", columns=()),))


def row_test(
    subject: str, *, kind: RowTestKind = RowTestKind.LOSES, table_id: str = "t"
) -> RowTest:
    """Return a test about something."""
    return RowTest(
        code="CODE",
        kind=kind,
        subject=subject,
        cause="c",
        table_id=table_id,
        count_sql="",
        sample_sql="",
    )


def facts(*found: tuple[RowTest, int]) -> Facts:
    """Return facts in which tests found so many rows."""
    rows = {test: RowTestResult(count=count, samples=("id=1",)) for test, count in found}
    return Facts(server_major=18, tables={}, rows=rows)


def test_only_tests_of_the_kind_that_found_rows_are_told() -> None:
    """In the order of their subjects, with the column where it is one."""
    found = found_in_rows(
        facts(
            (row_test("public.users.email"), 2),
            (row_test("public.users"), 3),
            (row_test("public.users.age"), 0),
            (row_test("public.users.name", kind=RowTestKind.DOES_NOT_FIT), 1),
            (row_test("public.status", table_id="gone"), 1),
        ),
        BEFORE,
        RowTestKind.LOSES,
    )
    told = [(each["subject"], each["table"], each["column"], each["rows"]) for each in found]
    assert told == [
        ("public.status", None, None, 1),
        ("public.users", "public.users", None, 3),
        ("public.users.email", "public.users", "email", 2),
    ]
    assert all(each["samples"] == ["id=1"] for each in found)


def test_an_impact_that_is_kept_names_no_rows() -> None:
    """Numbers stay, keys go; whatever else it tells stays as it is."""
    told = {"losses": [{"rows": 2, "samples": ["id=1"]}], "misfits": [], "items": [1]}
    kept = {"losses": [{"rows": 2, "samples": []}], "misfits": [], "items": [1]}
    assert without_row_keys(told) == kept
    assert without_row_keys({"items": []}) == {"items": []}


@pytest.mark.parametrize(
    ("allowed", "is_refused"),
    [
        ([], True),
        (["*"], False),
        (["public.users.email"], False),
        (["users.email"], False),
        (["users"], False),
        (["email"], True),
        (["other.users.email"], True),
    ],
    ids=str,
)
def test_a_loss_is_allowed_by_its_name_or_its_tables(
    allowed: list[str], *, is_refused: bool
) -> None:
    """The default namespace may be left out."""
    loss: dict[str, Any] = {"subject": "public.users.email", "table": "public.users"}
    assert not_allowed([loss], allowed) == ((loss,) if is_refused else ())


def test_a_loss_without_a_table_is_allowed_by_its_own_name() -> None:
    """A value of an enum, for one."""
    loss: dict[str, Any] = {"subject": "public.status", "table": None}
    assert not_allowed([loss], ["status"]) == ()
