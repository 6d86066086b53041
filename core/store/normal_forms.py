"""How servers write definitions, in the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.clock import Clock
from core.databases.normal_form_repository import NormalFormRepository
from core.store import tables


class SqlNormalFormRepository(NormalFormRepository):
    """What is remembered of definitions as servers write them."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @override
    def get(self, structure_fingerprint: str, server_major: int) -> Mapping[str, Any] | None:
        """Return the remembered document, or None."""
        table = tables.normal_forms
        statement = select(table.c.document).where(
            table.c.structure_fingerprint == structure_fingerprint,
            table.c.server_major == server_major,
        )
        found: Mapping[str, Any] | None = self._connection.execute(statement).scalar_one_or_none()
        return found

    @override
    def put(
        self, structure_fingerprint: str, server_major: int, document: Mapping[str, Any]
    ) -> None:
        """Remember a document; one that is remembered already stays."""
        self._connection.execute(
            insert(tables.normal_forms)
            .values(
                structure_fingerprint=structure_fingerprint,
                server_major=server_major,
                document=dict(document),
                created_at=self._clock.now(),
            )
            .on_conflict_do_nothing()
        )
