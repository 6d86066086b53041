"""Every secret of the store, wherever it is, so that none keeps an old key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select, update
from typing_extensions import override

from core.access.reencrypting import StoredSecret, StoredSecretRepository
from core.store import tables
from core.store.credential_tables import credentials
from core.store.server_tables import registrations

_PLACES: Mapping[str, tuple[Table, Column[Any], Column[Any]]] = {
    f"{table.name}.{secret}": (table, table.c[key], table.c[secret])
    for table, key, secret in (
        (tables.databases, "schema_id", "encrypted_password"),
        (credentials, "id", "encrypted_password"),
        (registrations, "server_id", "encrypted_url"),
        (tables.webhooks, "id", "encrypted_secret"),
    )
}
"""Table, key and secret of each place; a test finds a column that is missing here."""


class SqlStoredSecretRepository(StoredSecretRepository):
    """All secrets of the store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def places(self) -> Sequence[str]:
        """Return the places where there are secrets."""
        return tuple(_PLACES)

    @override
    def list_after(
        self, place: str, id_: str | None, *, except_version: str, limit: int
    ) -> Sequence[StoredSecret]:
        """Return secrets of one place with another key than this, by id, from after an id on."""
        _, key, secret = _PLACES[place]
        statement = (
            select(key, secret)
            .where(~secret.startswith(f"{except_version}:", autoescape=True))
            .order_by(key)
            .limit(limit)
        )
        if id_ is not None:
            statement = statement.where(key > id_)
        rows = self._connection.execute(statement)
        return [StoredSecret(place=place, id=row[0], secret=row[1]) for row in rows]

    @override
    def replace(self, stored: StoredSecret, secret: str) -> bool:
        """Replace a secret if it is still the one that was read; tell whether it was."""
        table, key, column = _PLACES[stored.place]
        statement = (
            update(table)
            .where(key == stored.id, column == stored.secret)
            .values({column.name: secret})
        )
        return bool(self._connection.execute(statement).rowcount)

    @override
    def count_by_version(self) -> Mapping[str, int]:
        """Return how many secrets there are by the version of their key."""
        found: dict[str, int] = {}
        for table, _, secret in _PLACES.values():
            version = func.split_part(secret, ":", 1)
            statement = (
                select(version, func.count())
                .select_from(table)
                .where(secret.is_not(None))
                .group_by(version)
            )
            for name, count in self._connection.execute(statement):
                found[name] = found.get(name, 0) + count
        return found
