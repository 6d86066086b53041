"""When a job whose leftovers nobody can look for ends all the same: when there can be none."""

from __future__ import annotations

from core.databases.errors import ServerUnavailableError
from core.jobs.model import Job, JobKind, JobState
from core.jobs.running import JobRun
from tests.unit.jobs.conftest import Bench


def away(_: object) -> None:
    """Find that the server does not answer."""
    raise ServerUnavailableError(address="db:5432", reason="refused")


def away_within(step: str, bench: Bench) -> Job:
    """Let every attempt find the server away in a step, with nobody to ask about leftovers."""

    def work(run: JobRun) -> None:
        with run.step(step, is_proof=False):
            away(run)

    bench.runner.work = work
    bench.runner.cleaning = away
    bench.runner.concluded = away
    job = bench.add(JobKind.REGENERATE)
    for _ in range(3):
        job = bench.execute(job)
        bench.clock.advance(600)
    return job


def test_a_job_that_never_reached_its_server_fails_with_its_last_attempt(bench: Bench) -> None:
    """Nothing was begun there, so nothing has to be waited for."""
    job = away_within("prepare", bench)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "SERVER_UNAVAILABLE"
    assert job.attempt == 3


def test_a_job_that_may_have_left_something_waits_for_its_server(bench: Bench) -> None:
    """It says meanwhile why it waits, and ends once the server can be asked."""
    job = away_within("create_database", bench)
    assert job.state is JobState.QUEUED
    assert job.cleanup_only
    assert job.error is not None
    assert job.error.code == "SERVER_UNAVAILABLE"
    bench.runner.cleaning = lambda _: None
    bench.runner.concluded = lambda _: None
    bench.clock.advance(600)
    assert bench.execute(job).state is JobState.FAILED


def test_a_worker_that_vanished_may_have_left_anything(bench: Bench) -> None:
    """What it began was maybe not recorded."""
    bench.runner.work = away
    bench.runner.cleaning = away
    bench.runner.concluded = away
    job = bench.vanish(bench.add(JobKind.REGENERATE))
    for _ in range(2):
        job = bench.execute(job)
        bench.clock.advance(600)
    assert job.state is JobState.QUEUED
    assert job.cleanup_only


def test_a_job_that_was_stopped_before_it_reached_its_server_is_cancelled(bench: Bench) -> None:
    """Whoever does not want it any more need not wait either."""
    bench.runner.work = away
    bench.runner.cleaning = away
    bench.runner.concluded = away
    job = bench.execute(bench.add(JobKind.REGENERATE))
    assert job.state is JobState.QUEUED
    bench.request_cancel(job)
    assert bench.execute(job).state is JobState.CANCELLED
