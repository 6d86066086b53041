"""Storing a new version of a schema and asking for its database to follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

from core.clock import Clock
from core.databases.credentials import credentials_of
from core.databases.errors import DataWouldBeLostError
from core.databases.losses import ALLOW_ALL
from core.databases.migration import Migration, MigrationState
from core.databases.migration_arguments import ALLOW_LOSS, MIGRATION_ID, TO_VERSION
from core.databases.model import Database, DatabaseState
from core.databases.planning_edits import PlanEdit
from core.databases.provisioning import ONLY_IF_BEHIND, no_id
from core.databases.replacing import what_would_go
from core.databases.servers import Servers
from core.definition.document import Document, read_document, write_document
from core.definition.fingerprint import layout_fingerprint, structure_fingerprint
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.quotas.admitting import Admission
from core.schemas.adoption import adopt_ids
from core.schemas.checking import check_document
from core.schemas.creating import make_id
from core.schemas.errors import (
    EditCollisionError,
    RestoreUnderWayError,
    RevertUnderWayError,
    SchemaNotFoundError,
    VersionStaleError,
)
from core.schemas.model import Schema, SchemaStatus, SchemaVersion
from core.schemas.store import OpenStore, Store
from core.schemas.versions import next_label
from core.schemas.view import BeforeCommit, SchemaView, nothing
from core.secrets import SecretBox

MOST_RACES = 5
"""How often an edit that named no version is made on what others wrote meanwhile."""

READ_ONLY_KEYS = frozenset(
    {
        "id",
        "databaseName",
        "status",
        "version",
        "versionNumber",
        "createdAt",
        "updatedAt",
        "job",
        "links",
    }
)
"""What a client that sends a whole schema back, as it was read, cannot change thereby."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSchema:
    """Stores the next version and, when the structure changed, queues the database's change.

    The change happens in place and keeps the rows. It is planned first, so that what would lose
    values or fail on rows is refused at once.
    """

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    plan: PlanEdit
    """Plans the change of the database."""
    admission: Admission
    """Says whether there is room."""

    def __call__(
        self,
        schema_id: str,
        raw: object,
        *,
        owner: str,
        author: str | None = None,
        if_version: int | None = None,
        allow_data_loss: bool = False,
        allow_loss: Sequence[str] = (),
        message: str = "",
        request_id: str | None = None,
        before_commit: BeforeCommit = nothing,
    ) -> SchemaView:
        """Check the document, plan the change of the database, store the version, queue the job.

        A document that changes nothing makes no version.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            InvalidDocumentError: the document has not the form of one.
            InvalidDefinitionError: it breaks rules.
            VersionStaleError: `if_version` is not the newest version any more.
            DuplicateNameError: the owner has another living schema of that name.
            RestoreUnderWayError: a restore decides what the next version is.
            RevertUnderWayError: a revert does.
            ValuesWouldBeLostError: values would go, and nobody allowed that.
            RowsDoNotFitError: rows are in the way of the new structure.
            DatabaseDriftedError: the database is not what its version says.
            PlanRefusedError: the schema's lint policy blocks the change.
            PlanBlockedError: something outside the definition is in the way of the change.
            ServerUnavailableError: only the rows could tell whether something would be lost, and
                the server does not answer.
            QuotaExceededError: the document is too long, or too many of the workspace's jobs wait.
            QueueFullError: as many jobs wait in all as there is room for.
            EditCollisionError: without `if_version`, others were quicker again and again.
        """
        edit = partial(
            self._edit,
            schema_id,
            raw,
            owner=owner,
            author=author or owner,
            if_version=if_version,
            allowed=(ALLOW_ALL,) if allow_data_loss else tuple(allow_loss),
            message=message,
            request_id=request_id,
            before_commit=before_commit,
        )
        if if_version is not None:
            return edit()
        # Who named no version wants to win against whatever was there, the last in the row too.
        for _ in range(MOST_RACES):
            try:
                return edit()
            except VersionStaleError:
                continue
        raise EditCollisionError(schema_id=schema_id)

    def _edit(
        self,
        schema_id: str,
        raw: object,
        *,
        owner: str,
        author: str,
        if_version: int | None,
        allowed: tuple[str, ...],
        message: str,
        request_id: str | None,
        before_commit: BeforeCommit,
    ) -> SchemaView:
        schema, previous, database = self._read(schema_id, owner)
        _check_version(schema, if_version)
        raw = adopt_ids(without_read_only_keys(raw), previous.document)
        document = check_document(raw, make_id=make_id).document
        is_structural = structure_fingerprint(document.definition) != previous.structure_fingerprint
        version = (
            None
            if write_document(document) == previous.document
            else next_version(previous, document, author=author, message=message, clock=self.clock)
        )
        migration: Migration | None = None
        if is_structural and version is not None and database is not None:
            migration = self.plan(database, document.definition, version=version, allowed=allowed)
        with self.open_store() as store:
            schema = self._lock(store, schema_id, owner, expected=schema.version_number)
            if version is None:
                return SchemaView(
                    schema=schema,
                    document=previous.document,
                    job=store.jobs.latest_of_schema(schema_id),
                )
            refuse_during_restore(store.jobs.unfinished_of_schema(schema_id))
            store.versions.add(version)
            schema = store.schemas.save(
                replace(
                    schema,
                    name=document.name,
                    description=document.description,
                    version_number=version.number,
                    version=version.label,
                    table_count=len(document.definition.tables),
                    status=SchemaStatus.UPDATING if is_structural else schema.status,
                    updated_at=version.created_at,
                )
            )
            job = store.jobs.latest_of_schema(schema_id)
            if is_structural:
                job = self._queue(store, schema, migration, allowed, request_id)
            else:
                _follow(store, schema, previous.number)
            view = SchemaView(schema=schema, document=version.document, job=job)
            self.admission.admit_document(store, owner, version.document)
            if is_structural:
                self.admission.admit_job(store, owner)
            before_commit(store, view)
            store.commit()
        if job is not None and is_structural:
            announce_new(job, announcer=self.announcer)
        return view

    def _read(self, schema_id: str, owner: str) -> tuple[Schema, SchemaVersion, Database | None]:
        with self.open_store() as store:
            schema = store.schemas.get(schema_id, owner=owner)
            previous = (
                None if schema is None else store.versions.get(schema_id, schema.version_number)
            )
            database = store.databases.get(schema_id)
        if schema is None or previous is None:
            raise SchemaNotFoundError(schema_id=schema_id)
        return schema, previous, database

    def _lock(self, store: Store, schema_id: str, owner: str, *, expected: int) -> Schema:
        schema = store.schemas.get_for_update(schema_id, owner=owner)
        if schema is None or schema.deleted_at is not None:
            raise SchemaNotFoundError(schema_id=schema_id)
        _check_version(schema, expected)
        return schema

    def _queue(
        self,
        store: Store,
        schema: Schema,
        migration: Migration | None,
        allowed: tuple[str, ...],
        request_id: str | None,
    ) -> Job:
        arguments: dict[str, Any] = {
            TO_VERSION: schema.version_number,
            ALLOW_LOSS: list(allowed),
            ONLY_IF_BEHIND: True,
        }
        if migration is not None:
            arguments[MIGRATION_ID] = migration.id
        job = store.jobs.add(
            NewJob(
                id=JobId(str(uuid4())),
                kind=JobKind.MIGRATE,
                owner=schema.owner,
                schema_id=schema.id,
                arguments=arguments,
                created_at=self.clock.now(),
                request_id=request_id,
            )
        )
        if migration is not None:
            store.migrations.put(replace(migration, state=MigrationState.APPLYING, job_id=job.id))
        return job


