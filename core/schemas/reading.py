"""Reading schemas: one, many, as SQL, and what the rules say of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.databases.provisioning import no_id
from core.definition.document import Document, read_document
from core.formats.sql import export_sql
from core.jobs.model import Job
from core.schemas.errors import SchemaNotFoundError
from core.schemas.model import Schema, SchemaStatus
from core.schemas.repository import SchemaSort
from core.schemas.store import OpenStore, Store
from core.schemas.view import SchemaView
from core.validation import Analysis, Diagnostic, analyse, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSchemas:
    """Answers questions about schemas; changes nothing."""

    open_store: OpenStore
    """Begins a unit of work."""

    def get(self, schema_id: str, *, owner: str) -> SchemaView:
        """Return a schema with its document and newest job.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            version = store.versions.get(schema_id, schema.version_number)
            if version is None:
                raise SchemaNotFoundError(schema_id=schema_id)
            return SchemaView(
                schema=schema,
                document=version.document,
                job=store.jobs.latest_of_schema(schema_id),
            )

    def head(self, schema_id: str, *, owner: str) -> tuple[Schema, Job | None]:
        """Return a schema with its newest job, but without its document.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            schema = living_schema(store, schema_id, owner)
            return schema, store.jobs.latest_of_schema(schema_id)

    def document(self, schema_id: str, number: int) -> Mapping[str, Any]:
        """Return the document of one version, which never changes.

        Raises:
            SchemaNotFoundError: there is no such version.
        """
        with self.open_store() as store:
            version = store.versions.get(schema_id, number)
        if version is None:
            raise SchemaNotFoundError(schema_id=schema_id)
        return version.document

    def list_page(
        self,
        owner: str,
        *,
        search: str | None = None,
        status: SchemaStatus | None = None,
        sort: SchemaSort = SchemaSort.NEWEST,
        page: int = 1,
        limit: int = 10,
    ) -> tuple[Sequence[Schema], int]:
        """Return one page of the owner's schemas and the number of all that match."""
        with self.open_store() as store:
            return store.schemas.list_page(
                owner, search=search, status=status, sort=sort, page=page, limit=limit
            )

    def export_sql(self, schema_id: str, number: int) -> str:
        """Return the SQL that makes one version, which never changes, to be run with `psql`.

        Raises:
            SchemaNotFoundError: there is no such version.
        """
        document = read_document(self.document(schema_id, number), make_id=no_id)
        return export_sql(document.definition, title=document.name)

    def analyse(self, schema_id: str, *, owner: str) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        """Return measures of the newest version and every diagnostic, warnings included."""
        definition = self._document(schema_id, owner).definition
        return analyse(definition), validate(definition)

    def _document(self, schema_id: str, owner: str) -> Document:
        return read_document(self.get(schema_id, owner=owner).document, make_id=no_id)


def living_schema(store: Store, schema_id: str, owner: str) -> Schema:
    """Return the owner's living schema.

    Raises:
        SchemaNotFoundError: there is none of that id.
    """
    schema = store.schemas.get(schema_id, owner=owner)
    if schema is None:
        raise SchemaNotFoundError(schema_id=schema_id)
    return schema
