"""The runner of `verify`: a backup is worth what a restore of it brings back."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from typing_extensions import override

from core.backups.checking import check_file
from core.backups.comparing import check_contents
from core.backups.errors import (
    BackupDamagedError,
    BackupDiffersError,
    BackupMissingError,
    BackupNotFoundError,
)
from core.backups.model import Backup, Verification, VerificationState
from core.backups.taking import BACKUP_ID
from core.databases.engine import Credentials, Engine
from core.databases.errors import DumpUnreadableError
from core.databases.names import Marker, scratch_name, scratch_names
from core.databases.scratch import on_scratch_servers, open_scratch_server
from core.databases.site import Ports, application_name_of
from core.errors import InvalidInputError
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import Store
from core.secrets import make_password

_VERDICTS = (BackupMissingError, BackupDamagedError, BackupDiffersError, DumpUnreadableError)
"""Failures that say something of the backup; all others only of the attempt to prove it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVerification(Runner[Store]):
    """Restores a backup into a scratch database with a role of its own, and compares."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Check the file, restore it, compare, throw the scratch away."""
        started = time.monotonic()
        backup = self._backup(run.job)
        try:
            self._prove(run, backup)
        except _VERDICTS as error:
            run.prove_lease()
            self._record_failure(backup, error, time.monotonic() - started)
            raise
        verification = Verification(
            state=VerificationState.PASSED,
            at=self.ports.clock.now(),
            duration_seconds=round(time.monotonic() - started, 3),
        )

        def record(store: Store) -> None:
            newest = store.backups.get(backup.schema_id, backup.id)
            if newest is not None:
                store.backups.put(replace(newest, verification=verification))

        return Outcome(
            result={
                BACKUP_ID: backup.id,
                "verified": True,
                "tables": len(backup.rows_by_table),
                "rows": sum(backup.rows_by_table.values()),
                "sha256": backup.sha256,
            },
            record=record,
        )

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return nothing: a proof counts once it is recorded, and that ends the job."""
        return None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove the scratch database and its role, on whichever server they are."""

        def remove(engine: Engine) -> None:
            engine.end_sessions_of(application_name_of(job))
            for scratch in scratch_names(job):
                engine.drop_database(scratch)
                engine.drop_role(scratch)

        on_scratch_servers(job, self.ports, ending, remove)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove the scratch database and role of this attempt."""
        scratch = scratch_name(job)

        def remove(engine: Engine) -> None:
            engine.drop_database(scratch)
            engine.drop_role(scratch)

        on_scratch_servers(job, self.ports, ending, remove)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Leave the record of the last proof as it is: this one came to no verdict of its own."""

    def _backup(self, job: Job) -> Backup:
        backup_id = str(job.arguments[BACKUP_ID])
        with self.ports.open_store() as store:
            backup = store.backups.get(job.schema_id, backup_id)
        if backup is None:
            raise BackupNotFoundError(backup_id=backup_id)
        return backup

    def _prove(self, run: JobRun, backup: Backup) -> None:
        with run.step("check_archive"):
            check_file(backup, self.ports.archive, run)
        with open_scratch_server(run.job, self.ports) as engine, run.stoppable(engine.cancel):
            scratch = scratch_name(run.job)
            credentials = Credentials(role=scratch, password=make_password())
            with run.step("create_scratch"):
                engine.ensure_role(credentials)
                marker = Marker(
                    job_id=run.job.id,
                    schema_id=backup.schema_id,
                    version_number=backup.version_number,
                )
                engine.create_database(scratch, owner=scratch, marker=marker.text())
            with run.step("load"), self.ports.archive.open(backup.location) as file:
                engine.restore(scratch, credentials, file.read)
            with run.step("compare"), engine.session(scratch, credentials) as session:
                check_contents(backup, session)
            with run.step("remove_scratch"):
                engine.drop_database(scratch)
                engine.drop_role(scratch)

    def _record_failure(
        self, backup: Backup, error: InvalidInputError, duration_seconds: float
    ) -> None:
        with self.ports.open_store() as store:
            newest = store.backups.get(backup.schema_id, backup.id)
            if newest is not None:
                verification = Verification(
                    state=VerificationState.FAILED,
                    at=self.ports.clock.now(),
                    duration_seconds=round(duration_seconds, 3),
                    failure_code=error.code,
                    failure=error.message,
                )
                store.backups.put(replace(newest, verification=verification))
                store.commit()
