"""Asking for a database to be made anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from core.clock import Clock
from core.databases.provisioning import ALLOW_DATA_LOSS
from core.databases.servers import Servers
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.quotas.admitting import Admission
from core.schemas.editing import refuse_during_restore, refuse_loss
from core.schemas.model import SchemaStatus
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing
from core.secrets import SecretBox


@dataclass(frozen=True, slots=True, kw_only=True)
class RegenerateDatabase:
    """Queues a `regenerate` of the newest version, refused while rows would be lost."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    servers: Servers
    """Where the database stands."""
    secrets: SecretBox
    """Keeps its password."""
    admission: Admission
    """Says whether there is room."""

    def __call__(
        self,
        schema_id: str,
        *,
        owner: str,
        allow_data_loss: bool = False,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Look for rows that would go, then queue the job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DataWouldBeLostError: tables hold rows, and their loss is not allowed.
            RestoreUnderWayError: a restore decides what the database is.
            QuotaExceededError: as many of the workspace's jobs wait as may.
            QueueFullError: as many jobs wait in all as there is room for.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            database = store.databases.get(schema_id)
        if database is not None and not allow_data_loss:
            refuse_loss(database, servers=self.servers, secrets=self.secrets)
        now = self.clock.now()
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            refuse_during_restore(store.jobs.unfinished_of_schema(schema_id))
            store.schemas.set_status(schema.id, SchemaStatus.REGENERATING, now)
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.REGENERATE,
                    owner=owner,
                    schema_id=schema_id,
                    arguments={ALLOW_DATA_LOSS: allow_data_loss},
                    created_at=now,
                    request_id=request_id,
                )
            )
            self.admission.admit_job(store, owner)
            before_commit(store, job)
            store.commit()
        announce_new(job, announcer=self.announcer)
        return job
