"""The runner of `drop`: a last backup of the rows, then database and role go."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

from typing_extensions import override

from core.backups.taking import backup_id_of, discard_dumps
from core.databases.credentials import credentials_of
from core.databases.model import Database, DatabaseState
from core.databases.replacing import back_up_rows, backup_taken
from core.databases.site import Ports, Site, application_name_of
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.deleting import WAS_DELETED
from core.schemas.errors import DuplicateNameError
from core.schemas.model import SchemaStatus
from core.schemas.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseDrop(Runner[Store]):
    """Removes the database of a schema that was deleted, whatever state it is in."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Back up, drop the database, drop the role."""
        job = run.job
        with ExitStack() as stack:
            site = _abandoned_site(job, self.ports, stack)
            if site is None:
                for name in ("back_up", "drop_database", "drop_role"):
                    run.skip(name)
                return self._outcome(job, None)
            stack.enter_context(run.stoppable(site.engine.cancel))
            if site.engine.marker(site.database.name) is None:
                run.skip("back_up")
                run.skip("drop_database")
            else:
                self._drop(site, run)
            with run.step("drop_role"):
                site.engine.drop_all_roles(site.database.name)
            return self._outcome(job, site.database)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return the outcome once the database is gone."""
        with ExitStack() as stack:
            site = _abandoned_site(job, self.ports, stack)
            if site is None:
                return self._outcome(job, None)
            stack.enter_context(ending.stoppable(site.engine.cancel))
            if site.engine.marker(site.database.name) is not None:
                return None
            site.engine.drop_all_roles(site.database.name)
            return self._outcome(job, site.database)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove half a backup, and open a database that still stands."""
        discard_dumps(job, backup_id_of(job), self.ports)
        with ExitStack() as stack:
            site = _abandoned_site(job, self.ports, stack)
            if site is not None:
                stack.enter_context(ending.stoppable(site.engine.cancel))
                site.engine.end_sessions_of(application_name_of(job))
                site.engine.open_to_sessions(site.database.name)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove this attempt's dump, unless it is the recorded one."""
        discard_dumps(job, backup_id_of(job), self.ports)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Bring the schema back, as its database still stands, unless its name is taken.

        One that was deleted before, without its database, stays deleted.
        """
        schema = store.schemas.get_for_update(job.schema_id)
        if schema is None:
            return
        alive = replace(
            schema,
            deleted_at=schema.deleted_at if job.arguments.get(WAS_DELETED) else None,
            status=SchemaStatus.ERROR,
            updated_at=self.ports.clock.now(),
        )
        with suppress(DuplicateNameError):
            store.schemas.save(alive)

    def _drop(self, site: Site, run: JobRun) -> None:
        with ExitStack() as stack:
            session = stack.enter_context(site.engine.session(site.database.name, site.credentials))
            with run.step("back_up"):
                back_up_rows(site, session, run, self.ports, reason="before_drop")
            with run.step("drop_database"):
                run.pass_point_of_no_return()
                site.engine.close_to_sessions(site.database.name, keep=session)
                session.confirm_frozen()
                run.prove_lease()
                stack.close()
                site.engine.drop_database(site.database.name)

    def _outcome(self, job: Job, database: Database | None) -> Outcome[Store]:
        now = self.ports.clock.now()

        def record(store: Store) -> None:
            if database is not None:
                store.credentials.forget_schema(database.schema_id)
                store.databases.put(
                    replace(
                        database,
                        state=DatabaseState.DROPPED,
                        version_number=None,
                        live_fingerprint=None,
                        table_count=0,
                        checked_at=now,
                    )
                )

        return Outcome(
            result={
                "databaseName": None if database is None else database.name,
                "databaseDropped": database is not None,
                "backupId": backup_taken(job, self.ports),
            },
            record=record,
        )


def _abandoned_site(job: Job, ports: Ports, stack: ExitStack) -> Site | None:
    """Return the site of a schema that may be deleted; None when it never had a database."""
    with ports.open_store() as store:
        schema = store.schemas.get_for_update(job.schema_id)
        version = None if schema is None else store.versions.get(schema.id, schema.version_number)
        database = store.databases.get(job.schema_id)
    if schema is None or version is None or database is None:
        return None
    engine = ports.servers.engine(database.server_id, application_name=application_name_of(job))
    stack.callback(engine.close)
    return Site(
        job=job,
        schema=schema,
        version=version,
        database=database,
        credentials=credentials_of(database, ports.secrets),
        engine=engine,
    )
