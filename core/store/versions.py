"""Versions in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from sqlalchemy import Connection, func, insert, select
from typing_extensions import override

from core.schemas.model import SchemaVersion
from core.schemas.repository import VersionHead, VersionRepository
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

    @override
    def number_of(self, schema_id: str, label: str) -> int | None:
        """Return the number of the version that is shown so, or None."""
        if not is_id(schema_id):
            return None
        table = tables.versions
        statement = select(table.c.number).where(
            table.c.schema_id == schema_id, table.c.label == label
        )
        return self._connection.execute(statement.order_by(table.c.number)).scalars().first()

    @override
    def list_page(
        self, schema_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[VersionHead], int]:
        """Return one page, newest first, and the number of all."""
        if not is_id(schema_id):
            return [], 0
        table = tables.versions
        names = [field.name for field in fields(VersionHead)]
        mine = table.c.schema_id == schema_id
        # Numbers run from 1 without a gap, so they are both the count and the places of pages.
        newest = select(func.coalesce(func.max(table.c.number), 0)).where(mine)
        total = self._connection.execute(newest).scalar_one()
        statement = (
            select(*(table.c[name] for name in names))
            .where(mine, table.c.number <= total - (page - 1) * limit)
            .order_by(table.c.number.desc())
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings().all()
        return [VersionHead(**row) for row in rows], total
