"""The plans that people review, run on a real server: there, back, and back from every line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.planning.comparison import differences
from core.planning.making import make_plan
from tests.laws_servers.ground import grounds
from tests.laws_servers.walking import confirm_nothing_to_do, same
from tests.plan_cases import CASES, PlanCase

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


@pytest.mark.parametrize("name", CASES)
def test_a_reviewed_plan_leads_there_and_back_with_all_values(
    name: str, postgresql_server: PostgresqlServer
) -> None:
    """What people read in the golden files is what happens."""
    try_case(CASES[name], postgresql_server)


def try_case(case: PlanCase, server: PostgresqlServer) -> None:
    """Run a plan there and back, then again to every line of both ways, and turn round there."""
    plan = case.plan
    with grounds(server, 3) as (migrated, wanted, home):
        home.create(case.before)
        wanted.create(case.after)
        migrated.create(case.before)
        migrated.fill(case.before, case.rows)
        rows = migrated.rows(case.before)
        migrated.run(plan.up, is_watched=True)
        assert differences(wanted.introspect(), migrated.introspect()) == ()
        if not plan.sets_aside:
            assert migrated.dump() == wanted.dump()
        confirm_nothing_to_do(make_plan(case.after, case.after, options=case.options))
        migrated.run(plan.down, is_watched=True)
        migrated.execute("DROP SCHEMA IF EXISTS sb_set_aside")
        same(home, migrated)
        if case.sets_aside:
            assert migrated.rows(case.before) == rows
        for done in range(1, len(plan.down)):
            migrated.run(plan.up)
            migrated.run(plan.down[:done])
            way = plan.returns[done]
            migrated.run([] if way.line is None else [way.line])
            migrated.run(plan.up[way.done :])
            assert differences(wanted.introspect(), migrated.introspect()) == ()
            migrated.run(plan.down)
            if case.sets_aside:
                assert migrated.rows(case.before) == rows
        for done in range(1, len(plan.up)):
            migrated.run(plan.up[:done])
            migrated.run(plan.lines_to_undo(done))
            assert differences(home.introspect(), migrated.introspect()) == ()
            if case.sets_aside:
                assert migrated.rows(case.before) == rows
