"""Queueing what the schedule does for databases that need it, and not time and again in vain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import uuid4

from core.clock import Clock
from core.jobs.model import Job, JobId, JobKind, JobState, NewJob
from core.jobs.queue import Announcer, announce_new
from core.schemas.store import OpenStore, Store

PAUSE_AFTER_FAILURE = timedelta(hours=1)
"""How long a database is left alone after the schedule's last try failed."""


def queue_for_each(
    kind: JobKind,
    needing: Callable[[Store], Sequence[str]],
    *,
    open_store: OpenStore,
    announcer: Announcer,
    clock: Clock,
) -> int:
    """Queue a job for each schema that needs one and waits for none; return how many.

    Args:
        kind: The sort of job; it has no arguments.
        needing: Returns the ids of the schemas.
        open_store: Begins a unit of work.
        announcer: Tells the broker.
        clock: Tells the time.
    """
    queued: list[Job] = []
    now = clock.now()
    with open_store() as store:
        for schema_id in needing(store):
            schema = store.schemas.get(schema_id, include_deleted=True)
            if schema is None or _is_untimely(store, kind, schema_id, clock):
                continue
            queued.append(
                store.jobs.add(
                    NewJob(
                        id=JobId(str(uuid4())),
                        kind=kind,
                        owner=schema.owner,
                        schema_id=schema_id,
                        arguments={},
                        created_at=now,
                    )
                )
            )
        store.commit()
    for job in queued:
        announce_new(job, announcer=announcer)
    return len(queued)


def _is_untimely(store: Store, kind: JobKind, schema_id: str, clock: Clock) -> bool:
    """Tell whether such a job is under way, or failed a while ago, as while a server is away.

    There is no time for one either when the database is about to go.
    """
    superfluous = {kind, JobKind.DROP}
    if any(job.kind in superfluous for job in store.jobs.unfinished_of_schema(schema_id)):
        return True
    latest = store.jobs.latest_of_schema(schema_id)
    return (
        latest is not None
        and latest.kind is kind
        and latest.state is JobState.FAILED
        and latest.finished_at is not None
        and clock.now() - latest.finished_at < PAUSE_AFTER_FAILURE
    )
