"""Whatever is killed, every accepted job ends in the right state, exactly once in effect."""

from __future__ import annotations

import os
import signal

import pytest

from core.jobs.kinds import KINDS
from core.jobs.model import JobKind, JobState
from tests.conftest import PostgresqlServer
from tests.servers.worker.conftest import Bench

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

PARTS = 4
"""How many workers the steps of all kinds are shared among: each holds one process per step."""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_killed_in_any_step_is_made_up_for(bench: Bench, part: int) -> None:
    """One job in each step of each kind, the worker killed, and another finishes all of them."""
    bench.start_schedule()
    every = [(kind, step) for kind, facts in KINDS.items() for step in facts.steps]
    steps = every[part::PARTS]
    worker = bench.start_worker(concurrency=len(steps))
    jobs = [bench.post(kind, pauseIn=step) for kind, step in steps]
    for job, (_, step) in zip(jobs, steps, strict=True):
        bench.wait_for_step(job, step)
    bench.kill(worker)
    bench.start_worker()
    ended = [bench.wait_for_end(job) for job in jobs]
    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert {job.attempt for job in ended} == {2}
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []


def test_a_worker_killed_after_the_effect_does_not_repeat_it(bench: Bench) -> None:
    """The effect is found in place, and the job succeeds."""
    bench.start_schedule()
    worker = bench.start_worker()
    job = bench.post(pauseAfterEffect=True)
    bench.wait(lambda: bench.effects(job), "the effect")
    bench.kill(worker)
    bench.start_worker()
    assert bench.wait_for_end(job).state is JobState.SUCCEEDED
    assert bench.effects(job) == 1


def test_a_worker_that_wakes_up_after_it_was_overtaken_removes_nothing(bench: Bench) -> None:
    """What the other worker has built by then stays, and is finished by it."""
    bench.start_schedule()
    bench.start_worker(concurrency=1)
    job = bench.post(pauseIn="apply_ddl", pauseAttempts=2)
    asleep = bench.wait_for_step(job, "apply_ddl")
    os.kill(asleep, signal.SIGSTOP)
    bench.wait(lambda: bench.get(job).state is JobState.QUEUED, "the job to be taken back")
    bench.start_worker(concurrency=1)
    bench.wait_for_step(job, "apply_ddl", attempt=2)
    os.kill(asleep, signal.SIGCONT)
    bench.wait(lambda: '"attempt_abandoned"' in bench.logs(), "the sleeper to give up")
    running = bench.get(job)
    assert (running.state, running.attempt) == (JobState.RUNNING, 2)
    assert bench.leftovers() == [(job.id,)]
    bench.request_cancel(job)
    assert bench.wait_for_end(job).state is JobState.CANCELLED
    assert bench.leftovers() == []


def test_one_process_of_the_pool_can_die_alone(bench: Bench) -> None:
    """The worker goes on with a new process, and the job is taken back by the repair."""
    bench.start_schedule()
    bench.start_worker()
    job = bench.post(pauseIn="apply_ddl")
    os.kill(bench.wait_for_step(job, "apply_ddl"), signal.SIGKILL)
    ended = bench.wait_for_end(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)


def test_a_job_that_kills_its_worker_each_time_is_given_up(bench: Bench) -> None:
    """It ends as failed, says why, and what it left is removed."""
    bench.start_schedule()
    bench.start_worker()
    job = bench.post(dieIn="apply_ddl")
    ended = bench.wait_for_end(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 3)
    assert ended.error is not None
    assert ended.error.code == "WORKER_LOST"
    assert bench.leftovers() == []
    assert bench.query("select state from bench.end") == [("failed",)]


def test_a_redis_that_dies_with_jobs_in_it_loses_none(bench: Bench) -> None:
    """Fifty jobs are queued, Redis is killed and comes back empty, and all of them succeed."""
    bench.start_schedule()
    blocker = bench.post(pauseIn="apply_ddl")
    bench.start_worker(concurrency=2)
    bench.wait_for_step(blocker, "apply_ddl")
    jobs = [bench.post() for _ in range(50)]
    bench.redis.kill()
    late = bench.add()
    bench.redis.start()
    bench.request_cancel(blocker)
    ended = [bench.wait_for_end(job) for job in [*jobs, late]]
    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert bench.effects(*jobs, late) == len(ended)
    assert bench.wait_for_end(blocker).state is JobState.CANCELLED
    assert bench.leftovers() == []


def test_jobs_of_one_schema_run_one_after_the_other(bench: Bench) -> None:
    """The second waits, says for what, and runs without the schedule when the first ends."""
    bench.start_worker()
    first = bench.post(pauseIn="apply_ddl")
    bench.wait_for_step(first, "apply_ddl")
    second = bench.post_after(first, JobKind.BACKUP)
    bench.wait(lambda: bench.get(second).waiting_reason, "the reason of the wait")
    reason = bench.get(second).waiting_reason
    assert reason is not None
    assert reason.blocking_job_id == first.id
    bench.request_cancel(first)
    assert bench.wait_for_end(second).state is JobState.SUCCEEDED


def test_a_store_that_restarts_under_running_jobs_loses_none(
    bench: Bench, postgresql_server: PostgresqlServer
) -> None:
    """Jobs whose statement, heartbeat and store break off at once end well all the same."""
    bench.start_schedule()
    bench.start_worker()
    interrupted = [bench.post(pauseIn="apply_ddl") for _ in range(2)]
    for job in interrupted:
        bench.wait_for_step(job, "apply_ddl")
    queued = [bench.post() for _ in range(5)]
    postgresql_server.embedded.stop()
    postgresql_server.embedded.start()
    jobs = interrupted + queued
    ended = [bench.wait_for_end(job) for job in jobs]
    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []
