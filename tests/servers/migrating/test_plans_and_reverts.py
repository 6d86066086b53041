"""Stored plans are applied as they were shown, and taken back with their values."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.databases.migration import Migration, MigrationState
from core.databases.migration_errors import (
    MigrationStateError,
    NothingToMigrateError,
    PlanOutdatedError,
    RevertRefusedError,
    ValuesWouldBeLostError,
)
from core.databases.tidying import queue_removals
from core.jobs.model import Job, JobState
from tests.conftest import PostgresqlServer
from tests.servers.migrating.conftest import make_workshop
from tests.servers.migrating.designs import ROWS, USERS, users, with_column, without_column
from tests.servers.migrating.workshop import OWNER, Death, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

NICK = with_column(id="nick", name="nick", dataType="TEXT")


def migration(workshop: Workshop, schema_id: str) -> Migration:
    """Return the newest migration."""
    found, _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    return found[0]


def without_email(workshop: Workshop) -> tuple[str, Migration]:
    """Return a schema whose column of addresses was set aside, and the migration that did it."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["users.email"])
    assert workshop.finish(job).error is None
    return schema_id, migration(workshop, schema_id)


def revert(workshop: Workshop, schema_id: str, found: Migration, **given: Any) -> Job:  # noqa: ANN401 - passed on
    """Queue the job that takes a migration back."""
    return workshop.application.migrations.revert(schema_id, found.id, owner=OWNER, **given)


def test_a_plan_is_stored_shown_and_applied(workshop: Workshop) -> None:
    """Its document becomes the next version when it is applied, and not before."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    planned = application.plan_migration(schema_id, owner=OWNER, document=NICK, note="nicknames")
    assert (planned.state, planned.from_version, planned.to_version) == (
        MigrationState.PLANNED,
        1,
        2,
    )
    assert application.schemas.get(schema_id, owner=OWNER).schema.version_number == 1
    job = application.migrations.apply(schema_id, planned.id, owner=OWNER)
    assert workshop.finish(job).error is None
    assert "nick" in workshop.columns(schema_id, "users")
    assert application.schemas.get(schema_id, owner=OWNER).schema.version_number == 2
    assert migration(workshop, schema_id).state is MigrationState.APPLIED
    with pytest.raises(MigrationStateError):
        application.migrations.apply(schema_id, planned.id, owner=OWNER)
    with pytest.raises(MigrationStateError):
        application.migrations.discard(schema_id, planned.id, owner=OWNER)
    with pytest.raises(NothingToMigrateError):
        application.plan_migration(schema_id, owner=OWNER, document=NICK)


@pytest.mark.parametrize("extent", ["structure", "data"])
def test_a_plan_is_rehearsed_first_when_asked(workshop: Workshop, extent: str) -> None:
    """The copy is gone afterwards, and the database is changed."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    planned = application.plan_migration(
        schema_id, owner=OWNER, document=without_column("email"), allow_loss=["*"]
    )
    job = application.migrations.apply(schema_id, planned.id, owner=OWNER, rehearse=extent)
    ended = workshop.finish(job)
    assert ended.error is None
    steps = {step.name: step.state for step in ended.steps}
    assert steps["rehearse"] == "succeeded"
    assert workshop.columns(schema_id, "users") == ["age", "id"]
    left = workshop.execute(schema_id, "SELECT datname FROM pg_database WHERE datname LIKE 'sb%'")
    assert left == []


def test_a_plan_for_another_state_is_refused(workshop: Workshop) -> None:
    """Another migration came between."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    planned = application.plan_migration(schema_id, owner=OWNER, document=NICK)
    age = with_column(id="size", name="size", dataType="INT")
    assert workshop.finish(workshop.edit(schema_id, age)).error is None
    with pytest.raises(PlanOutdatedError):
        application.migrations.apply(schema_id, planned.id, owner=OWNER)
    discarded = application.migrations.discard(schema_id, planned.id, owner=OWNER)
    assert discarded.state is MigrationState.DISCARDED


def test_a_plan_that_loses_values_is_applied_only_when_that_is_allowed(workshop: Workshop) -> None:
    """Planning shows the loss; applying refuses it until it is named."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    planned = application.plan_migration(schema_id, owner=OWNER, document=without_column("email"))
    assert [loss["subject"] for loss in planned.impact["losses"]] == ["public.users.email"]
    with pytest.raises(ValuesWouldBeLostError):
        application.migrations.apply(schema_id, planned.id, owner=OWNER)
    job = application.migrations.apply(
        schema_id, planned.id, owner=OWNER, allow_loss=["public.users"]
    )
    assert workshop.finish(job).error is None


