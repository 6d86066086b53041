"""A way back of many lines that fails in the middle comes up again, and can be gone once more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from typing_extensions import override

from core.databases.migration import MigrationState
from core.jobs.model import Job, JobState
from core.planning.codec import plan_from_json
from embedded.processes import wait_until
from tests.servers.migrating.designs import ROWS, USERS, users
from tests.servers.migrating.workshop import OWNER, Death, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


@dataclass(slots=True)
class At(Death):
    """Lets somebody act before one line of many."""

    line: int = 0
    """The line, from 0."""
    act: Callable[[], object] = lambda: None
    """What they do."""

    @override
    def run(self, act: Callable[[], None]) -> None:
        """Let them act before the line, then run it."""
        if self.lines == self.line:
            self.act()
        self.lines += 1
        act()


def strict() -> dict[str, Any]:
    """Return a design whose rows have to be what those of a looser one need not be."""
    id_, email, age = USERS["tables"][0]["columns"]
    return users(
        columns=[id_, email | {"nullable": False}, age],
        indexes=[{"id": "by_age", "name": "by_age", "columns": ["age"]}],
        uniques=[{"id": "one_email", "name": "one_email", "columnIds": ["users_email"]}],
        checks=[{"id": "adult", "name": "adult", "expression": "age > 20"}],
    )


def loose() -> dict[str, Any]:
    """Return that design with none of it, and with ages that may be large."""
    id_, email, age = USERS["tables"][0]["columns"]
    nick = {"id": "nick", "name": "nick", "dataType": "TEXT"}
    return users(columns=[id_, email, age | {"dataType": "BIGINT"}, nick])


def applied(workshop: Workshop, name: str = "shop") -> tuple[str, Job, int]:
    """Return a schema that became loose, the job that takes that back, and its number of lines."""
    schema_id = workshop.create(strict() | {"name": name}, ROWS)
    assert workshop.finish(workshop.edit(schema_id, loose() | {"name": name})).error is None
    (found,), _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    job = workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    lines = len(plan_from_json(found.plan).down)
    assert lines > 4
    return schema_id, job, lines


def shape(workshop: Workshop, schema_id: str) -> list[tuple[Any, ...]]:
    """Return everything that the table is made of."""
    return [
        *workshop.execute(
            schema_id,
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
            " WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1",
        ),
        *workshop.execute(
            schema_id,
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'users'::regclass AND contype <> 'n' ORDER BY 1",
        ),
        *workshop.execute(
            schema_id,
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index"
            " WHERE indrelid = 'users'::regclass ORDER BY 1",
        ),
        *workshop.execute(schema_id, "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"),
        *workshop.execute(schema_id, "SELECT proname FROM pg_proc WHERE proname LIKE 'sb\\_%'"),
    ]


MISFITS = {
    "a NULL": "INSERT INTO users (id, email, age) VALUES (9, NULL, 50)",
    "a duplicate": "INSERT INTO users (id, email, age) VALUES (9, 'a@example.org', 50)",
    "too young": "INSERT INTO users (id, email, age) VALUES (9, 'z@example.org', 19)",
    "too large": "INSERT INTO users (id, email, age) VALUES (9, 'z@example.org', 5000000000)",
}


@pytest.mark.parametrize("misfit", MISFITS.values(), ids=MISFITS)
def test_a_row_that_comes_between_stops_a_revert_and_everything_is_as_it_was(
    misfit: str, large_workshop: Workshop
) -> None:
    """The job fails and says why; once the row is gone, the same revert succeeds."""
    schema_id, job, _ = applied(large_workshop)
    before = shape(large_workshop, schema_id)
    late = At(act=lambda: large_workshop.execute(schema_id, misfit))
    large_workshop.attempt(job, late)
    ended = large_workshop.finish(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.sqlstate is not None
    assert shape(large_workshop, schema_id) == before
    assert large_workshop.version(schema_id) == 2
    (found,), _ = large_workshop.application.migrations.list_page(schema_id, owner=OWNER)
    assert found.state is MigrationState.APPLIED

    large_workshop.execute(schema_id, "DELETE FROM users WHERE id = 9")
    again = large_workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    assert large_workshop.finish(again).error is None
    assert ("age", "integer", True) not in shape(large_workshop, schema_id)
    assert ("age", "integer", False) in shape(large_workshop, schema_id)


def test_a_revert_cancelled_after_a_line_is_in_effect_again(large_workshop: Workshop) -> None:
    """Whatever it had made ready by then is gone, and the migration counts as applied."""
    lines, line = 2, 0
    while line < lines - 1:
        schema_id, job, lines = applied(large_workshop, f"shop {line}")
        before = shape(large_workshop, schema_id)
        large_workshop.attempt(job, Death(after=line))
        large_workshop.application.jobs.cancel(job.id, owner=OWNER)
        assert large_workshop.finish(job).state is JobState.CANCELLED, line
        assert shape(large_workshop, schema_id) == before, line
        assert large_workshop.version(schema_id) == 2
        line += 2


def test_a_worker_killed_around_every_line_of_a_revert_is_made_up_for(
    large_workshop: Workshop,
) -> None:
    """Whichever line the first attempt dies after, the second goes on from there."""
    lines, line = 1, 0
    while line < lines:
        schema_id, job, lines = applied(large_workshop, f"shop {line}")
        large_workshop.attempt(job, Death(after=line))
        ended = large_workshop.finish(job)
        assert (ended.error, ended.state, ended.attempt) == (None, JobState.SUCCEEDED, 2), line
        assert ("age", "integer", False) in shape(large_workshop, schema_id)
        line += 2


def test_a_row_that_fits_neither_state_leaves_a_line_from_which_both_ways_go(
    large_workshop: Workshop,
) -> None:
    """It came while neither constraint was there; when it is gone, the clean-up ends."""
    swap = {"id": "other", "name": "other", "expression": "age < 90"}
    schema_id = large_workshop.create(strict(), ROWS)
    looser = loose()
    looser["tables"][0]["checks"] = [swap]
    assert large_workshop.finish(large_workshop.edit(schema_id, looser)).error is None
    (found,), _ = large_workshop.application.migrations.list_page(schema_id, owner=OWNER)
    job = large_workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    applied_shape = shape(large_workshop, schema_id)
    down = plan_from_json(found.plan).down
    is_gone = [
        any("DROP CONSTRAINT" in each.sql and "other" in each.sql for each in line.statements)
        for line in down
    ]
    misfit = "INSERT INTO users (id, email, age) VALUES (9, 'a@example.org', 99)"
    late = At(line=is_gone.index(True) + 1, act=lambda: large_workshop.execute(schema_id, misfit))
    large_workshop.attempt(job, late)
    waiting = large_workshop.job(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    large_workshop.execute(schema_id, "DELETE FROM users WHERE id = 9")

    def has_ended() -> bool:
        return large_workshop.finish(job).state is JobState.FAILED

    assert wait_until(has_ended, 30.0)
    assert shape(large_workshop, schema_id) == applied_shape
    again = large_workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    assert large_workshop.finish(again).error is None


def test_a_first_value_written_right_before_its_column_goes_stays(
    large_workshop: Workshop,
) -> None:
    """It is seen under the lock that drops the column, and the migration stays in effect."""
    schema_id, job, _ = applied(large_workshop)
    before = shape(large_workshop, schema_id)
    (found,), _ = large_workshop.application.migrations.list_page(schema_id, owner=OWNER)
    drops = [
        any(each.takes is not None and each.takes.column == "nick" for each in line.statements)
        for line in plan_from_json(found.plan).down
    ]
    line = drops.index(True)
    assert line > 0
    late = "UPDATE users SET nick = 'late' WHERE id = 1"
    large_workshop.attempt(job, At(line=line, act=lambda: large_workshop.execute(schema_id, late)))
    ended = large_workshop.finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert shape(large_workshop, schema_id) == before
    assert large_workshop.execute(schema_id, "SELECT nick FROM users WHERE id = 1") == [("late",)]


def test_a_first_row_written_right_before_its_table_goes_stays(workshop: Workshop) -> None:
    """A table that the migration made was empty when the revert was asked for."""
    schema_id = workshop.create(USERS, ROWS)
    more = users()
    columns = [{"id": "notes_id", "name": "id", "dataType": "INT", "primaryKey": True}]
    more["tables"].append({"id": "notes", "name": "notes", "columns": columns})
    assert workshop.finish(workshop.edit(schema_id, more)).error is None
    (found,), _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    job = workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    late = "INSERT INTO notes VALUES (7)"
    workshop.attempt(job, At(act=lambda: workshop.execute(schema_id, late)))
    ended = workshop.finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert workshop.execute(schema_id, "SELECT id FROM notes") == [(7,)]
    allowed = workshop.application.migrations.revert(
        schema_id, found.id, owner=OWNER, allow_loss=["*"]
    )
    assert workshop.finish(allowed).error is None


def test_an_index_that_the_first_line_back_left_invalid_goes(large_workshop: Workshop) -> None:
    """Nothing was noted before that line, and yet there is something to mend."""
    schema_id = large_workshop.create(strict(), ROWS)
    without = strict()
    without["tables"][0]["uniques"] = []
    assert large_workshop.finish(large_workshop.edit(schema_id, without)).error is None
    before = shape(large_workshop, schema_id)
    (found,), _ = large_workshop.application.migrations.list_page(schema_id, owner=OWNER)
    assert not plan_from_json(found.plan).down[0].is_transactional
    job = large_workshop.application.migrations.revert(schema_id, found.id, owner=OWNER)
    late = MISFITS["a duplicate"]
    large_workshop.attempt(job, At(act=lambda: large_workshop.execute(schema_id, late)))
    ended = large_workshop.finish(job)
    assert (ended.state, ended.error and ended.error.sqlstate) == (JobState.FAILED, "23505")
    assert shape(large_workshop, schema_id) == before
