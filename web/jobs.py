"""Reading jobs for their owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.jobs.errors import JobNotFoundError
from core.jobs.model import Job, JobEvent, JobId
from web.context import application


def get_job(job_id: JobId, *, owner: str) -> Job:
    """Return a job as it stands.

    Raises:
        JobNotFoundError: there is none of that id for this owner.
    """
    with application().open_store() as store:
        job = store.jobs.get(job_id)
    if job is None or job.owner != owner:
        raise JobNotFoundError(job_id=job_id)
    return job


def events_reader() -> Callable[[JobId, int], Sequence[JobEvent]]:
    """Return a function that reads a job's events after a sequence, outside requests too."""
    open_store = application().open_store

    def read(job_id: JobId, sequence: int) -> Sequence[JobEvent]:
        with open_store() as store:
            return store.jobs.events_after(job_id, sequence)

    return read
