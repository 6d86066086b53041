"""Laws of plans on a real server: two roads lead to one place, and the way back leads home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.dialects.moves import ONLINE_FROM_BYTES, Options
from core.planning.making import make_plan
from tests.edits import Edit, edits
from tests.law_examples import examples
from tests.laws_servers.walking import walk_two_roads, walk_with_rows

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers

LAW = settings(
    examples(15),
    deadline=None,
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
    """Walk both ways with an empty database, in which nothing is set aside."""
    options = Options(
        token="t1", online_from_bytes=0 if is_online else ONLINE_FROM_BYTES, sets_aside=False
    )
    walk_two_roads(make_plan(edit.before, edit.after, options=options), edit, server)


@LAW
@given(edit=edits(), is_online=st.booleans())
def test_no_row_disappears_and_all_values_come_back(
    *, edit: Edit, is_online: bool, postgresql_server: PostgresqlServer
) -> None:
    """What goes is put aside, so that the way back restores every value."""
    try_with_rows(edit, postgresql_server, is_online=is_online)


def try_with_rows(edit: Edit, server: PostgresqlServer, *, is_online: bool) -> None:
    """Walk both ways with rows."""
    options = Options(token="t1", online_from_bytes=0 if is_online else ONLINE_FROM_BYTES)
    walk_with_rows(make_plan(edit.before, edit.after, options=options), edit, server)
