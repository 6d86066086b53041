"""The use case of trying an ended job again, as a new job."""

from __future__ import annotations

from collections.abc import Callable

from core.clock import Clock
from core.jobs.errors import JobNotFoundError, JobNotRetryableError
from core.jobs.model import Job, JobId, JobState, NewJob
from core.jobs.queue import Announcer, announce_new
from core.jobs.running import StoreT


def retry_job(
    job_id: JobId,
    *,
    owner: str,
    new_id: JobId,
    request_id: str | None,
    prepare: Callable[[StoreT, Job], None],
    open_store: Callable[[], StoreT],
    announcer: Announcer,
    clock: Clock,
    before_commit: Callable[[StoreT, Job], None],
) -> Job:
    """Record a new job of the same kind and arguments as one that failed or was cancelled.

    Args:
        job_id: The ended job.
        owner: Who asks; others' jobs do not exist for them.
        new_id: The identity of the new job.
        request_id: The HTTP request that asks.
        prepare: Raises when the schema cannot take the job now, and else writes what goes before
            it, in the same transaction.
        open_store: Begins a unit of work.
        announcer: Is told of the new job.
        clock: Tells the time.
        before_commit: Called with the new job inside the transaction.

    Returns:
        The new job.

    Raises:
        JobNotFoundError: there is no such job, or it is another owner's.
        JobNotRetryableError: the job has not ended, or succeeded.
    """
    with open_store() as store:
        ended = store.jobs.get(job_id)
        if ended is None or ended.owner != owner:
            raise JobNotFoundError(job_id=job_id)
        if ended.state not in {JobState.FAILED, JobState.CANCELLED}:
            raise JobNotRetryableError(job_id=job_id, state=ended.state)
        prepare(store, ended)
        again = store.jobs.add(
            NewJob(
                id=new_id,
                kind=ended.kind,
                owner=owner,
                schema_id=ended.schema_id,
                arguments=ended.arguments,
                created_at=clock.now(),
                request_id=request_id,
                retry_of=ended.id,
            )
        )
        before_commit(store, again)
        store.commit()
    announce_new(again, announcer=announcer)
    return again
