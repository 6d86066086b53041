"""Cancelling, trying again, announcing and repairing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Never
from uuid import uuid4

import pytest

from core.errors import UnavailableError
from core.jobs.cancelling import request_cancel
from core.jobs.errors import JobEndedError, JobNotFoundError, JobNotRetryableError
from core.jobs.model import Job, JobId, JobKind, JobState
from core.jobs.queue import announce_following, announce_job, announce_new, task_name
from core.jobs.repairing import Repair, purge, repair
from core.jobs.retrying import retry_job
from tests.fakes.jobs import FakeJobStore
from tests.unit.jobs.conftest import Bench


def cancel(bench: Bench, job_id: JobId, *, owner: str = "local") -> Job:
    """Ask a job to stop."""
    return request_cancel(
        job_id,
        owner=owner,
        open_store=bench.open_store,
        runners=dict.fromkeys(JobKind, bench.runner),
        announcer=bench.announcer,
        clock=bench.clock,
    )


def retry(
    bench: Bench,
    job_id: JobId,
    *,
    owner: str = "local",
    prepare: Callable[[FakeJobStore, Job], None] = lambda _store, _job: None,
) -> Job:
    """Try a job again."""
    return retry_job(
        job_id,
        owner=owner,
        new_id=JobId(str(uuid4())),
        request_id="request-2",
        prepare=prepare,
        open_store=bench.open_store,
        announcer=bench.announcer,
        clock=bench.clock,
        before_commit=lambda _store, _job: None,
    )


def mend(bench: Bench) -> Repair:
    """Do one round of repair."""
    return repair(
        open_store=bench.open_store,
        announcer=bench.announcer,
        clock=bench.clock,
        lease_seconds=15,
        announce_grace_seconds=10,
    )


def away() -> Never:
    """Be a store that is away."""
    raise UnavailableError("The store is away.")


def failed(bench: Bench) -> Job:
    """Return a job that failed."""

    def work(_: object) -> Never:
        raise ZeroDivisionError

    bench.runner.work = work
    job = bench.execute(bench.add())
    assert job.state is JobState.FAILED
    bench.runner.calls.clear()
    return job


def test_a_waiting_job_is_cancelled_at_once_and_the_next_one_announced(bench: Bench) -> None:
    """No worker is needed to end a job that none ever took, and what follows is written."""
    job = bench.add()
    following = bench.add(JobKind.BACKUP, schema_id=job.schema_id)
    assert cancel(bench, job.id).state is JobState.CANCELLED
    assert bench.runner.calls == ["record_end cancelled"]
    assert bench.announcer.ids == [following.id]


def test_cancelling_twice_is_cancelling_once(bench: Bench) -> None:
    """Asking for what is so already changes nothing."""
    job = bench.add()
    cancel(bench, job.id)
    assert cancel(bench, job.id).state is JobState.CANCELLED
    assert bench.runner.calls == ["record_end cancelled"]


def test_a_running_job_is_only_asked(bench: Bench) -> None:
    """It goes on running until its worker sees the request."""
    asked: list[Job] = []
    job = bench.add()
    bench.runner.work = lambda _: asked.append(cancel(bench, job.id))
    bench.execute(job)
    assert asked[0].state is JobState.RUNNING
    assert asked[0].cancel_requested_at is not None


def test_a_job_between_attempts_is_announced_to_be_ended(bench: Bench) -> None:
    """A worker ends it, so one must hear of it."""
    job = bench.add()
    bench.vanish(job)
    assert cancel(bench, job.id).state is JobState.QUEUED
    assert bench.announcer.ids == [job.id]


def test_an_ended_job_cannot_be_cancelled(bench: Bench) -> None:
    """What is done is done."""
    job = bench.execute(bench.add())
    with pytest.raises(JobEndedError):
        cancel(bench, job.id)


def test_the_jobs_of_others_are_out_of_reach(bench: Bench) -> None:
    """A job of another owner is as if it were not there."""
    job = failed(bench)
    with pytest.raises(JobNotFoundError):
        cancel(bench, job.id, owner="somebody else")
    with pytest.raises(JobNotFoundError):
        retry(bench, job.id, owner="somebody else")
    with pytest.raises(JobNotFoundError):
        cancel(bench, JobId(str(uuid4())))


def test_trying_again_is_a_new_job(bench: Bench) -> None:
    """It has the kind and the arguments of the old one, and says whom it follows."""
    job = failed(bench)
    again = retry(bench, job.id)
    assert again.id != job.id
    assert (again.kind, again.arguments, again.schema_id) == (
        job.kind,
        job.arguments,
        job.schema_id,
    )
    assert (again.retry_of, again.request_id) == (job.id, "request-2")
    assert again.state is JobState.QUEUED
    assert bench.announcer.ids[-1] == again.id


def test_a_job_that_succeeded_or_goes_on_is_not_tried_again(bench: Bench) -> None:
    """Only failed and cancelled jobs are."""
    with pytest.raises(JobNotRetryableError):
        retry(bench, bench.add().id)
    done = bench.execute(bench.add())
    with pytest.raises(JobNotRetryableError):
        retry(bench, done.id)


def test_a_schema_that_cannot_take_the_job_refuses_it(bench: Bench) -> None:
    """The caller's check has the last word, and nothing is recorded."""
    job = failed(bench)

    def refuse(_store: FakeJobStore, _job: Job) -> Never:
        raise JobEndedError(job_id=job.id, state=job.state)

    with pytest.raises(JobEndedError):
        retry(bench, job.id, prepare=refuse)
    assert list(bench.memory.rows) == [job.id]