def test_a_revert_brings_back_structure_and_values(workshop: Workshop) -> None:
    """The rows have their old values, a new row has none, and the old design is a new version."""
    schema_id, applied = without_email(workshop)
    workshop.execute(schema_id, "INSERT INTO users (id, age) VALUES (3, 50)")
    ended = workshop.finish(revert(workshop, schema_id, applied))
    assert (ended.error, ended.state) == (None, JobState.SUCCEEDED)
    assert workshop.execute(schema_id, "SELECT id, email, age FROM users ORDER BY id") == [
        (1, "a@example.org", 30),
        (2, "b@example.org", 40),
        (3, None, 50),
    ]
    assert workshop.version(schema_id) == 3
    assert migration(workshop, schema_id).state is MigrationState.REVERTED
    view = workshop.application.schemas.get(schema_id, owner=OWNER)
    assert len(view.document["tables"][0]["columns"]) == 3
    spaces = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sb%'"
    assert workshop.execute(schema_id, spaces) == []


def test_only_the_last_migration_can_be_taken_back(workshop: Workshop) -> None:
    """Others would pull away what later ones stand on."""
    schema_id, first = without_email(workshop)
    document = users(columns=[USERS["tables"][0]["columns"][0]], checks=[])
    job = workshop.edit(schema_id, document, allow_data_loss=True)
    assert workshop.finish(job).error is None
    with pytest.raises(RevertRefusedError):
        revert(workshop, schema_id, first)
    second = migration(workshop, schema_id)
    assert workshop.finish(revert(workshop, schema_id, second)).error is None
    assert workshop.columns(schema_id, "users") == ["age", "id"]


def test_a_revert_that_would_lose_newer_values_is_refused_until_allowed(
    workshop: Workshop,
) -> None:
    """What was written into a new column since would go with it."""
    schema_id = workshop.create(USERS, ROWS)
    assert workshop.finish(workshop.edit(schema_id, NICK)).error is None
    workshop.execute(schema_id, "UPDATE users SET nick = 'ann' WHERE id = 1")
    applied = migration(workshop, schema_id)
    refused = workshop.finish(revert(workshop, schema_id, applied))
    assert refused.error is not None
    assert refused.error.code == "DATA_WOULD_BE_LOST"
    assert migration(workshop, schema_id).state is MigrationState.APPLIED
    ended = workshop.finish(revert(workshop, schema_id, applied, allow_loss=["public.users.nick"]))
    assert ended.error is None
    assert ended.result is not None
    assert ended.result["backupId"] is not None
    assert workshop.columns(schema_id, "users") == ["age", "email", "id"]


def test_what_was_set_aside_goes_when_the_window_closes(workshop: Workshop) -> None:
    """After that there is no way back to the values, and nothing is left of them."""
    schema_id, applied = without_email(workshop)
    application = workshop.application
    assert applied.set_aside
    assert removals(workshop) == 0
    with application.open_store() as store:
        store.migrations.put(
            replace(applied, set_aside_until=application.clock.now() - timedelta(seconds=1))
        )
        store.commit()
    with pytest.raises(RevertRefusedError):
        revert(workshop, schema_id, applied)
    assert removals(workshop) == 1
    assert removals(workshop) == 0
    with application.open_store() as store:
        (job,) = store.jobs.unfinished_of_schema(schema_id)
    assert workshop.finish(job).error is None
    left = "SELECT attname FROM pg_attribute WHERE attname LIKE 'sb\\_%' AND NOT attisdropped"
    assert workshop.execute(schema_id, left) == []
    assert migration(workshop, schema_id).set_aside_removed_at is not None
    assert removals(workshop) == 0
    assert workshop.finish(workshop.edit(schema_id, NICK, allow_data_loss=True)).error is None


