"""A backup taken inside a window brings nothing back that nobody would remove again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.databases.tidying import queue_removals
from core.jobs.model import JobKind, JobState
from tests.servers.migrating.designs import ROWS, without_column
from tests.servers.migrating.workshop import OWNER, Workshop

pytestmark = pytest.mark.servers

OUT_OF_SIGHT = (
    "SELECT attname FROM pg_attribute WHERE attname LIKE 'sb\\_aside%' AND NOT attisdropped"
    " UNION ALL SELECT relname FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace::regnamespace::text = 'sb_set_aside'"
    " UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'sb_set_aside'"
)


def saved_inside_a_window(workshop: Workshop) -> tuple[str, str]:
    """Return a schema that lost a column and a table, and a backup that has them out of sight."""
    more = without_column("name")
    columns = [{"id": "notes_id", "name": "id", "dataType": "INT", "primaryKey": True}]
    more["tables"].append({"id": "notes", "name": "notes", "columns": columns})
    schema_id = workshop.create(more, ROWS + "; INSERT INTO notes VALUES (7)")
    job = workshop.edit(schema_id, without_column("email"), allow_data_loss=True)
    assert workshop.finish(job).error is None
    backup, job = workshop.application.backups.take(schema_id, owner=OWNER)
    assert workshop.finish(job).error is None
    return schema_id, backup.id


def close_window(workshop: Workshop, schema_id: str) -> None:
    """Let the window of the newest migration be over."""
    application = workshop.application
    (found,), _ = application.migrations.list_page(schema_id, owner=OWNER)
    until = application.clock.now() - timedelta(seconds=1)
    with application.open_store() as store:
        store.migrations.put(replace(found, set_aside_until=until))
        store.commit()


def remove(workshop: Workshop, schema_id: str) -> None:
    """Let the schedule remove what is not kept any more."""
    application = workshop.application
    queue_removals(
        open_store=application.open_store, announcer=workshop.announcer, clock=application.clock
    )
    with application.open_store() as store:
        jobs = store.jobs.unfinished_of_schema(schema_id)
    for job in jobs:
        assert job.kind is JobKind.TIDY
        assert workshop.finish(job).error is None


def restore(workshop: Workshop, schema_id: str, backup_id: str) -> None:
    """Put the backup in the place of the database."""
    job = workshop.application.backups.restore(schema_id, backup_id, owner=OWNER)
    ended = workshop.finish(job)
    assert (ended.error, ended.state) == (None, JobState.SUCCEEDED)


def test_what_was_removed_does_not_come_back_with_a_backup(workshop: Workshop) -> None:
    """Nobody would remove it a second time."""
    schema_id, backup_id = saved_inside_a_window(workshop)
    close_window(workshop, schema_id)
    remove(workshop, schema_id)
    assert workshop.execute(schema_id, OUT_OF_SIGHT) == []
    restore(workshop, schema_id, backup_id)
    assert workshop.execute(schema_id, OUT_OF_SIGHT) == []
    assert workshop.execute(schema_id, "SELECT id FROM users ORDER BY 1") == [(1,), (2,)]
    drift = workshop.application.detect_drift(schema_id, owner=OWNER)
    assert drift.objects == ()


def test_what_is_still_kept_comes_back_and_goes_when_its_time_is_over(workshop: Workshop) -> None:
    """The window does not close earlier because of a restore, nor later."""
    schema_id, backup_id = saved_inside_a_window(workshop)
    restore(workshop, schema_id, backup_id)
    assert len(workshop.execute(schema_id, OUT_OF_SIGHT)) == 3
    close_window(workshop, schema_id)
    remove(workshop, schema_id)
    assert workshop.execute(schema_id, OUT_OF_SIGHT) == []
