"""Plans as JSON."""

from __future__ import annotations

import json

import pytest

from core.planning.codec import plan_from_json, plan_to_json
from tests.plan_cases import CASES


@pytest.mark.parametrize("name", CASES)
def test_a_plan_that_was_written_reads_as_itself(name: str) -> None:
    """Nothing that running it needs is lost in the store."""
    plan = CASES[name].plan
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan
