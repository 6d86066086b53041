"""Versions in the store."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select
from typing_extensions import override

from core.schemas.model import SchemaVersion
from core.schemas.repository import VersionRepository
from core.store import tables
from core.store.identifiers import is_id


class SqlVersionRepository(VersionRepository):
    """Collection-like access to versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, version: SchemaVersion) -> None:
        """Record a version."""
        self._connection.execute(
            insert(tables.versions).values(
                schema_id=version.schema_id,
                number=version.number,
                label=version.label,
                document=dict(version.document),
                structure_fingerprint=version.structure_fingerprint,
                layout_fingerprint=version.layout_fingerprint,
                author=version.author,
                message=version.message,
                created_at=version.created_at,
            )
        )

    @override
    def get(self, schema_id: str, number: int) -> SchemaVersion | None:
        """Return that version, or None."""
        if not is_id(schema_id):
            return None
        table = tables.versions
        statement = select(table).where(table.c.schema_id == schema_id, table.c.number == number)
        row = self._connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        return SchemaVersion(
            schema_id=row["schema_id"],
            number=row["number"],
            label=row["label"],
            document=row["document"],
            structure_fingerprint=row["structure_fingerprint"],
            layout_fingerprint=row["layout_fingerprint"],
            author=row["author"],
            message=row["message"],
            created_at=row["created_at"],
        )
