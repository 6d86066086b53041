"""The laws of plans on servers of every major version, with fewer examples on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edits import Edit, edits
from tests.law_examples import examples
from tests.laws_servers.test_plan_laws import LAW, try_two_roads, try_with_rows

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

FEW = settings(LAW, max_examples=examples(6).max_examples)


@FEW
@given(edit=edits(), is_online=st.booleans())
def test_two_roads_lead_to_one_place_on_every_version(
    *, edit: Edit, is_online: bool, postgresql_server: PostgresqlServer
) -> None:
    """A migrated database is as one made directly, and the way back leads home."""
    try_two_roads(edit, postgresql_server, is_online=is_online)


@FEW
@given(edit=edits(), is_online=st.booleans())
def test_no_row_disappears_on_any_version(
    *, edit: Edit, is_online: bool, postgresql_server: PostgresqlServer
) -> None:
    """What goes is put aside, so that the way back restores every value."""
    try_with_rows(edit, postgresql_server, is_online=is_online)
