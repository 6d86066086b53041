"""The use case of asking a job to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.clock import Clock
from core.jobs.errors import JobEndedError, JobNotFoundError
from core.jobs.model import Job, JobId, JobKind, JobState
from core.jobs.queue import Announcer, announce_following, announce_job
from core.jobs.running import Runner, StoreT


def request_cancel(
    job_id: JobId,
    *,
    owner: str,
    open_store: Callable[[], StoreT],
    runners: Mapping[JobKind, Runner[StoreT]],
    announcer: Announcer,
    clock: Clock,
) -> Job:
    """Ask a job to stop; one that no worker ever took ends at once, in this transaction.

    Asking again for a job that is cancelled or was asked already changes nothing.

    Args:
        job_id: The job.
        owner: Who asks; others' jobs do not exist for them.
        open_store: Begins a unit of work.
        runners: Write what follows from the end of a job that ends here.
        announcer: Is told of the job that may run now.
        clock: Tells the time.

    Returns:
        The job as it stands now.

    Raises:
        JobNotFoundError: there is no such job, or it is another owner's.
        JobEndedError: the job succeeded or failed already.
    """
    with open_store() as store:
        before = store.jobs.get(job_id)
        if before is None or before.owner != owner:
            raise JobNotFoundError(job_id=job_id)
        after = store.jobs.request_cancel(job_id, clock.now())
        if after is None:
            raise JobNotFoundError(job_id=job_id)
        if after.state in {JobState.SUCCEEDED, JobState.FAILED}:
            raise JobEndedError(job_id=job_id, state=after.state)
        has_ended_here = after.attempt == 0 and before.state is not JobState.CANCELLED
        if has_ended_here:
            runners[after.kind].record_end(store, after, JobState.CANCELLED)
        store.commit()
    if has_ended_here:
        announce_following(after.schema_id, open_store=open_store, announcer=announcer, clock=clock)
    elif after.state is JobState.QUEUED:
        announce_job(after, open_store=open_store, announcer=announcer, clock=clock)
    return after
