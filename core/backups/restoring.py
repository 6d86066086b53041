"""The runner of `restore`: a backup loaded beside the database, proven, and swapped in."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace

from typing_extensions import override

from core.backups.checking import check_file
from core.backups.comparing import check_contents
from core.backups.errors import BackupNotFoundError
from core.backups.model import Backup
from core.backups.taking import BACKUP_ID
from core.databases.engine import Introspection
from core.databases.errors import SchemaGoneError
from core.databases.model import Database, DatabaseState
from core.databases.replacing import (
    backup_taken,
    is_published,
    make_staging,
    publish,
    remove_leftovers,
    remove_old,
    remove_own,
)
from core.databases.site import Ports, Site, ensure_roles, has_place, open_site
from core.databases.tidying import remove_stale
from core.definition.fingerprint import structure_fingerprint
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.model import SchemaStatus
from core.schemas.status import show_end
from core.schemas.store import Store
from core.schemas.versions import adopt_version

RESTORED_BACKUP_ID = "restoredBackupId"
"""Key of the result: the backup that was loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestore(Runner[Store]):
    """Puts the state of a backup in the place of the schema's database.

    When the backup is of an older version, that version becomes the schema's newest again, so that
    design and database stay in step.
    """

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Check, load, prove and publish."""
        job = run.job
        backup = self._backup(job)
        with run.step("check_archive"):
            check_file(backup, self.ports.archive, run)
        with ExitStack() as stack:
            with run.step("prepare"):
                site = stack.enter_context(open_site(job, self.ports))
                stack.enter_context(run.stoppable(site.engine.cancel))
                is_done = is_published(site.engine, site.database.name, job)
            found = self._published(site) if is_done else self._load(site, run, backup)
            with run.step("remove_old"):
                remove_old(site)
            return self._outcome(site, backup, found)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return the outcome once the restored database is in place."""
        if not has_place(job, self.ports):
            return None
        try:
            with open_site(job, self.ports) as site, ending.stoppable(site.engine.cancel):
                if not is_published(site.engine, site.database.name, job):
                    return None
                return self._outcome(site, self._backup(job), self._published(site))
        except SchemaGoneError:
            return None

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove staging databases and an unused role."""
        remove_leftovers(job, self.ports, ending)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove this attempt's staging database and dump."""
        remove_own(job, self.ports, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Show that the schema needs a look; its database is as it was."""
        show_end(store, job, state, self.ports.clock.now())

    def _backup(self, job: Job) -> Backup:
        backup_id = str(job.arguments[BACKUP_ID])
        with self.ports.open_store() as store:
            backup = store.backups.get(job.schema_id, backup_id)
        if backup is None:
            raise BackupNotFoundError(backup_id=backup_id)
        return backup

    def _load(self, site: Site, run: JobRun, backup: Backup) -> Introspection:
        with run.step("create_database"):
            ensure_roles(site)
            staging = make_staging(site)
            if site.access is not None:
                with site.engine.session(staging, site.credentials) as session:
                    session.grant(site.access.groups)
        with run.step("load"), self.ports.archive.open(backup.location) as file:
            site.engine.restore(staging, site.credentials, file.read)
        with (
            run.step("verify_database"),
            site.engine.session(staging, site.credentials) as session,
        ):
            found = check_contents(backup, session)
            with self.ports.open_store() as store:
                kept = store.migrations.keeping(site.schema.id)
            remove_stale(session, kept)
        publish(site, run, self.ports, may_lose_rows=True, reason="before_restore")
        return found

    def _published(self, site: Site) -> Introspection:
        with site.engine.session(site.database.name, site.credentials) as session:
            return session.introspect()

    def _outcome(self, site: Site, backup: Backup, found: Introspection) -> Outcome[Store]:
        now = self.ports.clock.now()
        database = replace(
            site.database,
            state=DatabaseState.READY,
            live_fingerprint=structure_fingerprint(found.definition),
            table_count=len(found.definition.tables),
            checked_at=now,
        )

        def record(store: Store) -> None:
            schema = adopt_version(
                store,
                schema_id=site.schema.id,
                number=backup.version_number,
                message=f"Restored from the backup {backup.id}.",
                now=now,
            )
            _put(store, database, schema.version_number)
            store.schemas.set_status(site.schema.id, SchemaStatus.UPDATED, now)

        return Outcome(
            result={
                "databaseName": site.database.name,
                "tableCount": database.table_count,
                RESTORED_BACKUP_ID: backup.id,
                BACKUP_ID: backup_taken(site.job, self.ports),
            },
            record=record,
        )


def _put(store: Store, database: Database, version_number: int) -> None:
    store.databases.put(replace(database, version_number=version_number))
