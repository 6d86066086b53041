"""Beat and the schedule's worker started twice: what is due happens once all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.clock import SystemClock
from core.store import make_engine
from embedded.processes import wait_until
from embedded.supervision import read_procfile
from tests.conftest import PostgresqlServer
from tests.end_to_end.client import Api
from tests.end_to_end.designs import small_design
from tests.end_to_end.stack import ROOT, Stack, own_stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

SCHEMAS = 6
BEAT_NAMES = ("beat", "beat_again")
BEATS = len(BEAT_NAMES)
FIRING_SECONDS = 100.0
"""Beat sends the schedules' task every minute."""


@pytest.fixture
def doubled(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product with two beats, each with a file of its own, and two schedule workers."""
    with own_stack(
        postgresql_server,
        store_template,
        servers_folder / "doubled",
        LOG_LEVEL="DEBUG",  # so that Celery tells of each task
    ) as stack:
        commands = read_procfile(ROOT / "Procfile")
        stack.start()
        other_file = commands["beat"].replace('/beat"', '/beat_again"')
        other_name = commands["schedule"].replace("schedule@%h", "schedule_again@%h")
        assert other_file != commands["beat"]
        assert other_name != commands["schedule"]
        stack.spawn("beat_again", ["/bin/sh", "-c", f"exec {other_file}"])
        stack.spawn("schedule_again", ["/bin/sh", "-c", f"exec {other_name}"])
        stack.wait_until_ready()
        yield stack


def test_schedules_that_are_due_are_fired_once_by_two_beats(doubled: Stack) -> None:
    """Each schedule queues one backup per time, whichever beat and worker come first."""
    api = Api(doubled.address)
    made = [api.send("POST", "/schemas", small_design()) for _ in range(SCHEMAS)]
    api.ends_of(schema["job"]["id"] for schema in made)
    for schema in made:
        api.send("PUT", f"/schemas/{schema['id']}/backup-schedule", {"cron": "0 0 1 1 *"})
    engine = make_engine(doubled.settings.database_url)
    with engine.begin() as connection:
        due = SystemClock().now() - timedelta(seconds=1)
        connection.execute(text("UPDATE backup_schedules SET next_fire_at = :due"), {"due": due})
    engine.dispose()

    def backups() -> list[int]:
        return [len(api.get(f"/schemas/{schema['id']}/backups")) for schema in made]

    assert wait_until(lambda: _rounds(doubled) >= BEATS, FIRING_SECONDS), doubled.logs()
    assert all(_told(doubled, "Sending due task run_backup", beat) for beat in BEAT_NAMES)
    assert backups() == [1] * SCHEMAS
    jobs = api.get("/jobs", kind="backup", limit="100")
    assert len(jobs) == SCHEMAS
    assert {job["state"] for job in api.ends_of(job["id"] for job in jobs)} == {"succeeded"}


def _rounds(stack: Stack) -> int:
    """Return how many rounds of the schedules the workers have ended, as their logs say."""
    return sum(
        _told(stack, "Task schedule.run_backup_schedules", name, "succeeded")
        for name in ("schedule", "schedule_again")
    )


def _told(stack: Stack, beginning: str, name: str, ending: str = "") -> int:
    lines = stack.log_file(name).read_text(errors="replace").splitlines()
    return sum(beginning in line and ending in line for line in lines)
