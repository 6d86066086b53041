"""Asking for backups, restores and proofs; reading, downloading and deleting backups."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from core.backups.archive import Archive
from core.backups.errors import (
    BackupInUseError,
    BackupNotAvailableError,
    BackupNotFoundError,
)
from core.backups.model import Backup, BackupState
from core.backups.taking import BACKUP_ID, backup_id_of, pending_backup
from core.clock import Clock
from core.databases.errors import DatabaseAbsentError
from core.databases.model import DatabaseState
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.quotas.admitting import Admission
from core.quotas.model import Quota
from core.schemas.editing import refuse_during_restore
from core.schemas.errors import SchemaNotFoundError
from core.schemas.model import Schema, SchemaStatus
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupFile:
    """The file of a backup, to be downloaded."""

    backup: Backup
    """The record."""
    size_bytes: int
    """Size of the file."""
    chunks: Callable[[int, int], Iterator[bytes]]
    """Yields the bytes from an offset on, so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backups:
    """Everything a client can ask of the backups of a schema."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    archive: Archive
    """Keeps the files."""
    admission: Admission
    """Says whether there is room."""

    def take(
        self,
        schema_id: str,
        *,
        owner: str,
        request_id: str | None = None,
        before_commit: Callable[[Store, tuple[Backup, Job]], None] = nothing,
    ) -> tuple[Backup, Job]:
        """Record a pending backup and queue its job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database, nor a job that will make it.
            QuotaExceededError: the workspace has as much as it may have.
            QueueFullError: as many jobs wait in all as there is room for.
        """
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            database = store.databases.get(schema_id)
            is_there = database is not None and database.state is DatabaseState.READY
            if not is_there and not store.jobs.unfinished_of_schema(schema_id):
                raise DatabaseAbsentError(schema_id=schema_id)
            backup = pending_backup(
                backup_id=str(uuid4()),
                schema_id=schema_id,
                version_number=schema.version_number,
                reason="requested",
                clock=self.clock,
            )
            store.backups.put(backup)
            job = self._queue(store, JobKind.BACKUP, backup, owner, request_id)
            self.admission.admit_job(store, owner, Quota.BACKUPS, Quota.BACKUP_BYTES)
            before_commit(store, (backup, job))
            store.commit()
        self._announce(job)
        return backup, job

    def restore(
        self,
        schema_id: str,
        backup_id: str,
        *,
        owner: str,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Queue the job that puts the backup in the place of the database.

        A schema that was deleted lives again: this is how a deletion is taken back.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DuplicateNameError: the deleted schema's name was given to another one meanwhile.
            BackupNotFoundError: the schema has no such backup.
            BackupNotAvailableError: it is not complete.
            RestoreUnderWayError: another restore has not ended.
            QuotaExceededError: the workspace has as much as it may have.
            QueueFullError: as many jobs wait in all as there is room for.
        """
        with self.open_store() as store:
            schema = _locked_schema(store, schema_id, owner)
            backup = _available(store, schema_id, backup_id)
            refuse_during_restore(store.jobs.unfinished_of_schema(schema_id))
            store.schemas.save(
                replace(
                    schema,
                    deleted_at=None,
                    status=SchemaStatus.UPDATING,
                    updated_at=self.clock.now(),
                )
            )
            job = self._queue(store, JobKind.RESTORE, backup, owner, request_id)
            revived = () if schema.deleted_at is None else (Quota.DATABASES, Quota.DATABASE_BYTES)
            self.admission.admit_job(store, owner, *revived)
            before_commit(store, job)
            store.commit()
        self._announce(job)
        return job

    def verify(
        self,
        schema_id: str,
        backup_id: str,
        *,
        owner: str,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Queue the job that proves the backup.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupNotFoundError: the schema has no such backup.
            BackupNotAvailableError: it is not complete.
        """
        with self.open_store() as store:
            _locked_schema(store, schema_id, owner)
            backup = _available(store, schema_id, backup_id)
            job = self._queue(store, JobKind.VERIFY, backup, owner, request_id)
            self.admission.admit_job(store, owner)
            before_commit(store, job)
            store.commit()
        self._announce(job)
        return job

    def get(self, schema_id: str, backup_id: str, *, owner: str) -> Backup:
        """Return a backup.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupNotFoundError: the schema has no such backup.
        """
        with self.open_store() as store:
            _kept_schema(store, schema_id, owner)
            return _known(store, schema_id, backup_id)

    def list_page(
        self, schema_id: str, *, owner: str, page: int = 1, limit: int = 10
    ) -> tuple[Sequence[Backup], int]:
        """Return one page of the schema's backups, newest first, and the number of all.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            _kept_schema(store, schema_id, owner)
            return store.backups.list_page(schema_id, page=page, limit=limit)

    def download(self, schema_id: str, backup_id: str, *, owner: str) -> BackupFile:
        """Return the file of a backup.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupNotFoundError: the schema has no such backup.
            BackupNotAvailableError: it is not complete.
            BackupMissingError: the file is not in the archive.
        """
        with self.open_store() as store:
            _kept_schema(store, schema_id, owner)
            backup = _available(store, schema_id, backup_id)
        with self.archive.open(backup.location) as file:
            size_bytes = file.size_bytes

        def chunks(offset: int, length: int) -> Iterator[bytes]:
            return self.archive.chunks(backup.location, offset=offset, length=length)

        return BackupFile(backup=backup, size_bytes=size_bytes, chunks=chunks)

    def delete(self, schema_id: str, backup_id: str, *, owner: str) -> None:
        """Remove a backup from the archive, then its record.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            BackupNotFoundError: the schema has no such backup.
            BackupInUseError: an unfinished job works with it.
        """
        with self.open_store() as store:
            _kept_schema(store, schema_id, owner)
            # Under the schema's row, so that no job begins to use it at the same time.
            store.schemas.get_for_update(schema_id)
            backup = _known(store, schema_id, backup_id)
            for job in store.jobs.unfinished_of_schema(schema_id):
                if backup_id in {job.arguments.get(BACKUP_ID), backup_id_of(job)}:
                    raise BackupInUseError(backup_id=backup_id, job_id=job.id)
            store.backups.put(replace(backup, state=BackupState.DELETING))
            store.commit()
        self.archive.remove(backup.location)
        with self.open_store() as store:
            store.backups.remove(backup_id)
            store.commit()

    def _queue(
        self, store: Store, kind: JobKind, backup: Backup, owner: str, request_id: str | None
    ) -> Job:
        return store.jobs.add(
            NewJob(
                id=JobId(str(uuid4())),
                kind=kind,
                owner=owner,
                schema_id=backup.schema_id,
                arguments={BACKUP_ID: backup.id},
                created_at=self.clock.now(),
                request_id=request_id,
            )
        )

    def _announce(self, job: Job) -> None:
        announce_new(job, announcer=self.announcer)


def _kept_schema(store: Store, schema_id: str, owner: str) -> Schema:
    """Return the owner's schema, deleted or not: its backups outlive it."""
    schema = store.schemas.get(schema_id, owner=owner, include_deleted=True)
    if schema is None:
        raise SchemaNotFoundError(schema_id=schema_id)
    return schema


def _locked_schema(store: Store, schema_id: str, owner: str) -> Schema:
    """Return the same, with its row held until the transaction ends."""
    schema = store.schemas.get_for_update(schema_id, owner=owner)
    if schema is None:
        raise SchemaNotFoundError(schema_id=schema_id)
    return schema


def _known(store: Store, schema_id: str, backup_id: str) -> Backup:
    backup = store.backups.get(schema_id, backup_id)
    if backup is None:
        raise BackupNotFoundError(backup_id=backup_id)
    return backup


def _available(store: Store, schema_id: str, backup_id: str) -> Backup:
    backup = _known(store, schema_id, backup_id)
    if backup.state is not BackupState.AVAILABLE:
        raise BackupNotAvailableError(backup_id=backup_id, state=backup.state)
    return backup
