"""Deleting a schema, with or without its database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from core.clock import Clock
from core.databases.model import DatabaseState
from core.jobs.model import Job, JobId, JobKind, JobState, NewJob
from core.jobs.queue import Announcer, announce_new
from core.jobs.running import Runner
from core.schemas.errors import SchemaNotFoundError, VersionStaleError
from core.schemas.model import SchemaStatus
from core.schemas.store import OpenStore, Store

WAS_DELETED = "wasDeleted"
"""Argument of a drop: whether the schema had been deleted before, without its database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedSchema:
    """What came of a deletion."""

    id: str
    """The schema."""
    job: Job | None
    """The job that drops the database, if that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteSchema:
    """Hides a schema and frees its name; the records stay."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    runners: Mapping[JobKind, Runner[Store]]
    """Know what follows from jobs that end before they began."""

    def __call__(
        self,
        schema_id: str,
        *,
        owner: str,
        drop_database: bool,
        if_version: int | None = None,
        request_id: str | None = None,
    ) -> DeletedSchema:
        """Delete softly and, when asked to, queue the `drop` job.

        A schema that was deleted without its database can be deleted once more, with it.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner, or it is deleted.
            VersionStaleError: `if_version` is not the newest version any more.
        """
        now = self.clock.now()
        with self.open_store() as store:
            _known(store, schema_id, owner, drop_database=drop_database)
            # Jobs before the schema, in the order in which a job that ends takes them.
            for unfinished in store.jobs.unfinished_of_schema(schema_id):
                after = store.jobs.request_cancel(unfinished.id, now)
                if after is not None and after.state is JobState.CANCELLED:
                    self.runners[after.kind].record_end(store, after, JobState.CANCELLED)
            schema = store.schemas.get_for_update(schema_id, owner=owner)
            if schema is None:
                raise SchemaNotFoundError(schema_id=schema_id)
            if schema.deleted_at is not None:  # perhaps by somebody who was quicker
                _known(store, schema_id, owner, drop_database=drop_database)
            if if_version is not None and schema.version_number != if_version:
                raise VersionStaleError(expected=if_version, found=schema.version_number)
            store.schemas.save(
                replace(
                    schema,
                    deleted_at=schema.deleted_at or now,
                    status=SchemaStatus.DELETING,
                    updated_at=now,
                )
            )
            job = None
            if drop_database:
                job = store.jobs.add(
                    NewJob(
                        id=JobId(str(uuid4())),
                        kind=JobKind.DROP,
                        owner=owner,
                        schema_id=schema_id,
                        arguments={WAS_DELETED: schema.deleted_at is not None},
                        created_at=now,
                        request_id=request_id,
                    )
                )
            store.commit()
        if job is not None:
            announce_new(job, announcer=self.announcer)
        return DeletedSchema(id=schema_id, job=job)


def _known(store: Store, schema_id: str, owner: str, *, drop_database: bool) -> None:
    """See that there is something to delete.

    Raises:
        SchemaNotFoundError: there is no such schema for this owner, or nothing of it is left.
    """
    schema = store.schemas.get(schema_id, owner=owner, include_deleted=True)
    if schema is None:
        raise SchemaNotFoundError(schema_id=schema_id)
    if schema.deleted_at is not None and not (drop_database and _keeps_database(store, schema_id)):
        raise SchemaNotFoundError(schema_id=schema_id)


def _keeps_database(store: Store, schema_id: str) -> bool:
    """Whether a deleted schema's database was kept, and nothing is about to become of it.

    The schedule may be about to remove its expired logins.
    """
    database = store.databases.get(schema_id)
    return (
        database is not None
        and database.state is DatabaseState.READY
        and all(job.kind is JobKind.RETIRE for job in store.jobs.unfinished_of_schema(schema_id))
    )