def test_without_a_window_nothing_goes_that_is_in_no_backup(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    """Writers are not kept out, so what goes is saved once more when nobody reaches it any more."""
    (workshop,) = make_workshop(store_url, tmp_path, postgresql_server, set_aside_hours=0)
    schema_id, applied = without_email(workshop)
    assert applied.set_aside_until == applied.applied_at
    (aside,) = applied.set_aside
    # As if it had come between the backup and the first line.
    workshop.execute(schema_id, f"UPDATE users SET {aside.column} = 'late' WHERE id = 1")
    assert removals(workshop) == 1
    with workshop.application.open_store() as store:
        (job,) = store.jobs.unfinished_of_schema(schema_id)
    assert workshop.finish(job).error is None
    left = "SELECT attname FROM pg_attribute WHERE attname LIKE 'sb\\_%' AND NOT attisdropped"
    assert workshop.execute(schema_id, left) == []
    with workshop.application.open_store() as store:
        backups, _ = store.backups.list_page(schema_id, page=1, limit=10)
    assert {backup.reason for backup in backups} == {"before_migrate", "before_removal"}


def removals(workshop: Workshop) -> int:
    """Do what the schedule does; return how many jobs were queued."""
    application = workshop.application
    return queue_removals(
        open_store=application.open_store,
        announcer=workshop.announcer,
        clock=application.clock,
    )


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_around_every_line_of_a_revert_is_made_up_for(
    large_workshop: Workshop, moment: str
) -> None:
    """The next attempt goes on from there, or finds everything done."""
    lines, line = 1, 0
    while line < lines:
        schema_id, applied, lines = many_changes(large_workshop, f"shop {line}")
        job = revert(large_workshop, schema_id, applied)
        large_workshop.attempt(job, Death(**{moment: line}))
        ended = large_workshop.finish(job)
        assert (ended.error, ended.state, ended.attempt) == (None, JobState.SUCCEEDED, 2), line
        assert large_workshop.columns(schema_id, "users") == ["age", "email", "id"]
        assert large_workshop.version(schema_id) == 3
        line += 1


def test_a_revert_cancelled_after_any_line_leaves_the_migration_in_effect(
    large_workshop: Workshop,
) -> None:
    """What was taken back comes into effect again."""
    lines, line = 2, 0
    while line < lines - 1:
        schema_id, applied, lines = many_changes(large_workshop, f"shop {line}")
        job = revert(large_workshop, schema_id, applied)
        large_workshop.attempt(job, Death(after=line))
        large_workshop.application.jobs.cancel(job.id, owner=OWNER)
        assert large_workshop.finish(job).state is JobState.CANCELLED, line
        assert large_workshop.columns(schema_id, "users") == ["age", "email", "id", "nick"]
        assert large_workshop.version(schema_id) == 2
        assert migration(large_workshop, schema_id).state is MigrationState.APPLIED
        line += 1


def many_changes(workshop: Workshop, name: str) -> tuple[str, Migration, int]:
    """Return a schema with an applied migration, and how many lines lead back."""
    schema_id = workshop.create(USERS | {"name": name}, ROWS)
    document = NICK | {"name": name}
    table = document["tables"][0] | {
        "indexes": [{"id": "by_age", "name": "by_age", "columns": ["age"]}],
        "checks": [{"id": "adult", "name": "adult", "expression": "age > 20"}],
    }
    job = workshop.edit(schema_id, document | {"tables": [table]})
    assert workshop.finish(job).error is None
    applied = migration(workshop, schema_id)
    return schema_id, applied, len(applied.plan["down"])


ID, EMAIL, AGE = USERS["tables"][0]["columns"]
STRICT = users(columns=[ID, EMAIL | {"unique": True}, AGE | {"nullable": False}])
LOOSE = users(columns=[ID, EMAIL | {"length": 400}, AGE], checks=[])


@pytest.mark.parametrize(
    "row",
    [
        "(3, 'c@example.org', NULL)",
        "(3, 'c@example.org', 5)",
        "(3, 'a@example.org', 50)",
        f"(3, '{'c' * 300}', 50)",
    ],
    ids=["a null", "a check", "a double", "too long"],
)
def test_a_revert_that_newer_rows_do_not_fit_is_refused_before_anything_is_done(
    large_workshop: Workshop, row: str
) -> None:
    """The rows are named, and the new state stays in service."""
    workshop = large_workshop
    schema_id = workshop.create(STRICT, ROWS)
    assert workshop.finish(workshop.edit(schema_id, LOOSE)).error is None
    workshop.execute(schema_id, f"INSERT INTO users VALUES {row}")
    applied = migration(workshop, schema_id)
    death = Death()
    job = revert(workshop, schema_id, applied)
    workshop.attempt(job, death)
    refused = workshop.finish(job)
    assert refused.error is not None
    assert refused.error.code == "ROWS_DO_NOT_FIT"
    assert (refused.state, death.lines) == (JobState.FAILED, 0)
    assert migration(workshop, schema_id).state is MigrationState.APPLIED
    assert workshop.execute(schema_id, "SELECT count(*) FROM users") == [(3,)]
    workshop.execute(schema_id, "DELETE FROM users WHERE id = 3")
    assert workshop.finish(revert(workshop, schema_id, applied)).error is None


def test_a_revert_that_a_newer_row_stops_on_the_way_leaves_the_migration_in_effect(
    workshop: Workshop,
) -> None:
    """A row that came without a value for a column that returns and forbids none."""
    columns = [ID, EMAIL, AGE | {"nullable": False}]
    schema_id = workshop.create(users(columns=columns), ROWS)
    edit = workshop.edit(schema_id, without_column("age"), allow_loss=["users.age"])
    assert workshop.finish(edit).error is None
    workshop.execute(schema_id, "INSERT INTO users (id) VALUES (3)")
    applied = migration(workshop, schema_id)
    failed = workshop.finish(revert(workshop, schema_id, applied))
    assert failed.state is JobState.FAILED
    assert workshop.columns(schema_id, "users") == ["email", "id"]
    assert migration(workshop, schema_id).state is MigrationState.APPLIED
    workshop.execute(schema_id, "DELETE FROM users WHERE id = 3")
    assert workshop.finish(revert(workshop, schema_id, applied)).error is None
    assert workshop.execute(schema_id, "SELECT age FROM users ORDER BY id") == [(30,), (40,)]
