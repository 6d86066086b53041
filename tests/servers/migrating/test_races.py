"""What others do to a database while it is planned, changed or waited for is never lost by that."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from typing_extensions import override

from core.backups.archive import Archive
from core.databases.drift_record import DriftState
from core.databases.migrating import DatabaseMigration
from core.databases.migration import Migration, MigrationState
from core.databases.migration_errors import PlanOutdatedError, RevertRefusedError
from core.databases.reverting import MigrationRevert
from core.databases.tidying import queue_removals
from core.jobs.model import Job, JobKind, JobState
from core.schemas.errors import RevertUnderWayError
from tests.servers.migrating.designs import ROWS, USERS, users, with_column, without_column
from tests.servers.migrating.workshop import OWNER, Death, Workshop

pytestmark = pytest.mark.servers

NICK = with_column(id="nick", name="nick", dataType="TEXT")
NO_EMAILS = "INSERT INTO users VALUES (1, NULL, 30)"


@dataclass(slots=True)
class Meanwhile(Death):
    """Lets somebody act right before the first line, and dies at none."""

    act: Callable[[], object] = lambda: None
    """What they do."""

    @override
    def run(self, act: Callable[[], None]) -> None:
        """Let them act, then run the line."""
        if self.lines == 0:
            self.act()
        self.lines += 1
        act()


def newest(workshop: Workshop, schema_id: str) -> Migration:
    """Return the newest migration."""
    found, _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    return found[0]


def revert(workshop: Workshop, schema_id: str, found: Migration, **given: Any) -> Job:  # noqa: ANN401 - passed on
    """Queue the job that takes a migration back."""
    return workshop.application.migrations.revert(schema_id, found.id, owner=OWNER, **given)


def close_window(workshop: Workshop, schema_id: str, *, hours: int = -1) -> None:
    """Let the window of the newest migration close in so many hours."""
    application = workshop.application
    found = newest(workshop, schema_id)
    until = application.clock.now() + timedelta(hours=hours)
    with application.open_store() as store:
        store.migrations.put(replace(found, set_aside_until=until))
        store.commit()


def queued_removals(workshop: Workshop, schema_id: str) -> list[Job]:
    """Do what the schedule does; return the removals that wait."""
    application = workshop.application
    queue_removals(
        open_store=application.open_store,
        announcer=workshop.announcer,
        clock=application.clock,
    )
    with application.open_store() as store:
        unfinished = store.jobs.unfinished_of_schema(schema_id)
    return [job for job in unfinished if job.kind is JobKind.TIDY]


def hidden_columns(workshop: Workshop, schema_id: str) -> list[tuple[Any, ...]]:
    """Return the columns that are out of sight, wherever they are."""
    sql = "SELECT attname FROM pg_attribute WHERE attname LIKE 'sb\\_%' AND NOT attisdropped"
    return list(workshop.execute(schema_id, sql))


def test_a_value_written_into_an_empty_column_right_before_it_goes_stays(
    workshop: Workshop,
) -> None:
    """Nobody allowed to lose it, so the migration is taken back and the job says so."""
    schema_id = workshop.create(USERS, NO_EMAILS)
    job = workshop.edit(schema_id, without_column("email"))
    late = "UPDATE users SET email = 'late@example.org'"
    workshop.attempt(job, Meanwhile(act=lambda: workshop.execute(schema_id, late)))
    ended = workshop.finish(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert workshop.execute(schema_id, "SELECT email FROM users") == [("late@example.org",)]
    assert workshop.version(schema_id) == 1
    assert newest(workshop, schema_id).state is MigrationState.FAILED


def test_a_late_value_may_go_where_losing_it_was_allowed(workshop: Workshop) -> None:
    """It waits out of sight like any other."""
    schema_id = workshop.create(USERS, NO_EMAILS)
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["users.email"])
    late = "UPDATE users SET email = 'late@example.org'"
    workshop.attempt(job, Meanwhile(act=lambda: workshop.execute(schema_id, late)))
    assert workshop.finish(job).error is None
    assert workshop.finish(revert(workshop, schema_id, newest(workshop, schema_id))).error is None
    assert workshop.execute(schema_id, "SELECT email FROM users") == [("late@example.org",)]


def test_a_row_written_into_an_empty_table_right_before_it_goes_stays(workshop: Workshop) -> None:
    """Also when the worker that would have seen it died after the last line."""
    document = deepcopy(USERS)
    columns = [{"id": "notes_id", "name": "id", "dataType": "INT", "primaryKey": True}]
    document["tables"].append({"id": "notes", "name": "notes", "columns": columns})
    schema_id = workshop.create(document, ROWS)
    job = workshop.edit(schema_id, USERS)
    workshop.execute(schema_id, "INSERT INTO users VALUES (3, 'c@example.org', 50)")
    late = "INSERT INTO notes VALUES (7)"
    workshop.attempt(job, Meanwhile(act=lambda: workshop.execute(schema_id, late), after=0))
    ended = workshop.finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert workshop.execute(schema_id, "SELECT id FROM notes") == [(7,)]


def test_a_plan_that_would_bring_back_an_older_view_is_refused(workshop: Workshop) -> None:
    """A plan says how to make views again; one that was edited since is not in it."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    workshop.execute(schema_id, "CREATE VIEW mails AS SELECT email FROM users")
    id_, email, age = USERS["tables"][0]["columns"]
    shorter = users(columns=[id_, email | {"length": 100}, age])
    first = application.plan_migration(schema_id, owner=OWNER, document=shorter)
    job = application.migrations.apply(schema_id, first.id, owner=OWNER)
    edited = "CREATE OR REPLACE VIEW mails AS SELECT email, id FROM users"
    workshop.execute(schema_id, edited)
    ended = workshop.finish(job)
    assert ended.error is not None
    assert ended.error.code == "PLAN_OUTDATED"
    with pytest.raises(PlanOutdatedError):
        application.migrations.apply(schema_id, first.id, owner=OWNER)
    assert workshop.execute(schema_id, "SELECT id FROM mails ORDER BY id") == [(1,), (2,)]


