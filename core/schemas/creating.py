"""Storing a new schema and asking for its database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from core.clock import Clock
from core.definition.document import write_document
from core.definition.fingerprint import layout_fingerprint, structure_fingerprint
from core.jobs.model import JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.quotas.admitting import Admission
from core.quotas.model import Quota
from core.schemas.checking import check_document
from core.schemas.model import Schema, SchemaStatus, SchemaVersion, database_name_of
from core.schemas.store import OpenStore
from core.schemas.versions import FIRST_LABEL
from core.schemas.view import BeforeCommit, SchemaView, nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema:
    """Stores version 1.0 of a schema and queues its `create` job, in one transaction."""

    open_store: OpenStore
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    clock: Clock
    """Tells the time."""
    admission: Admission
    """Says whether there is room."""

    def __call__(
        self,
        raw: object,
        *,
        owner: str,
        author: str | None = None,
        labels: Mapping[str, str] | None = None,
        request_id: str | None = None,
        before_commit: BeforeCommit = nothing,
    ) -> SchemaView:
        """Check the document, store it, queue the job, announce it.

        Args:
            raw: What was sent.
            owner: Whose schema it is going to be.
            author: Who asks; without it, the workspace itself.
            labels: What the server must have that the database is put on.
            request_id: The request that asks for it.
            before_commit: Called in the transaction.

        Raises:
            InvalidDocumentError: the document has not the form of one.
            InvalidDefinitionError: it breaks rules.
            DuplicateNameError: the owner has a living schema of that name.
            QuotaExceededError: the workspace has as much as it may have.
            QueueFullError: as many jobs wait in all as there is room for.
        """
        checked = check_document(raw, make_id=make_id)
        document = checked.document
        now = self.clock.now()
        schema_id = str(uuid4())
        schema = Schema(
            id=schema_id,
            owner=owner,
            name=document.name,
            description=document.description,
            status=SchemaStatus.CREATING,
            version_number=1,
            version=FIRST_LABEL,
            table_count=len(document.definition.tables),
            database_name=database_name_of(schema_id),
            revision=1,
            created_at=now,
            updated_at=now,
        )
        version = SchemaVersion(
            schema_id=schema_id,
            number=1,
            label=FIRST_LABEL,
            document=write_document(document),
            structure_fingerprint=structure_fingerprint(document.definition),
            layout_fingerprint=layout_fingerprint(document.definition),
            author=author or owner,
            message="",
            created_at=now,
        )
        with self.open_store() as store:
            store.schemas.add(schema)
            store.versions.add(version)
            if labels:
                store.registrations.want_labels(schema_id, labels)
            job = store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.CREATE,
                    owner=owner,
                    schema_id=schema_id,
                    arguments={},
                    created_at=now,
                    request_id=request_id,
                )
            )
            view = SchemaView(schema=schema, document=version.document, job=job)
            self.admission.admit_document(store, owner, version.document)
            self.admission.admit_job(store, owner, Quota.DATABASES, Quota.DATABASE_BYTES)
            before_commit(store, view)
            store.commit()
        announce_new(job, announcer=self.announcer)
        return view


def make_id() -> str:
    """Return a new id for a thing in a document that has none."""
    return str(uuid4())
