"""Registrations of servers in the store, and the labels that schemas ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg2 import errorcodes
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from core.databases.model import DatabaseState
from core.databases.registration import Capacity, Health, Registration, RegistrationRepository
from core.databases.server_errors import ServerNameTakenError
from core.store.identifiers import is_id
from core.store.server_tables import placements as PLACEMENTS  # noqa: N812 - a constant, as below
from core.store.server_tables import registrations as REGISTRATIONS  # noqa: N812
from core.store.tables import databases as DATABASES  # noqa: N812
from core.store.tables import schemas as SCHEMAS  # noqa: N812
from core.store.tables import servers as SERVERS  # noqa: N812

_UNDECIDED: dict[str, Any] = {
    "name": None,
    "encrypted_url": None,
    "labels": {},
    "most_databases": None,
    "most_bytes": None,
    "most_connections": None,
    "drained_at": None,
    "is_reachable": None,
    "unreachable_since": None,
    "hangs_since": None,
}
"""What is said of a server of which nobody decided anything."""


class SqlRegistrationRepository(RegistrationRepository):
    """Collection-like access to registrations; see the port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, server_id: str) -> Registration | None:
        """Return the registration of a server, or None."""
        if not is_id(server_id):
            return None
        statement = _registrations().where(SERVERS.c.id == server_id)
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _registration(row)

    @override
    def list_all(self) -> Sequence[Registration]:
        """Return all, first recorded first."""
        rows = self._connection.execute(_registrations()).mappings()
        return [_registration(row) for row in rows]

    @override
    def hold_all(self) -> Sequence[Registration]:
        """Return all, and let nobody place, drain or remove until this transaction ends."""
        # In one order, so that two do not wait for each other crosswise. Databases that are
        # recorded meanwhile only share the key, which this lock does not keep them from.
        self._connection.execute(
            select(SERVERS.c.id).order_by(SERVERS.c.id).with_for_update(key_share=True)
        )
        # Counted by a second statement, so that it sees what those did who had the lock before.
        return self.list_all()

    @override
    def put(self, registration: Registration) -> None:
        """Write what was decided of a server that is there: all but its health."""
        values = {
            "name": None if registration.name == registration.address else registration.name,
            "encrypted_url": registration.encrypted_url,
            "labels": dict(registration.labels),
            "most_databases": registration.capacity.databases,
            "most_bytes": registration.capacity.size_bytes,
            "most_connections": registration.capacity.connections,
            "drained_at": registration.drained_at,
            "removed_at": None,
        }
        try:
            with self._connection.begin_nested():
                self._put(registration.id, values)
        except IntegrityError as error:
            if getattr(error.orig, "pgcode", None) != errorcodes.UNIQUE_VIOLATION:
                raise
            raise ServerNameTakenError(name=registration.name) from error

    @override
    def remove(self, server_id: str, now: datetime) -> None:
        """Forget address, labels and capacity; its record stays for databases that were there."""
        self._put(server_id, _UNDECIDED | {"removed_at": now})

    @override
    def readmit(self, server_id: str) -> None:
        """Let a server that was removed be registered again, with nothing decided."""
        self._connection.execute(
            update(REGISTRATIONS)
            .where(REGISTRATIONS.c.server_id == server_id)
            .values(removed_at=None)
        )

    @override
    def note_look(self, server_id: str, health: Health, *, version: str | None) -> None:
        """Write what a look found, sizes only where it counted them."""
        values: dict[str, Any] = {
            "is_reachable": health.is_reachable,
            "checked_at": health.checked_at,
            "unreachable_since": None
            if health.is_reachable
            else _since(REGISTRATIONS.c.unreachable_since, health.checked_at),
            "hangs_since": None
            if health.hangs_since is None
            else _since(REGISTRATIONS.c.hangs_since, health.hangs_since),
        }
        if health.is_reachable:
            values |= {
                "may_provision": health.may_provision,
                "connections": health.connections,
                "free_connections": health.free_connections,
            }
        if health.size_bytes is not None:
            values |= {"size_bytes": health.size_bytes, "measured_at": health.measured_at}
        self._put(server_id, values)
        if version is not None:
            self._connection.execute(
                update(SERVERS)
                .where(SERVERS.c.id == server_id)
                .values(version=version, last_seen_at=health.checked_at)
            )

    @override
    def note_away(self, server_id: str, now: datetime) -> None:
        """Write that it did not answer somebody who wanted to work there."""
        values = {
            "is_reachable": False,
            "checked_at": now,
            "unreachable_since": _since(REGISTRATIONS.c.unreachable_since, now),
            "tried_at": func.clock_timestamp(),
        }
        self._put(server_id, values)

    @override
    def note_back(self, server_id: str, now: datetime) -> None:
        """Write that it answered again."""
        values = {
            "is_reachable": True,
            "checked_at": now,
            "unreachable_since": None,
            "hangs_since": None,
        }
        self._put(server_id, values)

    @override
    def take_try(self, server_id: str, pause_seconds: float) -> bool:
        """Let one try a server that is away, if nobody did for so long; tell whether it may."""
        if not is_id(server_id):
            return False
        now = func.clock_timestamp()
        since = now - func.make_interval(0, 0, 0, 0, 0, 0, pause_seconds)
        statement = (
            update(REGISTRATIONS)
            .where(
                REGISTRATIONS.c.server_id == server_id,
                or_(REGISTRATIONS.c.tried_at.is_(None), REGISTRATIONS.c.tried_at < since),
            )
            .values(tried_at=now)
        )
        return self._connection.execute(statement).rowcount == 1

    @override
    def hangs_since(self, schema_id: str) -> datetime | None:
        """Return since when the server of a schema's database hangs; None when it does not."""
        statement = (
            select(REGISTRATIONS.c.hangs_since)
            .join(DATABASES, DATABASES.c.server_id == REGISTRATIONS.c.server_id)
            .where(DATABASES.c.schema_id == schema_id)
        )
        found: datetime | None = self._connection.execute(statement).scalar_one_or_none()
        return found

    @override
    def wanted_labels(self, schema_id: str) -> Mapping[str, str]:
        """Return the labels that a schema asked for; empty when it asked for none."""
        if not is_id(schema_id):
            return {}
        statement = select(PLACEMENTS.c.labels).where(PLACEMENTS.c.schema_id == schema_id)
        return dict(self._connection.execute(statement).scalar_one_or_none() or {})

    @override
    def want_labels(self, schema_id: str, labels: Mapping[str, str]) -> None:
        """Record the labels that a schema asks for."""
        values = {"labels": dict(labels)}
        self._connection.execute(
            insert(PLACEMENTS)
            .values(schema_id=schema_id, **values)
            .on_conflict_do_update(index_elements=[PLACEMENTS.c.schema_id], set_=values)
        )

    def _put(self, server_id: str, values: Mapping[str, Any]) -> None:
        """Write what is said of a server, whether anything was said before or not."""
        plain = {
            name: value for name, value in values.items() if not isinstance(value, ColumnElement)
        }
        now = plain.get("checked_at")
        first = {
            name: func.clock_timestamp() if name == "tried_at" else now
            for name in values.keys() - plain.keys()
        }
        self._connection.execute(
            insert(REGISTRATIONS)
            .values({"server_id": server_id, **plain, **first})
            .on_conflict_do_update(index_elements=[REGISTRATIONS.c.server_id], set_=dict(values))
        )


