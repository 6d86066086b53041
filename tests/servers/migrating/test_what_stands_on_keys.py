"""What stands on a key comes back when the key is made anew, or stops the plan."""

from __future__ import annotations

from typing import Any

import pytest

from core.dialects.errors import PlanBlockedError
from core.jobs.model import JobState
from tests.servers.migrating.workshop import Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


def keyed(*column_ids: str) -> dict[str, Any]:
    """Return a design whose primary key is over these columns."""
    columns = [
        {"id": each, "name": each, "dataType": "INT", "nullable": False} for each in ("a", "b", "c")
    ]
    for each in columns:
        each["primaryKey"] = each["id"] in column_ids
    return {"name": "shop", "tables": [{"id": "t", "name": "t", "columns": columns}]}


ROWS = "INSERT INTO t SELECT n, n, n FROM generate_series(1, 20) n"
VIEW = "CREATE VIEW grouped AS SELECT a, b, c, count(*) AS n FROM t GROUP BY a, b"


@pytest.mark.parametrize("size", ["workshop", "large_workshop"])
def test_a_view_that_groups_by_a_key_comes_back(request: pytest.FixtureRequest, size: str) -> None:
    """The key has less columns now, by which it groups still."""
    workshop: Workshop = request.getfixturevalue(size)
    schema_id = workshop.create(keyed("a", "b"), ROWS)
    workshop.execute(schema_id, VIEW)
    job = workshop.finish(workshop.edit(schema_id, keyed("a")))
    assert job.state is JobState.SUCCEEDED, job.error
    assert workshop.execute(schema_id, "SELECT count(*) FROM grouped") == [(20,)]


@pytest.mark.parametrize("columns", [(), ("a", "c")], ids=["gone", "others"])
def test_a_view_that_groups_by_a_key_that_goes_stops_the_plan(
    workshop: Workshop, columns: tuple[str, ...]
) -> None:
    """It is named."""
    schema_id = workshop.create(keyed("a", "b"), ROWS)
    workshop.execute(schema_id, VIEW)
    with pytest.raises(PlanBlockedError, match=r"public.grouped uses public.t.t_pkey, which goes"):
        workshop.edit(schema_id, keyed(*columns))
