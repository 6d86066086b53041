"""Managed databases and their servers in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.clock import Clock
from core.databases.model import Database, DatabaseState, Server
from core.databases.repository import DatabaseRepository, ServerRepository
from core.store import tables
from core.store.identifiers import is_id


class SqlDatabaseRepository(DatabaseRepository):
    """Collection-like access to databases."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str) -> Database | None:
        """Return the schema's database, or None."""
        if not is_id(schema_id):
            return None
        table = tables.databases
        statement = select(table).where(table.c.schema_id == schema_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _database(row)

    @override
    def put(self, database: Database) -> None:
        """Record it, or replace what is recorded for its schema, its password excepted.

        Whoever read the record before its password was replaced or encrypted anew must not bring
        the old one back.
        """
        values = {field.name: getattr(database, field.name) for field in fields(database)}
        table = tables.databases
        kept = {"schema_id", "encrypted_password"}
        self._connection.execute(
            insert(table)
            .values(values)
            .on_conflict_do_update(
                index_elements=[table.c.schema_id],
                set_={name: value for name, value in values.items() if name not in kept},
            )
        )

    @override
    def set_password(self, schema_id: str, encrypted_password: str) -> None:
        """Replace the password of the owner's role."""
        table = tables.databases
        self._connection.execute(
            update(table)
            .where(table.c.schema_id == schema_id)
            .values(encrypted_password=encrypted_password)
        )

    @override
    def remove(self, schema_id: str) -> None:
        """Forget the record of a database that was never made."""
        table = tables.databases
        self._connection.execute(delete(table).where(table.c.schema_id == schema_id))

    @override
    def places(self) -> Sequence[tuple[str, str, str]]:
        """Return server, schema and name of every database that is there, deleted schemas' too."""
        table = tables.databases
        statement = (
            select(table.c.server_id, table.c.schema_id, table.c.name)
            .where(table.c.state == DatabaseState.READY.value)
            .order_by(table.c.server_id, table.c.schema_id)
        )
        return [(row[0], row[1], row[2]) for row in self._connection.execute(statement)]

    @override
    def record_sizes(self, sizes: Mapping[str, int], now: datetime) -> None:
        """Record how many bytes databases take, by the ids of their schemas."""
        if not sizes:
            return
        table = tables.databases
        statement = (
            update(table)
            .where(table.c.schema_id == bindparam("schema"))
            .values(size_bytes=bindparam("size"), measured_at=now)
        )
        rows = [{"schema": schema_id, "size": size} for schema_id, size in sorted(sizes.items())]
        self._connection.execute(statement, rows)

    @override
    def of_living_schemas(self) -> Sequence[tuple[str, str, Database]]:
        """Return the databases of all living schemas, each with its owner and its name."""
        schemas = tables.schemas
        statement = (
            select(tables.databases, schemas.c.owner, schemas.c.name.label("schema_name"))
            .join(schemas, schemas.c.id == tables.databases.c.schema_id)
            .where(schemas.c.deleted_at.is_(None))
            .order_by(schemas.c.owner, schemas.c.name)
        )
        rows = self._connection.execute(statement).mappings()
        return [(row["owner"], row["schema_name"], _database(row)) for row in rows]


class SqlServerRepository(ServerRepository):
    """Collection-like access to servers."""

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    @override
    def get(self, server_id: str) -> Server | None:
        """Return the server, or None."""
        if not is_id(server_id):
            return None
        table = tables.servers
        statement = select(table).where(table.c.id == server_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _server(row)

    @override
    def put(self, server: Server) -> Server:
        """Record it by its system identifier; an address that changed is changed.

        Returns:
            The server as recorded, with the id it already had if it was known.
        """
        table = tables.servers
        values = {field.name: getattr(server, field.name) for field in fields(server)}
        kept = {"id", "system_identifier"}
        statement = (
            insert(table)
            .values(values | {"recorded_at": self._clock.now()})
            .on_conflict_do_update(
                index_elements=[table.c.system_identifier],
                set_={name: value for name, value in values.items() if name not in kept},
            )
            .returning(table)
        )
        return _server(self._connection.execute(statement).mappings().one())

    @override
    def list_all(self) -> Sequence[Server]:
        """Return all servers, first recorded first."""
        table = tables.servers
        statement = select(table).order_by(table.c.recorded_at, table.c.id)
        return [_server(row) for row in self._connection.execute(statement).mappings()]


def _database(row: RowMapping) -> Database:
    """Return the database that a row holds."""
    return Database(
        schema_id=row["schema_id"],
        server_id=row["server_id"],
        name=row["name"],
        owner_role=row["owner_role"],
        encrypted_password=row["encrypted_password"],
        state=DatabaseState(row["state"]),
        version_number=row["version_number"],
        live_fingerprint=row["live_fingerprint"],
        table_count=row["table_count"],
        checked_at=row["checked_at"],
    )


def _server(row: RowMapping) -> Server:
    """Return the server that a row holds."""
    return Server(
        id=row["id"],
        system_identifier=row["system_identifier"],
        host=row["host"],
        port=row["port"],
        version=row["version"],
        last_seen_at=row["last_seen_at"],
    )