def _since(known: ColumnElement[Any], now: datetime | None) -> ColumnElement[Any]:
    """Return since when something is so that is so now: as known, or from now on."""
    return func.coalesce(known, now)


def _registrations() -> Select[Any]:
    counted = (
        select(func.count())
        .select_from(DATABASES)
        .join(SCHEMAS, SCHEMAS.c.id == DATABASES.c.schema_id)
        .where(DATABASES.c.server_id == SERVERS.c.id, _takes_room())
        .correlate(SERVERS)
        .scalar_subquery()
    )
    return (
        select(SERVERS, REGISTRATIONS, counted.label("databases"))
        .outerjoin(REGISTRATIONS, REGISTRATIONS.c.server_id == SERVERS.c.id)
        .where(REGISTRATIONS.c.removed_at.is_(None))
        .order_by(SERVERS.c.recorded_at, SERVERS.c.id)
    )


def _takes_room() -> ColumnElement[bool]:
    """Return the condition that a database stands on its server, or that a place is kept for it.

    A place is kept from the choice of the server on, while its schema lives. A database whose
    schema was deleted without dropping it stands there still.
    """
    is_kept = and_(DATABASES.c.state == DatabaseState.ABSENT, SCHEMAS.c.deleted_at.is_(None))
    return or_(DATABASES.c.state == DatabaseState.READY, is_kept)


def _registration(row: RowMapping) -> Registration:
    """Return the registration that a row holds."""
    return Registration(
        id=row["id"],
        system_identifier=row["system_identifier"],
        name=row["name"] or f"{row['host']}:{row['port']}",
        host=row["host"],
        port=row["port"],
        version=row["version"],
        recorded_at=row["recorded_at"],
        last_seen_at=row["last_seen_at"],
        encrypted_url=row["encrypted_url"],
        labels=row["labels"] or {},
        capacity=Capacity(
            databases=row["most_databases"],
            size_bytes=row["most_bytes"],
            connections=row["most_connections"],
        ),
        health=Health(
            is_reachable=row["is_reachable"],
            may_provision=row["may_provision"],
            checked_at=row["checked_at"],
            unreachable_since=row["unreachable_since"],
            hangs_since=row["hangs_since"],
            size_bytes=row["size_bytes"],
            measured_at=row["measured_at"],
            connections=row["connections"],
            free_connections=row["free_connections"],
        ),
        drained_at=row["drained_at"],
        databases=row["databases"],
    )
