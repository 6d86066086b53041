"""Laws of copied tables on a real server: every definition comes along, with its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from core.databases.assessing import gather
from core.definition.model import Column, Definition, Table
from core.definition.types import ColumnType, DataType
from core.dialects.moves import Options
from core.planning.diff import diff
from core.planning.making import make_plan
from tests.law_examples import examples
from tests.laws_servers.ground import grounds
from tests.laws_servers.test_plan_laws import LAW
from tests.laws_servers.walking import same
from tests.strategies import definitions

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers


def grown(table: Table) -> Table:
    """Return a table with two generated columns more."""
    kind = ColumnType(data_type=DataType.INT)
    added = (
        Column(id=f"{table.id} one", name="sb law", type=kind, generated="1", nullable=False),
        Column(id=f"{table.id} two", name="sb_law", type=kind, generated="2", description="Two."),
    )
    return replace(table, columns=(added[0], *table.columns, added[1]))


@settings(LAW, max_examples=examples(10).max_examples)
@given(before=definitions())
def test_a_copy_has_everything_that_its_table_had(
    before: Definition, postgresql_server: PostgresqlServer
) -> None:
    """The database becomes as one made directly, no row changes, and the way back leads home."""
    after = replace(before, tables=tuple(grown(table) for table in before.tables))
    with grounds(postgresql_server, 3) as (migrated, wanted, home):
        migrated.create(before)
        home.create(before)
        wanted.create(after)
        migrated.fill(before)
        rows = migrated.rows(before)
        with migrated.session() as session:
            facts = gather(session, diff(before, after), before, after)
        plan = make_plan(
            before, after, options=Options(token="t1", online_from_bytes=0), facts=facts
        )
        assert not any("would not have" in note or "sight" in note for note in plan.notes)
        migrated.run(plan.up)
        assert migrated.rows(before) == rows
        same(wanted, migrated)
        migrated.run(plan.down)
        assert migrated.rows(before) == rows
        same(home, migrated)
        for done in range(1, len(plan.up), 3):
            migrated.run(plan.up[:done])
            migrated.run(plan.lines_to_undo(done))
            assert migrated.rows(before) == rows
        same(home, migrated)