def next_version(
    newest: SchemaVersion, document: Document, *, author: str, message: str, clock: Clock
) -> SchemaVersion:
    """Return the version that follows the newest one."""
    before = read_document(newest.document, make_id=no_id).definition
    return SchemaVersion(
        schema_id=newest.schema_id,
        number=newest.number + 1,
        label=next_label(newest.label, before, document.definition),
        document=write_document(document),
        structure_fingerprint=structure_fingerprint(document.definition),
        layout_fingerprint=layout_fingerprint(document.definition),
        author=author,
        message=message,
        created_at=clock.now(),
    )


def refuse_loss(database: Database, *, servers: Servers, secrets: SecretBox) -> None:
    """Look whether making a live database anew would lose something; a missing one loses nothing.

    The job looks again, under a lock; this look is for an answer at once.

    Raises:
        DataWouldBeLostError: it holds rows, or things that no definition knows.
        ServerUnavailableError: the server does not answer.
    """
    if database.state is not DatabaseState.READY:
        return
    engine = servers.engine(database.server_id, application_name="schema_builder:web")
    try:
        if engine.marker(database.name) is None:
            return
        with engine.session(database.name, credentials_of(database, secrets)) as session:
            losses = what_would_go(session)
    finally:
        engine.close()
    if losses:
        raise DataWouldBeLostError(losses=losses)


def refuse_during_restore(unfinished: Sequence[Job]) -> None:
    """Let nothing decide on versions or databases while a restore or a revert does.

    Raises:
        RestoreUnderWayError: a restore is queued or running.
        RevertUnderWayError: a revert is.
    """
    for job in unfinished:
        if job.kind is JobKind.RESTORE:
            raise RestoreUnderWayError(job_id=job.id)
        if job.kind is JobKind.REVERT:
            raise RevertUnderWayError(job_id=job.id)


def without_read_only_keys(raw: object) -> object:
    """Leave out what a client that sends a whole schema back cannot change thereby."""
    if not isinstance(raw, dict):
        return raw
    return {key: part for key, part in raw.items() if key not in READ_ONLY_KEYS}


def _check_version(schema: Schema, expected: int | None) -> None:
    if expected is not None and schema.version_number != expected:
        raise VersionStaleError(expected=expected, found=schema.version_number)


def _follow(store: Store, schema: Schema, previous_number: int) -> None:
    """Let the database count as following a version that changed no structure."""
    database = store.databases.get(schema.id)
    if database is not None and database.version_number == previous_number:
        store.databases.put(replace(database, version_number=schema.version_number))
