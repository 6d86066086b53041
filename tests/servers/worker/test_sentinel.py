"""Redis Sentinel as the broker: jobs end the same way, whoever is the master meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.errors import AnnouncementFailedError
from core.jobs.model import JobKind, JobState
from embedded.programs import find_redis
from tests.sentinel import Guarded, guarded_redis, hanging
from tests.servers.worker.conftest import Bench
from web.announcing import CeleryAnnouncer as WebAnnouncer
from worker.announcing import CeleryAnnouncer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

JOBS = 6
"""Jobs of each sort; more than the workers take at a time."""

END_PAUSES = """
select pg_terminate_backend(pid) from pg_stat_activity
where query like 'select pg_sleep%%' and datname = current_database()
"""
"""Ends the connections of jobs that sleep."""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Guarded]:
    """A master, a replica and a sentinel of the test's own."""
    if find_redis().name == "fakeredis":
        pytest.skip("the imitation of Redis knows no sentinels")
    with guarded_redis(tmp_path / "guarded") as guarded:
        yield guarded


@pytest.fixture
def guarded_bench(bench: Bench, guarded: Guarded) -> Bench:
    """The bench of real workers, over sentinels."""
    bench.other_broker = guarded.broker
    return bench


def test_announced_jobs_of_every_kind_succeed_once(guarded_bench: Bench) -> None:
    """The same message delivered twice has one effect."""
    bench = guarded_bench
    bench.start_worker()
    jobs = [bench.post(kind) for kind in JobKind]
    for job in jobs:
        bench.announce(job)
    ends = [bench.wait_for_end(job) for job in jobs]
    assert [job.state for job in ends] == [JobState.SUCCEEDED] * len(jobs)
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []


def test_jobs_outlive_a_killed_master(guarded_bench: Bench, guarded: Guarded) -> None:
    """Those that run, those that wait in the queue, and those nobody could be told of."""
    bench = guarded_bench
    bench.start_worker(concurrency=2)
    bench.start_schedule()
    assert bench.wait_for_end(bench.post()).state is JobState.SUCCEEDED
    announcer, web = CeleryAnnouncer(guarded.broker), WebAnnouncer(guarded.broker)
    assert web.is_reachable()
    running = bench.post(pauseIn="apply_ddl", pauseAttempts=1)
    bench.wait_for_step(running, "apply_ddl")
    waiting = [bench.post() for _ in range(JOBS)]
    with guarded.sentinel.waiting():
        guarded.master.kill()
        unheard = [bench.add() for _ in range(JOBS)]
        with pytest.raises(AnnouncementFailedError):
            announcer.announce(unheard[0].kind, unheard[0].id)
        assert not web.is_reachable()
    guarded.wait_for_promotion()
    # Producers that were connected to the old master find the new one, and so do workers.
    late = [bench.add() for _ in range(JOBS)]
    for job in late:
        announcer.announce(job.kind, job.id)
    announcer.close()
    assert web.is_reachable()
    # What ran all the while, on a connection to PostgreSQL alone, is broken off and tried again.
    bench.query(END_PAUSES)
    jobs = [running, *waiting, *unheard, *late]
    ends = [bench.wait_for_end(job) for job in jobs]
    assert [job.state for job in ends] == [JobState.SUCCEEDED] * len(jobs)
    assert bench.effects(*jobs) == len(jobs)
    assert bench.leftovers() == []


def test_jobs_outlive_a_master_that_hangs_and_comes_back(
    guarded_bench: Bench, guarded: Guarded
) -> None:
    """Whoever kept a connection to it lets go, and nobody is led back to what is a replica now."""
    bench = guarded_bench
    bench.start_worker()
    bench.start_schedule()
    assert bench.wait_for_end(bench.post()).state is JobState.SUCCEEDED
    announcer = CeleryAnnouncer(guarded.broker)
    early, unheard = bench.add(), bench.add()
    announcer.announce(early.kind, early.id)
    with hanging(guarded.master):
        with guarded.sentinel.waiting(), pytest.raises(AnnouncementFailedError):
            announcer.announce(unheard.kind, unheard.id)
        guarded.wait_for_promotion()
        jobs = [early, unheard, bench.post(), bench.post()]
        assert [bench.wait_for_end(job).state for job in jobs] == [JobState.SUCCEEDED] * len(jobs)
    guarded.wait_for_demotion()
    late = bench.add()
    announcer.announce(late.kind, late.id)
    announcer.close()
    jobs += [late, bench.post()]
    assert [bench.wait_for_end(job).state for job in jobs] == [JobState.SUCCEEDED] * len(jobs)
    assert bench.effects(*jobs) == len(jobs)
