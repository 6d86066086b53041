"""What every job repository owes its callers; one suite for the fake and for the store.

A test module subclasses `JobRepositoryContract` and gives the three fixtures it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core.jobs.kinds import KINDS
from core.jobs.model import (
    Job,
    JobError,
    JobId,
    JobKind,
    JobState,
    LeaseToken,
    NewJob,
    StepState,
    WaitingCode,
)
from core.jobs.repository import JobRepository, JobStore
from tests.fakes.clock import START

OpenStore = Callable[[], JobStore]

TOKEN = LeaseToken("11111111-1111-4111-8111-111111111111")
OTHER_TOKEN = LeaseToken("22222222-2222-4222-8222-222222222222")
ERROR = JobError(
    code="LOCK_TIMEOUT",
    details="Others held the locks.",
    sqlstate="55P03",
    statement="select 1",
    retryable=True,
)

SILENCE = timedelta(seconds=50)
"""What a worker may be silent for; no test takes as long."""


def later(seconds: float) -> datetime:
    """Return the time so many seconds after the start."""
    return START + timedelta(seconds=seconds)


def seconds_between(earlier: Job, later: Job) -> float:
    """Return the time between the last proofs of life of two looks at a job."""
    assert earlier.heartbeat_at is not None
    assert later.heartbeat_at is not None
    return (later.heartbeat_at - earlier.heartbeat_at).total_seconds()


class Desk:
    """Short ways to say what a test needs, each in a transaction of its own."""

    def __init__(
        self,
        open_store: OpenStore,
        new_schema_id: Callable[[], str],
        stay_silent: Callable[[float], None],
    ) -> None:
        self.open_store = open_store
        self.new_schema_id = new_schema_id
        self.stay_silent = stay_silent
        """Lets seconds pass, by the repository's own clock, without a proof of life."""

    @contextmanager
    def jobs(self) -> Iterator[JobRepository]:
        """Open a transaction that is committed when the block is left well."""
        with self.open_store() as store:
            yield store.jobs
            store.commit()

    def add(
        self,
        kind: JobKind = JobKind.CREATE,
        *,
        schema_id: str | None = None,
        owner: str = "local",
        at: datetime = START,
    ) -> Job:
        """Record a queued job, of a schema of its own unless one is named."""
        job = NewJob(
            id=JobId(str(uuid4())),
            kind=kind,
            owner=owner,
            schema_id=schema_id or self.new_schema_id(),
            arguments={"versionNumber": 1},
            created_at=at,
            request_id="request-1",
        )
        with self.jobs() as jobs:
            return jobs.add(job)

    def get(self, job_id: JobId) -> Job:
        """Return a job that is there."""
        with self.open_store() as store:
            job = store.jobs.get(job_id)
        assert job is not None
        return job

    def claim(self, job: Job, *, token: LeaseToken = TOKEN, at: datetime = START) -> Job | None:
        """Try to claim."""
        with self.jobs() as jobs:
            return jobs.claim(job.id, token, at)

    def running(self, kind: JobKind = JobKind.CREATE, *, schema_id: str | None = None) -> Job:
        """Return a job that was just claimed with `TOKEN`."""
        claimed = self.claim(self.add(kind, schema_id=schema_id))
        assert claimed is not None
        return claimed

    def exhausted(self) -> Job:
        """Return a running job in its last attempt."""
        job = self.running()
        while job.attempt < job.max_attempts:
            with self.jobs() as jobs:
                jobs.requeue(
                    job.id, TOKEN, error=None, run_after=START, cleanup_only=False, now=START
                )
            claimed = self.claim(job)
            assert claimed is not None
            job = claimed
        return job

    def event_names(self, job_id: JobId) -> list[str]:
        """Return the names of all events of a job in order."""
        with self.open_store() as store:
            return [event.name for event in store.jobs.events_after(job_id, 0)]


