"""Schedules over a whole day: each firing once however many look, and exactly what is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from core.backups.alerts import AlertCode
from core.backups.deletions import finish_deletions
from core.backups.errors import BackupScheduleNotFoundError
from core.backups.firing import fire_due
from core.backups.folder_archive import FolderArchive
from core.backups.model import Backup, BackupState, Verification, VerificationState
from core.backups.schedule import Generations, RetentionPolicy, VerifyRhythm
from core.backups.scheduling import BackupSchedules, WantedSchedule
from core.backups.taking import BACKUP_ID
from core.backups.tending import tend_schedules
from core.databases.model import DatabaseState
from core.jobs.model import Job, JobId, JobKind, LeaseToken
from core.schemas.errors import SchemaNotFoundError
from core.schemas.model import Schema
from core.store import StoreFactory
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import START, FakeClock
from tests.store.builders import make_database, make_schema, make_server

pytestmark = pytest.mark.servers

TOKEN = LeaseToken("token")
EVERYTHING = WantedSchedule(
    cron="0 * * * *",
    time_zone="UTC",
    is_enabled=True,
    verify=VerifyRhythm.NEVER,
    retention=RetentionPolicy(),
    max_age=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Short ways over the store, with a worker that does everything at once."""

    open_store: StoreFactory
    clock: FakeClock
    announcer: FakeAnnouncer
    archive: FolderArchive

    @property
    def schedules(self) -> BackupSchedules:
        """The use cases."""
        return BackupSchedules(open_store=self.open_store, clock=self.clock)

    def schema(self, name: str = "blog", *, has_database: bool = True) -> Schema:
        """Record a schema with a database that is there."""
        schema, server = make_schema(name), make_server(system_identifier=name)
        with self.open_store() as store:
            store.schemas.add(schema)
            if has_database:
                store.servers.put(server)
                database = replace(make_database(schema, server), state=DatabaseState.READY)
                store.databases.put(database)
            store.commit()
        return schema

    def tick(self) -> int:
        """Do what the schedule does every minute; return how many fired."""
        fired = fire_due(open_store=self.open_store, announcer=self.announcer, clock=self.clock)
        tend_schedules(open_store=self.open_store, announcer=self.announcer, clock=self.clock)
        finish_deletions(open_store=self.open_store, archive=self.archive)
        return fired

    def work(self, *, verdict: VerificationState = VerificationState.PASSED) -> list[Job]:
        """Be the worker: end every announced job; return those."""
        ended = []
        while self.announcer.announced:
            _, job_id = self.announcer.announced.pop(0)
            ended.append(self._end(job_id, verdict))
        return ended

    def backups(self, schema: Schema) -> list[Backup]:
        """Return the backups of a schema, oldest first."""
        with self.open_store() as store:
            return list(reversed(store.backups.of_schema(schema.id)))

    def worries(self) -> tuple[int, int]:
        """Count the databases with an overdue backup, and with one that cannot be restored."""
        with self.open_store() as store:
            measures = store.measures.measure(self.clock.now())
        return measures.backup_overdue, measures.proof_failed

    def _end(self, job_id: JobId, verdict: VerificationState) -> Job:
        now = self.clock.now() + timedelta(seconds=1)
        with self.open_store() as store:
            job = store.jobs.claim(job_id, TOKEN, now)
            assert job is not None
            backup = store.backups.get(job.schema_id, str(job.arguments[BACKUP_ID]))
            assert backup is not None
            if job.kind is JobKind.VERIFY:
                backup = replace(backup, verification=Verification(state=verdict, at=now))
            else:
                with self.archive.write(backup.location) as writer:
                    writer.write(b"dump")
                    writer.complete()
                backup = replace(backup, state=BackupState.AVAILABLE, size_bytes=4, finished_at=now)
            store.backups.put(backup)
            store.jobs.succeed(job_id, TOKEN, {}, now)
            store.commit()
        return job


@pytest.fixture
def desk(open_store: StoreFactory, tmp_path: Path) -> Desk:
    """Short ways over an empty store."""
    return Desk(
        open_store=open_store,
        clock=FakeClock(datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)),
        announcer=FakeAnnouncer(),
        archive=FolderArchive(tmp_path),
    )


