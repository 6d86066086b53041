"""Laws of plans on a real server: two roads lead to one place, and the way back leads home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.planning.comparison import differences
from core.planning.making import make_plan
from tests.edits import Edit, edits
from tests.laws_servers.ground import Ground, grounds

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers

LAW = settings(
    deadline=None,
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


@LAW
@given(edit=edits(), is_online=st.booleans())
def test_two_roads_lead_to_one_place_and_back_again(
    *, edit: Edit, is_online: bool, postgresql_server: PostgresqlServer
) -> None:
    """A migrated database is as one made directly, and the way back leads home."""
    try_two_roads(edit, postgresql_server, is_online=is_online)


def try_two_roads(edit: Edit, server: PostgresqlServer, *, is_online: bool) -> None:
    """Migrate an empty database there and back, and compare it with those made directly."""
    options = Options(
        token="t1", online_from_bytes=0 if is_online else ONLINE_FROM_BYTES, sets_aside=False
    )
    plan = make_plan(edit.before, edit.after, options=options)
    with grounds(server, 3) as (migrated, wanted, home):
        migrated.create(edit.before)
        home.create(edit.before)
        wanted.create(edit.after)
        migrated.run(plan.up)
        same(wanted, migrated)
        migrated.run(plan.down)
        same(home, migrated)
        migrated.run(plan.up)
        same(wanted, migrated)


@LAW
@given(edit=edits(), is_online=st.booleans())
def test_no_row_disappears_and_all_values_come_back(
    *, edit: Edit, is_online: bool, postgresql_server: PostgresqlServer
) -> None:
    """What goes is put aside, so that the way back restores every value."""
    try_with_rows(edit, postgresql_server, is_online=is_online)


def try_with_rows(edit: Edit, server: PostgresqlServer, *, is_online: bool) -> None:
    """Migrate a database with rows there and back; where rows do not fit, nothing is left."""
    options = Options(token="t1", online_from_bytes=0 if is_online else ONLINE_FROM_BYTES)
    plan = make_plan(edit.before, edit.after, options=options)
    with grounds(server, 2) as (migrated, wanted):
        migrated.create(edit.before)
        migrated.fill(edit.before)
        home, rows = migrated.introspect(), migrated.rows(edit.before)
        done = 0
        try:
            for line in plan.up:
                migrated.run_line(line)
                done += 1
        except (psycopg2.DataError, psycopg2.IntegrityError):
            # What the row tests foresee: it fails, and what was done is taken back.
            partly = done + (not plan.up[done].is_transactional)
            migrated.run(plan.lines_to_undo(partly))
        else:
            wanted.create(edit.after)
            assert differences(wanted.introspect(), migrated.introspect()) == ()
            assert migrated.counts(edit.after, rows) == {
                table.id: len(rows[table.id]) for table in edit.after.tables if table.id in rows
            }
            migrated.run(plan.down)
        assert differences(home, migrated.introspect()) == ()
        assert migrated.rows(edit.before) == rows


def same(wanted: Ground, found: Ground) -> None:
    """Compare two databases by what we read and by what the server's own dump says."""
    assert differences(wanted.introspect(), found.introspect()) == ()
    assert found.dump() == wanted.dump()
