"""Taking a backup: a dump streamed into the archive with its facts; the runner of `backup`."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, uuid5

from typing_extensions import override

from core.backups.archive import Archive, ArchiveWriter
from core.backups.model import Backup, BackupState, Verification, VerificationState
from core.clock import Clock
from core.databases.engine import Credentials, Engine
from core.databases.errors import DatabaseAbsentError
from core.databases.model import DatabaseState
from core.databases.site import Ports, open_site
from core.definition.fingerprint import structure_fingerprint
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import Store

BACKUP_ID = "backupId"
"""Argument of `backup`, `restore` and `verify`: the backup they are about."""

DUMP_FORMAT = "pg_dump custom"
"""What the files of the archive are."""


def backup_id_of(job: Job) -> str:
    """Return the id of the backup that a job of another kind takes before it replaces or drops.

    It is made from the job's id, so that an attempt finds what an earlier one did.
    """
    return str(uuid5(NAMESPACE_URL, f"schema-builder:backup-of-job:{job.id}"))


def location_of(schema_id: str, backup_id: str, *, attempt: int) -> str:
    """Return a backup's place in the archive; each attempt writes a file of its own."""
    return f"{schema_id}/{backup_id}-{attempt}.dump"


def discard_dumps(job: Job, backup_id: str, ports: Ports) -> None:
    """Remove the files that attempts of a job wrote for a backup, save the recorded one."""
    with ports.open_store() as store:
        backup = store.backups.get(job.schema_id, backup_id)
    for attempt in range(1, job.attempt + 1):
        location = location_of(job.schema_id, backup_id, attempt=attempt)
        is_kept = (
            backup is not None
            and backup.state is BackupState.AVAILABLE
            and backup.location == location
        )
        if not is_kept:
            ports.archive.discard(location)


def take(
    engine: Engine,
    *,
    database_name: str,
    credentials: Credentials,
    schema_id: str,
    version_number: int,
    reason: str,
    run: JobRun,
    ports: Ports,
) -> Backup:
    """Dump a database into the archive and record the backup as available.

    An earlier attempt's file goes only when the record leads to the new one.
    """
    backup = pending_backup(
        backup_id=backup_id_of(run.job),
        schema_id=schema_id,
        version_number=version_number,
        reason=reason,
        clock=ports.clock,
    )
    backup = dump_into_archive(
        backup,
        engine=engine,
        database_name=database_name,
        credentials=credentials,
        run=run,
        archive=ports.archive,
        clock=ports.clock,
    )
    run.prove_lease()
    with ports.open_store() as store:
        store.backups.put(backup)
        store.commit()
    discard_dumps(run.job, backup.id, ports)
    return backup


def pending_backup(
    *, backup_id: str, schema_id: str, version_number: int, reason: str, clock: Clock
) -> Backup:
    """Return the record of a backup that was asked for."""
    return Backup(
        id=backup_id,
        schema_id=schema_id,
        state=BackupState.PENDING,
        reason=reason,
        location=location_of(schema_id, backup_id, attempt=1),
        format=DUMP_FORMAT,
        engine_version=None,
        tool_version=None,
        version_number=version_number,
        live_fingerprint=None,
        rows_by_table={},
        size_bytes=None,
        sha256=None,
        duration_seconds=None,
        verification=Verification(state=VerificationState.NEVER),
        created_at=clock.now(),
    )


def dump_into_archive(
    backup: Backup,
    *,
    engine: Engine,
    database_name: str,
    credentials: Credentials,
    run: JobRun,
    archive: Archive,
    clock: Clock,
) -> Backup:
    """Stream a dump into the archive; return the record of the complete backup."""
    started = time.monotonic()
    location = location_of(backup.schema_id, backup.id, attempt=run.job.attempt)
    with archive.write(location) as writer:
        report = engine.dump(database_name, credentials, _Metered(writer, run).write)
        file = writer.complete()
    return replace(
        backup,
        state=BackupState.AVAILABLE,
        location=location,
        engine_version=report.engine_version,
        tool_version=report.tool_version,
        live_fingerprint=structure_fingerprint(report.introspection.definition),
        rows_by_table=dict(report.rows_by_table),
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        duration_seconds=round(time.monotonic() - started, 3),
        finished_at=clock.now(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupTaking(Runner[Store]):
    """Takes the backup that was asked for."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Dump and record."""
        job = run.job
        backup_id = str(job.arguments[BACKUP_ID])
        with run.step("dump"), open_site(job, self.ports) as site:
            if site.database.state is not DatabaseState.READY:
                raise DatabaseAbsentError(schema_id=job.schema_id)
            with self.ports.open_store() as store:
                asked = store.backups.get(job.schema_id, backup_id)
            backup = asked or pending_backup(
                backup_id=backup_id,
                schema_id=job.schema_id,
                version_number=site.version.number,
                reason="requested",
                clock=self.ports.clock,
            )
            with run.stoppable(site.engine.cancel):
                complete = dump_into_archive(
                    replace(
                        backup,
                        version_number=site.database.version_number or site.version.number,
                    ),
                    engine=site.engine,
                    database_name=site.database.name,
                    credentials=site.credentials,
                    run=run,
                    archive=self.ports.archive,
                    clock=self.ports.clock,
                )
        with run.step("record"):
            run.pass_point_of_no_return()
        return Outcome(
            result={
                BACKUP_ID: complete.id,
                "sizeBytes": complete.size_bytes,
                "sha256": complete.sha256,
                "tables": len(complete.rows_by_table),
                "rows": sum(complete.rows_by_table.values()),
            },
            record=lambda store: store.backups.put(complete),
        )

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return nothing: a backup counts once it is recorded, and that ends the job."""
        return None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove the file, whole or in part, of a backup that is not recorded."""
        discard_dumps(job, str(job.arguments[BACKUP_ID]), self.ports)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove this attempt's file, unless it is the recorded one."""
        self.clean_up(job, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Say that there is no such backup after all."""
        backup = store.backups.get(job.schema_id, str(job.arguments[BACKUP_ID]))
        if backup is not None:
            store.backups.put(
                replace(backup, state=BackupState.FAILED, finished_at=self.ports.clock.now())
            )


class _Metered:
    """Counts what goes into the archive and says so."""

    def __init__(self, writer: ArchiveWriter, run: JobRun) -> None:
        self._writer = writer
        self._run = run
        self._size_bytes = 0

    def write(self, chunk: bytes) -> None:
        self._writer.write(chunk)
        self._size_bytes += len(chunk)
        self._run.progress(f"{self._size_bytes / 1_000_000:.1f} MB written.")