def test_a_day_of_schedules_fires_each_once_and_keeps_exactly_what_is_wanted(desk: Desk) -> None:
    """Four schedules, 24 hours, looked at every quarter of an hour: each once."""
    hourly, quarterly = desk.schema("hourly"), desk.schema("quarterly")
    nightly, disabled = desk.schema("nightly"), desk.schema("disabled")
    wishes = {
        hourly: replace(EVERYTHING, retention=RetentionPolicy(count=5)),
        quarterly: replace(
            EVERYTHING,
            cron="*/15 * * * *",
            verify=VerifyRhythm.EACH,
            retention=RetentionPolicy(generations=Generations(hourly=3, daily=2)),
        ),
        nightly: replace(EVERYTHING, cron="30 2 * * *", time_zone="America/New_York"),
        disabled: replace(EVERYTHING, is_enabled=False),
    }
    for schema, wanted in wishes.items():
        desk.schedules.replace(schema.id, wanted, owner="local")
    taken: dict[str, list[str]] = {schema.id: [] for schema in wishes}
    proofs = 0
    for seconds in [900] * 96 + [300]:
        desk.clock.advance(seconds)
        desk.tick()
        for job in desk.work():
            if job.kind is JobKind.BACKUP:
                taken[job.schema_id].append(f"{desk.clock.present:%d %H:%M}")
            else:
                proofs += 1
    hours = [f"01 {hour:02}:00" for hour in range(1, 24)] + ["02 00:00"]
    assert taken[hourly.id] == hours
    assert len(taken[quarterly.id]) == len(set(taken[quarterly.id])) == proofs == 96
    assert taken[nightly.id] == ["01 07:30"]
    assert taken[disabled.id] == []
    assert [f"{b.created_at:%H:%M}" for b in desk.backups(hourly)] == [
        "20:00", "21:00", "22:00", "23:00", "00:00",
    ]  # fmt: skip
    # The newest of each of three hours; that of the first day is one of them.
    assert [f"{b.created_at:%d %H:%M}" for b in desk.backups(quarterly)] == [
        "01 22:45", "01 23:45", "02 00:00",
    ]  # fmt: skip
    kept = {backup.location for schema in wishes for backup in desk.backups(schema)}
    for location in kept:
        with desk.archive.open(location) as file:
            assert file.size_bytes == 4


def test_what_was_missed_is_made_up_for_by_one_backup(desk: Desk) -> None:
    """After three days without anybody who looks, and the next time is the usual one."""
    schema = desk.schema()
    desk.schedules.replace(schema.id, EVERYTHING, owner="local")
    desk.clock.advance(3 * 86_400)
    assert desk.tick() == 1
    desk.work()
    assert desk.tick() == 0
    schedule = desk.schedules.get(schema.id, owner="local")
    assert schedule.last_fired_at == datetime(2026, 1, 1, 1, tzinfo=UTC)
    assert schedule.next_fire_at == datetime(2026, 1, 4, 1, tzinfo=UTC)


def test_each_firing_is_done_by_one_of_many_beats(desk: Desk) -> None:
    """Four rounds that start at the same moment share twelve schedules."""
    schemas = [desk.schema(f"schema {number}") for number in range(12)]
    for schema in schemas:
        desk.schedules.replace(schema.id, EVERYTHING, owner="local")
    desk.clock.advance(3600)
    start = Barrier(4)

    def beat() -> int:
        start.wait()
        return fire_due(open_store=desk.open_store, announcer=desk.announcer, clock=desk.clock)

    with ThreadPoolExecutor(4) as pool:
        fired = [future.result() for future in [pool.submit(beat) for _ in range(4)]]
    assert sum(fired) == 12
    assert len(set(desk.announcer.ids)) == 12
    assert [len(desk.backups(schema)) for schema in schemas] == [1] * 12


