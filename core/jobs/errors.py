"""What can go wrong with jobs themselves, as opposed to the work they do."""

from __future__ import annotations

from core.errors import ConflictError, InternalError, NotFoundError, UnavailableError
from core.jobs.model import JobId, JobKind, JobState


class JobNotFoundError(NotFoundError):
    """There is no such job, or not for this owner."""

    code = "JOB_NOT_FOUND"

    def __init__(self, *, job_id: str) -> None:
        super().__init__(f"There is no job {job_id}.")


class JobEndedError(ConflictError):
    """A job that has ended cannot be stopped."""

    code = "JOB_ENDED"

    def __init__(self, *, job_id: JobId, state: JobState) -> None:
        super().__init__(f"Job {job_id} has already ended as {state}.")


class JobNotRetryableError(ConflictError):
    """Only failed and cancelled jobs are tried again."""

    code = "JOB_NOT_RETRYABLE"

    def __init__(self, *, job_id: JobId, state: JobState) -> None:
        super().__init__(
            f"Job {job_id} is {state}; only failed and cancelled jobs can be tried again."
        )


class CancelRequestedError(ConflictError):
    """Somebody asked the running job to stop; raised inside a runner, seldom seen outside."""

    code = "CANCEL_REQUESTED"

    def __init__(self, *, job_id: JobId) -> None:
        super().__init__(f"Job {job_id} was asked to stop.")


class LeaseLostError(ConflictError):
    """Another claim of the job took over, so this attempt must touch nothing any more."""

    code = "LEASE_LOST"

    def __init__(self, *, job_id: JobId) -> None:
        super().__init__(f"The lease on job {job_id} was lost.")


class HandedBackError(UnavailableError):
    """The worker shuts down, so the attempt gives the job back; it costs the job no attempt."""

    code = "WORKER_STOPPED"

    def __init__(self, *, job_id: JobId) -> None:
        super().__init__(
            f"The worker that ran job {job_id} was told to stop.",
            hint="Another worker takes the job up again.",
        )


class ServerHangsError(UnavailableError):
    """The server that a job works on answers nothing any more, so the attempt was broken off."""

    code = "SERVER_HANGS"

    def __init__(self) -> None:
        super().__init__(
            "The server of the database hangs, so the attempt was broken off.",
            hint="The job ends, or goes on, once the server answers again.",
        )


class TimeLimitError(InternalError):
    """One attempt took longer than its kind may."""

    code = "TIME_LIMIT"

    def __init__(self, *, job_id: JobId, seconds: int) -> None:
        super().__init__(
            f"Job {job_id} took longer than the {seconds} seconds that its kind may.",
            hint="Look for locks or a slow server, then try the job again.",
        )


class WorkerLostError(InternalError):
    """The workers that ran a job vanished as often as it has attempts."""

    code = "WORKER_LOST"

    def __init__(self, *, attempts: int) -> None:
        super().__init__(
            f"The worker vanished in each of {attempts} attempts.",
            hint="Look at the workers' logs and at the machine's memory, then try the job again.",
        )


class LeftoversError(InternalError):
    """What a job made could not be removed for as long as that is tried."""

    code = "LEFTOVERS"

    def __init__(self, *, job_id: JobId) -> None:
        super().__init__(
            f"Not all that job {job_id} left behind could be removed in a day of trying.",
            hint="The worker's log has the reason under the job's id; what it left bears that id"
            " in its name.",
        )


class UnexpectedFailureError(InternalError):
    """Something failed in a way nobody foresaw; the log has the details."""

    code = "INTERNAL_ERROR"

    def __init__(self, *, job_id: JobId) -> None:
        super().__init__(
            f"Job {job_id} failed in a way that nobody foresaw.",
            hint="The worker's log has the details under the job's id.",
        )


class UnknownStepError(InternalError):
    """A runner began a step that its kind does not have."""

    code = "UNKNOWN_STEP"

    def __init__(self, *, kind: JobKind, step: str) -> None:
        super().__init__(f"Jobs of kind {kind} have no step {step}.")


class AnnouncementFailedError(UnavailableError):
    """The broker could not be told of a job; the schedule tells it later."""

    code = "ANNOUNCEMENT_FAILED"

    def __init__(self, *, job_id: JobId, reason: str) -> None:
        super().__init__(f"The queue could not be told of job {job_id}: {reason}.")
