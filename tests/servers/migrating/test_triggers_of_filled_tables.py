"""Triggers that run for the rows that a plan fills are named before it runs."""

from __future__ import annotations

import pytest

from core.jobs.model import JobState
from tests.servers.migrating.test_dying import planned
from tests.servers.migrating.test_what_hangs_on_columns import DESIGN, ROWS, edited
from tests.servers.migrating.workshop import Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

TRIGGERS = """
CREATE SEQUENCE counted;
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql
 AS 'BEGIN PERFORM nextval(''public.counted''); RETURN NEW; END';
CREATE TRIGGER watching AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER other_column AFTER UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER other_event AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f();
CREATE TRIGGER off AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE t DISABLE TRIGGER off"""


def test_triggers_that_run_for_filled_rows_are_named(large_workshop: Workshop) -> None:
    """Those of other columns or events, and those that are disabled, do not run."""
    schema_id = large_workshop.create(DESIGN, ROWS)
    large_workshop.execute(schema_id, TRIGGERS)
    job = large_workshop.finish(large_workshop.edit(schema_id, edited(o="BIGINT")))
    assert job.state is JobState.SUCCEEDED, job.error
    assert [
        (each["level"], each["message"])
        for each in planned(large_workshop, schema_id).findings
        if each["code"] == "LK_TRIGGERS_FIRE"
    ] == [("warn", "Rows of table public.t are filled, for which triggers run: watching.")]
    assert large_workshop.execute(schema_id, "SELECT last_value FROM counted") == [(20,)]