def test_a_plan_for_a_version_that_was_passed_over_is_refused(workshop: Workshop) -> None:
    """The database has come back to where it was, under a newer version."""
    application = workshop.application
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, NICK)
    application.jobs.cancel(job.id, owner=OWNER)
    workshop.finish(job)
    planned = application.plan_migration(schema_id, owner=OWNER, to_version=2)
    back = workshop.edit(schema_id, USERS)
    workshop.finish(back)
    assert workshop.version(schema_id) == 3
    with pytest.raises(PlanOutdatedError):
        application.migrations.apply(schema_id, planned.id, owner=OWNER)


def test_what_a_queued_revert_needs_is_not_removed_before_it_runs(workshop: Workshop) -> None:
    """It was asked for in time, so that it only matters that others go first."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["users.email"])
    assert workshop.finish(job).error is None
    close_window(workshop, schema_id)
    (removal,) = queued_removals(workshop, schema_id)
    close_window(workshop, schema_id, hours=1)
    taken_back = revert(workshop, schema_id, newest(workshop, schema_id))
    close_window(workshop, schema_id)
    assert workshop.finish(removal).error is None
    assert queued_removals(workshop, schema_id) == []
    assert workshop.finish(taken_back).error is None
    assert workshop.execute(schema_id, "SELECT email FROM users ORDER BY 1") == [
        ("a@example.org",),
        ("b@example.org",),
    ]


def test_what_was_set_aside_goes_from_a_table_that_was_renamed_since(workshop: Workshop) -> None:
    """Nothing of it stays for ever."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["users.email"])
    assert workshop.finish(job).error is None
    close_window(workshop, schema_id)
    people = without_column("email")
    people["tables"][0]["name"] = "people"
    assert workshop.finish(workshop.edit(schema_id, people)).error is None
    assert len(hidden_columns(workshop, schema_id)) == 1
    (removal,) = queued_removals(workshop, schema_id)
    assert workshop.finish(removal).error is None
    assert hidden_columns(workshop, schema_id) == []


def test_an_edit_waits_for_a_revert_and_a_revert_for_a_migration(workshop: Workshop) -> None:
    """Else the revert would make an older version the newest, and the edit count as done."""
    schema_id = workshop.create(USERS, ROWS)
    assert workshop.finish(workshop.edit(schema_id, NICK)).error is None
    first = newest(workshop, schema_id)
    later = with_column(id="size", name="size", dataType="INT")
    job = revert(workshop, schema_id, first)
    with pytest.raises(RevertUnderWayError):
        workshop.edit(schema_id, later)
    workshop.application.jobs.cancel(job.id, owner=OWNER)
    workshop.finish(job)
    edit = workshop.edit(schema_id, later)
    with pytest.raises(RevertRefusedError):
        revert(workshop, schema_id, first)
    assert workshop.finish(edit).error is None


