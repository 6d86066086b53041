"""Attempts bring jobs to one true end, whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Never

import pytest

from core.databases.errors import (
    LockTimeoutError,
    SchemaGoneError,
    StatementFailedError,
    StoppedError,
)
from core.jobs.errors import LeaseLostError
from core.jobs.heartbeat import Limits
from core.jobs.model import Job, JobKind, JobState, LeaseToken, StepState, WaitingCode
from core.jobs.running import JobRun
from tests.fakes.jobs import FakeJobStore
from tests.unit.jobs.conftest import Bench

OTHER_TOKEN = LeaseToken("22222222-2222-4222-8222-222222222222")


def refuse(_: object) -> Never:
    """Fail in a way that no retry mends."""
    raise StatementFailedError(statement="create table t ()", sqlstate="42P07", reason="it exists")


def be_locked_out(_: object) -> Never:
    """Fail in a way that may pass."""
    raise LockTimeoutError(database_name="shop")


def break_down(_: object) -> Never:
    """Fail in a way that nobody foresaw."""
    raise ZeroDivisionError


def two_steps(run: JobRun) -> Mapping[str, Any]:
    """Do two steps."""
    with run.step("prepare"):
        run.progress("Looking.", fraction=0.5)
    with run.step("create_database"):
        run.check()
    return {"tables": 2}


def wait_until_stopped(run: JobRun) -> Never:
    """Work until somebody interrupts."""
    stopped = threading.Event()
    with run.step("prepare"), run.stoppable(stopped.set):
        assert stopped.wait(5)
        raise StoppedError


def test_work_that_succeeds_ends_the_job_with_its_result(bench: Bench) -> None:
    """A job that did its work has its result, and what follows is written with its end."""
    bench.runner.work = two_steps
    ended = bench.execute(bench.add())
    assert (ended.state, ended.result, ended.percent) == (JobState.SUCCEEDED, {"tables": 2}, 100)
    assert [step.state for step in ended.steps][:2] == [StepState.SUCCEEDED] * 2
    assert bench.runner.calls == ["run", "record"]


def test_a_message_told_three_times_is_done_once(bench: Bench) -> None:
    """Later messages find nothing to claim."""
    job = bench.add()
    for _ in range(3):
        bench.execute(job)
    assert bench.runner.calls == ["run", "record"]


def test_two_workers_that_race_do_the_work_once(bench: Bench) -> None:
    """Only one claim wins."""
    job = bench.add()
    workers = [threading.Thread(target=bench.execute, args=(job,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert bench.runner.calls == ["run", "record"]
    assert bench.get(job).state is JobState.SUCCEEDED


def test_a_refused_statement_fails_at_once_and_leaves_nothing(bench: Bench) -> None:
    """What cannot pass by itself is not tried again."""
    bench.runner.work = refuse
    ended = bench.execute(bench.add())
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "DATABASE_ERROR"
    assert ended.error.sqlstate == "42P07"
    assert ended.error.statement == "create table t ()"
    assert not ended.error.retryable
    assert bench.runner.calls == ["run", "conclude", "clean_up", "record_end failed"]


def test_a_failure_that_may_pass_is_tried_again_after_a_wait(bench: Bench) -> None:
    """The first failure waits for the base of the backoff, with nothing left behind."""
    bench.runner.work = be_locked_out
    waiting = bench.execute(bench.add())
    assert waiting.state is JobState.QUEUED
    assert waiting.error is not None
    assert waiting.error.retryable
    assert waiting.waiting_reason is not None
    assert waiting.waiting_reason.code is WaitingCode.RETRY_BACKOFF
    assert waiting.run_after is not None
    assert (waiting.run_after - bench.clock.now()).total_seconds() == 2
    assert bench.runner.calls == ["run", "clean_up"]


def test_attempts_are_counted_and_then_the_job_fails(bench: Bench) -> None:
    """A job has three attempts; each after the first begins with a clean-up."""
    bench.runner.work = be_locked_out
    ended = bench.execute_to_the_end(bench.add())
    assert (ended.state, ended.attempt) == (JobState.FAILED, 3)
    assert bench.runner.calls == [
        *("run", "clean_up"),
        *("clean_up", "run", "clean_up"),
        *("clean_up", "run", "conclude", "clean_up", "record_end failed"),
    ]


def test_a_later_attempt_can_succeed(bench: Bench) -> None:
    """A passing trouble leaves no error behind."""
    job = bench.add()
    bench.runner.work = be_locked_out
    bench.execute(job)
    bench.runner.work = two_steps
    ended = bench.execute_to_the_end(job)
    assert (ended.state, ended.attempt, ended.error) == (JobState.SUCCEEDED, 2, None)


def test_an_unforeseen_failure_gives_away_no_internals(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the traceback; the job says that somebody must look."""
    bench.runner.work = break_down
    ended = bench.execute(bench.add())
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "INTERNAL_ERROR"
    assert "ZeroDivisionError" not in ended.error.details
    assert "ZeroDivisionError" in caplog.text
    assert "clean_up" in bench.runner.calls


