"""Laws of plans and of the questions to rows, over every pair of definitions.

Each pair is planned both ways, on small tables and on big ones, keeping what goes or not. That the
server runs it all is shown by the tests that have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from pglast import parser

from core.definition.model import Definition
from core.definition.names import resolve_names
from core.dialects.facts import Facts, RowTest, TableFacts
from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.dialects.postgresql.row_tests import row_tests
from core.dialects.statement import Line, Statement
from core.planning.codec import plan_from_json, plan_to_json
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.odd_plan_cases import ODD_CASES
from tests.plan_cases import CASES, PlanCase

_MAJORS = (15, 18)


def turned(case: PlanCase) -> PlanCase:
    """Return a pair the other way round."""
    return replace(
        case,
        before=case.after,
        after=case.before,
        renamed_values={
            enum_id: {after: before for before, after in pairs.items()}
            for enum_id, pairs in case.renamed_values.items()
        },
    )


PAIRS: Mapping[str, PlanCase] = {**CASES, **ODD_CASES}
"""Every pair, by name."""

WAYS: Mapping[str, PlanCase] = {
    **PAIRS,
    **{f"{name}_turned": turned(case) for name, case in PAIRS.items()},
}
"""Every pair both ways, by name."""


def plans(case: PlanCase) -> Iterator[Plan]:
    """Make all plans of a pair: small and big, on older servers too, keeping what goes or not."""
    for size_bytes in (8192, 2 * ONLINE_FROM_BYTES):
        for server_major in _MAJORS:
            for sets_aside in (True, False):
                size = TableFacts(estimated_rows=10, size_bytes=size_bytes, index_size_bytes=0)
                tables = {each.id: size for each in case.before.tables}
                yield make_plan(
                    case.before,
                    case.after,
                    options=Options(token="abc", sets_aside=sets_aside),
                    facts=Facts(server_major=server_major, tables=tables, rows={}),
                    renamed_values=case.renamed_values,
                )


def statements(plan: Plan) -> list[Statement]:
    """Return all statements of a plan, there and back."""
    return [each for line in (*plan.up, *plan.down) for each in line.statements]


def is_sound(line: Line) -> bool:
    """Tell whether a line can take effect as a whole."""
    return bool(line.statements) and (line.is_transactional or len(line.statements) == 1)


def questions(before: Definition, after: Definition, case: PlanCase) -> tuple[RowTest, ...]:
    """Return the questions to the rows."""
    before, after = resolve_names(before), resolve_names(after)
    return row_tests(diff(before, after, renamed_values=case.renamed_values), before, after)


@pytest.mark.parametrize("name", WAYS)
def test_every_statement_of_a_plan_is_sql(name: str) -> None:
    """No text is composed that the server's own parser refuses."""
    for plan in plans(WAYS[name]):
        for each in statements(plan):
            text = each.sql
            if each.batches is not None:
                text = text.replace("{first}", "'(0,0)'").replace("{end}", "'(1,0)'")
            assert parser.parse_sql_json(text)


@pytest.mark.parametrize("name", WAYS)
def test_every_line_of_a_plan_takes_effect_as_a_whole(name: str) -> None:
    """What cannot be in a transaction is alone, and undoing goes back no further than needed."""
    for plan in plans(WAYS[name]):
        assert all(is_sound(line) for line in (*plan.up, *plan.down))
        assert len(plan.undo_from) == len(plan.up) + 1
        assert list(plan.undo_from) == sorted(plan.undo_from, reverse=True)
        assert plan.lines_to_undo(len(plan.up)) == plan.down


@pytest.mark.parametrize("name", WAYS)
def test_a_plan_survives_being_stored(name: str) -> None:
    """What is run is what was reviewed."""
    for plan in plans(WAYS[name]):
        assert plan_from_json(plan_to_json(plan)) == plan


@pytest.mark.parametrize("name", WAYS)
def test_every_question_to_rows_is_sql_and_asked_once(name: str) -> None:
    """A question stands on a table that is there, and reads the same to everybody."""
    case = WAYS[name]
    asked = questions(case.before, case.after, case)
    assert len(set(asked)) == len(asked)
    assert {each.table_id for each in asked} <= {table.id for table in case.before.tables}
    for each in asked:
        assert parser.parse_sql_json(each.count_sql)
        assert parser.parse_sql_json(each.sample_sql)
        assert not each.setup_sql or parser.parse_sql_json(each.setup_sql)


def test_nothing_is_planned_or_asked_between_equal_definitions() -> None:
    """What is as wished stays alone."""
    for case in WAYS.values():
        assert questions(case.after, case.after, case) == ()
        assert make_plan(case.after, case.after, options=case.options).is_empty
