"""Where identity columns of big tables go on counting, found without reading the whole table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Column, IdentityKind, Table
from core.dialects.facts import Facts, TableFacts
from core.dialects.moves import Options
from core.planning.diff import diff
from core.planning.making import make_plan
from core.planning.plan import Plan
from tests.builders import column, definition, index, table

BIG = Facts(
    server_major=18,
    rows={},
    tables={"t": TableFacts(estimated_rows=5, size_bytes=200_000_000, index_size_bytes=0)},
)
BARE = table("t", column("a", nullable=False), column("b"))
COUNTED = IdentityKind.ALWAYS


def counting(start: Table, kind: IdentityKind | None = COUNTED, data_type: str = "INT") -> Table:
    """Return the table with its first column counting."""
    first, *others = start.columns
    typed: Column = replace(column("a", data_type, nullable=False), id=first.id)
    return replace(start, columns=(replace(typed, identity=kind), *others))


def planned(before: Table, after: Table) -> Plan:
    """Plan between two states of a big table."""
    ends = definition(before), definition(after)
    return make_plan(*ends, options=Options(token="x"), changes=diff(*ends), facts=BIG)


def builds(plan: Plan) -> tuple[list[int], list[int]]:
    """Return the lines, there and back, that build an index for a while."""
    return (
        [place for place, line in enumerate(plan.up) if line.statements[0].index_build],
        [place for place, line in enumerate(plan.down) if line.statements[0].index_build],
    )


@pytest.mark.parametrize(
    "start",
    [
        BARE,
        table("t", column("a", nullable=False), column("b"), indexes=[index("b", "a")]),
        table("t", column("a", nullable=False), column("b"), indexes=[index("a", where="b = 1")]),
        table("t", column("a", nullable=False), column("b"), indexes=[index("a", method="hash")]),
    ],
)
def test_without_a_useful_index_one_is_built_for_a_while(start: Table) -> None:
    """Before the column begins to count, and on the way back to where it counted."""
    there, back = planned(start, counting(start)), planned(counting(start), start)
    assert builds(there) == ([0], [])
    assert builds(back) == ([], [0])
    assert "DROP INDEX IF EXISTS" in there.up[-1].statements[-1].sql
    assert "DROP INDEX IF EXISTS" in back.down[-1].statements[-1].sql


@pytest.mark.parametrize(
    "start",
    [
        table("t", column("a", nullable=False), column("b"), primary_key="a"),
        table("t", column("a", nullable=False), column("b"), uniques=["a"]),
        table("t", column("a", nullable=False), column("b"), indexes=[index("a", "b")]),
    ],
)
def test_an_index_that_begins_with_the_column_is_enough(start: Table) -> None:
    """Nothing is built."""
    assert builds(planned(start, counting(start))) == ([], [])
    assert builds(planned(counting(start), start)) == ([], [])


def test_a_counting_column_that_is_made_anew_beside_has_such_an_index_too() -> None:
    """It goes on from its largest value in the line that exchanges the columns."""
    plan = planned(counting(BARE), counting(BARE, data_type="BIGINT"))
    assert len(builds(plan)[0]) == len(builds(plan)[1]) == 1
    assert "DROP INDEX IF EXISTS" in plan.up[-1].statements[-1].sql
