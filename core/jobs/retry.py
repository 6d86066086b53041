"""What follows from a failed attempt: again, given up, cancelled, handed back or abandoned.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.errors import SchemaBuilderError
from core.jobs.errors import (
    CancelRequestedError,
    HandedBackError,
    LeaseLostError,
    LeftoversError,
    ServerHangsError,
    UnexpectedFailureError,
    WorkerLostError,
)
from core.jobs.model import Job, JobError, JobEvent

LONGEST_BACKOFF_SECONDS = 60.0
"""No wait between two attempts is longer."""

LONGEST_CLEANUP_WAIT_SECONDS = 300.0
"""No wait between two tries to remove leftovers is longer."""

LONGEST_CLEANUP = timedelta(hours=24)
"""How long leftovers are tried to be removed before the job ends in spite of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryAgain:
    """The next attempt may go better."""

    error: JobError
    """Why this one failed."""
    delay_seconds: float
    """How long to wait first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """Trying again cannot help, or was tried often enough."""

    error: JobError
    """Why the job fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Somebody asked for the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack:
    """The worker goes, and another takes the job up at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandon:
    """The job belongs to another claim: touch nothing."""


Verdict = TryAgain | GiveUp | Cancel | HandBack | Abandon
"""What follows from a failed attempt."""


def judge(failure: SchemaBuilderError, job: Job, *, base_seconds: float) -> Verdict:
    """Decide what follows from the failure of an attempt.

    Args:
        failure: What ended the attempt.
        job: The job as it was claimed.
        base_seconds: The wait before the second attempt.
    """
    match failure:
        case LeaseLostError():
            return Abandon()
        case CancelRequestedError():
            return Cancel()
        case HandedBackError():
            return HandBack()
        case _ if failure.is_retryable and job.attempt < job.max_attempts:
            return TryAgain(
                error=job_error(failure),
                delay_seconds=backoff_seconds(job.attempt, base_seconds=base_seconds),
            )
        case _:
            return GiveUp(error=job_error(failure))


def judge_exhausted(job: Job) -> Verdict:
    """Decide how a job ends that was claimed only to remove what it left."""
    if job.cancel_requested_at is not None:
        return Cancel()
    return GiveUp(error=job.error or job_error(WorkerLostError(attempts=job.attempt)))


def backoff_seconds(attempt: int, *, base_seconds: float) -> float:
    """Return the wait after an attempt: it doubles each time, up to a minute.

    With a base of 2 seconds the waits are 2, 4, 8, 16, 32 and from then on 60 seconds; a job of
    three attempts sees the first two of them.

    Args:
        attempt: The attempt that failed, from 1.
        base_seconds: The wait after the first.
    """
    return min(base_seconds * 2.0 ** min(attempt - 1, 16), LONGEST_BACKOFF_SECONDS)


def cleanup_wait_seconds(job: Job, now: datetime, *, base_seconds: float) -> float:
    """Return the wait before leftovers are tried again: a quarter of the job's age.

    The longer it takes, the more seldom it is tried, down to every five minutes. When to stop is
    told by `is_cleanup_overdue`.
    """
    age_seconds = (now - job.created_at).total_seconds()
    return min(max(age_seconds / 4, base_seconds), LONGEST_CLEANUP_WAIT_SECONDS)


def is_cleanup_overdue(events: Iterable[JobEvent], now: datetime) -> bool:
    """Tell whether leftovers were tried to be removed for a day, so that the try was the last.

    A job ends only when nothing is left behind, but one that can never be cleaned up would keep
    every later job of its schema waiting for ever. The day counts from the first claim that was
    made for the clean-up alone: time that a job only waits for a worker is no trying.

    Args:
        events: What happened to the job.
        now: The present.
    """
    tries = (
        event.at for event in events if event.name == "started" and event.payload.get("cleanupOnly")
    )
    first = min(tries, default=None)
    return first is not None and now - first >= LONGEST_CLEANUP


def has_left_nothing(events: Iterable[JobEvent], harmless_steps: AbstractSet[str]) -> bool:
    """Tell whether no attempt of a job got far enough to leave anything, or to take effect.

    So it is when each began harmless steps at most, and each but the present one said that it
    ended because something was away: of one that vanished, or was stopped while its steps were
    being recorded, nobody knows how far it got.

    Args:
        events: What happened to the job, up to and including the present claim.
        harmless_steps: Steps of its kind that leave nothing.
    """
    claims = explained = 0
    for event in events:
        match event.name:
            case "step_started" if event.payload.get("step") not in harmless_steps:
                return False
            case "started":
                claims += 1
            case "retrying":
                error = event.payload.get("error")
                explained += error is not None and _is_whole(error)
            case _:
                continue
    return claims == explained + 1


def _is_whole(error: Mapping[str, Any]) -> bool:
    """Tell whether an attempt that ended so recorded every step that it began."""
    return bool(error.get("retryable")) and error.get("code") != ServerHangsError.code


def with_leftovers(error: JobError | None, job: Job) -> JobError:
    """Return the error of a job that ends in spite of leftovers: its own, which then says so.

    One that was only cancelled fails with the leftovers themselves.
    """
    leftovers = LeftoversError(job_id=job.id)
    if error is None:
        return job_error(leftovers)
    return replace(error, details=f"{error.details} {leftovers.code}: {leftovers.sentence}")


def job_error(failure: SchemaBuilderError) -> JobError:
    """Return a failure in the form in which it is recorded."""
    sqlstate = getattr(failure, "sqlstate", None)
    statement = getattr(failure, "statement", None)
    return JobError(
        code=failure.code,
        details=failure.sentence,
        sqlstate=sqlstate if isinstance(sqlstate, str) else None,
        statement=statement if isinstance(statement, str) else None,
        retryable=failure.is_retryable,
    )


def foreseen(error: Exception, job: Job) -> SchemaBuilderError:
    """Return the failure itself when it was foreseen, else one that gives away no internals."""
    if isinstance(error, SchemaBuilderError):
        return error
    return UnexpectedFailureError(job_id=job.id)