class JobRepositoryContract:
    """The suite."""

    @pytest.fixture
    def desk(
        self,
        open_store: OpenStore,
        new_schema_id: Callable[[], str],
        stay_silent: Callable[[float], None],
    ) -> Desk:
        """Return the short ways over the repository under test."""
        return Desk(open_store, new_schema_id, stay_silent)

    def test_a_new_job_is_queued_with_the_steps_of_its_kind(self, desk: Desk) -> None:
        """A new job waits, unclaimed, with all its steps pending."""
        job = desk.get(desk.add(JobKind.CREATE).id)
        assert job.state is JobState.QUEUED
        assert tuple(step.name for step in job.steps) == KINDS[JobKind.CREATE].steps
        assert {step.state for step in job.steps} == {StepState.PENDING}
        assert (job.attempt, job.max_attempts, job.percent) == (0, 3, 0)
        assert job.arguments == {"versionNumber": 1}
        assert job.request_id == "request-1"
        assert job.created_at == START
        assert desk.event_names(job.id) == ["queued"]

    def test_what_is_not_committed_is_not_there(self, desk: Desk) -> None:
        """Leaving the block without a commit records nothing."""
        job = desk.add()
        with desk.open_store() as store:
            assert store.jobs.claim(job.id, TOKEN, START) is not None
        assert desk.get(job.id).state is JobState.QUEUED

    def test_an_unknown_job_is_none(self, desk: Desk) -> None:
        """Asking for a job that is not there finds nothing and claims nothing."""
        with desk.jobs() as jobs:
            assert jobs.get(JobId(str(uuid4()))) is None
            assert jobs.claim(JobId(str(uuid4())), TOKEN, START) is None
            assert jobs.request_cancel(JobId(str(uuid4())), START) is None

    def test_a_claim_makes_the_job_run(self, desk: Desk) -> None:
        """A claimed job runs in its first attempt and shows a sign of life."""
        job = desk.running()
        assert job.state is JobState.RUNNING
        assert job.attempt == 1
        assert job.started_at == START
        assert job.heartbeat_at is not None
        assert desk.get(job.id) == job

    def test_only_one_of_two_claims_wins(self, desk: Desk) -> None:
        """A second claim of the same job gets nothing."""
        job = desk.running()
        assert desk.claim(job, token=OTHER_TOKEN) is None

    def test_a_later_exclusive_job_waits_and_says_for_what(self, desk: Desk) -> None:
        """The second exclusive job of a schema names the first as what it waits for."""
        first = desk.running(JobKind.CREATE)
        second = desk.add(JobKind.BACKUP, schema_id=first.schema_id)
        assert desk.claim(second, token=OTHER_TOKEN) is None
        waiting = desk.get(second.id)
        assert waiting.waiting_reason is not None
        assert waiting.waiting_reason.code is WaitingCode.DATABASE_BUSY
        assert waiting.waiting_reason.blocking_job_id == first.id
        assert desk.event_names(second.id) == ["queued", "waiting"]

    def test_waiting_for_the_same_job_is_said_once(self, desk: Desk) -> None:
        """A second vain claim adds no event."""
        first = desk.running(JobKind.CREATE)
        second = desk.add(JobKind.BACKUP, schema_id=first.schema_id)
        desk.claim(second, token=OTHER_TOKEN)
        desk.claim(second, token=OTHER_TOKEN)
        assert desk.event_names(second.id) == ["queued", "waiting"]

    def test_a_later_job_waits_even_while_the_earlier_one_is_queued(self, desk: Desk) -> None:
        """Exclusive jobs of one schema run in the order they were accepted."""
        first = desk.add(JobKind.CREATE)
        second = desk.add(JobKind.DROP, schema_id=first.schema_id)
        assert desk.claim(second) is None
        assert desk.claim(first) is not None

    def test_a_job_that_does_not_exclude_runs_beside_others(self, desk: Desk) -> None:
        """Verify runs while an exclusive job of the same schema runs, and holds nothing up."""
        first = desk.running(JobKind.CREATE)
        verify = desk.add(JobKind.VERIFY, schema_id=first.schema_id)
        assert desk.claim(verify, token=OTHER_TOKEN) is not None

    def test_jobs_of_different_schemas_do_not_wait_for_each_other(self, desk: Desk) -> None:
        """Only jobs of one schema exclude each other."""
        desk.running()
        assert desk.claim(desk.add(), token=OTHER_TOKEN) is not None

    def test_a_job_is_not_claimed_before_its_time(self, desk: Desk) -> None:
        """A job that was queued again begins no earlier than said, and says why it waits."""
        job = desk.running()
        with desk.jobs() as jobs:
            assert jobs.requeue(
                job.id, TOKEN, error=ERROR, run_after=later(10), cleanup_only=False, now=later(1)
            )
        waiting = desk.get(job.id)
        assert waiting.state is JobState.QUEUED
        assert waiting.error == ERROR
        assert waiting.heartbeat_at is None
        assert waiting.waiting_reason is not None
        assert waiting.waiting_reason.code is WaitingCode.RETRY_BACKOFF
        assert waiting.waiting_reason.until == later(10)
        assert desk.claim(job, at=later(9)) is None
        again = desk.claim(job, at=later(10))
        assert again is not None
        assert again.attempt == 2
        assert again.started_at == START
        assert again.waiting_reason is None

    def test_a_new_attempt_begins_with_pending_steps(self, desk: Desk) -> None:
        """Steps and progress of the last attempt are forgotten."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_step(job.id, TOKEN, "prepare", StepState.RUNNING, START)
            jobs.set_progress(job.id, TOKEN, percent=15, message="half", now=START)
            jobs.requeue(job.id, TOKEN, error=None, run_after=START, cleanup_only=False, now=START)
        again = desk.claim(job)
        assert again is not None
        assert {step.state for step in again.steps} == {StepState.PENDING}
        assert (again.percent, again.message) == (0, "")

    def test_a_claim_to_clean_up_counts_no_attempt(self, desk: Desk) -> None:
        """Removing leftovers is not one more try, and the error is kept."""
        job = desk.exhausted()
        with desk.jobs() as jobs:
            jobs.requeue(job.id, TOKEN, error=ERROR, run_after=START, cleanup_only=True, now=START)
        again = desk.claim(job)
        assert again is not None
        assert again.cleanup_only
        assert again.attempt == again.max_attempts
        assert again.error == ERROR

    def test_a_heartbeat_proves_life_without_an_event(self, desk: Desk) -> None:
        """A heartbeat moves its time and nothing else."""
        job = desk.running()
        desk.stay_silent(3)
        with desk.jobs() as jobs:
            silent = jobs.get(job.id)
            beaten = jobs.heartbeat(job.id, TOKEN)
        assert silent is not None
        assert beaten is not None
        assert beaten == replace(silent, heartbeat_at=beaten.heartbeat_at)
        assert seconds_between(silent, beaten) >= 3

    def test_a_stale_token_touches_nothing(self, desk: Desk) -> None:
        """No write with another token than the claim's has an effect."""
        job = desk.running()
        with desk.jobs() as jobs:
            assert jobs.heartbeat(job.id, OTHER_TOKEN) is None
            assert not jobs.set_step(job.id, OTHER_TOKEN, "prepare", StepState.RUNNING, later(1))
            assert not jobs.set_progress(job.id, OTHER_TOKEN, percent=50, message="", now=later(1))
            assert not jobs.succeed(job.id, OTHER_TOKEN, {}, later(1))
            assert not jobs.fail(job.id, OTHER_TOKEN, ERROR, later(1))
            assert not jobs.cancel(job.id, OTHER_TOKEN, later(1))
            assert not jobs.requeue(
                job.id,
                OTHER_TOKEN,
                error=None,
                run_after=later(1),
                cleanup_only=False,
                now=later(1),
            )
        assert desk.get(job.id) == job

    def test_a_token_is_stale_once_the_job_has_ended(self, desk: Desk) -> None:
        """A job ends once."""
        job = desk.running()
        with desk.jobs() as jobs:
            assert jobs.succeed(job.id, TOKEN, {"tables": 3}, later(1))
            assert not jobs.fail(job.id, TOKEN, ERROR, later(2))
        assert desk.get(job.id).state is JobState.SUCCEEDED

    def test_beginning_a_step_ends_the_one_before(self, desk: Desk) -> None:
        """One write ends a step, begins the next and moves the percentage."""
        job = desk.running()
        with desk.jobs() as jobs:
            assert jobs.set_step(job.id, TOKEN, "prepare", StepState.RUNNING, later(1))
            assert jobs.set_step(job.id, TOKEN, "create_database", StepState.RUNNING, later(2))
        moved = desk.get(job.id)
        first, second = moved.steps[:2]
        assert (first.state, first.started_at, first.finished_at) == (
            StepState.SUCCEEDED,
            later(1),
            later(2),
        )
        assert (second.state, second.started_at, second.finished_at) == (
            StepState.RUNNING,
            later(2),
            None,
        )
        assert moved.percent == 20
        assert moved.current_step == second
        with desk.jobs() as jobs:
            events = jobs.events_after(job.id, 0)
        begun = [event.payload["step"] for event in events if event.name == "step_started"]
        assert begun == ["prepare", "create_database"]

    def test_an_attempt_that_ended_says_why_and_one_that_vanished_does_not(
        self, desk: Desk
    ) -> None:
        """From its events it can be told whether a job may have left anything."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.requeue(job.id, TOKEN, error=ERROR, run_after=START, cleanup_only=False, now=START)
            assert jobs.claim(job.id, TOKEN, later(1)) is not None
            jobs.requeue(
                job.id, TOKEN, error=None, run_after=later(2), cleanup_only=False, now=START
            )
            events = jobs.events_after(job.id, 0)
        said = [event.payload.get("error") for event in events if event.name == "retrying"]
        assert [None if each is None else each["code"] for each in said] == [ERROR.code, None]
        assert said[0] is not None
        assert said[0]["retryable"] is ERROR.retryable

    def test_a_skipped_step_counts_as_done(self, desk: Desk) -> None:
        """Skipping moves the percentage and leaves no running step."""
        job = desk.running(JobKind.REGENERATE)
        with desk.jobs() as jobs:
            assert jobs.set_step(job.id, TOKEN, "prepare", StepState.RUNNING, START)
            assert jobs.set_step(job.id, TOKEN, "back_up", StepState.SKIPPED, START)
        states = {step.name: step.state for step in desk.get(job.id).steps}
        assert states["back_up"] is StepState.SKIPPED

    def test_the_percentage_never_falls(self, desk: Desk) -> None:
        """Progress that is less than what was said moves the message alone."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_progress(job.id, TOKEN, percent=50, message="half", now=START)
            jobs.set_progress(job.id, TOKEN, percent=40, message="on", now=START)
            jobs.set_step(job.id, TOKEN, "prepare", StepState.RUNNING, START)
        moved = desk.get(job.id)
        assert (moved.percent, moved.message) == (50, "on")

    def test_success_ends_the_running_step_and_is_complete(self, desk: Desk) -> None:
        """A job that succeeded has its result, all of its percentage and no error."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_step(job.id, TOKEN, "publish", StepState.RUNNING, later(1))
            assert jobs.succeed(job.id, TOKEN, {"tables": 3}, later(2))
        ended = desk.get(job.id)
        assert ended.state is JobState.SUCCEEDED
        assert (ended.result, ended.percent, ended.error) == ({"tables": 3}, 100, None)
        assert ended.finished_at == later(2)
        assert ended.steps[-1].state is StepState.SUCCEEDED
        assert ended.steps[-1].finished_at == later(2)
        assert desk.event_names(job.id)[-1] == "succeeded"

    def test_success_forgets_the_error_of_an_earlier_attempt(self, desk: Desk) -> None:
        """What went wrong before is no error of a job that succeeded."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.requeue(job.id, TOKEN, error=ERROR, run_after=START, cleanup_only=False, now=START)
        desk.claim(job)
        with desk.jobs() as jobs:
            assert jobs.succeed(job.id, TOKEN, {}, START)
        assert desk.get(job.id).error is None

    def test_failure_ends_the_running_step_and_keeps_the_error(self, desk: Desk) -> None:
        """A failed job shows in which step and why."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_step(job.id, TOKEN, "apply_ddl", StepState.RUNNING, later(1))
            assert jobs.fail(job.id, TOKEN, ERROR, later(2))
        ended = desk.get(job.id)
        states = {step.name: step.state for step in ended.steps}
        assert (ended.state, ended.error) == (JobState.FAILED, ERROR)
        assert states["apply_ddl"] is StepState.FAILED
        assert desk.event_names(job.id)[-1] == "failed"

    def test_cancelling_ends_the_running_step(self, desk: Desk) -> None:
        """A cancelled job shows in which step it was stopped."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_step(job.id, TOKEN, "apply_ddl", StepState.RUNNING, later(1))
            assert jobs.cancel(job.id, TOKEN, later(2))
        ended = desk.get(job.id)
        states = {step.name: step.state for step in ended.steps}
        assert ended.state is JobState.CANCELLED
        assert ended.finished_at == later(2)
        assert states["apply_ddl"] is StepState.CANCELLED
        assert desk.event_names(job.id)[-1] == "cancelled"

    def test_a_job_that_was_never_claimed_is_cancelled_at_once(self, desk: Desk) -> None:
        """There is nothing to wait for when nothing was begun."""
        job = desk.add()
        with desk.jobs() as jobs:
            ended = jobs.request_cancel(job.id, later(1))
        assert ended is not None
        assert (ended.state, ended.finished_at) == (JobState.CANCELLED, later(1))
        assert desk.claim(job) is None

    def test_a_running_job_is_asked_to_stop(self, desk: Desk) -> None:
        """The request is seen with the next heartbeat, and asking twice changes nothing."""
        job = desk.running()
        with desk.jobs() as jobs:
            asked = jobs.request_cancel(job.id, later(1))
            again = jobs.request_cancel(job.id, later(2))
            beaten = jobs.heartbeat(job.id, TOKEN)
        assert asked is not None
        assert asked.state is JobState.RUNNING
        assert again == asked
        assert beaten is not None
        assert beaten.cancel_requested_at == later(1)
        assert desk.event_names(job.id)[-1] == "cancel_requested"

    def test_a_job_between_attempts_is_asked_to_stop_and_waits_no_longer(self, desk: Desk) -> None:
        """It may have left something behind, so a worker ends it, and at once."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.requeue(
                job.id, TOKEN, error=ERROR, run_after=later(60), cleanup_only=False, now=START
            )
            asked = jobs.request_cancel(job.id, later(1))
        assert asked is not None
        assert asked.state is JobState.QUEUED
        claimed = desk.claim(job, at=later(2))
        assert claimed is not None
        assert claimed.cancel_requested_at == later(1)

    def test_an_ended_job_is_not_asked_to_stop(self, desk: Desk) -> None:
        """Cancelling what has ended leaves it as it is."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.succeed(job.id, TOKEN, {}, START)
        before = desk.get(job.id)
        with desk.jobs() as jobs:
            assert jobs.request_cancel(job.id, later(1)) == before
        assert desk.get(job.id) == before

    def test_a_silent_job_is_queued_again(self, desk: Desk) -> None:
        """The lease is taken from a job whose worker says nothing; the others keep theirs."""
        silent, lively = desk.running(), desk.running()
        desk.stay_silent(100)
        with desk.jobs() as jobs:
            jobs.heartbeat(lively.id, TOKEN)
            taken = jobs.requeue_silent(SILENCE, later(20))
        assert [job.id for job in taken] == [silent.id]
        assert desk.get(silent.id).state is JobState.QUEUED
        assert desk.get(lively.id).state is JobState.RUNNING
        with desk.jobs() as jobs:
            assert jobs.heartbeat(silent.id, TOKEN) is None
            assert not jobs.succeed(silent.id, TOKEN, {}, later(21))
        again = desk.claim(silent, token=OTHER_TOKEN, at=later(22))
        assert again is not None
        assert (again.attempt, again.cleanup_only) == (2, False)

    def test_a_proof_of_life_from_the_future_is_none(self, desk: Desk) -> None:
        """A clock that was set back by an hour does not let dead workers live for an hour."""
        job = desk.running()
        desk.stay_silent(-3600)
        with desk.jobs() as jobs:
            taken = jobs.requeue_silent(SILENCE, later(20))
        assert [each.id for each in taken] == [job.id]

    def test_an_announcement_from_the_future_is_made_again(self, desk: Desk) -> None:
        """A clock that was set back by an hour does not hold up the repair for an hour."""
        new, announced = desk.add(), desk.add()
        with desk.jobs() as jobs:
            jobs.mark_announced([announced.id], START)
        assert self._due(desk, later(-3600)) == [new.id, announced.id]

    def test_a_silent_job_without_attempts_left_is_only_cleaned_up(self, desk: Desk) -> None:
        """After the last attempt a job comes back once more, to remove what it left."""
        job = desk.exhausted()
        desk.stay_silent(100)
        with desk.jobs() as jobs:
            (taken,) = jobs.requeue_silent(SILENCE, later(20))
        assert taken.cleanup_only
        assert desk.get(job.id).cleanup_only

    def test_silence_is_not_measured_by_the_clock_of_the_asker(self, desk: Desk) -> None:
        """A machine whose clock is a year ahead takes no job from a worker that is alive."""
        job = desk.running()
        with desk.jobs() as jobs:
            assert jobs.requeue_silent(SILENCE, later(365 * 86400)) == []
        assert desk.get(job.id).state is JobState.RUNNING

    def test_steps_and_progress_prove_life(self, desk: Desk) -> None:
        """A worker that says how far it is need not say that it lives."""
        told, stepped = desk.running(), desk.running()
        desk.stay_silent(100)
        with desk.jobs() as jobs:
            jobs.set_progress(told.id, TOKEN, percent=1, message="on", now=START)
            jobs.set_step(stepped.id, TOKEN, "prepare", StepState.RUNNING, START)
            assert jobs.requeue_silent(SILENCE, later(20)) == []

    def test_an_attempt_that_is_spared_costs_none(self, desk: Desk) -> None:
        """A job that was handed back may try as often as before, and counts its attempts on."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.requeue(
                job.id,
                TOKEN,
                error=None,
                run_after=START,
                cleanup_only=False,
                now=START,
                is_spared=True,
            )
        again = desk.claim(job)
        assert again is not None
        assert (again.attempt, again.max_attempts) == (2, job.max_attempts + 1)

    def test_the_event_of_a_claim_says_whether_it_only_cleans_up(self, desk: Desk) -> None:
        """So it can be told how long leftovers have been tried to be removed."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.requeue(job.id, TOKEN, error=ERROR, run_after=START, cleanup_only=True, now=START)
        desk.claim(job, at=later(5))
        with desk.jobs() as jobs:
            events = [event for event in jobs.events_after(job.id, 0) if event.name == "started"]
        assert [event.payload.get("cleanupOnly") for event in events] == [None, True]
        assert events[-1].at == later(5)

    def test_a_new_job_is_due_for_announcement_after_the_grace(self, desk: Desk) -> None:
        """What was lost between commit and announcement is found, but not too early."""
        job = desk.add()
        assert self._due(desk, later(9)) == []
        assert self._due(desk, later(11)) == [job.id]

    def test_the_grace_doubles_with_each_announcement(self, desk: Desk) -> None:
        """A long queue is not flooded with messages."""
        job = desk.add()
        with desk.jobs() as jobs:
            jobs.mark_announced([job.id], START)
        assert self._due(desk, later(9)) == []
        assert self._due(desk, later(11)) == [job.id]
        with desk.jobs() as jobs:
            jobs.mark_announced([job.id], later(11))
        assert self._due(desk, later(30)) == []
        assert self._due(desk, later(32)) == [job.id]

    def test_the_grace_is_never_longer_than_a_quarter_of_an_hour(self, desk: Desk) -> None:
        """However often a job was announced, it is announced again within that time."""
        job = desk.add()
        with desk.jobs() as jobs:
            for _ in range(12):
                jobs.mark_announced([job.id], START)
        assert self._due(desk, later(899)) == []
        assert self._due(desk, later(901)) == [job.id]

    def test_a_job_queued_again_is_due_when_its_wait_is_over(self, desk: Desk) -> None:
        """The next attempt does not wait for a grace period on top."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.mark_announced([job.id], START)
            jobs.requeue(
                job.id, TOKEN, error=ERROR, run_after=later(2), cleanup_only=False, now=START
            )
        assert self._due(desk, later(1)) == []
        assert self._due(desk, later(2.5)) == [job.id]

    def test_a_job_taken_from_a_silent_worker_is_due_at_once(self, desk: Desk) -> None:
        """The repair that takes a job back announces it as well."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.mark_announced([job.id], START)
        desk.stay_silent(100)
        with desk.jobs() as jobs:
            jobs.requeue_silent(SILENCE, later(20))
        assert self._due(desk, later(20)) == [job.id]

    def test_running_ended_and_blocked_jobs_are_not_due(self, desk: Desk) -> None:
        """Only jobs that could be claimed are announced."""
        running = desk.running()
        desk.add(JobKind.BACKUP, schema_id=running.schema_id)
        cancelled = desk.add()
        with desk.jobs() as jobs:
            jobs.request_cancel(cancelled.id, START)
        assert self._due(desk, later(1000)) == []

    def test_no_more_jobs_are_due_than_asked_for(self, desk: Desk) -> None:
        """The limit holds, oldest first."""
        first = desk.add(at=START)
        desk.add(at=later(1))
        with desk.jobs() as jobs:
            due = jobs.due_for_announcement(later(100), timedelta(seconds=10), 1)
        assert [job.id for job in due] == [first.id]

    def test_the_jobs_of_a_schema_are_found(self, desk: Desk) -> None:
        """The newest job and the unfinished ones, oldest first."""
        first = desk.running()
        second = desk.add(JobKind.BACKUP, schema_id=first.schema_id, at=later(1))
        third = desk.add(JobKind.DROP, schema_id=first.schema_id, at=later(2))
        with desk.jobs() as jobs:
            jobs.succeed(first.id, TOKEN, {}, later(3))
            latest = jobs.latest_of_schema(first.schema_id)
            unfinished = jobs.unfinished_of_schema(first.schema_id)
        assert latest is not None
        assert latest.id == third.id
        assert [job.id for job in unfinished] == [second.id, third.id]

    def test_the_running_jobs_of_all_schemas_are_found(self, desk: Desk) -> None:
        """Neither those that wait nor those that have ended."""
        ended, first, second = desk.running(), desk.running(), desk.running()
        desk.add()
        with desk.jobs() as jobs:
            jobs.succeed(ended.id, TOKEN, {}, later(3))
            running = [job.id for job in jobs.running()]
        assert [id_ for id_ in running if id_ in {ended.id, first.id, second.id}] == [
            first.id,
            second.id,
        ]

    def test_jobs_are_listed_newest_first_by_page(self, desk: Desk) -> None:
        """Pages cut the newest-first order, and the total counts all that match."""
        owner = f"owner-{uuid4()}"
        added = [desk.add(owner=owner, at=later(number)).id for number in range(5)]
        desk.add(owner="somebody else")
        with desk.jobs() as jobs:
            page, total = jobs.list_page(
                owner, schema_id=None, state=None, kind=None, page=2, limit=2
            )
        assert [job.id for job in page] == [added[2], added[1]]
        assert total == 5

    def test_the_list_is_filtered(self, desk: Desk) -> None:
        """Schema, state and kind narrow the list."""
        owner = f"owner-{uuid4()}"
        create = desk.add(JobKind.CREATE, owner=owner)
        backup = desk.add(JobKind.BACKUP, owner=owner, schema_id=create.schema_id)
        verify = desk.add(JobKind.VERIFY, owner=owner)
        desk.claim(verify)
        with desk.jobs() as jobs:
            by_schema, schema_total = jobs.list_page(
                owner, schema_id=create.schema_id, state=None, kind=None, page=1, limit=10
            )
            by_state, _ = jobs.list_page(
                owner, schema_id=None, state=JobState.RUNNING, kind=None, page=1, limit=10
            )
            by_kind, _ = jobs.list_page(
                owner, schema_id=None, state=None, kind=JobKind.BACKUP, page=1, limit=10
            )
        assert {job.id for job in by_schema} == {create.id, backup.id}
        assert schema_total == 2
        assert [job.id for job in by_state] == [verify.id]
        assert [job.id for job in by_kind] == [backup.id]

    def test_events_are_numbered_and_resume_after_a_number(self, desk: Desk) -> None:
        """A client that names the last event it saw gets the later ones."""
        job = desk.running()
        with desk.jobs() as jobs:
            jobs.set_step(job.id, TOKEN, "prepare", StepState.RUNNING, later(1))
            jobs.succeed(job.id, TOKEN, {}, later(2))
        ended = desk.get(job.id)
        with desk.jobs() as jobs:
            events = jobs.events_after(job.id, 0)
            rest = jobs.events_after(job.id, events[1].sequence)
        numbers = [event.sequence for event in events]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == ended.sequence
        assert list(rest) == list(events[2:])
        assert {event.job_id for event in events} == {job.id}

    def test_old_ended_jobs_are_forgotten(self, desk: Desk) -> None:
        """Purging takes ended jobs with their events, and nothing that is young or unfinished."""
        old, young, waiting = desk.running(), desk.running(), desk.add()
        with desk.jobs() as jobs:
            jobs.succeed(old.id, TOKEN, {}, later(1))
            jobs.succeed(young.id, TOKEN, {}, later(100))
            assert jobs.purge_ended(later(50), 10) == 1
        with desk.jobs() as jobs:
            assert jobs.get(old.id) is None
            assert jobs.events_after(old.id, 0) == []
            assert jobs.get(young.id) is not None
            assert jobs.get(waiting.id) is not None

    def _due(self, desk: Desk, now: datetime) -> list[JobId]:
        with desk.open_store() as store:
            return [
                job.id for job in store.jobs.due_for_announcement(now, timedelta(seconds=10), 100)
            ]
