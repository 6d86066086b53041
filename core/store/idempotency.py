"""First answers to repeatable requests in the store."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.schemas.idempotency import (
    IdempotencyKeyTakenError,
    IdempotencyRecord,
    IdempotencyRepository,
)
from core.store import tables
from core.store.identifiers import is_storable

_KEYS = tables.idempotency_keys


class SqlIdempotencyRepository(IdempotencyRepository):
    """Collection-like access to first answers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, owner: str, route: str, key: str) -> IdempotencyRecord | None:
        """Return the record, or None."""
        if not is_storable(route) or not is_storable(key):
            return None
        statement = select(_KEYS).where(*_names(owner, route, key))
        row = self._connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        return IdempotencyRecord(
            owner=row["owner"],
            route=row["route"],
            key=row["key"],
            body_digest=row["body_digest"],
            status=row["status"],
            body=row["body"],
            created_at=row["created_at"],
        )

    @override
    def add(self, record: IdempotencyRecord) -> None:
        """Record the first request. Waits while another transaction holds the same key.

        Raises:
            IdempotencyKeyTakenError: another request with the key came first; the transaction
                can go on.
        """
        values = {field.name: getattr(record, field.name) for field in fields(record)}
        written = self._connection.execute(
            insert(_KEYS).values(values).on_conflict_do_nothing().returning(_KEYS.c.key)
        ).one_or_none()
        if written is None:
            raise IdempotencyKeyTakenError(key=record.key)

    @override
    def set_response(self, owner: str, route: str, key: str, status: int, body: str) -> None:
        """Record the answer."""
        self._connection.execute(
            update(_KEYS).where(*_names(owner, route, key)).values(status=status, body=body)
        )

    @override
    def purge(self, before: datetime, limit: int) -> int:
        """Forget records made before then; return how many."""
        place = tuple_(_KEYS.c.owner, _KEYS.c.route, _KEYS.c.key)
        old = (
            select(_KEYS.c.owner, _KEYS.c.route, _KEYS.c.key)
            .where(_KEYS.c.created_at < before)
            .order_by(_KEYS.c.created_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._connection.execute(delete(_KEYS).where(place.in_(old))).rowcount


def _names(owner: str, route: str, key: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that name one record."""
    return (_KEYS.c.owner == owner, _KEYS.c.route == route, _KEYS.c.key == key)
