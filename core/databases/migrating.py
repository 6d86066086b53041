"""The runner of `migrate`: a database is changed in place, with its rows, or stays as it was."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from typing_extensions import override

from core.databases.assessing import Assessment, Assessor, Wish, told
from core.databases.building_instead import BuildSteps
from core.databases.credentials import credentials_of
from core.databases.engine import Session
from core.databases.errors import SchemaGoneError
from core.databases.late_values import in_effect, late_values
from core.databases.lines import Track, progress_of, track_of
from core.databases.migration import Migration, MigrationState
from core.databases.migration_arguments import (
    ALLOW_LOSS,
    AS_PLANNED,
    MIGRATION_ID,
    REHEARSE,
    RENAMED_VALUES,
    TO_VERSION,
)
from core.databases.migration_errors import (
    PlanOutdatedError,
    ValuesWouldBeLostError,
    VersionNotFoundError,
)
from core.databases.model import Database, DatabaseState
from core.databases.names import Direction, Marker, is_made_by, scratch_name
from core.databases.provisioning import DatabaseBuild, no_id
from core.databases.rehearsing import prove, rehearse
from core.databases.replacing import backup_taken, remove_leftovers, remove_own
from core.databases.saving import save
from core.databases.site import Ports, Site, has_place, open_site, reached
from core.definition.document import read_document
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.planning.codec import plan_from_json
from core.planning.plan import Plan
from core.schemas.model import SchemaStatus, SchemaVersion
from core.schemas.status import show_end
from core.schemas.store import Store
from core.schemas.versions import newest_like


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseMigration(Runner[Store]):
    """Leads a database to a version of its schema, in place."""

    ports: Ports
    """The world."""
    assessor: Assessor
    """Makes plans."""
    build: DatabaseBuild
    """Makes the database when there is none yet."""
    keep: timedelta
    """How long values that went are kept."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Plan or take the stored plan, save what may go, run the lines, prove, record."""
        job = run.job
        with ExitStack() as stack:
            with run.step("check_state"):
                site = stack.enter_context(open_site(job, self.ports))
                stack.enter_context(run.stoppable(site.engine.cancel))
                has_database = self._has_database(site)
            if not has_database:
                return self._instead(self.build.run(BuildSteps(run)), job)
            if _is_there(site.database, job):
                for name in ("rehearse", "back_up", "apply", "verify_database", "record"):
                    run.skip(name)
                return self._instead(_nothing_done(site.database), job)
            session = stack.enter_context(site.engine.session(site.database.name, site.credentials))
            session.take_turn(lambda words, _share: run.progress(words))
            return self._migrate(site, session, run)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return the outcome once the database is what the plan leads to."""
        if not has_place(job, self.ports):
            return None
        migration = self._stored(job)
        try:
            with open_site(job, self.ports) as site, ending.stoppable(site.engine.cancel):
                if not self._has_database(site):
                    return self.build.conclude(job, ending)
                marker = Marker.read(site.engine.marker(site.database.name))
                progress = None if migration is None else progress_of(marker, migration)
                is_done = (
                    progress is not None
                    and progress.direction is Direction.UP
                    and progress.is_complete
                )
                if migration is None or not is_done:
                    return None
                with site.engine.session(site.database.name, site.credentials) as session:
                    found = in_effect(session, migration)
                return None if found is None else self._outcome(site, migration, found)
        except SchemaGoneError:
            return None

    @override
    def take_over(self, job: Job, ending: Ending) -> None:
        """Remove what the last attempt left beside the database; its lines stay in effect."""
        remove_leftovers(job, self.ports, ending)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Take back the lines that are in effect, unless all of them are and are proven."""
        remove_leftovers(job, self.ports, ending)
        migration = self._stored(job)
        if migration is None:
            return
        with self.ports.open_store() as store:
            database = store.databases.get(job.schema_id)
        if database is None or database.state is not DatabaseState.READY:
            return
        with reached(job, database.server_id, self.ports, ending) as engine:
            progress = progress_of(Marker.read(engine.marker(database.name)), migration)
            if progress is None or (progress.direction is Direction.DOWN and progress.is_complete):
                return
            credentials = credentials_of(database, self.ports.secrets)
            with engine.session(database.name, credentials) as session:
                self._take_back(session, migration)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove this attempt's scratch and dump; the lines are the next attempt's affair."""
        remove_own(job, self.ports, ending)
        with self.ports.open_store() as store:
            database = store.databases.get(job.schema_id)
        if database is None:
            return
        with reached(job, database.server_id, self.ports, ending) as engine:
            engine.drop_database(scratch_name(job))

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Show that the schema needs a look; its database is as it was."""
        show_end(store, job, state, self.ports.clock.now())
        migration = _stored_in(store, job)
        if migration is not None and migration.state is MigrationState.APPLYING:
            store.migrations.put(replace(migration, state=MigrationState.FAILED))

    def _migrate(self, site: Site, session: Session, run: JobRun) -> Outcome[Store]:
        migration = self._stored(site.job)
        begun = None if migration is None else self._begun(session, migration)
        if migration is not None and begun is not None:
            plan = begun
            run.skip("rehearse")
            run.skip("back_up")
        else:
            assessment = self._assess(site, session, migration)
            migration, plan = assessment.migration, assessment.plan
            self._prepare(site, run, assessment)
            if assessment.losses or site.job.arguments.get(REHEARSE):
                self._confirm(site, session, assessment)
        track = track_of(run, session, migration, plan)
        with run.step("apply"):
            track.go_up()
            late = late_values(session, migration, plan)
            if late:
                raise ValuesWouldBeLostError(losses=late, migration=told(plan))
            run.pass_point_of_no_return()
        with run.step("verify_database"):
            target = self._version(site, migration.to_version)
            found = prove(
                session,
                migration.after_fingerprint,
                lambda: self.assessor.normal(site.database, _definition(target)),
            )
        with run.step("record"):
            return self._outcome(site, migration, found)

    def _begun(self, session: Session, migration: Migration) -> Plan | None:
        """Return the stored plan when an earlier attempt has run some of its lines."""
        progress = progress_of(Marker.read(session.journal()), migration)
        if progress is None or (progress.direction is Direction.DOWN and progress.is_complete):
            return None
        if progress.direction is Direction.UP and progress.is_complete:
            found = structure_fingerprint(session.introspect().definition)
            if found != migration.after_fingerprint:
                return None
        return plan_from_json(migration.plan)

    def _assess(self, site: Site, session: Session, migration: Migration | None) -> Assessment:
        """Look at the database again, as rows and other things may have come since the plan.

        Raises:
            PlanOutdatedError: only the stored plan may run, and it is for another state.
            ValuesWouldBeLostError: values would go that nobody allowed to go.
            RowsDoNotFitError: rows are in the way.
            PlanRefusedError: the schema's policy blocks it.
        """
        job = site.job
        number = int(job.arguments[TO_VERSION])
        wanted = self._version(site, number)
        assessment = self.assessor.assess(
            session,
            site.database,
            Wish(
                migration_id=_migration_id(job),
                stored=self._version(site, site.database.version_number or 0),
                definition=_definition(wanted),
                to_version=number,
                renamed_values=job.arguments.get(RENAMED_VALUES) or {},
                allowed=tuple(job.arguments.get(ALLOW_LOSS) or ()),
                author=wanted.author if migration is None else migration.author,
                note="" if migration is None else migration.note,
            ),
        )
        if migration is not None and job.arguments.get(AS_PLANNED):
            assessment.refuse()
            if not assessment.agrees_with(migration):
                raise PlanOutdatedError(migration_id=migration.id)
            assessment = replace(
                assessment,
                plan=plan_from_json(migration.plan),
                migration=replace(migration, allowed_losses=assessment.migration.allowed_losses),
            )
        assessment = replace(
            assessment,
            migration=replace(
                assessment.migration,
                state=MigrationState.APPLYING,
                job_id=job.id,
                document=None if migration is None else migration.document,
                created_at=(
                    assessment.migration.created_at if migration is None else migration.created_at
                ),
            ),
        )
        assessment.refuse()
        return assessment

    def _confirm(self, site: Site, session: Session, assessment: Assessment) -> None:
        """Look once more, as rehearsals and backups take their time.

        Raises:
            DatabaseDriftedError: somebody changed the structure meanwhile.
            PlanOutdatedError: something else came that asks for another plan.
            ValuesWouldBeLostError: values came that nobody allowed to go.
            RowsDoNotFitError: rows came that are in the way.
        """
        again = self._assess(site, session, assessment.migration)
        if not again.agrees_with(assessment.migration):
            raise PlanOutdatedError(migration_id=assessment.migration.id)

    def _prepare(self, site: Site, run: JobRun, assessment: Assessment) -> None:
        """Store the plan that is about to run, rehearse it if asked, and save what may go."""
        run.prove_lease()
        with self.ports.open_store() as store:
            store.migrations.put(assessment.migration)
            store.commit()
        extent = site.job.arguments.get(REHEARSE)
        if extent is None:
            run.skip("rehearse")
        else:
            with run.step("rehearse"):
                options = self.assessor.options(assessment.migration.id)
                rehearse(site, run, assessment, extent=str(extent), options=options)
        if not assessment.losses:
            run.skip("back_up")
            return
        with run.step("back_up"):
            save(site, run, self.ports, reason="before_migrate")

    def _take_back(self, session: Session, migration: Migration) -> None:
        track = Track(session=session, migration=migration, plan=plan_from_json(migration.plan))
        session.take_turn(track.watch)
        progress = track.progress()
        is_up = progress is not None and progress.direction is Direction.UP and progress.is_complete
        if is_up and in_effect(session, migration) is not None:
            return
        track.go_down()
        prove(session, migration.before_fingerprint, lambda: self._before(migration))
        session.tidy_set_aside()

    def _before(self, migration: Migration) -> Definition:
        with self.ports.open_store() as store:
            version = store.versions.get(migration.schema_id, migration.from_version or 0)
        if version is None:
            raise VersionNotFoundError(number=migration.from_version or 0)
        return _definition(version)

    def _has_database(self, site: Site) -> bool:
        """Tell whether there is a database to change that this job has not made itself."""
        if site.database.state is not DatabaseState.READY:
            return False
        marker = site.engine.marker(site.database.name)
        return marker is not None and not is_made_by(marker, site.job)

    def _version(self, site: Site, number: int) -> SchemaVersion:
        with self.ports.open_store() as store:
            version = store.versions.get(site.schema.id, number)
        if version is None:
            raise VersionNotFoundError(number=number)
        return version

    def _stored(self, job: Job) -> Migration | None:
        with self.ports.open_store() as store:
            return _stored_in(store, job)

    def _outcome(self, site: Site, migration: Migration, found: Definition) -> Outcome[Store]:
        now = self.ports.clock.now()
        schema_id = site.schema.id
        applied = replace(
            migration,
            state=MigrationState.APPLIED,
            applied_at=now,
            set_aside_until=now + self.keep if migration.set_aside else None,
        )
        database = replace(
            site.database,
            version_number=migration.to_version,
            live_fingerprint=migration.after_fingerprint,
            table_count=len(found.tables),
            checked_at=now,
        )

        def record(store: Store) -> None:
            # The schema's row first, as everybody who changes both does.
            store.schemas.set_status(schema_id, SchemaStatus.UPDATED, now)
            number = newest_like(store, schema_id, migration.to_version)
            store.databases.put(replace(database, version_number=number))
            store.migrations.put(applied)

        return Outcome(
            result={
                "databaseName": database.name,
                "tableCount": database.table_count,
                "versionNumber": migration.to_version,
                "migrationId": migration.id,
                "backupId": backup_taken(site.job, self.ports),
            },
            record=record,
        )

    def _instead(self, outcome: Outcome[Store], job: Job) -> Outcome[Store]:
        """Let a stored plan count as given up when there was no need for it."""
        now = self.ports.clock.now()

        def record(store: Store) -> None:
            store.schemas.set_status(job.schema_id, SchemaStatus.UPDATED, now)
            outcome.record(store)
            migration = _stored_in(store, job)
            if migration is not None and migration.state is MigrationState.APPLYING:
                store.migrations.put(replace(migration, state=MigrationState.DISCARDED))

        return replace(outcome, record=record)


def _definition(version: SchemaVersion) -> Definition:
    return read_document(version.document, make_id=no_id).definition


def _migration_id(job: Job) -> str:
    """Return the id of the job's plan; one that the job makes itself has an id of its own."""
    given = job.arguments.get(MIGRATION_ID)
    if given is not None:
        return str(given)
    return str(uuid5(NAMESPACE_URL, f"schema-builder:migration-of-job:{job.id}"))


def _stored_in(store: Store, job: Job) -> Migration | None:
    return store.migrations.get(job.schema_id, _migration_id(job))


def _is_there(database: Database, job: Job) -> bool:
    return (database.version_number or 0) >= int(job.arguments[TO_VERSION])


def _nothing_done(database: Database) -> Outcome[Store]:
    return Outcome(
        result={
            "databaseName": database.name,
            "tableCount": database.table_count,
            "versionNumber": database.version_number,
            "migrationId": None,
            "backupId": None,
        },
        record=lambda _store: None,
    )
