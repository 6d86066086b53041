"""Each law of plans is broken by a bug that is planted in a plan: what it looks for, it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.dialects.moves import Options
from core.dialects.postgresql import altering_columns as columns
from core.dialects.postgresql import effects
from core.dialects.postgresql.places import Place
from core.dialects.statement import Line, Statement, Work
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import TEXT, column, definition, index, table
from tests.edits import Edit
from tests.laws_servers.ground import grounds
from tests.laws_servers.walking import (
    confirm_nothing_to_do,
    confirm_quiet,
    walk_two_roads,
    walk_with_rows,
)

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers

AT = Place("public", "t")
GROWN = Edit(
    before=definition(table("t", column("id"), column("n"), primary_key="id")),
    after=definition(
        table(
            "t",
            column("id"),
            column("n"),
            column("added", TEXT),
            primary_key="id",
            indexes=[index("n", name="t_n")],
        )
    ),
)
"""A column and an index more."""
SHRUNK = Edit(before=GROWN.before, after=definition(table("t", column("id"), primary_key="id")))
"""A column less."""


def planned(edit: Edit, *, sets_aside: bool = True) -> Plan:
    """Return the plan as it should be."""
    options = Options(token="t1", sets_aside=sets_aside)
    return make_plan(edit.before, edit.after, options=options)


def forgetful(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Leave the last statement of the last line out."""
    *first, last = lines
    kept = last.statements[:-1]
    return (*first, Line(statements=kept)) if kept else tuple(first)


def with_more(lines: Sequence[Line], statement: Statement) -> tuple[Line, ...]:
    """Add a statement to the last line."""
    *first, last = lines
    return (*first, Line(statements=(*last.statements, statement)))


def test_a_plan_without_a_bug_breaks_no_law(postgresql_server: PostgresqlServer) -> None:
    """The bugs below are seen for what they are, and not for something in the plans."""
    walk_two_roads(planned(GROWN, sets_aside=False), GROWN, postgresql_server)
    walk_two_roads(planned(SHRUNK, sets_aside=False), SHRUNK, postgresql_server)
    walk_with_rows(planned(GROWN), GROWN, postgresql_server)
    walk_with_rows(planned(SHRUNK), SHRUNK, postgresql_server)


def test_a_statement_left_out_breaks_two_roads(postgresql_server: PostgresqlServer) -> None:
    """A migrated database that lacks something is not as one made directly."""
    plan = planned(GROWN, sets_aside=False)
    with pytest.raises(AssertionError, match="is missing"):
        walk_two_roads(replace(plan, up=forgetful(plan.up)), GROWN, postgresql_server)


def test_a_statement_left_out_of_the_way_back_breaks_back_again(
    postgresql_server: PostgresqlServer,
) -> None:
    """What the way back leaves behind is seen."""
    plan = planned(GROWN, sets_aside=False)
    with pytest.raises(AssertionError, match="was not expected"):
        walk_two_roads(replace(plan, down=forgetful(plan.down)), GROWN, postgresql_server)


def test_a_way_back_that_forgets_values_breaks_back_again(
    postgresql_server: PostgresqlServer,
) -> None:
    """The structure comes back and the values do not."""
    forgetting = planned(SHRUNK, sets_aside=False)
    with pytest.raises(AssertionError, match=r"\(1,1\)"):
        walk_with_rows(forgetting, SHRUNK, postgresql_server)


def test_a_row_that_is_lost_breaks_rows_live(postgresql_server: PostgresqlServer) -> None:
    """One row is enough, and it is missed before the way back."""
    plan = planned(GROWN)
    loss = Statement(sql="DELETE FROM public.t WHERE id = 1", effect=effects.WRITE_ROWS)
    with pytest.raises(AssertionError, match="'t': 2"):
        walk_with_rows(replace(plan, up=with_more(plan.up, loss)), GROWN, postgresql_server)


def test_a_plan_for_equal_definitions_that_does_something_breaks_quiet() -> None:
    """Whether it says so, or runs something unsaid."""
    plan = make_plan(GROWN.after, GROWN.after, options=Options(token="t1"))
    confirm_nothing_to_do(plan)
    line = Line(statements=(columns.drop_not_null(AT, "id", "t.id"),))
    for busy in (replace(plan, up=(line,)), replace(plan, down=(line,)), planned(GROWN)):
        with pytest.raises(AssertionError):
            confirm_nothing_to_do(busy)


def test_a_database_that_is_not_as_wished_breaks_quiet(
    postgresql_server: PostgresqlServer,
) -> None:
    """Planning again finds what a plan left undone."""
    plan = planned(GROWN)
    with grounds(postgresql_server, 1) as (ground,):
        ground.create(GROWN.before)
        ground.run(forgetful(plan.up))
        with pytest.raises(AssertionError):
            confirm_quiet(ground, GROWN.after)


LIES = {
    "lock": replace(effects.ADD_COLUMN, lock="SHARE UPDATE EXCLUSIVE"),
    "work": replace(effects.ADD_COLUMN, work=Work.SCAN),
}
"""What adding an identity column does not keep to."""


@pytest.mark.parametrize("lie", LIES)
def test_a_line_that_does_more_than_it_declares_breaks_true_locks_or_true_work(
    lie: str, postgresql_server: PostgresqlServer
) -> None:
    """Every line of a plan is watched while it runs, and what it did wrongly is taken back."""
    lying = Statement(
        sql="ALTER TABLE public.t ADD x integer GENERATED ALWAYS AS IDENTITY", effect=LIES[lie]
    )
    with grounds(postgresql_server, 1) as (ground,):
        ground.create(GROWN.before)
        with pytest.raises(AssertionError, match="ADD x"):
            ground.run_line(Line(statements=(lying,)), is_watched=True)
        confirm_quiet(ground, GROWN.before)