def test_a_backup_that_has_not_ended_is_not_followed_by_another(desk: Desk) -> None:
    """A slow dump is no reason for a queue of dumps; the schedule says why it passed."""
    schema = desk.schema()
    desk.schedules.replace(schema.id, EVERYTHING, owner="local")
    desk.clock.advance(3600)
    assert desk.tick() == 1
    desk.clock.advance(3600)
    assert desk.tick() == 0
    schedule = desk.schedules.get(schema.id, owner="local")
    assert schedule.last_skipped_because == "The backup before it has not ended."
    desk.work()
    desk.clock.advance(3600)
    assert desk.tick() == 1
    assert desk.schedules.get(schema.id, owner="local").last_skipped_because is None


def test_without_a_database_nothing_fires(desk: Desk) -> None:
    """And the schedule says so."""
    schema = desk.schema(has_database=False)
    desk.schedules.replace(schema.id, EVERYTHING, owner="local")
    desk.clock.advance(3600)
    assert desk.tick() == 0
    schedule = desk.schedules.get(schema.id, owner="local")
    assert schedule.last_skipped_because == "There is no database."


def test_a_proof_is_asked_for_once_a_day(desk: Desk) -> None:
    """The first new backup of a day in the zone is proven, the others are not."""
    schema = desk.schema()
    wanted = replace(EVERYTHING, verify=VerifyRhythm.DAILY, time_zone="Asia/Tokyo")
    desk.schedules.replace(schema.id, wanted, owner="local")
    proven = []
    for _ in range(40):
        desk.clock.advance(3600 - 2)
        desk.tick()
        desk.work()
        desk.clock.advance(2)
        desk.tick()
        proven += [
            f"{desk.clock.present:%d %H}" for job in desk.work() if job.kind is JobKind.VERIFY
        ]
    assert proven == ["01 01", "01 15", "02 15"]


def test_the_newest_proven_backup_outlives_the_policy(desk: Desk) -> None:
    """Only the newest is wanted, but it is not proven."""
    schema = desk.schema()
    wanted = replace(EVERYTHING, retention=RetentionPolicy(count=1), verify=VerifyRhythm.WEEKLY)
    desk.schedules.replace(schema.id, wanted, owner="local")
    for _ in range(5):
        desk.clock.advance(3600)
        desk.tick()
        desk.work()
        desk.clock.advance(2)
        desk.tick()
        desk.work()
    states = [backup.verification.state.value for backup in desk.backups(schema)]
    assert states == ["passed", "never"]


def test_what_somebody_asked_for_is_not_removed_by_the_schedule(desk: Desk) -> None:
    """Nor what was taken before a change; whoever asked for it removes it."""
    schema = desk.schema()
    wanted = replace(EVERYTHING, retention=RetentionPolicy(count=1))
    desk.schedules.replace(schema.id, wanted, owner="local")
    for _ in range(2):
        desk.clock.advance(3600)
        desk.tick()
        desk.work()
        with desk.open_store() as store:
            for backup in store.backups.of_schema(schema.id):
                store.backups.put(replace(backup, reason="requested"))
            store.commit()
    desk.clock.advance(3600)
    desk.tick()
    desk.work()
    desk.clock.advance(2)
    desk.tick()
    assert len(desk.backups(schema)) == 3


def test_an_alert_stands_while_the_newest_backup_is_too_old(desk: Desk) -> None:
    """Raised once, cleared by the next backup."""
    schema = desk.schema()
    wanted = replace(EVERYTHING, cron="0 0 1 * *", max_age=timedelta(hours=2))
    desk.schedules.replace(schema.id, wanted, owner="local")
    desk.tick()
    assert not desk.schedules.status(schema.id, owner="local").alerts
    assert desk.worries() == (0, 0)
    for _ in range(20):
        desk.clock.advance(3600)
        desk.tick()
    status = desk.schedules.status(schema.id, owner="local")
    assert [alert.code for alert in status.alerts] == [AlertCode.BACKUP_TOO_OLD]
    assert status.alerts[0].raised_at < desk.clock.present - timedelta(hours=15)
    assert (status.is_too_old, status.newest) == (True, None)
    assert desk.worries() == (1, 0)
    desk.schedules.replace(schema.id, replace(wanted, cron="* * * * *"), owner="local")
    desk.clock.advance(60)
    desk.tick()
    desk.work()
    desk.clock.advance(2)
    desk.tick()
    status = desk.schedules.status(schema.id, owner="local")
    assert (status.is_too_old, status.alerts, status.available) == (False, [], 1)
    assert desk.worries() == (0, 0)


