"""The use case that makes a stored plan; what becomes of it is `stored_migrations`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from core.databases.assessing import Assessor, Wish
from core.databases.errors import DatabaseAbsentError
from core.databases.live import LiveDatabases
from core.databases.migration import Migration
from core.databases.migration_errors import (
    NothingToMigrateError,
    VersionNotFoundError,
)
from core.databases.model import DatabaseState
from core.databases.provisioning import no_id
from core.definition.document import read_document, write_document
from core.schemas.adoption import adopt_ids
from core.schemas.checking import check_document
from core.schemas.creating import make_id
from core.schemas.editing import without_read_only_keys
from core.schemas.model import SchemaVersion
from core.schemas.reading import living_schema
from core.schemas.store import OpenStore, Store
from core.schemas.view import nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMigration:
    """Plans how a schema's database gets to another definition; changes nothing but the record."""

    open_store: OpenStore
    """Begins a unit of work."""
    live: LiveDatabases
    """Opens sessions in databases."""
    assessor: Assessor
    """Makes plans."""

    def __call__(
        self,
        schema_id: str,
        *,
        owner: str,
        author: str | None = None,
        to_version: int | None = None,
        document: object | None = None,
        renamed_values: Mapping[str, Mapping[str, str]] | None = None,
        allow_loss: Sequence[str] = (),
        note: str = "",
        before_commit: Callable[[Store, Migration], None] = nothing,
    ) -> Migration:
        """Plan for a version that is stored, or for a document that becomes the next one.

        Without both, the newest version is meant. A version older than the one that the database
        follows is led to as a new version with the same document.

        Args:
            schema_id: The schema.
            owner: Whose schema it is.
            author: Who asks; without it, the workspace itself.
            to_version: The number of a stored version.
            document: Raw JSON of a document; things without ids take them over by name.
            renamed_values: By enum id, labels that were renamed: old to new.
            allow_loss: What may lose values, by name; `*` for everything.
            note: What the author says of it.
            before_commit: Called inside the transaction, with the migration.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            VersionNotFoundError: there is no such version.
            InvalidDocumentError: the document has not the form of one.
            InvalidDefinitionError: it breaks rules.
            DatabaseAbsentError: there is no database to change.
            DatabaseDriftedError: it is not what its version says.
            NothingToMigrateError: it follows that definition already.
            PlanBlockedError: something outside the definition is in the way.
        """
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            newest = version_of(store, schema_id, schema.version_number)
            database = store.databases.get(schema_id)
            if database is None or database.state is not DatabaseState.READY:
                raise DatabaseAbsentError(schema_id=schema_id)
            stored = version_of(store, schema_id, database.version_number or 0)
            wanted = newest if to_version is None else version_of(store, schema_id, to_version)
        if document is not None:
            raw = adopt_ids(without_read_only_keys(document), newest.document)
            target = check_document(raw, make_id=make_id).document
        else:
            target = read_document(wanted.document, make_id=no_id)
        is_new = document is not None or wanted.number < stored.number
        wish = Wish(
            migration_id=str(uuid4()),
            stored=stored,
            definition=target.definition,
            to_version=schema.version_number + 1 if is_new else wanted.number,
            document=write_document(target) if is_new else None,
            renamed_values=renamed_values or {},
            allowed=tuple(allow_loss),
            author=author or owner,
            note=note,
        )
        with self.live.session(database) as session:
            migration = self.assessor.assess(session, database, wish).migration
        if migration.before_fingerprint == migration.after_fingerprint:
            raise NothingToMigrateError
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            store.migrations.put(migration)
            before_commit(store, migration)
            store.commit()
        return migration


def version_of(store: Store, schema_id: str, number: int) -> SchemaVersion:
    """Return a version of a schema.

    Raises:
        VersionNotFoundError: there is none of that number.
    """
    version = store.versions.get(schema_id, number)
    if version is None:
        raise VersionNotFoundError(number=number)
    return version
