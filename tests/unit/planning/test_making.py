"""The plan between two definitions."""

from __future__ import annotations

import pytest

from core.definition.fingerprint import structure_fingerprint
from core.dialects.errors import PlanBlockedError
from core.dialects.facts import (
    Dependent,
    Facts,
    RowTest,
    RowTestKind,
    RowTestResult,
    TableFacts,
)
from core.dialects.moves import Options, Reversibility
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import TEXT, column, definition, index, table

OPTIONS = Options(token="t")
ONLINE = Options(token="t", online_from_bytes=0)
BEFORE = definition(table("users", column("id"), column("name", TEXT), primary_key="id"))
WITHOUT_NAME = definition(table("users", column("id"), primary_key="id"))
INDEXED = definition(
    table(
        "users",
        column("id"),
        column("name", TEXT, nullable=False),
        column("age"),
        primary_key="id",
        indexes=[index("name")],
    )
)


def facts(
    *, rows_losing: int | None = None, rows: int = 5, dependents: tuple[Dependent, ...] = ()
) -> Facts:
    """Build facts about the table."""
    test = RowTest(
        code="VALUES_LOST",
        kind=RowTestKind.LOSES,
        subject="public.users.name",
        cause="users.name",
        table_id="users",
        count_sql="",
        sample_sql="",
    )
    found = {} if rows_losing is None else {test: RowTestResult(count=rows_losing, samples=())}
    size = TableFacts(
        estimated_rows=rows, size_bytes=8192, index_size_bytes=0, dependents=dependents
    )
    return Facts(server_major=18, tables={"users": size}, rows=found)


def texts(plan: Plan) -> list[str]:
    """Return the statements up."""
    return [each.sql for line in plan.up for each in line.statements]


def test_the_same_definition_needs_nothing() -> None:
    """Planning again after a plan finds nothing to do."""
    plan = make_plan(BEFORE, BEFORE, options=OPTIONS)
    assert (plan.is_empty, plan.down, plan.undo_from, plan.notes) == (True, (), (0,), ())
    assert plan.reversibility is Reversibility.EXACT


def test_a_plan_is_pinned_to_both_ends() -> None:
    """It is refused for any other state."""
    plan = make_plan(BEFORE, INDEXED, options=OPTIONS)
    assert plan.before_fingerprint == structure_fingerprint(BEFORE)
    assert plan.after_fingerprint == structure_fingerprint(INDEXED)


def test_changes_that_are_known_are_not_looked_for_again() -> None:
    """Who has them hands them in."""
    changes = diff(BEFORE, INDEXED)
    assert make_plan(BEFORE, INDEXED, options=OPTIONS, changes=changes) == make_plan(
        BEFORE, INDEXED, options=OPTIONS
    )


def test_everything_on_small_tables_is_one_line() -> None:
    """It happens in one transaction, or not at all."""
    plan = make_plan(BEFORE, INDEXED, options=OPTIONS)
    assert (len(plan.up), len(plan.down), plan.undo_from) == (1, 1, (1, 0))


def test_undoing_begins_behind_what_was_not_done() -> None:
    """What was not run needs no taking back, and what may have been run in part does."""
    plan = make_plan(BEFORE, INDEXED, options=ONLINE)
    assert len(plan.up) == 5
    assert plan.lines_to_undo(0) == ()
    assert plan.lines_to_undo(len(plan.up)) == plan.down
    lengths = [len(plan.lines_to_undo(done)) for done in range(len(plan.up) + 1)]
    assert lengths == sorted(lengths)


def test_a_column_with_values_is_put_out_of_sight() -> None:
    """It can come back with them."""
    plan = make_plan(BEFORE, WITHOUT_NAME, options=OPTIONS, facts=facts(rows_losing=2))
    assert texts(plan) == ['ALTER TABLE public.users RENAME COLUMN "name" TO sb_aside_t_1']
    assert [each.column for each in plan.sets_aside] == ["sb_aside_t_1"]
    assert plan.reversibility is Reversibility.EXACT


def test_a_column_that_nobody_looked_into_is_put_out_of_sight() -> None:
    """Not to know is no reason to lose."""
    plan = make_plan(BEFORE, WITHOUT_NAME, options=OPTIONS, facts=facts())
    assert len(plan.sets_aside) == 1


def test_a_column_without_values_is_put_out_of_sight_too() -> None:
    """Somebody may write a value between the look and the drop."""
    plan = make_plan(BEFORE, WITHOUT_NAME, options=OPTIONS, facts=facts(rows_losing=0))
    assert texts(plan) == ['ALTER TABLE public.users RENAME COLUMN "name" TO sb_aside_t_1']
    assert plan.reversibility is Reversibility.EXACT


def test_a_column_without_values_is_dropped_where_nothing_is_kept() -> None:
    """There is nothing to bring back."""
    options = Options(token="t", sets_aside=False)
    plan = make_plan(BEFORE, WITHOUT_NAME, options=options, facts=facts(rows_losing=0))
    assert texts(plan) == ['ALTER TABLE public.users DROP COLUMN "name"']
    assert plan.reversibility is Reversibility.EXACT


def test_values_that_are_not_kept_are_gone_for_good() -> None:
    """The structure alone comes back, and the plan says so."""
    options = Options(token="t", sets_aside=False)
    plan = make_plan(BEFORE, WITHOUT_NAME, options=options, facts=facts(rows_losing=2))
    assert plan.reversibility is Reversibility.STRUCTURE
    assert plan.notes == ("The values of column public.users.name go for good.",)


def test_a_column_that_forbids_null_cannot_come_back_without_its_values() -> None:
    """There is nothing to put into the rows."""
    before = definition(
        table("users", column("id"), column("name", TEXT, nullable=False), primary_key="id")
    )
    options = Options(token="t", sets_aside=False)
    plan = make_plan(before, WITHOUT_NAME, options=options, facts=facts(rows_losing=5))
    assert plan.reversibility is Reversibility.IMPOSSIBLE


def test_what_cannot_be_made_again_stops_a_change_of_type() -> None:
    """It is named with the remedy."""
    blocker = Dependent(
        kind="view", name="public.v", column="name", level=1, drop_sql=None, create_sql=()
    )
    after = definition(table("users", column("id"), column("name"), primary_key="id"))
    with pytest.raises(
        PlanBlockedError, match=r"View public\.v uses public\.users\.name"
    ) as caught:
        make_plan(BEFORE, after, options=OPTIONS, facts=facts(dependents=(blocker,)))
    assert caught.value.hint == "Drop or change view public.v in the database first."


def test_what_hangs_on_a_table_goes_with_it() -> None:
    """Its triggers stop nobody from dropping it, a view does."""
    trigger = Dependent(
        kind="trigger", name="public.t", column=None, level=1, drop_sql=None, create_sql=()
    )
    view = Dependent(
        kind="view", name="public.v", column="id", level=1, drop_sql="DROP", create_sql=("C",)
    )
    after = definition(table("other", column("id")))
    assert make_plan(BEFORE, after, options=OPTIONS, facts=facts(dependents=(trigger,))).up
    with pytest.raises(PlanBlockedError, match="which goes"):
        make_plan(BEFORE, after, options=OPTIONS, facts=facts(dependents=(view,)))
