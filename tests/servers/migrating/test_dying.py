"""Workers die around every line: the next one goes on, or everything is as it was."""

from __future__ import annotations

from typing import Any

import psycopg2
import pytest

from core.databases.migration import Migration, MigrationState
from core.databases.names import Marker
from core.jobs.model import Job, JobState
from core.planning.codec import plan_from_json
from tests.servers.migrating.designs import ROWS, USERS, users
from tests.servers.migrating.workshop import OWNER, Death, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]


def many_lines() -> dict[str, Any]:
    """Return a design to which, from a large table, there are lines of every sort."""
    id_, email, age = USERS["tables"][0]["columns"]
    return users(
        columns=[
            id_,
            email | {"nullable": False},
            age,
            {"id": "nick", "name": "nick", "dataType": "TEXT"},
        ],
        indexes=[{"id": "by_age", "name": "by_age", "columns": ["age"]}],
        uniques=[{"id": "one_email", "name": "one_email", "columnIds": ["users_email"]}],
        checks=[{"id": "adult", "name": "adult", "expression": "age > 20"}],
    )


def planned(workshop: Workshop, schema_id: str) -> Migration:
    """Return the newest migration."""
    migrations, _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    return migrations[0]


def prepared(workshop: Workshop, name: str = "shop") -> tuple[str, Job, int]:
    """Return a schema with rows, the job that changes many things, and the number of its lines."""
    schema_id = workshop.create(USERS | {"name": name}, ROWS)
    job = workshop.edit(schema_id, many_lines() | {"name": name})
    lines = len(plan_from_json(planned(workshop, schema_id).plan).up)
    assert lines > 4
    return schema_id, job, lines


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_around_every_line_is_made_up_for(
    large_workshop: Workshop, moment: str
) -> None:
    """Whichever line the first attempt dies at, the second goes on from there."""
    lines, line = 1, 0
    while line < lines:
        schema_id, job, lines = prepared(large_workshop, f"shop {line}")
        large_workshop.attempt(job, Death(**{moment: line}))
        assert large_workshop.job(job).state is JobState.QUEUED, line
        ended = large_workshop.finish(job)
        assert (ended.error, ended.state, ended.attempt) == (None, JobState.SUCCEEDED, 2), line
        assert large_workshop.columns(schema_id, "users") == ["age", "email", "id", "nick"]
        assert large_workshop.execute(schema_id, "SELECT count(*) FROM users") == [(2,)]
        assert planned(large_workshop, schema_id).state is MigrationState.APPLIED
        line += 1


def test_a_job_cancelled_after_any_line_leaves_the_old_state(large_workshop: Workshop) -> None:
    """What was done is taken back, and the old version serves."""
    lines, line = 2, 0
    while line < lines - 1:
        schema_id, job, lines = prepared(large_workshop, f"shop {line}")
        large_workshop.attempt(job, Death(after=line))
        large_workshop.application.jobs.cancel(job.id, owner=OWNER)
        assert large_workshop.finish(job).state is JobState.CANCELLED, line
        assert large_workshop.columns(schema_id, "users") == ["age", "email", "id"]
        assert large_workshop.version(schema_id) == 1
        assert planned(large_workshop, schema_id).state is MigrationState.FAILED
        line += 1


def test_a_cancelled_migration_can_be_tried_again(large_workshop: Workshop) -> None:
    """The next job takes up the same plan from its beginning."""
    schema_id, job, lines = prepared(large_workshop)
    large_workshop.attempt(job, Death(after=lines // 2))
    large_workshop.application.jobs.cancel(job.id, owner=OWNER)
    large_workshop.finish(job)
    ended = large_workshop.finish(large_workshop.application.jobs.retry(job.id, owner=OWNER))
    assert ended.error is None
    assert large_workshop.columns(schema_id, "users") == ["age", "email", "id", "nick"]
    assert planned(large_workshop, schema_id).state is MigrationState.APPLIED


def test_a_cancel_after_the_last_line_comes_too_late(large_workshop: Workshop) -> None:
    """Everything is in effect, so the job has succeeded."""
    schema_id, job, lines = prepared(large_workshop)
    large_workshop.attempt(job, Death(after=lines - 1))
    large_workshop.application.jobs.cancel(job.id, owner=OWNER)
    assert large_workshop.finish(job).state is JobState.SUCCEEDED
    assert large_workshop.version(schema_id) == 2
    assert planned(large_workshop, schema_id).state is MigrationState.APPLIED


def test_a_worker_that_dies_each_time_leaves_the_old_state(large_workshop: Workshop) -> None:
    """When the attempts are used up, the lines are taken back; a death within that, too."""
    schema_id, job, _ = prepared(large_workshop)
    for line in (1, 0, 0):
        large_workshop.attempt(job, Death(after=line))
    waiting = large_workshop.job(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    large_workshop.attempt(job, Death(after=0))
    ended = large_workshop.finish(job)
    assert ended.state is JobState.FAILED
    assert large_workshop.columns(schema_id, "users") == ["age", "email", "id"]
    assert large_workshop.version(schema_id) == 1


def test_a_lock_held_for_ever_fails_the_job_and_the_old_state_stands(workshop: Workshop) -> None:
    """The failure names who holds it, and other sessions were not held up for long."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, many_lines())
    holder = workshop.connect(schema_id, autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN ACCESS SHARE MODE")
    ended = workshop.finish(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "LOCK_TIMEOUT"
    holder.close()
    assert workshop.columns(schema_id, "users") == ["age", "email", "id"]
    retried = workshop.application.jobs.retry(job.id, owner=OWNER)
    assert workshop.finish(retried).error is None


def test_the_journal_of_a_finished_migration_says_so(workshop: Workshop) -> None:
    """Whoever looks at the database sees which version it follows."""
    schema_id = workshop.create(USERS, ROWS)
    assert workshop.finish(workshop.edit(schema_id, many_lines())).error is None
    ((comment,),) = workshop.execute(
        schema_id,
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE datname = current_database()",
    )
    marker = Marker.read(comment)
    assert marker is not None
    assert marker.progress is not None
    assert (marker.version_number, marker.progress.is_complete) == (2, True)


def test_two_migrations_at_once_take_turns(workshop: Workshop) -> None:
    """While another session runs lines, a migration waits, gives up and changes nothing."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, many_lines())
    other: psycopg2.extensions.connection = workshop.connect(schema_id)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('schema_builder'), 0)")
    workshop.attempt(job)
    assert workshop.job(job).state is JobState.QUEUED
    assert workshop.columns(schema_id, "users") == ["age", "email", "id"]
    other.close()
    assert workshop.finish(job).error is None
