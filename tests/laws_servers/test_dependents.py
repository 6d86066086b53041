"""Views that stand in the way of a change come back with what people said and allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.dialects.errors import PlanBlockedError
from core.dialects.moves import Options
from core.planning.making import make_plan
from tests.builders import TEXT, column, definition, table
from tests.laws_servers.ground import Ground, grounds

if TYPE_CHECKING:
    from tests.conftest import PostgresqlServer

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

OPTIONS = Options(token="views")
BEFORE = definition(table("t", column("id"), column("n"), column("unread"), primary_key="id"))
RETYPED = definition(
    table("t", column("id"), column("n", TEXT), column("unread"), primary_key="id")
)
WITHOUT = definition(table("t", column("id"), column("unread"), primary_key="id"))


def seen(ground: Ground) -> list[tuple[object, ...]]:
    """Return what the views are, with comments, columns and privileges."""
    return ground.execute(
        "SELECT relname, obj_description(oid), relacl::text, pg_get_viewdef(oid)"
        " FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
        " ORDER BY relname"
    )


def with_views(ground: Ground) -> None:
    """Make a table with a view over it and a view over that."""
    ground.create(BEFORE)
    ground.execute("CREATE VIEW first AS SELECT id, n FROM t")
    ground.execute("CREATE VIEW second AS SELECT n FROM first")
    ground.execute("COMMENT ON VIEW first IS 'what is read'")
    ground.execute("GRANT SELECT ON first TO PUBLIC")


def test_views_over_a_column_come_back_when_it_changes_its_type(
    postgresql_server: PostgresqlServer,
) -> None:
    """They are taken down and made again within the same transaction, both ways."""
    with grounds(postgresql_server, 1) as (ground,):
        with_views(ground)
        home = seen(ground)
        with ground.session() as session:
            facts = session.gather_facts({"t": ("public", "t")}, ())
        plan = make_plan(BEFORE, RETYPED, options=OPTIONS, facts=facts)
        assert len(plan.up) == 1
        ground.run(plan.up)
        assert [row[:3] for row in seen(ground)] == [row[:3] for row in home]
        ground.run(plan.down)
        assert seen(ground) == home


def test_a_column_that_a_view_reads_is_not_dropped(postgresql_server: PostgresqlServer) -> None:
    """The plan says which view it is instead."""
    with grounds(postgresql_server, 1) as (ground,):
        with_views(ground)
        with ground.session() as session:
            facts = session.gather_facts({"t": ("public", "t")}, ())
        with pytest.raises(PlanBlockedError, match="first"):
            make_plan(BEFORE, WITHOUT, options=OPTIONS, facts=facts)
