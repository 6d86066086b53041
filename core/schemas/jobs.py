"""Stopping and repeating jobs of schemas, with what that means for schema and backup."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import uuid4

from core.backups.errors import BackupNotAvailableError, BackupNotFoundError
from core.backups.model import BackupState
from core.backups.taking import BACKUP_ID
from core.clock import Clock
from core.databases.errors import DatabaseExistsError
from core.databases.migration import MigrationState
from core.databases.migration_arguments import MIGRATION_ID
from core.databases.migration_errors import MigrationStateError
from core.databases.model import DatabaseState
from core.databases.provisioning import ONLY_IF_BEHIND
from core.jobs.cancelling import request_cancel
from core.jobs.model import Job, JobId, JobKind
from core.jobs.queue import Announcer
from core.jobs.retrying import retry_job
from core.jobs.running import Runner
from core.quotas.admitting import Admission
from core.schemas.editing import refuse_during_restore
from core.schemas.errors import SchemaNotFoundError
from core.schemas.model import SchemaStatus
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerJobs:
    """Lets the owner of a job stop it, or try it again when it has ended without success."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    runners: Mapping[JobKind, Runner[Store]]
    """Know what follows from a job that ends before it began."""
    admission: Admission
    """Says whether there is room."""

    def cancel(self, job_id: JobId, *, owner: str) -> Job:
        """Ask a job to stop.

        Raises:
            JobNotFoundError: there is no such job for this owner.
            JobEndedError: it succeeded or failed already.
        """
        return request_cancel(
            job_id,
            owner=owner,
            open_store=self.open_store,
            runners=self.runners,
            announcer=self.announcer,
            clock=self.clock,
        )

    def retry(
        self,
        job_id: JobId,
        *,
        owner: str,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Queue a new job of the same kind and arguments.

        Raises:
            JobNotFoundError: there is no such job for this owner.
            JobNotRetryableError: it has not ended, or it succeeded.
            SchemaNotFoundError: its schema is deleted.
            DatabaseExistsError: a database was made since a `create` failed.
            BackupNotFoundError: the backup it was about is gone.
            BackupNotAvailableError: that backup is not complete.
            RestoreUnderWayError: a restore decides what comes next.
            QuotaExceededError: as many of the workspace's jobs wait as may.
            QueueFullError: as many jobs wait in all as there is room for.
        """

        def admit(store: Store, job: Job) -> None:
            if job.kind is not JobKind.DROP:  # which makes room
                self.admission.admit_job(store, owner)
            before_commit(store, job)

        return retry_job(
            job_id,
            owner=owner,
            new_id=JobId(str(uuid4())),
            request_id=request_id,
            prepare=self._prepare,
            open_store=self.open_store,
            announcer=self.announcer,
            clock=self.clock,
            before_commit=admit,
        )

    def _prepare(self, store: Store, ended: Job) -> None:
        now = self.clock.now()
        schema = store.schemas.get_for_update(ended.schema_id)
        if schema is None or (schema.deleted_at is not None and ended.kind is not JobKind.DROP):
            raise SchemaNotFoundError(schema_id=ended.schema_id)
        refuse_during_restore(store.jobs.unfinished_of_schema(schema.id))
        _check(store, ended)
        if ended.kind is JobKind.DROP and schema.deleted_at is None:
            store.schemas.save(
                replace(schema, deleted_at=now, status=SchemaStatus.DELETING, updated_at=now)
            )
        status = _status_during(ended)
        if status is not None:
            store.schemas.set_status(schema.id, status, now)


def _status_during(job: Job) -> SchemaStatus | None:
    match job.kind:
        case JobKind.CREATE:
            return SchemaStatus.CREATING
        case JobKind.REGENERATE:
            is_edit = ONLY_IF_BEHIND in job.arguments
            return SchemaStatus.UPDATING if is_edit else SchemaStatus.REGENERATING
        case JobKind.RESTORE | JobKind.MIGRATE | JobKind.REVERT:
            return SchemaStatus.UPDATING
        case JobKind.DROP | JobKind.BACKUP | JobKind.VERIFY | JobKind.TIDY:
            return None
        case JobKind.ROTATE | JobKind.RETIRE:
            return None
        case _:
            assert_never(job.kind)


def _check(store: Store, ended: Job) -> None:
    """Refuse what cannot work any more, and make ready what must be."""
    if ended.kind is JobKind.CREATE:
        database = store.databases.get(ended.schema_id)
        if database is not None and database.state is DatabaseState.READY:
            raise DatabaseExistsError(database_name=database.name)
    _take_up_migration(store, ended)
    if BACKUP_ID not in ended.arguments:
        return
    backup_id = str(ended.arguments[BACKUP_ID])
    backup = store.backups.get(ended.schema_id, backup_id)
    if backup is None:
        raise BackupNotFoundError(backup_id=backup_id)
    if ended.kind is JobKind.BACKUP:
        store.backups.put(replace(backup, state=BackupState.PENDING, finished_at=None))
    elif backup.state is not BackupState.AVAILABLE:
        raise BackupNotAvailableError(backup_id=backup_id, state=backup.state)


def _take_up_migration(store: Store, ended: Job) -> None:
    """Let the plan that a job was about count as under way again.

    Raises:
        MigrationStateError: something else became of it meanwhile.
    """
    migration_id = ended.arguments.get(MIGRATION_ID)
    migration = (
        None if migration_id is None else store.migrations.get(ended.schema_id, str(migration_id))
    )
    if migration is None:
        return
    is_revert = ended.kind is JobKind.REVERT
    wanted = MigrationState.APPLIED if is_revert else MigrationState.FAILED
    if migration.state is not wanted:
        raise MigrationStateError(migration_id=migration.id, state=migration.state, wanted=wanted)
    state = MigrationState.REVERTING if is_revert else MigrationState.APPLYING
    store.migrations.put(replace(migration, state=state))
