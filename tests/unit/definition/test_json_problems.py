"""What makes a JSON value impossible to keep."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.definition.literals import json_problem


@pytest.mark.parametrize("value", [None, True, "text", 1, 1.5, Decimal("1.50"), [1], {"a": [None]}])
def test_an_ordinary_value_can_be_kept(value: object) -> None:
    """Texts, numbers and what is made of them have no problem."""
    assert json_problem(value) is None


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "NUMBER_OUT_OF_RANGE"),
        ([{"a": float("inf")}], "NUMBER_OUT_OF_RANGE"),
        (object(), "WRONG_TYPE"),
    ],
    ids=["not-a-number", "nested-infinity", "no-json"],
)
def test_what_cannot_be_kept_is_said(value: object, code: str) -> None:
    """However deep it is."""
    problem = json_problem(value)
    assert problem is not None
    assert problem[0] == code
