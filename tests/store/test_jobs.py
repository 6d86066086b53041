"""The store keeps what every job repository owes, also when real transactions overlap."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from core.jobs.errors import UnknownStepError
from core.jobs.model import Job, JobError, JobId, JobKind, JobState, LeaseToken, NewJob, StepState
from core.store import StoreFactory
from core.store.jobs import SqlJobRepository
from tests.contracts.job_repository import TOKEN, Desk, JobRepositoryContract, later
from tests.fakes.clock import START

pytestmark = pytest.mark.servers


@pytest.fixture
def new_schema_id() -> Callable[[], str]:
    """Return a way to make ids of schemas; jobs do not ask that there is one."""
    return lambda: str(uuid4())


@pytest.fixture
def stay_silent(store_engine: Engine) -> Callable[[float], None]:
    """Return a way to make all proofs of life older, which to the store is time gone by."""

    def stay_silent(seconds: float) -> None:
        with store_engine.begin() as connection:
            connection.execute(
                text("UPDATE jobs SET heartbeat_at = heartbeat_at - make_interval(secs => :secs)"),
                {"secs": seconds},
            )

    return stay_silent


@pytest.fixture
def desk(
    open_store: StoreFactory,
    new_schema_id: Callable[[], str],
    stay_silent: Callable[[float], None],
) -> Desk:
    """Short ways over the store."""
    return Desk(open_store, new_schema_id, stay_silent)


class TestSqlJobRepository(JobRepositoryContract):
    """The contract, kept by the store."""


def test_one_of_many_workers_wins_the_race_for_a_job(desk: Desk) -> None:
    """A message that is delivered many times is claimed once."""
    job = desk.add()
    claimed = race(desk, [job.id] * 8)
    assert len([winner for winner in claimed if winner is not None]) == 1
    assert desk.get(job.id).attempt == 1


def test_one_of_two_jobs_of_one_schema_wins_the_race(desk: Desk) -> None:
    """However claims fall, the first job of a schema runs and the others wait."""
    first = desk.add()
    others = [desk.add(JobKind.BACKUP, schema_id=first.schema_id) for _ in range(5)]
    claimed = race(desk, [first.id, *(job.id for job in others)])
    assert [winner.id for winner in claimed if winner is not None] == [first.id]


def test_a_job_accepted_late_does_not_run_beside_one_that_runs(
    open_store: StoreFactory, desk: Desk
) -> None:
    """A job with a lower number that was committed later than a running one waits for it."""
    schema_id = desk.new_schema_id()
    with open_store() as slow:
        early = slow.jobs.add(new_job(schema_id))
        late = desk.running(schema_id=schema_id)
        slow.commit()
    assert desk.claim(early) is None
    assert desk.get(late.id).state is JobState.RUNNING


def test_a_claim_that_meets_another_claim_of_its_schema_half_way_gives_up(
    open_store: StoreFactory, store_engine: Engine, desk: Desk
) -> None:
    """Two claims that do not see each other end with one winner, and the other knows why."""
    schema_id = desk.new_schema_id()
    with open_store() as slow:
        early = slow.jobs.add(new_job(schema_id))
        late = desk.add(schema_id=schema_id)
        # The late job is claimed while the early one is not yet to be seen …
        with open_store() as first, ThreadPoolExecutor(1) as pool:
            assert first.jobs.claim(late.id, TOKEN, START) is not None
            slow.commit()
            # … and the early one is claimed before that claim is committed.
            second = pool.submit(desk.claim, early)
            wait_for_somebody_waiting(store_engine)
            first.commit()
            assert second.result(timeout=20) is None
    waiting = desk.get(early.id)
    assert waiting.state is JobState.QUEUED
    assert waiting.waiting_reason is not None
    assert waiting.waiting_reason.blocking_job_id == late.id


def test_a_step_that_the_kind_does_not_have_is_refused(
    open_store: StoreFactory, desk: Desk
) -> None:
    """A runner that misnames a step is our mistake, and is told."""
    job = desk.running()
    with open_store() as store, pytest.raises(UnknownStepError):
        store.jobs.set_step(job.id, TOKEN, "dance", StepState.RUNNING, START)


def test_rows_that_others_hold_are_passed_over_when_looking_for_due_jobs(
    open_store: StoreFactory, desk: Desk
) -> None:
    """The schedule never waits for a claim that is under way."""
    held, free = desk.add(), desk.add()
    with open_store() as other:
        other.jobs.request_cancel(held.id, START)
        with open_store() as store:
            due = store.jobs.due_for_announcement(later(100), later(10) - START, 10)
    assert [job.id for job in due] == [free.id]


def test_long_progress_leaves_one_event(open_store: StoreFactory, desk: Desk) -> None:
    """A thousand words of progress do not fill the store; the last one is kept."""
    job = desk.running()
    for percent in range(20):
        with open_store() as store:
            store.jobs.set_progress(job.id, TOKEN, percent=percent, message="on", now=later(1))
            store.commit()
    assert desk.event_names(job.id) == ["queued", "started", "progress"]
    with open_store() as store:
        (last,) = store.jobs.events_after(job.id, 2)
    assert last.sequence == desk.get(job.id).sequence
    assert last.payload["percent"] == 19


def test_whatever_a_failure_says_it_is_recorded(open_store: StoreFactory, desk: Desk) -> None:
    """Characters that no text in the store can hold do not keep a job from its end."""
    job = desk.running()
    hostile = JobError(code="X", details="a\0b\ud800c", statement="select '\0'")
    with open_store() as store:
        assert store.jobs.set_progress(job.id, TOKEN, percent=1, message="\0", now=later(1))
        assert store.jobs.fail(job.id, TOKEN, hostile, later(2))
        store.commit()
    assert desk.get(job.id).error == JobError(
        code="X", details="a\ufffdb\ufffdc", statement="select '\ufffd'"
    )


def test_steps_are_the_same_however_a_job_is_read(open_store: StoreFactory, desk: Desk) -> None:
    """Their times keep every digit and their zone, whichever statement reads or writes."""
    job = desk.running()
    times = [later(seconds) for seconds in (0.1, 0.123456, 1, 2.000001)]
    with open_store() as store:
        for name, at in zip(("prepare", "create_database", "apply_ddl"), times, strict=False):
            assert store.jobs.set_step(job.id, TOKEN, name, StepState.RUNNING, at)
        assert store.jobs.set_step(job.id, TOKEN, "publish", StepState.SKIPPED, times[3])
        store.commit()
    expected = [
        ("prepare", StepState.SUCCEEDED, times[0], times[1]),
        ("create_database", StepState.SUCCEEDED, times[1], times[2]),
        ("apply_ddl", StepState.RUNNING, times[2], None),
        ("verify_database", StepState.PENDING, None, None),
        ("publish", StepState.SKIPPED, None, times[3]),
    ]
    with open_store() as store:
        (listed,), _ = store.jobs.list_page(
            "local", schema_id=job.schema_id, state=None, kind=None, page=1, limit=10
        )
        (unfinished,) = store.jobs.unfinished_of_schema(job.schema_id)
        for read in (
            store.jobs.get(job.id),
            store.jobs.latest_of_schema(job.schema_id),
            listed,
            unfinished,
            store.jobs.heartbeat(job.id, TOKEN),
            store.jobs.request_cancel(job.id, later(3)),
        ):
            assert read is not None
            steps = [
                (each.name, each.state, each.started_at, each.finished_at) for each in read.steps
            ]
            assert steps == expected


def test_text_that_is_no_id_names_no_job(open_store: StoreFactory) -> None:
    """Whatever a client puts into an address, nothing is found and nothing breaks."""
    with open_store() as store:
        for text_ in ("", "x", "\0", "\ud800", "1" * 10_000, str(uuid4()).upper() + " "):
            assert store.jobs.get(JobId(text_)) is None
            assert store.jobs.claim(JobId(text_), TOKEN, START) is None
            assert store.jobs.request_cancel(JobId(text_), START) is None
            assert store.jobs.latest_of_schema(text_) is None
            assert store.jobs.unfinished_of_schema(text_) == []
            assert store.jobs.events_after(JobId(text_), 0) == []
            listed = store.jobs.list_page(
                "local", schema_id=text_, state=None, kind=None, page=1, limit=10
            )
            assert listed == ([], 0)


def test_heartbeats_rewrite_no_index(store_engine: Engine, desk: Desk) -> None:
    """Proofs of life are cheap: the row is rewritten in place."""
    job = desk.running()
    in_place = text("SELECT n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'jobs'")
    with store_engine.connect() as connection:
        before = connection.execute(in_place).scalar_one()
        for _ in range(5):
            SqlJobRepository(connection).heartbeat(job.id, TOKEN)
        assert connection.execute(in_place).scalar_one() - before == 5


def new_job(schema_id: str) -> NewJob:
    """Return a job to create a schema's database."""
    return NewJob(
        id=JobId(str(uuid4())),
        kind=JobKind.CREATE,
        owner="local",
        schema_id=schema_id,
        arguments={},
        created_at=START,
    )


def wait_for_somebody_waiting(engine: Engine) -> None:
    """Return once a session of the test's store waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def race(desk: Desk, job_ids: list[JobId]) -> list[Job | None]:
    """Claim all at the same moment, each in a thread with a token of its own."""
    barrier = Barrier(len(job_ids))

    def claim(job_id: JobId) -> Job | None:
        with desk.open_store() as store:
            barrier.wait(timeout=20)
            job = store.jobs.claim(job_id, LeaseToken(str(uuid4())), START)
            store.commit()
        return job

    with ThreadPoolExecutor(len(job_ids)) as pool:
        return list(pool.map(claim, job_ids))
