"""Making what is live the next version of a schema, without changing the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.databases.drift import DetectDrift, Drift
from core.databases.drift_record import DriftRecord, DriftState
from core.databases.errors import DatabaseAbsentError
from core.databases.model import DatabaseState
from core.databases.provisioning import no_id
from core.definition.canonical import canonical
from core.definition.document import Document, read_document, write_document
from core.definition.fingerprint import (
    canonical_fingerprint,
    layout_fingerprint,
    structure_fingerprint,
)
from core.errors import ConflictError
from core.planning.taking_over import take_over
from core.quotas.admitting import Admission
from core.schemas.checking import check_document
from core.schemas.comparing import Rename, definition_of
from core.schemas.creating import make_id
from core.schemas.errors import SchemaNotFoundError, VersionStaleError
from core.schemas.model import SchemaStatus, SchemaVersion
from core.schemas.store import Store
from core.schemas.versions import next_label
from core.schemas.view import BeforeCommit, SchemaView, nothing


class DatabaseBusyError(ConflictError):
    """A job is about to change the database, or does so now."""

    code = "DATABASE_BUSY"

    def __init__(self, *, job_id: str) -> None:
        super().__init__(
            f"The job {job_id} works on this database.",
            hint="Wait for it to end, or cancel it, and try again.",
        )


class NothingDriftedError(ConflictError):
    """The live database is what its version says."""

    code = "NOTHING_DRIFTED"

    def __init__(self) -> None:
        super().__init__("The database is what its version says: there is nothing to adopt.")


class VersionAheadError(ConflictError):
    """The schema has a newer version than the one that the database follows."""

    code = "VERSION_AHEAD"

    def __init__(self, *, newest: int, followed: int) -> None:
        super().__init__(
            f"The database follows version number {followed}, and the schema is at {newest}.",
            hint="Restore that version, or migrate the database, before adopting what is live.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptDrift:
    """Stores what is live as the next version; the database then follows it."""

    detect: DetectDrift
    """Finds what is live."""
    admission: Admission
    """Says whether there is room."""

    def __call__(
        self,
        schema_id: str,
        *,
        owner: str,
        author: str | None = None,
        renames: Sequence[Rename] = (),
        message: str = "",
        before_commit: BeforeCommit = nothing,
    ) -> SchemaView:
        """Adopt the live state, with the renames that are confirmed.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            DatabaseAbsentError: it has no database at present.
            ServerUnavailableError: the server does not answer.
            RenameNotSuggestedError: a rename was confirmed that nobody suggested.
            NothingDriftedError: there is nothing to adopt.
            InvalidDefinitionError: what is live breaks rules of ours.
            VersionAheadError: the schema has a version that the database does not follow yet.
            DatabaseBusyError: a job works on the database.
            VersionStaleError: somebody stored a version meanwhile.
            QuotaExceededError: what is live makes a longer document than there may be.
        """
        drift = self.detect(schema_id, owner=owner, renames=renames)
        if drift.state is DriftState.NONE:
            raise NothingDriftedError
        document = _document(drift)
        with self.detect.open_store() as store:
            view = self._store(
                store, drift, document, owner=owner, author=author or owner, message=message
            )
            before_commit(store, view)
            store.commit()
        return view

    def _store(
        self,
        store: Store,
        drift: Drift,
        document: Document,
        *,
        owner: str,
        author: str,
        message: str,
    ) -> SchemaView:
        schema = store.schemas.get_for_update(drift.schema_id, owner=owner)
        if schema is None or schema.deleted_at is not None:
            raise SchemaNotFoundError(schema_id=drift.schema_id)
        for job in store.jobs.unfinished_of_schema(schema.id):
            raise DatabaseBusyError(job_id=job.id)
        database = store.databases.get(schema.id)
        if database is None or database.state is not DatabaseState.READY:
            raise DatabaseAbsentError(schema_id=schema.id)
        if database.version_number != drift.database.version_number:
            raise VersionStaleError(expected=drift.version.number, found=schema.version_number)
        if schema.version_number != drift.version.number:
            raise VersionAheadError(newest=schema.version_number, followed=drift.version.number)
        now = self.detect.clock.now()
        written = write_document(document)
        version = SchemaVersion(
            schema_id=schema.id,
            number=schema.version_number + 1,
            label=next_label(
                drift.version.label, definition_of(drift.version), document.definition
            ),
            document=written,
            structure_fingerprint=structure_fingerprint(document.definition),
            layout_fingerprint=layout_fingerprint(document.definition),
            author=author,
            message=message or "Adopted from the live database",
            created_at=now,
        )
        self.admission.admit_document(store, owner, written)
        store.versions.add(version)
        schema = store.schemas.save(
            replace(
                schema,
                version_number=version.number,
                version=version.label,
                table_count=len(document.definition.tables),
                status=SchemaStatus.UPDATED,
                updated_at=now,
            )
        )
        store.databases.put(
            replace(
                database,
                version_number=version.number,
                live_fingerprint=canonical_fingerprint(canonical(drift.found)),
                table_count=len(document.definition.tables),
                checked_at=drift.checked_at,
            )
        )
        store.drift.put(
            DriftRecord(
                schema_id=schema.id,
                state=DriftState.NONE,
                checked_at=drift.checked_at,
                report=None,
            )
        )
        return SchemaView(
            schema=schema, document=written, job=store.jobs.latest_of_schema(schema.id)
        )


def _document(drift: Drift) -> Document:
    """Return what is live as a document, kept by the same rules as one that was sent."""
    stored = read_document(drift.version.document, make_id=no_id)
    document = replace(stored, definition=take_over(drift.live, stored.definition, make_id=make_id))
    return check_document(write_document(document), make_id=make_id).document
