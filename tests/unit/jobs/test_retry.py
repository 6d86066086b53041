"""What follows from a failure is decided by its family and the attempts left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.databases.errors import LockTimeoutError, StatementFailedError
from core.errors import SchemaBuilderError
from core.jobs.errors import (
    CancelRequestedError,
    HandedBackError,
    LeaseLostError,
    TimeLimitError,
    WorkerLostError,
)
from core.jobs.kinds import EXCLUSIVE_KINDS, KINDS
from core.jobs.model import Job, JobId, JobKind, JobState, Step
from core.jobs.retry import (
    Abandon,
    Cancel,
    GiveUp,
    HandBack,
    TryAgain,
    Verdict,
    backoff_seconds,
    cleanup_wait_seconds,
    job_error,
    judge,
    judge_exhausted,
)
from tests.fakes.clock import START

JOB = Job(
    id=JobId("j"),
    kind=JobKind.CREATE,
    owner="local",
    schema_id="s",
    state=JobState.RUNNING,
    arguments={},
    steps=(Step(name="prepare"),),
    attempt=1,
    max_attempts=3,
    created_at=START,
    sequence=1,
)
LOCKED = LockTimeoutError(database_name="shop")
REFUSED = StatementFailedError(statement="select", sqlstate="42601", reason="syntax")


@pytest.mark.parametrize(
    ("failure", "attempt", "verdict"),
    [
        pytest.param(LeaseLostError(job_id=JOB.id), 1, Abandon(), id="lease lost"),
        pytest.param(CancelRequestedError(job_id=JOB.id), 1, Cancel(), id="asked to stop"),
        pytest.param(HandedBackError(job_id=JOB.id), 3, HandBack(), id="worker goes"),
        pytest.param(LOCKED, 1, TryAgain(error=job_error(LOCKED), delay_seconds=2), id="may pass"),
        pytest.param(
            LOCKED, 2, TryAgain(error=job_error(LOCKED), delay_seconds=4), id="may pass still"
        ),
        pytest.param(LOCKED, 3, GiveUp(error=job_error(LOCKED)), id="attempts used up"),
        pytest.param(REFUSED, 1, GiveUp(error=job_error(REFUSED)), id="will not pass"),
    ],
)
def test_a_failure_has_one_consequence(
    failure: SchemaBuilderError, attempt: int, verdict: Verdict
) -> None:
    """The verdict follows from the failure and the attempt alone."""
    assert judge(failure, replace(JOB, attempt=attempt), base_seconds=2) == verdict


def test_an_attempt_that_takes_too_long_is_not_repeated() -> None:
    """What took hours once takes hours again."""
    verdict = judge(TimeLimitError(job_id=JOB.id, seconds=60), JOB, base_seconds=2)
    assert isinstance(verdict, GiveUp)
    assert verdict.error.code == "TIME_LIMIT"


def test_an_exhausted_job_keeps_its_own_error() -> None:
    """What went wrong first is what is told, else that the worker vanished."""
    error = job_error(REFUSED)
    assert judge_exhausted(replace(JOB, error=error)) == GiveUp(error=error)
    lost = job_error(WorkerLostError(attempts=1))
    assert judge_exhausted(JOB) == GiveUp(error=lost)
    assert judge_exhausted(replace(JOB, cancel_requested_at=START)) == Cancel()


def test_waits_double_up_to_a_minute() -> None:
    """The whole series, as the function's docstring has it."""
    waits = [backoff_seconds(attempt, base_seconds=2) for attempt in range(1, 8)]
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert backoff_seconds(10_000, base_seconds=2) == 60


@pytest.mark.parametrize(("age_seconds", "wait_seconds"), [(0, 2), (40, 10), (100_000, 300)])
def test_leftovers_are_tried_again_ever_more_seldom(
    age_seconds: float, wait_seconds: float
) -> None:
    """The wait is a quarter of the job's age within bounds."""
    now = START + timedelta(seconds=age_seconds)
    assert cleanup_wait_seconds(JOB, now, base_seconds=2) == wait_seconds


def test_an_error_is_recorded_with_its_statement() -> None:
    """The refused statement and the server's code are kept where there are some."""
    assert job_error(REFUSED).sqlstate == "42601"
    assert job_error(REFUSED).statement == "select"
    assert job_error(LOCKED).sqlstate is None
    assert job_error(LOCKED).retryable


def test_every_kind_has_its_facts() -> None:
    """No kind is forgotten, and verify alone runs beside others."""
    assert set(KINDS) == set(JobKind)
    assert set(JobKind) - EXCLUSIVE_KINDS == {JobKind.VERIFY}
    assert all(len(set(facts.steps)) == len(facts.steps) > 0 for facts in KINDS.values())
