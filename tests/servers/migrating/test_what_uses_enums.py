"""What uses an enum beside tables comes back when the type is made anew, or stops the plan."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from core.dialects.errors import PlanBlockedError
from core.jobs.model import JobState
from tests.servers.migrating.workshop import Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

DESIGN: dict[str, Any] = {
    "name": "shop",
    "enums": [
        {"id": "e", "name": "mood", "values": ["sad", "ok"]},
        {"id": "x", "name": "other", "values": ["a"]},
    ],
    "tables": [
        {
            "id": "t",
            "name": "t",
            "columns": [
                {"id": "id", "name": "id", "dataType": "INT", "primaryKey": True},
                {"id": "m", "name": "m", "dataType": "ENUM", "enumId": "e"},
            ],
        },
    ],
}
ROWS = "INSERT INTO t SELECT n, 'ok' FROM generate_series(1, 20) n"
USERS = """
CREATE FUNCTION says(it mood) RETURNS text LANGUAGE sql AS 'SELECT it::text || ''!''';
CREATE FUNCTION all_of(them mood[]) RETURNS bigint LANGUAGE sql AS 'SELECT cardinality(them)';
CREATE VIEW shown AS SELECT id, says(m) AS said FROM t WHERE m > 'sad';
CREATE VIEW constant AS SELECT 'ok'::mood AS it"""


def with_values(*values: str) -> dict[str, Any]:
    """Return the design with other values of the enum."""
    design = deepcopy(DESIGN)
    design["enums"][0]["values"] = list(values)
    return design


@pytest.mark.parametrize("size", ["workshop", "large_workshop"])
def test_functions_and_views_come_back(request: pytest.FixtureRequest, size: str) -> None:
    """They use the type that is made anew."""
    workshop: Workshop = request.getfixturevalue(size)
    schema_id = workshop.create(DESIGN, ROWS)
    workshop.execute(schema_id, USERS)
    job = workshop.finish(workshop.edit(schema_id, with_values("ok", "sad", "new")))
    assert job.state is JobState.SUCCEEDED, job.error
    found = workshop.execute(
        schema_id,
        "SELECT says('new'), all_of('{new,ok}'), (SELECT it::text FROM constant),"
        " (SELECT count(*) FROM shown)",
    )
    assert found == [("new!", 2, "ok", 0)]


@pytest.mark.parametrize(
    ("sql", "blocker"),
    [
        ("CREATE DOMAIN good_mood AS mood CHECK (VALUE > 'sad')", "good_mood"),
        ("CREATE TYPE pair AS (one mood, two integer)", "pair"),
    ],
    ids=["domain", "composite type"],
)
def test_what_cannot_be_made_again_stops_the_plan(
    workshop: Workshop, sql: str, blocker: str
) -> None:
    """It is named; values can be added all the same, which leaves the type where it is."""
    schema_id = workshop.create(DESIGN, ROWS)
    workshop.execute(schema_id, sql)
    with pytest.raises(PlanBlockedError, match=f"{blocker}.* uses public.mood, which changes"):
        workshop.edit(schema_id, with_values("ok", "sad"))
    job = workshop.finish(workshop.edit(schema_id, with_values("sad", "ok", "fine")))
    assert job.state is JobState.SUCCEEDED, job.error


def test_what_uses_an_enum_that_goes_stops_the_plan(workshop: Workshop) -> None:
    """It is named, unless it reads columns of the type alone, which are of another one then."""
    schema_id = workshop.create(DESIGN, ROWS)
    workshop.execute(schema_id, "CREATE VIEW shown AS SELECT m FROM t")
    design = deepcopy(DESIGN)
    design["enums"] = design["enums"][1:]
    design["tables"][0]["columns"][1] = {"id": "m", "name": "m", "dataType": "TEXT"}
    job = workshop.finish(workshop.edit(schema_id, design))
    assert job.state is JobState.SUCCEEDED, job.error
    workshop.execute(
        schema_id, "CREATE FUNCTION f(it other) RETURNS text LANGUAGE sql AS 'SELECT it::text'"
    )
    with pytest.raises(PlanBlockedError, match=r"f\(.*uses public.other, which goes"):
        workshop.edit(schema_id, design | {"enums": []})
