"""The runner of `create` and `regenerate`: from a definition to a proven, published database."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from typing_extensions import override

from core.databases.engine import UnknownObject
from core.databases.errors import DatabaseDiffersError, SchemaGoneError
from core.databases.model import Database, DatabaseState
from core.databases.names import Marker
from core.databases.replacing import (
    backup_taken,
    is_published,
    make_staging,
    publish,
    remove_leftovers,
    remove_old,
    remove_own,
)
from core.databases.server_fit import refuse_misfits
from core.databases.site import Ports, Site, ensure_roles, has_place, open_site
from core.databases.tidying import forget_set_aside
from core.definition.canonical import canonical
from core.definition.document import read_document
from core.definition.fingerprint import canonical_fingerprint
from core.definition.model import Definition
from core.dialects.statement import Statement
from core.jobs.model import Job, JobKind, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.planning.comparison import differences
from core.planning.creation import creation_statements
from core.schemas.model import SchemaStatus, SchemaVersion
from core.schemas.status import show_end
from core.schemas.store import Store

ALLOW_DATA_LOSS = "allowDataLoss"
"""Argument of `regenerate`: whether rows may go, with a backup taken first."""

ONLY_IF_BEHIND = "onlyIfBehind"
"""Argument of `regenerate`: do nothing when the database follows the newest version already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseBuild(Runner[Store]):
    """Builds the newest version of a schema beside its database and swaps it in."""

    ports: Ports
    """The world."""

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Build, prove and publish."""
        job = run.job
        with ExitStack() as stack:
            with run.step("prepare", is_proof=False):
                site = stack.enter_context(open_site(job, self.ports))
                stack.enter_context(run.stoppable(site.engine.cancel))
                is_done = is_published(site.engine, site.database.name, job)
                is_needed = not (job.arguments.get(ONLY_IF_BEHIND) and _is_up_to_date(site))
                if is_needed and not is_done:
                    refuse_misfits(_definition(site.version), site.engine.describe().target)
            if not is_needed:
                return self._outcome(job, site.database)
            database = self._published(site) if is_done else self._build(site, run)
            if job.kind is JobKind.REGENERATE:
                with run.step("remove_old"):
                    remove_old(site)
            return self._outcome(job, database)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Return the outcome once the database is in place."""
        if not has_place(job, self.ports):
            return None
        try:
            with open_site(job, self.ports) as site, ending.stoppable(site.engine.cancel):
                if not is_published(site.engine, site.database.name, job):
                    return None
                return self._outcome(job, self._published(site))
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
        """Show that the schema needs a look; a first database that failed keeps no place."""
        show_end(store, job, state, self.ports.clock.now())
        database = store.databases.get(job.schema_id)
        if job.kind is not JobKind.CREATE or database is None:
            return
        if database.state is DatabaseState.ABSENT:
            store.databases.remove(job.schema_id)
            store.credentials.forget_schema(job.schema_id)

    def _build(self, site: Site, run: JobRun) -> Database:
        # Up to the swap, the attempt works on a database of its own, so no step needs a proof but
        # the one that sets passwords of roles that are in use.
        is_in_use = site.database.state is DatabaseState.READY
        with (
            run.step("create_database", is_proof=is_in_use),
            ThreadPoolExecutor(1, "planning") as executor,
        ):
            # The statements are written while the server copies its template.
            planned = executor.submit(_plan, site.version)
            ensure_roles(site)
            staging = make_staging(site)
            definition, statements = planned.result()
        with site.engine.session(staging, site.credentials) as session:
            with run.step("apply_ddl", is_proof=False):
                if site.access is not None:
                    # Before there are tables, so that each is made with its privileges.
                    session.grant(site.access.groups)
                total = max(len(statements), 1)
                session.apply(
                    statements,
                    lambda done: run.progress(
                        f"{done} of {total} statements applied.", fraction=done / total
                    ),
                )
            with run.step("verify_database", is_proof=False):
                found = session.introspect()
                live = canonical(found.definition)
                _prove_equal(canonical(session.normalise(definition)), live, found.unknown)
        publish(
            site,
            run,
            self.ports,
            may_lose_rows=bool(site.job.arguments.get(ALLOW_DATA_LOSS)),
            reason="before_regenerate",
        )
        return self._record(site.database, site.version.number, live)

    def _published(self, site: Site) -> Database:
        """Read again what an earlier attempt, or this one, has put in place."""
        marker = Marker.read(site.engine.marker(site.database.name))
        with site.engine.session(site.database.name, site.credentials) as session:
            found = session.introspect()
        number = site.version.number if marker is None else marker.version_number
        return self._record(site.database, number, canonical(found.definition))

    def _record(self, database: Database, number: int, live: Definition) -> Database:
        return replace(
            database,
            state=DatabaseState.READY,
            version_number=number,
            live_fingerprint=canonical_fingerprint(live),
            table_count=len(live.tables),
            checked_at=self.ports.clock.now(),
        )

    def _outcome(self, job: Job, database: Database) -> Outcome[Store]:
        status = _status_after(job)

        def record(store: Store) -> None:
            # The schema's row first, as everybody who changes both does.
            store.schemas.set_status(job.schema_id, status, self.ports.clock.now())
            store.databases.put(database)
            if job.kind is not JobKind.CREATE:
                forget_set_aside(store, job.schema_id, self.ports.clock)

        return Outcome(
            result={
                "databaseName": database.name,
                "tableCount": database.table_count,
                "versionNumber": database.version_number,
                "backupId": backup_taken(job, self.ports),
            },
            record=record,
        )


def no_id() -> str:
    """Refuse to make an id: stored documents have all of theirs."""
    raise AssertionError


def _plan(version: SchemaVersion) -> tuple[Definition, tuple[Statement, ...]]:
    """Return the definition of a version with the statements that make it."""
    definition = _definition(version)
    return definition, creation_statements(definition)


def _definition(version: SchemaVersion) -> Definition:
    return read_document(version.document, make_id=no_id).definition


def _status_after(job: Job) -> SchemaStatus:
    if job.kind is JobKind.CREATE:
        return SchemaStatus.CREATED
    if ONLY_IF_BEHIND in job.arguments:
        return SchemaStatus.UPDATED
    return SchemaStatus.REGENERATED


def _is_up_to_date(site: Site) -> bool:
    return (
        site.database.state is DatabaseState.READY
        and site.database.version_number == site.version.number
    )


def _prove_equal(wanted: Definition, live: Definition, unknown: Iterable[UnknownObject]) -> None:
    """Compare canonical forms; most often they are equal, and nothing has to be put in words."""
    differing = () if wanted == live else differences(wanted, live)
    differing += tuple(f"unexpected {thing.kind} {thing.name}" for thing in unknown)
    if differing:
        raise DatabaseDiffersError(differences=differing)
