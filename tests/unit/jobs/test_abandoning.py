"""An attempt that was overtaken removes what is its own alone, and says nothing of the job."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Never

from typing_extensions import override

from core.databases.errors import LockTimeoutError
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun
from tests.unit.jobs.conftest import Bench, FakeRunner
from tests.unit.jobs.test_fencing import SLEEPY, overtake


@dataclass
class OwningRunner(FakeRunner):
    """Remembers for which attempts it was to remove what is their own."""

    abandoned: list[int] = field(default_factory=list)
    """The attempts."""
    is_failing: bool = False
    """Whether it cannot remove it."""

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove what is this attempt's own."""
        self.abandoned.append(job.attempt)
        if self.is_failing:
            raise LockTimeoutError(database_name="sb_1_new")


def abandoned_by(bench: Bench, runner: OwningRunner) -> Job:
    """Let an attempt be overtaken while it works, and return the job as it stands then."""
    bench.limits = SLEEPY
    bench.runner = runner
    job = bench.add()

    def work(run: JobRun) -> Never:
        overtake(bench, job)
        run.prove_lease()
        raise AssertionError

    runner.work = work
    return bench.execute(job)


def test_an_overtaken_attempt_removes_what_is_its_own_alone(bench: Bench) -> None:
    """The other attempt works on, and its things are let be."""
    runner = OwningRunner()
    after = abandoned_by(bench, runner)
    assert (after.state, after.attempt) == (JobState.RUNNING, 2)
    assert (runner.calls, runner.abandoned) == (["run"], [1])


def test_an_overtaken_attempt_that_cannot_remove_its_own_ends_all_the_same(bench: Bench) -> None:
    """It says so in the log."""
    runner = OwningRunner(is_failing=True)
    assert abandoned_by(bench, runner).state is JobState.RUNNING
    assert runner.abandoned == [1]


def test_an_attempt_that_kept_its_lease_is_not_abandoned(bench: Bench) -> None:
    """Success removes nothing."""
    bench.runner = runner = OwningRunner()
    assert bench.execute(bench.add()).state is JobState.SUCCEEDED
    assert runner.abandoned == []
