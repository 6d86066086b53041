"""How jobs end whose effect is in place, is not known, or whose leftovers resist."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Never

import pytest

from core.backups.errors import BackupNotFoundError
from core.databases.errors import LockTimeoutError, SchemaGoneError, StatementFailedError
from core.errors import SchemaBuilderError
from core.jobs.model import Job, JobState
from core.jobs.running import JobRun
from tests.unit.jobs.conftest import Bench

REFUSED = StatementFailedError(statement="select", sqlstate="42601", reason="syntax")


class Swap:
    """A runner's world: a database put in place of another, which is then to be removed."""

    def __init__(self, bench: Bench) -> None:
        self.is_published = False
        self.has_retired = False
        self.resists = False
        bench.runner.concluded = self.conclude
        bench.runner.cleaning = self.clean_up

    def happen(self) -> None:
        """Swap, and leave the old database to be removed."""
        self.is_published = self.has_retired = True

    def conclude(self, _: Job) -> Mapping[str, Any] | None:
        """Say whether the new database is in place."""
        return {"tables": 5} if self.is_published else None

    def clean_up(self, _: Job) -> None:
        """Remove the old database."""
        if self.resists:
            raise LockTimeoutError(database_name="shop")
        self.has_retired = False


def refuse(_: object) -> Never:
    """Fail in a way that no retry mends."""
    raise REFUSED


def break_down(_: object) -> Never:
    """Fail in a way that nobody foresaw."""
    raise ZeroDivisionError


def test_cancelled_after_the_swap_and_killed_it_succeeds_and_leaves_nothing(bench: Bench) -> None:
    """The old database goes as well, though the request came too late to stop anything."""
    swap = Swap(bench)
    job = bench.add()
    bench.vanish(job)
    swap.happen()
    bench.request_cancel(job)
    ended = bench.execute(job)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"tables": 5})
    assert not swap.has_retired
    assert bench.runner.calls == ["conclude", "clean_up", "record"]


def test_killed_while_it_removed_the_old_in_the_last_attempt_it_leaves_nothing(
    bench: Bench,
) -> None:
    """The claim that only cleans up removes what the last attempt left, and succeeds."""
    swap = Swap(bench)
    job = bench.add()
    for _ in range(3):
        bench.vanish(job)
    swap.happen()
    ended = bench.execute(job)
    assert ended.state is JobState.SUCCEEDED
    assert not swap.has_retired


def test_an_effect_in_place_is_recorded_once_nothing_is_left(bench: Bench) -> None:
    """While the old database resists, the job neither succeeds nor fails."""
    swap = Swap(bench)
    job = bench.add()
    swap.resists = True

    def work(_: JobRun) -> Never:
        swap.happen()
        raise REFUSED

    bench.runner.work = work
    waiting = bench.execute(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    swap.resists = False
    ended = bench.execute_to_the_end(job)
    assert (ended.state, ended.error) == (JobState.SUCCEEDED, None)


@pytest.mark.parametrize(
    "gone", [SchemaGoneError(schema_id="s"), BackupNotFoundError(backup_id="b")], ids=type
)
def test_what_is_gone_has_no_effect_in_place(bench: Bench, gone: SchemaBuilderError) -> None:
    """Nothing keeps such a job from ending."""

    def conclude(_: Job) -> Never:
        raise gone

    bench.runner.work = refuse
    bench.runner.concluded = conclude
    ended = bench.execute(bench.add())
    assert ended.state is JobState.FAILED
    assert "clean_up" in bench.runner.calls


@pytest.mark.parametrize("conclude", [refuse, break_down])
def test_a_failure_to_ask_for_the_effect_does_not_mean_that_there_is_none(
    bench: Bench, conclude: Callable[[object], Never]
) -> None:
    """A refused password, say, must not turn a published database into a failure."""
    job = bench.add()
    bench.runner.work = refuse
    bench.runner.concluded = conclude
    waiting = bench.execute(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    assert "clean_up" not in bench.runner.calls
    bench.runner.concluded = lambda _: {"tables": 5}
    assert bench.execute_to_the_end(job).state is JobState.SUCCEEDED


def try_for(bench: Bench, job: Job, hours: float) -> Job:
    """Let workers try the job once an hour for so long; return the job as it stands then."""
    for _ in range(int(hours)):
        bench.clock.advance(3600)
        bench.execute(job)
    return bench.get(job)


def test_leftovers_that_resist_for_a_day_no_longer_hold_up_others(bench: Bench) -> None:
    """The job fails with its own error, which says that something is left."""
    swap = Swap(bench)
    swap.resists = True
    bench.runner.work = refuse
    job = bench.execute(bench.add())
    bench.clock.advance(100 * 3600)
    assert try_for(bench, job, 24).state is JobState.QUEUED
    ended = try_for(bench, job, 1)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "DATABASE_ERROR"
    assert ended.error.sqlstate == "42601"
    assert "LEFTOVERS: Not all that job" in ended.error.details
    assert bench.runner.calls[-1] == "record_end failed"


def test_a_cancelled_job_whose_leftovers_resist_for_a_day_fails_with_them(bench: Bench) -> None:
    """Cancelled would say that nothing is left."""
    swap = Swap(bench)
    swap.resists = True
    job = bench.add()
    bench.vanish(job)
    bench.request_cancel(job)
    ended = try_for(bench, job, 26)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "LEFTOVERS"
    assert ended.cancel_requested_at is not None


def test_an_effect_in_place_succeeds_though_leftovers_resist_for_a_day(bench: Bench) -> None:
    """What is published is not called a failure; the log says what is left."""
    swap = Swap(bench)
    swap.happen()
    swap.resists = True
    job = bench.add()
    for _ in range(3):
        bench.vanish(job)
    ended = try_for(bench, job, 26)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"tables": 5})
