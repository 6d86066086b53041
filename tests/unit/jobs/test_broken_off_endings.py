"""What an attempt does beside its work ends too when the server hangs, and is done later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from typing_extensions import override

from core.databases.errors import StatementFailedError, StoppedError
from core.jobs.errors import ServerHangsError
from core.jobs.heartbeat import no_trouble
from core.jobs.kinds import KINDS
from core.jobs.model import Job, JobKind, JobState
from core.jobs.running import Ending, JobRun, Outcome
from tests.fakes.jobs import FakeJobStore
from tests.unit.jobs.conftest import Bench, FakeRunner
from tests.unit.jobs.test_fencing import overtake

LONG_SECONDS = 10.0
"""Far more than any of this takes, so that what is not stopped fails its test."""


@dataclass
class HangingRunner(FakeRunner):
    """Waits at one place for a server that does not answer, until somebody stops it."""

    place: str = ""
    """What it does there."""
    hanging: threading.Event = field(default_factory=threading.Event)
    """Whether the server hangs, and it waits for it."""
    is_back: threading.Event = field(default_factory=threading.Event)
    """Whether the server answers, so that nothing waits any more."""

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[FakeJobStore] | None:
        """Say whether the effect is in place."""
        self._do("conclude", ending)
        return super().conclude(job, ending)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove leftovers."""
        self._do("clean_up", ending)
        super().clean_up(job, ending)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove what is the attempt's own."""
        self._do("abandon", ending)
        self.calls.append("abandon")

    def _do(self, what: str, ending: Ending) -> None:
        if what != self.place or self.is_back.is_set():
            return
        stopped = threading.Event()
        with ending.stoppable(stopped.set):
            self.hanging.set()
            if not stopped.wait(LONG_SECONDS):
                pytest.fail("nobody stopped it")
            self.hanging.clear()
            raise StoppedError


@pytest.fixture
def hanging(bench: Bench) -> HangingRunner:
    """Return a runner whose server is known to hang once it waits for it."""
    runner = HangingRunner()
    bench.runner = runner
    bench.trouble_of = lambda _: ServerHangsError() if runner.hanging.is_set() else None
    return runner


def refuse(_: object) -> None:
    """Fail in a way that no retry mends."""
    raise StatementFailedError(statement="select", sqlstate="42601", reason="syntax")


@pytest.mark.parametrize("place", ["conclude", "clean_up"])
def test_an_end_that_a_hanging_server_keeps_waiting_is_made_later(
    bench: Bench, hanging: HangingRunner, place: str
) -> None:
    """The worker is free meanwhile, and the job has not ended."""
    hanging.place, hanging.work = place, refuse
    waiting = bench.execute(bench.add())
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    assert waiting.error is not None
    assert waiting.error.code == "DATABASE_ERROR"
    hanging.is_back.set()
    ended = bench.execute_to_the_end(waiting)
    assert ended.state is JobState.FAILED
    assert hanging.calls[-3:] == ["conclude", "clean_up", "record_end failed"]


def test_a_wish_to_cancel_does_not_stop_the_clean_up_that_it_leads_to(
    bench: Bench,
) -> None:
    """Only what makes going on pointless does."""
    stopped: list[bool] = []

    def work(run: JobRun) -> None:
        bench.request_cancel(job)
        wish = threading.Event()
        with run.stoppable(wish.set):
            assert wish.wait(LONG_SECONDS)
        run.check()

    @dataclass
    class Patient(HangingRunner):
        @override
        def clean_up(self, job: Job, ending: Ending) -> None:
            told = threading.Event()
            with ending.stoppable(told.set):
                stopped.append(told.wait(bench.limits.heartbeat_seconds * 5))

    bench.runner = Patient(work=work)
    job = bench.add()
    assert bench.execute(job).state is JobState.CANCELLED
    assert stopped == [False]


def test_an_attempt_that_cannot_take_over_from_the_last_is_made_again(
    bench: Bench, hanging: HangingRunner
) -> None:
    """It says why."""
    hanging.place = "clean_up"
    job = bench.add()
    bench.vanish(job)
    waiting = bench.execute(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, False)
    assert waiting.error is not None
    assert waiting.error.code == "SERVER_HANGS"
    hanging.is_back.set()
    assert bench.execute_to_the_end(job).state is JobState.SUCCEEDED


def test_an_end_of_which_the_lease_is_lost_is_left_to_whoever_has_it(
    bench: Bench, hanging: HangingRunner
) -> None:
    """What it waits for must not happen any more: another attempt works there."""
    hanging.place, hanging.work = "clean_up", refuse
    job = bench.add()
    bench.trouble_of = _once(lambda: overtake(bench, job), hanging.hanging)
    after = bench.execute(job)
    assert (after.state, after.attempt) == (JobState.RUNNING, 2)
    assert hanging.calls == ["run", "conclude", "abandon"]


def test_an_overtaken_attempt_is_not_kept_by_a_hanging_server(
    bench: Bench, hanging: HangingRunner
) -> None:
    """It leaves its own things behind, and says so in the log."""
    assert _overtaken(bench, hanging).state is JobState.RUNNING
    assert hanging.calls == ["run"]


def test_an_overtaken_attempt_has_its_time(bench: Bench, hanging: HangingRunner) -> None:
    """Nobody may ever find that the server hangs."""
    bench.trouble_of = no_trouble
    bench.limits = replace(bench.limits, parting_seconds=0.1)
    assert _overtaken(bench, hanging).state is JobState.RUNNING
    assert hanging.calls == ["run"]


def test_an_end_at_the_time_limit_has_its_time(bench: Bench, hanging: HangingRunner) -> None:
    """What it does not get done is done by another attempt, rather than that it is killed."""
    limit_seconds = KINDS[JobKind.CREATE].time_limit_seconds
    bench.trouble_of = no_trouble
    bench.limits = replace(bench.limits, ending_seconds=0.1 - limit_seconds)
    hanging.place, hanging.work = "clean_up", refuse
    waiting = bench.execute(bench.add())
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)


def _overtaken(bench: Bench, hanging: HangingRunner) -> Job:
    """Overtake an attempt at its work, which then waits for its server to remove its own."""
    hanging.place = "abandon"
    job = bench.add()

    def work(run: JobRun) -> None:
        overtake(bench, job)
        run.prove_lease()

    hanging.work = work
    return bench.execute(job)


def _once(act: Callable[[], None], when: threading.Event) -> Callable[[Job], None]:
    """Return what acts when first asked while an event is set, and knows of no trouble."""
    done = threading.Event()

    def trouble_of(_: Job) -> None:
        if when.is_set() and not done.is_set():
            done.set()
            act()

    return trouble_of
