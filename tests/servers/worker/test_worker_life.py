"""Real workers run jobs: announced, cancelled, handed back and refused."""

from __future__ import annotations

import json
import signal

import pytest

from core.jobs.model import JobKind, JobState
from tests.servers.worker.conftest import Bench

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]


def test_announced_jobs_of_every_kind_succeed_once(bench: Bench) -> None:
    """Each kind has its task; the same message delivered three times has one effect."""
    bench.start_worker()
    bench.start_worker()
    jobs = [bench.post(kind) for kind in JobKind]
    for _ in range(2):
        for job in jobs:
            bench.announce(job)
    ended = [bench.wait_for_end(job) for job in jobs]
    assert {job.state for job in ended} == {JobState.SUCCEEDED}
    assert {job.attempt for job in ended} == {1}
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []


def test_an_announcement_that_was_lost_is_repaired(bench: Bench) -> None:
    """A job recorded by an API that died before it could announce is run all the same."""
    bench.start_worker()
    bench.start_schedule()
    job = bench.add()
    assert bench.wait_for_end(job).state is JobState.SUCCEEDED


def test_a_running_job_is_cancelled_with_its_statement(bench: Bench) -> None:
    """The statement that would sleep for a minute is interrupted, and nothing is left."""
    bench.start_worker()
    job = bench.post(pauseIn="apply_ddl")
    bench.wait_for_step(job, "apply_ddl")
    bench.request_cancel(job)
    assert bench.wait_for_end(job).state is JobState.CANCELLED
    assert bench.effects(job) == 0
    assert bench.leftovers() == []
    assert bench.query("select state from bench.end") == [("cancelled",)]


def test_a_worker_told_to_go_hands_its_job_back(bench: Bench) -> None:
    """SIGTERM ends the worker within seconds, and another finishes the job in a new attempt."""
    worker = bench.start_worker()
    job = bench.post(pauseIn="apply_ddl")
    bench.wait_for_step(job, "apply_ddl")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0
    waiting = bench.get(job)
    assert (waiting.state, waiting.error) == (JobState.QUEUED, None)
    assert bench.leftovers() == []
    bench.start_worker()
    ended = bench.wait_for_end(job)
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 2)
    assert ended.max_attempts - ended.attempt == job.max_attempts - 1


def test_logs_are_json_with_ids_and_without_secrets(bench: Bench) -> None:
    """Each line says which job and request it is about, and no password is among them."""
    bench.start_worker()
    job = bench.post()
    bench.wait_for_end(job)
    bench.wait(lambda: '"job_ended"' in bench.logs(), "the log of the end")
    lines = [json.loads(line) for line in bench.logs().splitlines() if line.startswith("{")]
    (end,) = [line for line in lines if line["event"] == "job_ended"]
    assert (end["job_id"], end["request_id"], end["state"]) == (job.id, "request-1", "succeeded")
    password = bench.redis.url().split(":")[2].split("@")[0]
    assert password not in bench.logs()
