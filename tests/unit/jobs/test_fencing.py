"""An attempt that was overtaken while it slept removes nothing, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Never, Self

import pytest
from typing_extensions import override

from core.databases.errors import LockTimeoutError, StatementFailedError
from core.errors import UnavailableError
from core.jobs.errors import LeaseLostError
from core.jobs.heartbeat import Limits
from core.jobs.model import Job, JobKind, JobState, LeaseToken, StepState
from core.jobs.running import JobRun
from tests.fakes.jobs import FakeJobStore
from tests.unit.jobs.conftest import Bench

OTHER_TOKEN = LeaseToken("22222222-2222-4222-8222-222222222222")

SLEEPY = Limits(heartbeat_seconds=60, lease_seconds=600)
"""Limits of an attempt whose watch notices nothing within a test."""


def overtake(bench: Bench, job: Job) -> None:
    """Let the repair take the job from a worker that sleeps, and another worker claim it."""
    with FakeJobStore(bench.memory) as store:
        store.jobs.requeue_silent(timedelta(seconds=30), bench.clock.advance(60))
        store.jobs.claim(job.id, OTHER_TOKEN, bench.clock.now())
        store.commit()


def be_refused() -> Never:
    """Fail in a way that no retry mends."""
    raise StatementFailedError(statement="select", sqlstate="42601", reason="syntax")


def be_locked_out() -> Never:
    """Fail in a way that may pass."""
    raise LockTimeoutError(database_name="shop")


@pytest.mark.parametrize("fail", [be_refused, be_locked_out])
def test_an_overtaken_attempt_that_fails_removes_nothing(
    bench: Bench, fail: Callable[[], Never]
) -> None:
    """What bears the job's name may be the other attempt's work by now."""
    bench.limits = SLEEPY
    job = bench.add()

    def work(_: JobRun) -> Never:
        overtake(bench, job)
        fail()

    bench.runner.work = work
    after = bench.execute(job)
    assert (after.state, after.attempt) == (JobState.RUNNING, 2)
    assert bench.runner.calls == ["run"]


def test_an_attempt_overtaken_before_its_first_clean_up_removes_nothing(bench: Bench) -> None:
    """A worker may sleep between its claim and the clean-up that a later attempt begins with."""
    bench.limits = SLEEPY
    job = bench.add()
    bench.vanish(job)
    claims: list[int] = []

    class Store(FakeJobStore):
        """A store after whose first commit, the claim's, the worker sleeps."""

        @override
        def commit(self) -> None:
            """Commit, and let others take over."""
            super().commit()
            claims.append(1)
            if len(claims) == 1:
                threading.Timer(0, overtake, (bench, job)).start()

        @override
        def __enter__(self) -> Self:
            """Begin, once the other worker has claimed."""
            while claims and bench.get(job).attempt < 3:
                threading.Event().wait(0.01)
            return super().__enter__()

    bench.open_store = lambda: Store(bench.memory)
    after = bench.execute(job)
    assert (after.state, after.attempt) == (JobState.RUNNING, 3)
    assert bench.runner.calls == []


def test_an_attempt_overtaken_while_it_asked_for_its_effect_removes_nothing(bench: Bench) -> None:
    """Asking can take long, so the lease is proven again behind it."""
    bench.limits = SLEEPY
    job = bench.add()
    bench.runner.work = lambda _: be_refused()
    bench.runner.concluded = lambda _: overtake(bench, job)
    assert bench.execute(job).state is JobState.RUNNING
    assert bench.runner.calls == ["run", "conclude"]


def test_nothing_is_removed_while_the_store_cannot_be_asked(bench: Bench) -> None:
    """The attempt is abandoned, and the repair takes the job back."""
    job = bench.add()
    is_away = threading.Event()

    class Store(FakeJobStore):
        """A store that goes away and stays away."""

        @override
        def __enter__(self) -> Self:
            """Begin, if it is there."""
            if is_away.is_set():
                raise UnavailableError("The store is away.")
            return super().__enter__()

    def work(_: JobRun) -> Never:
        is_away.set()
        be_refused()

    bench.open_store = lambda: Store(bench.memory)
    bench.runner.work = work
    assert bench.execute(job).state is JobState.RUNNING
    assert bench.runner.calls == ["run"]