def test_an_unknown_step_is_our_own_mistake(bench: Bench) -> None:
    """A runner cannot begin a step that its kind does not have."""

    def work(run: JobRun) -> None:
        with run.step("dance"):
            pass

    bench.runner.work = work
    ended = bench.execute(bench.add())
    assert ended.error is not None
    assert ended.error.code == "UNKNOWN_STEP"


def test_leftovers_that_resist_are_tried_again_before_the_job_ends(bench: Bench) -> None:
    """A job does not end while something is left behind; then it ends with its own error."""
    job = bench.add()
    bench.runner.work = refuse
    bench.runner.cleaning = be_locked_out
    waiting = bench.execute(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)
    bench.clock.advance(400)
    waiting = bench.execute(job)
    assert (waiting.state, waiting.attempt) == (JobState.QUEUED, 1)
    bench.runner.cleaning = lambda _: None
    ended = bench.execute_to_the_end(job)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert ended.error.code == "DATABASE_ERROR"
    assert bench.runner.calls.count("run") == 1


def test_leftovers_do_not_hinder_the_next_attempt(bench: Bench) -> None:
    """When cleaning up between attempts fails, the next attempt begins with it."""
    job = bench.add()
    bench.runner.work = be_locked_out
    bench.runner.cleaning = break_down
    waiting = bench.execute(job)
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, False)


def test_a_worker_that_vanishes_each_time_ends_the_job_as_lost(bench: Bench) -> None:
    """After the last attempt only leftovers are removed, and the job says what happened."""
    job = bench.add()
    for _ in range(3):
        bench.vanish(job)
    ended = bench.execute(job)
    assert (ended.state, ended.attempt) == (JobState.FAILED, 3)
    assert ended.error is not None
    assert ended.error.code == "WORKER_LOST"
    assert bench.runner.calls == ["conclude", "clean_up", "record_end failed"]


def test_an_effect_in_place_is_a_success_though_the_worker_vanished(bench: Bench) -> None:
    """A worker that died after the effect and before it could say so did its work."""
    job = bench.add()
    for _ in range(3):
        bench.vanish(job)
    bench.runner.concluded = lambda _: {"tables": 5}
    ended = bench.execute(job)
    assert (ended.state, ended.result) == (JobState.SUCCEEDED, {"tables": 5})
    assert bench.runner.calls == ["conclude", "clean_up", "record"]


def test_a_job_whose_schema_is_gone_has_nothing_to_conclude(bench: Bench) -> None:
    """A foreseen failure that will not pass does not keep a job from ending."""

    def gone(job: Job) -> Never:
        raise SchemaGoneError(schema_id=job.schema_id)

    bench.runner.work = refuse
    bench.runner.concluded = gone
    ended = bench.execute(bench.add())
    assert ended.state is JobState.FAILED
    assert "clean_up" in bench.runner.calls


def test_whether_the_effect_is_in_place_must_be_known_before_the_end(bench: Bench) -> None:
    """While the server cannot be asked, the job neither fails nor succeeds."""
    bench.runner.work = refuse
    bench.runner.concluded = be_locked_out
    waiting = bench.execute(bench.add())
    assert (waiting.state, waiting.cleanup_only) == (JobState.QUEUED, True)


def test_a_running_job_is_cancelled_by_interrupting_it(bench: Bench) -> None:
    """The heartbeat sees the request, interrupts the statement, and nothing is left behind."""
    job = bench.add()

    def work(run: JobRun) -> Never:
        bench.request_cancel(job)
        wait_until_stopped(run)

    bench.runner.work = work
    ended = bench.execute(job)
    assert ended.state is JobState.CANCELLED
    assert ended.error is None
    assert ended.steps[0].state is StepState.CANCELLED
    assert bench.runner.calls == ["run", "conclude", "clean_up", "record_end cancelled"]