def test_a_migration_under_way_is_no_drift(large_workshop: Workshop) -> None:
    """Another edit is accepted and waits, and nobody is told that the database drifted."""
    workshop = large_workshop
    schema_id = workshop.create(USERS, ROWS)
    document = deepcopy(NICK)
    document["tables"][0]["indexes"] = [{"id": "by_age", "name": "by_age", "columns": ["age"]}]
    job = workshop.edit(schema_id, document)
    workshop.attempt(job, Death(after=0))
    assert workshop.columns(schema_id, "users") == ["age", "email", "id", "nick"]
    workshop.application.detect_drift(schema_id, owner=OWNER)
    with workshop.application.open_store() as store:
        record = store.drift.get(schema_id)
    assert record is None or record.state is not DriftState.DRIFTED
    following = workshop.edit(schema_id, document | {"name": "shop", "description": "x"} | NICK)
    assert workshop.finish(job).error is None
    assert workshop.finish(following).error is None
    assert workshop.version(schema_id) == 3


class SlowArchive:
    """An archive during whose writing somebody acts."""

    def __init__(self, archive: Archive, act: Callable[[], object]) -> None:
        self._archive = archive
        self._act = act

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - passed on
        """Let somebody act before a file is written, and pass everything on."""
        if name == "write":
            self._act()
        return getattr(self._archive, name)


def during_the_backup(workshop: Workshop, act: Callable[[], object]) -> Workshop:
    """Return a workshop in which somebody acts while rows are saved."""
    runners = dict(workshop.application.runners)
    for kind in (JobKind.MIGRATE, JobKind.REVERT):
        runner = runners[kind]
        assert isinstance(runner, DatabaseMigration | MigrationRevert)
        archive = cast("Archive", SlowArchive(runner.ports.archive, act))
        runners[kind] = replace(runner, ports=replace(runner.ports, archive=archive))
    return replace(workshop, application=replace(workshop.application, runners=runners))


def test_a_structure_changed_during_the_backup_is_noticed(workshop: Workshop) -> None:
    """The plan is for another state by then, so that no line of it runs."""
    schema_id = workshop.create(USERS, ROWS)
    job = workshop.edit(schema_id, without_column("email"), allow_loss=["users.email"])
    by_hand = "ALTER TABLE users ADD COLUMN IF NOT EXISTS by int"
    ended = during_the_backup(workshop, lambda: workshop.execute(schema_id, by_hand)).finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATABASE_DRIFTED"
    assert workshop.columns(schema_id, "users") == ["age", "by", "email", "id"]
    assert hidden_columns(workshop, schema_id) == []


def test_rows_that_come_during_the_backup_are_asked_again(workshop: Workshop) -> None:
    """A conversion that lost nothing when it was planned would lose something by now."""
    id_, email, age = USERS["tables"][0]["columns"]
    exact = users(columns=[id_, email, age | {"dataType": "DECIMAL", "precision": 9, "scale": 2}])
    whole = users(columns=[id_, age | {"dataType": "INT"}])
    schema_id = workshop.create(exact, ROWS)
    job = workshop.edit(schema_id, whole, allow_loss=["users.email"])
    late = "UPDATE users SET age = 30.75 WHERE id = 1"
    ended = during_the_backup(workshop, lambda: workshop.execute(schema_id, late)).finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    assert workshop.execute(schema_id, "SELECT email, age::text FROM users WHERE id = 1") == [
        ("a@example.org", "30.75")
    ]


def test_a_revert_is_refused_when_the_database_was_changed_in_another_way(
    workshop: Workshop,
) -> None:
    """What was adopted since would be in its way."""
    schema_id = workshop.create(USERS, ROWS)
    assert workshop.finish(workshop.edit(schema_id, NICK)).error is None
    workshop.execute(schema_id, "ALTER TABLE users ADD COLUMN by_hand int")
    workshop.application.adopt_drift(schema_id, owner=OWNER)
    with pytest.raises(RevertRefusedError):
        revert(workshop, schema_id, newest(workshop, schema_id))


def test_values_that_come_during_the_backup_of_a_revert_are_asked_again(
    workshop: Workshop,
) -> None:
    """Only what was allowed by name may go."""
    schema_id = workshop.create(USERS, ROWS)
    size = {"id": "size", "name": "size", "dataType": "INT"}
    document = deepcopy(NICK)
    document["tables"][0]["columns"].append(size)
    assert workshop.finish(workshop.edit(schema_id, document)).error is None
    workshop.execute(schema_id, "UPDATE users SET nick = 'ann' WHERE id = 1")
    job = revert(workshop, schema_id, newest(workshop, schema_id), allow_loss=["users.nick"])
    late = "UPDATE users SET size = 7 WHERE id = 1"
    ended = during_the_backup(workshop, lambda: workshop.execute(schema_id, late)).finish(job)
    assert ended.error is not None
    assert ended.error.code == "DATA_WOULD_BE_LOST"
    sql = "SELECT nick, size FROM users WHERE id = 1"
    assert workshop.execute(schema_id, sql) == [("ann", 7)]
    assert newest(workshop, schema_id).state is MigrationState.APPLIED