def begin_without_a_proof_and_publish(run: JobRun) -> None:
    """Begin a step whose record nobody waits for, and one that proves the lease."""
    with run.step("apply_ddl", is_proof=False):
        pass
    with run.step("publish"):
        pass


@pytest.mark.parametrize(
    "prove",
    [
        pytest.param(lambda run: run.prove_lease(), id="asked for"),
        pytest.param(lambda run: run.pass_point_of_no_return(), id="point of no return"),
        pytest.param(lambda run: run.step("publish").__enter__(), id="step"),
        pytest.param(lambda run: run.skip("publish"), id="skipped step"),
        pytest.param(begin_without_a_proof_and_publish, id="step behind one without a proof"),
    ],
)
def test_an_overtaken_attempt_does_not_get_past_a_proof(
    bench: Bench, prove: Callable[[JobRun], object]
) -> None:
    """Whatever a runner does before it publishes asks the store."""
    bench.limits = SLEEPY
    job = bench.add()
    lost: list[LeaseLostError] = []

    def work(run: JobRun) -> None:
        overtake(bench, job)
        try:
            prove(run)
        except LeaseLostError as error:
            lost.append(error)
            raise

    bench.runner.work = work
    bench.execute(job)
    assert len(lost) == 1
    assert bench.runner.calls == ["run"]


def test_a_proof_is_one_of_life_and_sees_requests_to_cancel(bench: Bench) -> None:
    """The point of no return is not passed by a job that somebody cancelled a moment ago."""
    bench.limits = SLEEPY
    job = bench.add(JobKind.REGENERATE)

    def work(run: JobRun) -> None:
        proven_at = bench.clock.advance(5)
        run.prove_lease()
        assert bench.get(job).heartbeat_at == proven_at
        bench.request_cancel(job)
        run.pass_point_of_no_return()

    bench.runner.work = work
    assert bench.execute(job).state is JobState.CANCELLED


def test_work_begins_while_a_step_without_a_proof_is_recorded(bench: Bench) -> None:
    """A store that takes its time keeps nobody; the records come in order, and before the end."""
    job = bench.add()
    is_begun = threading.Event()

    class Store(FakeJobStore):
        """A store whose commits beside the work wait for the work to begin."""

        @override
        def commit(self) -> None:
            """Commit, once the work has begun."""
            if threading.current_thread().name.startswith("recorder"):
                assert is_begun.wait(5)
            super().commit()

    def work(run: JobRun) -> None:
        with run.step("create_database", is_proof=False):
            pass
        with run.step("apply_ddl", is_proof=False):
            is_begun.set()

    bench.open_store = lambda: Store(bench.memory)
    bench.runner.work = work
    after = bench.execute(job)
    assert after.state is JobState.SUCCEEDED
    told = [each.name for each in bench.events(job)]
    assert told[:3] == ["queued", "started", "step_started"]
    assert (told.count("step_started"), told[-1]) == (2, "succeeded")
    ended = [step.name for step in after.steps if step.state is StepState.SUCCEEDED]
    assert ended == ["create_database", "apply_ddl"]


def test_a_step_recorded_beside_the_work_of_an_overtaken_attempt_stops_it(bench: Bench) -> None:
    """The work sees at its next check that the job is another's."""
    bench.limits = SLEEPY
    job = bench.add()

    def work(run: JobRun) -> None:
        overtake(bench, job)
        with run.step("apply_ddl", is_proof=False):
            for _ in range(500):
                run.check()
                threading.Event().wait(0.01)

    bench.runner.work = work
    after = bench.execute(job)
    assert (after.state, after.attempt) == (JobState.RUNNING, 2)
    assert bench.runner.calls == ["run"]


def test_a_job_whose_step_beside_the_work_cannot_be_recorded_does_not_succeed(
    bench: Bench,
) -> None:
    """What nobody foresaw about a record is not passed over."""
    job = bench.add()

    class Store(FakeJobStore):
        """A store that breaks beside the work."""

        @override
        def commit(self) -> None:
            """Commit, unless beside the work."""
            if threading.current_thread().name.startswith("recorder"):
                raise RuntimeError
            super().commit()

    def work(run: JobRun) -> None:
        with run.step("apply_ddl", is_proof=False):
            pass

    bench.open_store = lambda: Store(bench.memory)
    bench.runner.work = work
    assert bench.execute(job).state is JobState.FAILED
