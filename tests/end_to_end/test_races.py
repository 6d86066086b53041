"""Messages that come more than once, workers that race, jobs that want the same database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.jobs.broker import Broker
from core.jobs.model import JobId, JobKind, WaitingCode
from embedded.processes import wait_until
from tests.end_to_end.attempts import Attempts
from tests.end_to_end.client import Api
from tests.end_to_end.designs import small_design
from tests.end_to_end.holding import Moment, Place
from tests.end_to_end.scenes import Stage
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import OWNER, Watch
from worker.announcing import CeleryAnnouncer

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

RACERS = 4
UNCLAIMED = Place(moment=Moment.UNCLAIMED)


@pytest.fixture
def announcer(stack: Stack) -> Iterator[CeleryAnnouncer]:
    """Tells the stack's worker of jobs."""
    announcer = CeleryAnnouncer(Broker(url=stack.redis.url()))
    yield announcer
    announcer.close()


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_message_delivered_three_times_does_the_job_once(
    kind: JobKind, stack: Stack, announcer: CeleryAnnouncer, api: Api, watch: Watch
) -> None:
    """Announce one job three times; the children of the worker take all three."""
    stage = Stage(api=api, watch=watch)
    schemas = stage.prepare(kind, 1)
    with stack.paused("schedule"):
        (scene,) = stage.queue(kind, schemas)
        for _ in range(3):
            announcer.announce(kind, JobId(scene.job_id))
        job = watch.end_of(scene.job_id)
    announcer.announce(kind, JobId(scene.job_id))

    assert stage.ended_well(scene, job) == []
    assert (job.attempt, watch.events(job.id).count("started")) == (1, 1)
    assert watch.leftovers() == []


def test_of_workers_that_race_for_a_job_one_gets_it(
    stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Let several processes claim each of several jobs at the same time."""
    stage = Stage(api=api, watch=watch)
    with stack.paused("schedule"):
        scenes = stage.queue(JobKind.CREATE, stage.prepare(JobKind.CREATE, 3))
        racing = [attempts.make(scene.job_id, UNCLAIMED) for scene in scenes for _ in range(RACERS)]
        for attempt in racing:
            attempt.wait_until_held()
        for attempt in racing:
            attempt.release()
        for attempt in racing:
            attempt.wait_until_ended()

    for scene in scenes:
        job = watch.job(scene.job_id)
        assert stage.ended_well(scene, job) == []
        assert (job.attempt, watch.events(job.id).count("started")) == (1, 1)
    assert watch.leftovers() == []


def test_a_job_waits_for_the_one_before_it_on_the_same_database_and_says_so(
    stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Hold a backup; a regeneration of the same database waits, one of another does not."""
    stage = Stage(api=api, watch=watch)
    busy, idle = stage.prepare(JobKind.BACKUP, 2)
    with stack.paused("schedule"):
        (first,) = stage.queue(JobKind.BACKUP, [busy])
        attempt = attempts.make(first.job_id, Place(moment=Moment.MIDDLE, step="dump"))
        attempt.wait_until_held()
    path = f"/schemas/{busy['id']}/database/regenerate"
    second = api.send("POST", path, allowDataLoss="true")
    other = api.send("POST", f"/schemas/{idle['id']}/backups", wait=30)

    assert other["job"]["state"] == "succeeded"
    assert wait_until(lambda: watch.job(second["id"]).waiting_reason is not None, 10.0)
    waiting = api.job(second["id"])
    assert waiting["state"] == "queued"
    assert waiting["waitingReason"]["code"] == WaitingCode.DATABASE_BUSY
    assert waiting["waitingReason"]["blockingJobId"] == first.job_id

    attempt.release()
    earlier, later = watch.end_of(first.job_id), watch.end_of(second["id"])
    assert stage.watch.events(later.id).count("started") == 1
    assert earlier.finished_at is not None
    assert later.started_at is not None
    assert (earlier.state, later.state) == ("succeeded", "succeeded")
    assert earlier.finished_at <= later.started_at
    assert later.waiting_reason is None
    assert watch.leftovers() == []


def test_of_two_jobs_of_one_database_announced_in_the_wrong_order_the_older_runs_first(
    stack: Stack, announcer: CeleryAnnouncer, api: Api, watch: Watch
) -> None:
    """Announce the younger one alone; the repair tells of the older one."""
    stage = Stage(api=api, watch=watch)
    (schema,) = stage.prepare(JobKind.BACKUP, 1)
    with stack.paused("schedule"):
        (first,) = stage.queue(JobKind.BACKUP, [schema])
        _, second = stack.application.backups.take(schema["id"], owner=OWNER)
        announcer.announce(JobKind.BACKUP, second.id)
        assert wait_until(lambda: watch.job(second.id).waiting_reason is not None, 10.0)

    earlier, later = watch.end_of(first.job_id), watch.end_of(second.id)
    assert (earlier.state, later.state) == ("succeeded", "succeeded")
    assert earlier.finished_at is not None
    assert later.started_at is not None
    assert earlier.finished_at <= later.started_at


def test_a_schema_deleted_while_it_is_created_is_gone_altogether(
    stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Delete with the creation held in its middle; the drop finds whatever there is."""
    with stack.paused("schedule"):
        view = stack.application.create_schema(small_design(), owner=OWNER)
        assert view.job is not None
        attempt = attempts.make(view.job.id, Place(moment=Moment.END, step="apply_ddl"))
        attempt.wait_until_held()
        deleted = api.send("DELETE", f"/schemas/{view.schema.id}", dropDatabase="true")
        attempt.release()
        attempt.wait_until_ended()

    dropped = watch.end_of(deleted["job"]["id"])
    assert (watch.job(view.job.id).state, dropped.state) == ("cancelled", "succeeded")
    assert not watch.exists(view.schema.database_name)
    assert watch.leftovers() == []
