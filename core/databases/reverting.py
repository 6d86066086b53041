"""The runner of `revert`: a migration is taken back, structure and values."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

from core.changes import AddForeignKey
from core.databases.assessing import gather, told
from core.databases.credentials import credentials_of
from core.databases.engine import Session
from core.databases.errors import (
    DatabaseAbsentError,
    SchemaGoneError,
    StatementFailedError,
)
from core.databases.late_values import emptied
from core.databases.lines import Track, progress_of, track_of
from core.databases.losses import found_in_rows, not_allowed
from core.databases.migration import Migration, MigrationState
from core.databases.migration_arguments import ALLOW_LOSS, MIGRATION_ID
from core.databases.migration_errors import (
    MigrationNotFoundError,
    PlanOutdatedError,
    RowsDoNotFitError,
    ValuesWouldBeLostError,
    VersionNotFoundError,
)
from core.databases.model import DatabaseState
from core.databases.names import Direction, Marker
from core.databases.provisioning import no_id
from core.databases.rehearsing import prove
from core.databases.replacing import backup_taken, remove_leftovers, remove_own
from core.databases.saving import save
from core.databases.site import Ports, Site, open_site, reached
from core.definition.document import read_document
from core.definition.fingerprint import structure_fingerprint
from core.definition.model import Definition
from core.dialects.facts import Facts, RowTest, RowTestKind
from core.dialects.postgresql.last_looks import VALUE_CAME, looking_first, mark
from core.jobs.model import Job, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.planning.codec import plan_from_json
from core.planning.normal_texts import with_texts_of
from core.planning.plan import Plan
from core.schemas.model import SchemaStatus
from core.schemas.status import show_end
from core.schemas.store import Store
from core.schemas.versions import adopt_version


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationRevert(Runner[Store]):
    """Leads a database back to the version before its last migration."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Check, save what may go, run the lines down, prove, record."""
        job = run.job
        migration = self._migration(job)
        plan = plan_from_json(migration.plan)
        with ExitStack() as stack:
            with run.step("check_state"):
                site = stack.enter_context(open_site(job, self.ports))
                stack.enter_context(run.stoppable(site.engine.cancel))
                if site.database.state is not DatabaseState.READY:
                    raise DatabaseAbsentError(schema_id=job.schema_id)
                session = stack.enter_context(
                    site.engine.session(site.database.name, site.credentials)
                )
                session.take_turn(lambda words, _share: run.progress(words))
                is_begun = _is_begun(session, migration)
                losses = () if is_begun else self._losses(session, site, migration, plan)
            if losses:
                with run.step("back_up"):
                    save(site, run, self.ports, reason="before_revert")
                    # That took its time, and nobody was kept from writing.
                    self._losses(session, site, migration, plan)
            else:
                run.skip("back_up")
            with run.step("revert"):
                allowed = tuple(job.arguments.get(ALLOW_LOSS) or ())
                empty = emptied(plan, allowed)
                track = track_of(
                    run, session, migration, plan, last_look=lambda line: looking_first(line, empty)
                )
                try:
                    track.take_back()
                except StatementFailedError as error:
                    came = [empty[each] for each in empty if mark(each) == error.reason]
                    if error.sqlstate != VALUE_CAME or not came:
                        raise
                    raise ValuesWouldBeLostError(losses=came, migration=told(plan)) from error
                run.pass_point_of_no_return()
            with run.step("verify_database"):
                found = prove(
                    session, migration.before_fingerprint, lambda: self._version(migration)
                )
                session.tidy_set_aside()
            with run.step("record"):
                return self._outcome(site, migration, found)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return the outcome once the database is what it was before the migration."""
        migration = self._migration(job)
        try:
            with open_site(job, self.ports) as site, ending.stoppable(site.engine.cancel):
                if site.database.state is not DatabaseState.READY:
                    return None
                marker = Marker.read(site.engine.marker(site.database.name))
                progress = progress_of(marker, migration)
                if (
                    progress is None
                    or progress.direction is not Direction.DOWN
                    or not progress.is_complete
                ):
                    return None
                with site.engine.session(site.database.name, site.credentials) as session:
                    found = session.introspect().definition
                if structure_fingerprint(found) != migration.before_fingerprint:
                    return None
                return self._outcome(site, migration, found)
        except SchemaGoneError:
            return None

    @override
    def take_over(self, job: Job, ending: Ending) -> None:
        """Remove what the last attempt left beside the database; its lines stay in effect."""
        remove_leftovers(job, self.ports, ending)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Bring the migration into effect again, unless it is taken back as a whole."""
        remove_leftovers(job, self.ports, ending)
        migration = self._migration(job)
        with self.ports.open_store() as store:
            database = store.databases.get(job.schema_id)
        if database is None or database.state is not DatabaseState.READY:
            return
        with reached(job, database.server_id, self.ports, ending) as engine:
            progress = progress_of(Marker.read(engine.marker(database.name)), migration)
            if progress is None or (progress.direction is Direction.UP and progress.is_complete):
                return
            credentials = credentials_of(database, self.ports.secrets)
            with engine.session(database.name, credentials) as session:
                _return(session, migration)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Remove this attempt's dump."""
        remove_own(job, self.ports, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Let the migration count as in effect, as it is."""
        show_end(store, job, state, self.ports.clock.now())
        migration = store.migrations.get(job.schema_id, str(job.arguments[MIGRATION_ID]))
        if migration is not None and migration.state is MigrationState.REVERTING:
            store.migrations.put(replace(migration, state=MigrationState.APPLIED))

    def _migration(self, job: Job) -> Migration:
        migration_id = str(job.arguments[MIGRATION_ID])
        with self.ports.open_store() as store:
            migration = store.migrations.get(job.schema_id, migration_id)
        if migration is None:
            raise MigrationNotFoundError(migration_id=migration_id)
        return migration

    def _losses(
        self, session: Session, site: Site, migration: Migration, plan: Plan
    ) -> tuple[dict[str, Any], ...]:
        """Look what values would go that came with the migration.

        Raises:
            PlanOutdatedError: the database is not what the migration led to.
            RowsDoNotFitError: rows came that the old design does not take.
            ValuesWouldBeLostError: values would go that nobody allowed to go.
        """
        live = session.introspect().definition
        if structure_fingerprint(live) != migration.after_fingerprint:
            raise PlanOutdatedError(migration_id=migration.id)
        present = with_texts_of(self._stored(migration, migration.to_version), live)
        facts = _asked(session, plan, present)
        misfits = found_in_rows(facts, present, RowTestKind.DOES_NOT_FIT)
        if misfits:
            raise RowsDoNotFitError(misfits=misfits, migration=told(plan))
        losses = found_in_rows(facts, present, RowTestKind.LOSES)
        refused = not_allowed(losses, tuple(site.job.arguments.get(ALLOW_LOSS) or ()))
        if refused:
            raise ValuesWouldBeLostError(losses=refused, migration=told(plan))
        return losses

    def _version(self, migration: Migration) -> Definition:
        return self._stored(migration, migration.from_version or 0)

    def _stored(self, migration: Migration, number: int) -> Definition:
        with self.ports.open_store() as store:
            version = store.versions.get(migration.schema_id, number)
        if version is None:
            raise VersionNotFoundError(number=number)
        return read_document(version.document, make_id=no_id).definition

    def _outcome(self, site: Site, migration: Migration, found: Definition) -> Outcome[Store]:
        now = self.ports.clock.now()
        reverted = replace(
            migration,
            state=MigrationState.REVERTED,
            reverted_at=now,
            set_aside_removed_at=now if migration.set_aside_until is not None else None,
        )
        database = replace(
            site.database,
            live_fingerprint=migration.before_fingerprint,
            table_count=len(found.tables),
            checked_at=now,
        )

        def record(store: Store) -> None:
            schema = adopt_version(
                store,
                schema_id=site.schema.id,
                number=migration.from_version or 0,
                message=f"Reverted the migration {migration.id}.",
                now=now,
            )
            store.databases.put(replace(database, version_number=schema.version_number))
            store.schemas.set_status(schema.id, SchemaStatus.UPDATED, now)
            store.migrations.put(reverted)

        return Outcome(
            result={
                "databaseName": database.name,
                "tableCount": database.table_count,
                "migrationId": migration.id,
                "backupId": backup_taken(site.job, self.ports),
            },
            record=record,
        )


def _asked(session: Session, plan: Plan, present: Definition) -> Facts:
    """Put rows to the test of the way back.

    Whether rows fit is not asked of tables from which something was set aside: its values come
    back, so that the rows are not yet what they will be. There the server has the last word.
    """
    asides = {(each.namespace, each.name) for each in plan.sets_aside}
    tables = {table.id for table in present.tables}
    quiet = {table.id for table in present.tables if (table.namespace, table.name) not in asides}
    past = present
    changes = []
    for change in plan.changes[::-1]:
        back = change.inverse()
        past = back.apply(past)
        if not isinstance(back, AddForeignKey) or back.target.id in tables:
            changes.append(back)

    def asks(test: RowTest) -> bool:
        return test.kind is RowTestKind.LOSES or test.table_id in quiet

    return gather(session, changes, present, past, asks=asks)


def _is_begun(session: Session, migration: Migration) -> bool:
    """Tell whether an earlier attempt has taken back some of it."""
    progress = progress_of(Marker.read(session.journal()), migration)
    return progress is not None and not (
        progress.direction is Direction.UP and progress.is_complete
    )


def _return(session: Session, migration: Migration) -> None:
    """Bring a migration into effect again that was taken back in part."""
    track = Track(session=session, migration=migration, plan=plan_from_json(migration.plan))
    session.take_turn(track.watch)
    progress = track.progress()
    if progress is not None and progress.direction is Direction.DOWN and progress.is_complete:
        found = structure_fingerprint(session.introspect().definition)
        if found == migration.before_fingerprint:
            return
    track.return_up()
    found = structure_fingerprint(session.introspect().definition)
    if found != migration.after_fingerprint:
        raise PlanOutdatedError(migration_id=migration.id)
