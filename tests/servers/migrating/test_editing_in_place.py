"""An edit changes the live database in place, and keeps its rows."""

from __future__ import annotations

import pytest

from core.databases.migration import MigrationState
from core.databases.migration_errors import (
    DatabaseDriftedError,
    RowsDoNotFitError,
    ValuesWouldBeLostError,
)
from core.jobs.model import JobState
from core.schemas.model import SchemaStatus
from tests.servers.migrating.designs import ROWS, USERS, renamed, users, with_column, without_column
from tests.servers.migrating.workshop import OWNER, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.every_major]


def test_a_column_is_added_and_the_rows_stay(workshop: Workshop) -> None:
    """The migration is recorded as applied, and database and schema follow the version."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, with_column(id="nick", name="nick", dataType="TEXT"))
    ended = workshop.finish(job)
    assert (ended.error, ended.state) == (None, JobState.SUCCEEDED)
    assert workshop.execute(schema_id, "SELECT id, email, nick FROM users ORDER BY id") == [
        (1, "a@example.org", None),
        (2, "b@example.org", None),
    ]
    assert workshop.version(schema_id) == 2
    migrations, total = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    assert total == 1
    assert (migrations[0].state, migrations[0].job_id) == (MigrationState.APPLIED, job.id)
    view = workshop.application.schemas.get(schema_id, owner=OWNER)
    assert view.schema.status is SchemaStatus.UPDATED


def test_a_renamed_column_keeps_its_values(workshop: Workshop) -> None:
    """The same id under another name is a rename, and the check follows."""
    schema_id = workshop.create(USERS, ROWS)
    ended = workshop.finish(workshop.edit(schema_id, renamed("email", "address")))
    assert ended.error is None
    assert workshop.execute(schema_id, "SELECT address FROM users WHERE id = 1") == [
        ("a@example.org",)
    ]


def test_a_column_with_values_goes_only_when_its_name_is_given(workshop: Workshop) -> None:
    """The refusal says what would go; afterwards the values are set aside, and backed up."""
    schema_id = workshop.create(USERS, ROWS)
    with pytest.raises(ValuesWouldBeLostError) as refused:
        workshop.edit(schema_id, without_column("email"))
    (loss,) = refused.value.losses
    assert (loss["table"], loss["column"], loss["rows"]) == ("public.users", "email", 2)
    assert workshop.application.schemas.get(schema_id, owner=OWNER).schema.version_number == 1
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["public.users.email"])
    ended = workshop.finish(job)
    assert ended.error is None
    assert ended.result is not None
    assert ended.result["backupId"] is not None
    assert workshop.columns(schema_id, "users") == ["age", "id"]


def test_an_empty_column_needs_no_permission(workshop: Workshop) -> None:
    """Where nothing is, nothing is lost."""
    schema_id = workshop.create(USERS, "INSERT INTO users VALUES (1, NULL, 30)")
    ended = workshop.finish(workshop.edit(schema_id, without_column("email")))
    assert ended.error is None
    assert ended.result is not None
    assert ended.result["backupId"] is None


def test_rows_that_came_between_are_asked_again(workshop: Workshop) -> None:
    """A value written after the edit was accepted is not lost by it."""
    schema_id = workshop.create(USERS, "INSERT INTO users VALUES (1, NULL, 30)")
    job = workshop.edit(schema_id, without_column("email"))
    workshop.execute(schema_id, "UPDATE users SET email = 'late@example.org'")
    ended = workshop.finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert workshop.execute(schema_id, "SELECT email FROM users") == [("late@example.org",)]
    assert workshop.version(schema_id) == 1
    view = workshop.application.schemas.get(schema_id, owner=OWNER)
    assert view.schema.status is SchemaStatus.ERROR
    migrations, _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    assert [each.state for each in migrations] == [MigrationState.FAILED]


def test_rows_that_do_not_fit_are_named(workshop: Workshop) -> None:
    """NULLs are in the way of NOT NULL."""
    schema_id = workshop.create(USERS, "INSERT INTO users VALUES (7, NULL, 30)")
    columns = [
        each | {"nullable": False} if each["name"] == "email" else each
        for each in USERS["tables"][0]["columns"]
    ]
    with pytest.raises(RowsDoNotFitError) as refused:
        workshop.edit(schema_id, users(columns=columns))
    (misfit,) = refused.value.misfits
    assert (misfit["rows"], misfit["samples"]) == (1, ["id=7"])


def test_a_database_that_was_changed_by_hand_is_left_alone(workshop: Workshop) -> None:
    """The refusal says what differs."""
    schema_id = workshop.create(USERS, ROWS)
    workshop.execute(schema_id, "ALTER TABLE users ADD COLUMN mine text")
    with pytest.raises(DatabaseDriftedError) as refused:
        workshop.edit(schema_id, with_column(id="nick", name="nick", dataType="TEXT"))
    assert "mine" in " ".join(refused.value.differences)


def test_edits_in_a_row_are_applied_in_a_row(workshop: Workshop) -> None:
    """Each plan that is out of date when its turn comes is made anew."""
    schema_id = workshop.create(USERS, ROWS)
    first = workshop.edit(schema_id, with_column(id="nick", name="nick", dataType="TEXT"))
    second = workshop.edit(schema_id, with_column(id="nick", name="alias", dataType="TEXT"))
    assert workshop.finish(first).error is None
    assert workshop.columns(schema_id, "users") == ["age", "email", "id", "nick"]
    assert workshop.finish(second).error is None
    assert workshop.columns(schema_id, "users") == ["age", "alias", "email", "id"]
    assert workshop.version(schema_id) == 3


def test_an_edit_before_the_database_is_made_finds_it_up_to_date(workshop: Workshop) -> None:
    """The first build makes the newest version, so there is nothing left to do."""
    created = workshop.application.create_schema(USERS, owner=OWNER)
    job = workshop.edit(created.schema.id, with_column(id="nick", name="nick", dataType="TEXT"))
    assert created.job is not None
    assert workshop.finish(created.job).error is None
    assert workshop.finish(job).error is None
    assert "nick" in workshop.columns(created.schema.id, "users")
    assert workshop.version(created.schema.id) == 2


def test_an_edit_makes_the_database_when_there_is_none(workshop: Workshop) -> None:
    """A first build that failed is made up for."""
    created = workshop.application.create_schema(USERS, owner=OWNER)
    assert created.job is not None
    workshop.application.jobs.cancel(created.job.id, owner=OWNER)
    job = workshop.edit(created.schema.id, with_column(id="nick", name="nick", dataType="TEXT"))
    ended = workshop.finish(job)
    assert (ended.error, ended.state) == (None, JobState.SUCCEEDED)
    assert "nick" in workshop.columns(created.schema.id, "users")


def test_a_check_on_a_new_column_is_tested_against_the_rows(workshop: Workshop) -> None:
    """A column that comes with its check holds NULL in every row, which every check lets pass."""
    schema_id = workshop.create(USERS, ROWS)
    document = with_column(id="size", name="size", dataType="INT")
    checks = [*USERS["tables"][0]["checks"], {"id": "c", "name": "c", "expression": "size > age"}]
    document["tables"][0]["checks"] = checks
    assert workshop.finish(workshop.edit(schema_id, document)).error is None
