"""While the store is away a job goes on as long as its lease can hold, and no longer."""

from __future__ import annotations

import threading
import time
from typing import Never, Self

import pytest
from typing_extensions import override

from core.databases.errors import StoppedError
from core.errors import UnavailableError
from core.jobs.errors import LeaseLostError, TimeLimitError
from core.jobs.heartbeat import Heartbeat, Limits
from core.jobs.kinds import KINDS
from core.jobs.model import JobId, JobState, LeaseToken
from core.jobs.running import JobRun
from core.jobs.stopping import Stopping
from tests.fakes.jobs import FakeJobStore, Memory
from tests.unit.jobs.conftest import Bench


class Outage:
    """Makes a bench's store go away for a while."""

    def __init__(self, bench: Bench) -> None:
        self.is_on = threading.Event()
        outage = self

        class Store(FakeJobStore):
            """A store that is away while the outage lasts."""

            @override
            def __enter__(self) -> Self:
                """Begin, if it is there."""
                if outage.is_on.is_set():
                    raise UnavailableError("The store is away.")
                return super().__enter__()

        memory: Memory = bench.memory
        bench.open_store = lambda: Store(memory)

    def last(self, seconds: float) -> None:
        """Begin, and end after so many seconds."""
        self.is_on.set()
        threading.Timer(seconds, self.is_on.clear).start()


def code(stopping: Stopping) -> str | None:
    """Return the code of the reason to stop."""
    return None if stopping.reason is None else stopping.reason.code


@pytest.fixture
def outage(bench: Bench) -> Outage:
    """Return a switch for the bench's store."""
    return Outage(bench)


def test_a_job_is_not_claimed_while_the_store_is_away(bench: Bench, outage: Outage) -> None:
    """The message is spent; the repair announces the job again."""
    job = bench.add()
    outage.is_on.set()
    bench.execute(job)
    assert bench.get(job).state is JobState.QUEUED


def test_a_short_outage_is_waited_out(bench: Bench, outage: Outage) -> None:
    """Steps, progress and the end are recorded when the store is back."""
    bench.limits = Limits(heartbeat_seconds=0.02, lease_seconds=20)

    def work(run: JobRun) -> None:
        with run.step("prepare"):
            outage.last(0.3)
            run.progress("Nobody hears this.")
        with run.step("create_database"):
            outage.last(0.3)

    bench.runner.work = work
    ended = bench.execute(bench.add())
    assert (ended.state, ended.attempt) == (JobState.SUCCEEDED, 1)


def test_a_long_outage_stops_the_work_before_others_may_take_it(
    bench: Bench, outage: Outage
) -> None:
    """When the lease must be presumed lost, the work stops and touches nothing."""
    stopped_after: list[float] = []
    # Long enough that a busy machine does not decide it.
    bench.limits = Limits(heartbeat_seconds=0.02, lease_seconds=2)

    def work(run: JobRun) -> Never:
        interrupted = threading.Event()
        with run.step("prepare"), run.stoppable(interrupted.set):
            began_at = time.monotonic()
            outage.is_on.set()
            assert interrupted.wait(5)
            stopped_after.append(time.monotonic() - began_at)
            raise StoppedError

    bench.runner.work = work
    job = bench.add()
    bench.execute(job)
    assert stopped_after[0] < bench.limits.lease_seconds
    assert bench.get(job).state is JobState.RUNNING
    assert bench.runner.calls == ["run"]


def test_an_end_that_cannot_be_recorded_is_left_to_the_repair(bench: Bench, outage: Outage) -> None:
    """The record says running until the repair takes the job back."""

    def work(_: JobRun) -> None:
        outage.is_on.set()

    bench.runner.work = work
    job = bench.add()
    bench.execute(job)
    assert bench.get(job).state is JobState.RUNNING
    outage.is_on.clear()
    bench.runner.work = lambda _: None
    bench.take_back(job)
    assert bench.execute_to_the_end(job).state is JobState.SUCCEEDED


def test_a_point_of_no_return_does_not_keep_a_lost_lease() -> None:
    """A lost lease stops everything, and outweighs every other reason."""
    stopping = Stopping()
    job_id = JobId("j")
    stopping.pass_point_of_no_return()
    stopping.ask(StoppedError())
    assert code(stopping) is None
    stopping.force(TimeLimitError(job_id=job_id, seconds=60))
    stopping.force(StoppedError())
    assert code(stopping) == "TIME_LIMIT"
    stopping.force(LeaseLostError(job_id=job_id))
    stopping.force(TimeLimitError(job_id=job_id, seconds=60))
    assert code(stopping) == "LEASE_LOST"


def test_an_attempt_that_takes_too_long_is_stopped(bench: Bench) -> None:
    """The time limit of the kind holds, past the point of no return as well."""
    job = bench.add()
    token = LeaseToken("token")
    with bench.open_store() as store:
        store.jobs.claim(job.id, token, bench.clock.now())
        store.commit()
    stopping = Stopping()
    stopping.pass_point_of_no_return()
    watch = Heartbeat(
        job,
        token,
        open_store=bench.open_store,
        limits=bench.limits,
        stopping=stopping,
        hand_back=None,
        claimed_at=time.monotonic() - KINDS[job.kind].time_limit_seconds - 1,
    )
    watch.proven(time.monotonic())
    interrupted = threading.Event()
    with stopping.stoppable(interrupted.set), watch:
        assert interrupted.wait(5)
    assert code(stopping) == "TIME_LIMIT"