def test_an_announcement_that_fails_is_made_up_for(bench: Bench) -> None:
    """A broker that is away delays a job and loses nothing."""
    job = bench.add()
    bench.announcer.is_away = True
    assert not announce_new(job, announcer=bench.announcer)
    bench.clock.advance(11)
    assert mend(bench).announced == ()
    bench.announcer.is_away = False
    assert mend(bench).announced == (job.id,)
    assert mend(bench).announced == ()


def test_a_new_announcement_is_repeated_after_the_grace_and_not_before(bench: Bench) -> None:
    """Nothing records it, so that it may have been lost just as well."""
    job = bench.add()
    assert announce_new(job, announcer=bench.announcer)
    bench.clock.advance(9)
    assert mend(bench).announced == ()
    bench.clock.advance(2)
    assert mend(bench).announced == (job.id,)


def test_an_announcement_counts_though_it_cannot_be_noted(bench: Bench) -> None:
    """A store that is away after the announcement costs one more announcement."""
    job = bench.add()
    assert announce_job(job, open_store=away, announcer=bench.announcer, clock=bench.clock)
    assert bench.announcer.ids == [job.id]


def test_what_follows_is_left_to_the_schedule_while_the_store_is_away(bench: Bench) -> None:
    """Nothing is announced, and nothing is raised."""
    announce_following("schema", open_store=away, announcer=bench.announcer, clock=bench.clock)
    assert bench.announcer.ids == []


def test_a_job_of_a_worker_that_vanished_is_taken_back_and_announced(bench: Bench) -> None:
    """One round of repair does both."""
    job = bench.add()
    with bench.open_store() as store:
        store.jobs.claim(job.id, "token", bench.clock.now())  # type: ignore[arg-type] # any text
        store.commit()
    bench.clock.advance(14)
    assert mend(bench) == Repair(requeued=(), announced=())
    bench.clock.advance(2)
    assert mend(bench) == Repair(requeued=(job.id,), announced=(job.id,))


def test_old_jobs_are_forgotten_in_batches(bench: Bench) -> None:
    """Purging counts what it forgot."""
    old = bench.execute(bench.add())
    bench.clock.advance(3600)
    young = bench.execute(bench.add())
    assert purge(open_store=bench.open_store, clock=bench.clock, keep=timedelta(minutes=30)) == 1
    assert old.id not in bench.memory.rows
    assert young.id in bench.memory.rows
    assert purge(open_store=bench.open_store, clock=bench.clock, keep=timedelta(minutes=30)) == 0


def test_tasks_are_named_after_the_kind() -> None:
    """The names are part of the agreement between web and worker."""
    assert task_name(JobKind.CREATE) == "job.create"
