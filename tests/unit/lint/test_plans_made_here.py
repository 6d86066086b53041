"""What the rules say of plans that are made here."""

from __future__ import annotations

import pytest

from core.definition.model import Definition
from core.dialects.moves import Options
from core.lint import Level, lint
from core.planning.making import make_plan
from tests.unit.lint import test_locking as designs
from tests.unit.lint.plans import known

LARGE = known(large=["users", "orders"])


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(designs.INDEXED, id="an-index"),
        pytest.param(designs.UNIQUE, id="a-unique-constraint"),
        pytest.param(designs.TOGETHER, id="a-foreign-key"),
        pytest.param(designs.CHECKED, id="a-check"),
        pytest.param(designs.NOT_NULL, id="not-null"),
        pytest.param(designs.DEFAULTED, id="a-volatile-default"),
    ],
)
def test_a_plan_for_a_large_table_keeps_nobody_waiting(after: Definition) -> None:
    """What can be done online is done online, so that no rule about waiting warns."""
    plan = make_plan(designs.PLAIN, after, options=Options(token="abc"), facts=LARGE)
    found = lint(plan, before=designs.PLAIN, after=after, facts=LARGE)
    assert [item for item in found if item.level is Level.BLOCK] == []
    about_waiting = [item for item in found if item.code.startswith("LK")]
    assert about_waiting
    assert {item.level for item in about_waiting} == {Level.NOTICE}


def test_a_plan_for_an_empty_database_is_nothing_to_worry_about() -> None:
    """Without rows there is nobody to wait and nothing to lose."""
    plan = make_plan(designs.PLAIN, designs.NOT_NULL, options=Options(token="abc"))
    found = lint(plan, before=designs.PLAIN, after=designs.NOT_NULL, facts=known())
    assert [item.code for item in found] == ["BC_SET_NOT_NULL"]
