"""Use cases around stored plans: list, read, discard, apply and take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from core.clock import Clock
from core.databases.assessing import Assessment, Wish
from core.databases.errors import DatabaseAbsentError
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
    MigrationNotFoundError,
    MigrationStateError,
    PlanOutdatedError,
    RevertRefusedError,
)
from core.databases.model import DatabaseState
from core.databases.planning_migrations import PlanMigration, version_of
from core.databases.provisioning import ONLY_IF_BEHIND, no_id
from core.definition.document import read_document
from core.dialects.moves import Reversibility
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.planning.codec import plan_from_json
from core.quotas.admitting import Admission
from core.schemas.editing import next_version, refuse_during_restore
from core.schemas.model import Schema, SchemaStatus
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrations:
    """Reads stored plans, and queues what is to become of them."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    plan: PlanMigration
    """Plans, and connects to databases."""
    admission: Admission
    """Says whether there is room."""

    def get(self, schema_id: str, migration_id: str, *, owner: str) -> Migration:
        """Return a migration.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            MigrationNotFoundError: it has no such migration.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            return _migration(store, schema_id, migration_id)

    def list_page(
        self, schema_id: str, *, owner: str, page: int = 1, limit: int = 10
    ) -> tuple[Sequence[Migration], int]:
        """Return one page, newest first, and the number of all.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            return store.migrations.list_page(schema_id, page=page, limit=limit)

    def discard(self, schema_id: str, migration_id: str, *, owner: str) -> Migration:
        """Give up a plan that is not in effect.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            MigrationNotFoundError: it has no such migration.
            MigrationStateError: it is in effect, or was.
        """
        with self.open_store() as store:
            _lock(store, schema_id, owner)
            migration = _migration(store, schema_id, migration_id)
            _expect(migration, MigrationState.PLANNED, MigrationState.FAILED)
            migration = replace(migration, state=MigrationState.DISCARDED)
            store.migrations.put(migration)
            store.commit()
        return migration

    def apply(
        self,
        schema_id: str,
        migration_id: str,
        *,
        owner: str,
        allow_loss: Sequence[str] = (),
        rehearse: str | None = None,
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Queue the job that runs a plan; its document, if it has one, becomes the next version.

        Args:
            schema_id: The schema.
            migration_id: The plan.
            owner: Who asks.
            allow_loss: What may lose values, beside what was allowed when it was planned.
            rehearse: `structure` or `data` for a rehearsal first.
            request_id: The HTTP request that asks.
            before_commit: Called inside the transaction, with the job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            MigrationNotFoundError: it has no such migration.
            MigrationStateError: it was applied or discarded.
            PlanOutdatedError: it is for another state of database or schema.
            ValuesWouldBeLostError: values would go that nobody allowed to go.
            RowsDoNotFitError: rows are in the way.
            PlanRefusedError: the schema's policy blocks it.
            RestoreUnderWayError: a restore decides what comes next.
            QuotaExceededError: the document is too long, or too many of the workspace's jobs wait.
            QueueFullError: as many jobs wait in all as there is room for.
        """
        migration = self.get(schema_id, migration_id, owner=owner)
        _expect(migration, MigrationState.PLANNED, MigrationState.FAILED)
        allowed = tuple(dict.fromkeys((*migration.allowed_losses, *allow_loss)))
        assessment = self._assess_again(migration, allowed)
        assessment.refuse()
        if not assessment.agrees_with(migration):
            raise PlanOutdatedError(migration_id=migration.id)
        now = self.clock.now()
        with self.open_store() as store:
            schema = _lock(store, schema_id, owner)
            refuse_during_restore(store.jobs.unfinished_of_schema(schema_id))
            migration = _migration(store, schema_id, migration_id)
            _expect(migration, MigrationState.PLANNED, MigrationState.FAILED)
            self._store_version(store, schema, migration)
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.MIGRATE,
                    owner=owner,
                    schema_id=schema_id,
                    arguments={
                        MIGRATION_ID: migration.id,
                        TO_VERSION: migration.to_version,
                        ALLOW_LOSS: list(allowed),
                        AS_PLANNED: True,
                        ONLY_IF_BEHIND: True,
                        REHEARSE: rehearse,
                        RENAMED_VALUES: _renamed_values(migration),
                    },
                    created_at=now,
                    request_id=request_id,
                )
            )
            store.migrations.put(
                replace(
                    migration,
                    state=MigrationState.APPLYING,
                    allowed_losses=allowed,
                    job_id=job.id,
                )
            )
            store.schemas.set_status(schema_id, SchemaStatus.UPDATING, now)
            self.admission.admit_job(store, owner)
            before_commit(store, job)
            store.commit()
        announce_new(job, announcer=self.announcer)
        return job

    def revert(
        self,
        schema_id: str,
        migration_id: str,
        *,
        owner: str,
        allow_loss: Sequence[str] = (),
        request_id: str | None = None,
        before_commit: Callable[[Store, Job], None] = nothing,
    ) -> Job:
        """Queue the job that takes the last applied migration back.

        Args:
            schema_id: The schema.
            migration_id: The migration.
            owner: Who asks.
            allow_loss: What may lose values that came since, by name; `*` for everything.
            request_id: The HTTP request that asks.
            before_commit: Called inside the transaction, with the job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            MigrationNotFoundError: it has no such migration.
            MigrationStateError: it is not in effect.
            DatabaseAbsentError: there is no database.
            RevertRefusedError: it is not the last one, another is under way, the database was
                changed since in another way, it cannot be taken back, or what it set aside
                is not kept any more.
            RestoreUnderWayError: a restore decides what comes next.
        """
        now = self.clock.now()
        with self.open_store() as store:
            _lock(store, schema_id, owner)
            unfinished = store.jobs.unfinished_of_schema(schema_id)
            refuse_during_restore(unfinished)
            migration = _migration(store, schema_id, migration_id)
            _expect(migration, MigrationState.APPLIED)
            if any(job.kind is JobKind.MIGRATE for job in unfinished):
                raise RevertRefusedError(
                    reason="another migration is under way",
                    hint="Wait for it to end, or cancel it, and try again.",
                )
            database = store.databases.get(schema_id)
            if database is None or database.state is not DatabaseState.READY:
                raise DatabaseAbsentError(schema_id=schema_id)
            latest = store.migrations.latest_applied(schema_id)
            if latest is None or latest.id != migration.id:
                raise RevertRefusedError(
                    reason="another migration was applied after it",
                    hint="Take back that one first.",
                )
            if database.live_fingerprint != migration.after_fingerprint:
                raise RevertRefusedError(
                    reason="the database is not in the state any more that it led to",
                    hint="Plan a migration to the older version.",
                )
            if plan_from_json(migration.plan).reversibility is Reversibility.IMPOSSIBLE:
                raise RevertRefusedError(
                    reason="its plan has no way back", hint="Restore the backup taken before it."
                )
            if migration.set_aside and (
                migration.set_aside_removed_at is not None
                or migration.set_aside_until is None
                or migration.set_aside_until <= now
            ):
                raise RevertRefusedError(
                    reason="the values that it set aside are not kept any more",
                    hint="Plan a migration to the older version for its structure alone, or restore"
                    " the backup taken before it for the values.",
                )
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.REVERT,
                    owner=owner,
                    schema_id=schema_id,
                    arguments={MIGRATION_ID: migration.id, ALLOW_LOSS: list(allow_loss)},
                    created_at=now,
                    request_id=request_id,
                )
            )
            store.migrations.put(
                replace(migration, state=MigrationState.REVERTING, revert_job_id=job.id)
            )
            store.schemas.set_status(schema_id, SchemaStatus.UPDATING, now)
            self.admission.admit_job(store, owner)
            before_commit(store, job)
            store.commit()
        announce_new(job, announcer=self.announcer)
        return job

    def _assess_again(self, migration: Migration, allowed: tuple[str, ...]) -> Assessment:
        """Look again what rows say to a plan, as they may have changed."""
        schema_id = migration.schema_id
        with self.open_store() as store:
            database = store.databases.get(schema_id)
            if database is None or database.state is not DatabaseState.READY:
                raise DatabaseAbsentError(schema_id=schema_id)
            is_behind = (database.version_number or 0) < migration.to_version
            if not is_behind or database.live_fingerprint != migration.before_fingerprint:
                raise PlanOutdatedError(migration_id=migration.id)
            stored = version_of(store, schema_id, database.version_number or 0)
            document = (
                migration.document or version_of(store, schema_id, migration.to_version).document
            )
        wish = Wish(
            migration_id=migration.id,
            stored=stored,
            definition=read_document(document, make_id=no_id).definition,
            to_version=migration.to_version,
            renamed_values=_renamed_values(migration),
            allowed=allowed,
            author=migration.author,
        )
        with self.plan.live.session(database) as session:
            return self.plan.assessor.assess(session, database, wish)

    def _store_version(self, store: Store, schema: Schema, migration: Migration) -> None:
        """Store the document of a plan as the next version, unless a first try did."""
        if migration.document is None:
            return
        known = store.versions.get(schema.id, migration.to_version)
        if known is not None and known.document == migration.document:
            return
        if migration.to_version != schema.version_number + 1:
            raise PlanOutdatedError(migration_id=migration.id)
        newest = version_of(store, schema.id, schema.version_number)
        document = read_document(migration.document, make_id=no_id)
        version = next_version(
            newest,
            document,
            author=migration.author,
            message=migration.note,
            clock=self.clock,
        )
        self.admission.admit_document(store, schema.owner, version.document)
        store.versions.add(version)
        store.schemas.save(
            replace(
                schema,
                name=document.name,
                description=document.description,
                version_number=version.number,
                version=version.label,
                table_count=len(document.definition.tables),
                updated_at=version.created_at,
            )
        )


def _lock(store: Store, schema_id: str, owner: str) -> Schema:
    living_schema(store, schema_id, owner)
    schema = store.schemas.get_for_update(schema_id, owner=owner)
    return living_schema(store, schema_id, owner) if schema is None else schema


def _migration(store: Store, schema_id: str, migration_id: str) -> Migration:
    migration = store.migrations.get(schema_id, migration_id)
    if migration is None:
        raise MigrationNotFoundError(migration_id=migration_id)
    return migration


def _expect(migration: Migration, *states: MigrationState) -> None:
    if migration.state not in states:
        raise MigrationStateError(
            migration_id=migration.id, state=migration.state, wanted=" or ".join(states)
        )


def _renamed_values(migration: Migration) -> Mapping[str, Mapping[str, str]]:
    """Return the labels of enums that a stored plan renames."""
    renamed: dict[str, Mapping[str, str]] = {}
    for change in plan_from_json(migration.plan).changes:
        pairs: Any = getattr(change, "renamed", ())
        if pairs:
            renamed[change.subject.id] = dict(pairs)
    return renamed
