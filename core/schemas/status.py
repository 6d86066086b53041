"""What a schema shows after a job of its database ended without success."""

from __future__ import annotations

from datetime import datetime

from core.databases.model import DatabaseState
from core.jobs.model import Job, JobState
from core.schemas.model import SchemaStatus
from core.schemas.store import Store


def show_end(store: Store, job: Job, state: JobState, now: datetime) -> None:
    """Set the status of the job's schema after a failure or a cancellation.

    A cancelled job over a database that follows the newest version leaves nothing to look at;
    everything else does.
    """
    schema = store.schemas.get(job.schema_id)
    if schema is None:
        return
    database = store.databases.get(job.schema_id)
    is_whole = (
        database is not None
        and database.state is DatabaseState.READY
        and database.version_number == schema.version_number
    )
    status = SchemaStatus.ERROR
    if state is JobState.CANCELLED and is_whole:
        status = SchemaStatus.CREATED if schema.version_number == 1 else SchemaStatus.UPDATED
    store.schemas.set_status(schema.id, status, now)
