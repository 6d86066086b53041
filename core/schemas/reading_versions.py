"""Reading the versions of a schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.databases.migration_errors import VersionNotFoundError
from core.schemas.model import SchemaVersion
from core.schemas.reading import living_schema
from core.schemas.repository import VersionHead
from core.schemas.store import OpenStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVersions:
    """Answers questions about the versions of schemas; changes nothing."""

    open_store: OpenStore
    """Begins a unit of work."""

    def list_page(
        self, schema_id: str, *, owner: str, page: int, limit: int
    ) -> tuple[Sequence[VersionHead], int]:
        """Return one page of versions, newest first, and the number of all.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            return store.versions.list_page(schema_id, page=page, limit=limit)

    def get(self, schema_id: str, number: int, *, owner: str) -> SchemaVersion:
        """Return one version with its document.

        Raises:
            SchemaNotFoundError: there is no such schema for this owner.
            VersionNotFoundError: it has no such version.
        """
        with self.open_store() as store:
            living_schema(store, schema_id, owner)
            version = store.versions.get(schema_id, number)
        if version is None:
            raise VersionNotFoundError(number=number)
        return version