def test_a_backup_is_overdue_by_the_schedules_own_rhythm(desk: Desk) -> None:
    """Where no age is named, after two intervals; where there is no schedule, it is nobody's."""
    schema = desk.schema()
    desk.schedules.replace(schema.id, replace(EVERYTHING, cron="0 0 * * 1"), owner="local")
    overdue = []
    for day in range(2, 32):
        desk.clock.advance(86_400)
        desk.tick()
        # The backup of Monday the 5th ends, and none of the later ones.
        if day < 9:
            desk.work()
        if desk.worries() == (1, 0):
            overdue.append(day)
    assert overdue == [*range(20, 32)]
    desk.schedules.remove(schema.id, owner="local")
    assert desk.worries() == (0, 0)
    with desk.open_store() as store:
        measures = store.measures.measure(desk.clock.now())
    assert measures.oldest_unscheduled_backup == measures.oldest_newest_backup is not None


def test_an_alert_stands_while_the_last_proof_failed(desk: Desk) -> None:
    """A backup that cannot be restored is worse than none, as nobody looks for another."""
    schema = desk.schema()
    desk.schedules.replace(schema.id, replace(EVERYTHING, verify=VerifyRhythm.EACH), owner="local")
    verdicts = (VerificationState.FAILED, VerificationState.PASSED)
    codes, failed = [], []
    for verdict in verdicts:
        desk.clock.advance(3600)
        desk.tick()
        desk.work()
        desk.clock.advance(60)
        desk.tick()
        desk.work(verdict=verdict)
        desk.clock.advance(60)
        desk.tick()
        status = desk.schedules.status(schema.id, owner="local")
        codes.append([alert.code for alert in status.alerts])
        failed.append(desk.worries()[1])
    assert codes == [[AlertCode.BACKUP_PROOF_FAILED], []]
    assert failed == [1, 0]


def test_a_removed_or_disabled_schedule_takes_its_alerts_along(desk: Desk) -> None:
    """Nobody is worried by what nobody wants any more."""
    schema = desk.schema()
    wanted = replace(EVERYTHING, max_age=timedelta(seconds=1))
    for is_removed in (True, False):
        desk.schedules.replace(schema.id, wanted, owner="local")
        desk.clock.advance(1200)
        desk.tick()
        assert desk.schedules.status(schema.id, owner="local").alerts
        if is_removed:
            desk.schedules.remove(schema.id, owner="local")
            with pytest.raises(BackupScheduleNotFoundError):
                desk.schedules.get(schema.id, owner="local")
        else:
            desk.schedules.replace(schema.id, replace(wanted, is_enabled=False), owner="local")
        assert not desk.schedules.status(schema.id, owner="local").alerts


def test_a_schedule_is_another_owners_business(desk: Desk) -> None:
    """Nothing of it is told, changed or removed."""
    schema = desk.schema()
    desk.schedules.replace(schema.id, EVERYTHING, owner="local")
    with pytest.raises(SchemaNotFoundError):
        desk.schedules.get(schema.id, owner="other")
    with pytest.raises(SchemaNotFoundError):
        desk.schedules.replace(schema.id, EVERYTHING, owner="other")
    with pytest.raises(SchemaNotFoundError):
        desk.schedules.remove(schema.id, owner="other")
    with pytest.raises(SchemaNotFoundError):
        desk.schedules.status(schema.id, owner="other")


def test_a_deleted_schema_is_left_alone(desk: Desk) -> None:
    """Its backups are what a deletion is taken back with, so none fires and none goes."""
    schema = desk.schema()
    desk.schedules.replace(
        schema.id, replace(EVERYTHING, retention=RetentionPolicy(days=1)), owner="local"
    )
    for _ in range(3):
        desk.clock.advance(3600)
        desk.tick()
        desk.work()
    with desk.open_store() as store:
        found = store.schemas.get_for_update(schema.id)
        assert found is not None
        store.schemas.save(replace(found, deleted_at=START))
        store.commit()
    desk.clock.advance(30 * 86_400)
    assert desk.tick() == 0
    assert len(desk.backups(schema)) == 3