def test_an_interruption_that_falls_between_statements_is_repeated(bench: Bench) -> None:
    """Interrupting once may hit nothing."""
    job = bench.add()
    interruptions: list[float] = []
    enough = threading.Event()

    def interrupt() -> None:
        interruptions.append(time.monotonic())
        if len(interruptions) > 2:
            enough.set()

    def work(run: JobRun) -> Never:
        bench.request_cancel(job)
        with run.stoppable(interrupt):
            assert enough.wait(5)
            raise StoppedError

    bench.runner.work = work
    assert bench.execute(job).state is JobState.CANCELLED


def test_an_interruption_that_fails_does_not_end_the_watch(bench: Bench) -> None:
    """A server that cannot be told to stop is told again."""
    job = bench.add()
    calls: list[int] = []
    enough = threading.Event()

    def interrupt() -> None:
        calls.append(1)
        if len(calls) > 1:
            enough.set()
        be_locked_out(None)

    def work(run: JobRun) -> Never:
        bench.request_cancel(job)
        with run.stoppable(interrupt):
            assert enough.wait(5)
            raise StoppedError

    bench.runner.work = work
    assert bench.execute(job).state is JobState.CANCELLED


def test_cancelling_is_ignored_past_the_point_of_no_return(bench: Bench) -> None:
    """What cannot be taken back any more is finished."""
    job = bench.add()

    def work(run: JobRun) -> None:
        with run.step("publish"):
            run.pass_point_of_no_return()
            bench.request_cancel(job)
            time.sleep(0.15)
            run.check()

    bench.runner.work = work
    ended = bench.execute(job)
    assert ended.state is JobState.SUCCEEDED
    assert ended.cancel_requested_at is not None


def test_the_point_of_no_return_looks_one_last_time(bench: Bench) -> None:
    """A request that came before it stops the job."""
    job = bench.add()

    def work(run: JobRun) -> None:
        bench.request_cancel(job)
        time.sleep(0.15)
        run.pass_point_of_no_return()

    bench.runner.work = work
    assert bench.execute(job).state is JobState.CANCELLED


def test_a_job_cancelled_between_attempts_does_no_more_work(bench: Bench) -> None:
    """The next claim removes leftovers and ends it."""
    job = bench.add()
    bench.runner.work = be_locked_out
    bench.execute(job)
    bench.request_cancel(job)
    bench.runner.calls.clear()
    ended = bench.execute(job)
    assert ended.state is JobState.CANCELLED
    assert bench.runner.calls == ["conclude", "clean_up", "record_end cancelled"]


def test_cancelling_a_job_that_only_cleans_up_ends_it_as_cancelled(bench: Bench) -> None:
    """What was asked for is what is recorded."""
    job = bench.add()
    for _ in range(3):
        bench.vanish(job)
    bench.request_cancel(job)
    assert bench.execute(job).state is JobState.CANCELLED


def test_a_job_taken_over_is_touched_no_more(bench: Bench) -> None:
    """An attempt whose lease was lost stops, and neither cleans up nor records anything."""
    job = bench.add()

    def work(run: JobRun) -> Never:
        with FakeJobStore(bench.memory) as store:
            store.jobs.requeue_silent(timedelta(seconds=30), bench.clock.advance(60))
            store.jobs.claim(job.id, OTHER_TOKEN, bench.clock.now())
            store.commit()
        wait_until_stopped(run)

    bench.runner.work = work
    after = bench.execute(job)
    assert (after.state, after.attempt) == (JobState.RUNNING, 2)
    assert bench.runner.calls == ["run"]


def test_a_success_under_a_lost_lease_is_not_recorded(bench: Bench) -> None:
    """The end of an overtaken attempt changes nothing."""
    job = bench.add()

    def work(_: JobRun) -> None:
        with FakeJobStore(bench.memory) as store:
            store.jobs.requeue_silent(timedelta(seconds=30), bench.clock.advance(60))
            store.commit()

    bench.runner.work = work
    bench.limits = Limits()
    assert bench.execute(job).state is JobState.QUEUED
    assert bench.runner.calls == ["run"]


def test_a_step_under_a_lost_lease_stops_the_attempt(bench: Bench) -> None:
    """The first write that touches no row ends the work."""
    job = bench.add()
    seen: list[Exception] = []

    def work(run: JobRun) -> None:
        with FakeJobStore(bench.memory) as store:
            store.jobs.requeue_silent(timedelta(seconds=30), bench.clock.advance(60))
            store.commit()
        run.progress("On.")
        try:
            run.skip("prepare")
        except LeaseLostError as error:
            seen.append(error)
            raise

    bench.runner.work = work
    bench.limits = Limits()
    bench.execute(job)
    assert len(seen) == 1


def test_a_worker_that_goes_hands_its_job_back(bench: Bench) -> None:
    """The job is queued again at once, without an error, and announced."""
    job = bench.add()

    def work(run: JobRun) -> Never:
        bench.hand_back.set()
        wait_until_stopped(run)

    bench.runner.work = work
    waiting = bench.execute(job)
    assert (waiting.state, waiting.error) == (JobState.QUEUED, None)
    assert waiting.run_after == bench.clock.now()
    assert bench.runner.calls == ["run", "clean_up"]
    assert bench.announcer.ids == [job.id]


def test_hand_backs_cost_no_attempts(bench: Bench) -> None:
    """A long job that sees three deployments has all its attempts left."""
    job = bench.add()

    def work(run: JobRun) -> Never:
        bench.hand_back.set()
        wait_until_stopped(run)

    bench.runner.work = work
    for _ in range(3):
        bench.execute(job)
    bench.hand_back.clear()
    bench.runner.work = be_locked_out
    bench.runner.calls.clear()
    ended = bench.execute_to_the_end(job)
    assert ended.state is JobState.FAILED
    assert bench.runner.calls.count("run") == 3


def test_the_next_job_of_the_schema_is_announced_at_the_end(bench: Bench) -> None:
    """The one that waited need not wait for the schedule."""
    job = bench.add()
    bench.add(JobKind.VERIFY, schema_id=job.schema_id)
    following = bench.add(JobKind.BACKUP, schema_id=job.schema_id)
    bench.execute(job)
    assert bench.announcer.announced == [(JobKind.BACKUP, following.id)]


def test_a_job_that_waits_for_its_next_attempt_is_not_announced_early(bench: Bench) -> None:
    """An announcement that comes too early would only delay the next one."""
    bench.runner.work = be_locked_out
    bench.execute(bench.add())
    assert bench.announcer.ids == []


def test_skipped_steps_are_recorded(bench: Bench) -> None:
    """A step that was not needed shows as such, and progress goes on behind it."""

    def work(run: JobRun) -> None:
        run.skip("prepare")
        with run.step("create_database"):
            run.progress("Half.", fraction=None)
            assert run.job.attempt == 1

    bench.runner.work = work
    ended = bench.execute(bench.add())
    assert [step.state for step in ended.steps][:2] == [StepState.SKIPPED, StepState.SUCCEEDED]
    assert ended.message == "Half."


def test_progress_is_recorded_now_and_then(bench: Bench) -> None:
    """A runner may speak as often as it likes."""

    def work(run: JobRun) -> None:
        with run.step("prepare"):
            for number in range(10_000):
                run.progress("On.", fraction=number / 10_000)
            time.sleep(0.35)
            run.progress("Nearly.", fraction=0.9)

    bench.runner.work = work
    job = bench.add()
    ended = bench.execute(job)
    told = [event for event in bench.events(job) if event.name == "progress"]
    assert 1 <= len(told) <= 4
    assert told[-1].payload["percent"] == 18
    assert ended.message == "Nearly."


def test_progress_without_a_fraction_is_recorded_now_and_then(bench: Bench) -> None:
    """A dump that says after each chunk how much it wrote costs a few writes a second."""

    def work(run: JobRun) -> None:
        with run.step("prepare"):
            for number in range(10_000):
                run.progress(f"{number} MB written.")

    bench.runner.work = work
    job = bench.add()
    bench.execute(job)
    told = [event for event in bench.events(job) if event.name == "progress"]
    assert 1 <= len(told) <= 4


def test_a_write_that_breaks_with_the_success_fails_the_job(bench: Bench) -> None:
    """When what follows cannot be written, neither is the success."""
    bench.runner.recording = refuse
    ended = bench.execute(bench.add())
    assert ended.state is JobState.FAILED
    assert bench.runner.calls == ["run", "record", "conclude", "clean_up", "record_end failed"]
