"""Credentials of managed databases in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, case, delete, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.databases.credential import AccessRole, Credential
from core.databases.model import DatabaseState
from core.databases.repository import CredentialRepository
from core.store import tables
from core.store.credential_tables import credentials as _CREDENTIALS  # noqa: N812 a constant here
from core.store.identifiers import is_id
from core.store.server_tables import registrations as REGISTRATIONS  # noqa: N812

_NO_FAVOURITES = func.random()
"""Order in which schemas are looked at, so that those whose server is away keep back no others."""

_ORDER = {role: position for position, role in enumerate(AccessRole)}


class SqlCredentialRepository(CredentialRepository):
    """Collection-like access to credentials."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def of_schema(self, schema_id: str) -> Sequence[Credential]:
        """Return the credentials of a schema's database, by role and number."""
        if not is_id(schema_id):
            return []
        by_role = case(
            {role.value: position for role, position in _ORDER.items()}, value=_CREDENTIALS.c.role
        )
        statement = (
            select(_CREDENTIALS)
            .where(_CREDENTIALS.c.schema_id == schema_id)
            .order_by(by_role, _CREDENTIALS.c.number)
        )
        return [_credential(row) for row in self._connection.execute(statement).mappings()]

    @override
    def put(self, credential: Credential) -> None:
        """Record it, or replace what is recorded under its id, its password excepted."""
        values = {field.name: getattr(credential, field.name) for field in fields(credential)}
        values["role"] = credential.role.value
        kept = {"id", "encrypted_password"}
        self._connection.execute(
            insert(_CREDENTIALS)
            .values(values)
            .on_conflict_do_update(
                index_elements=[_CREDENTIALS.c.id],
                set_={name: value for name, value in values.items() if name not in kept},
            )
        )

    @override
    def remove(self, credential_id: str) -> None:
        """Forget it."""
        self._connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.id == credential_id))

    @override
    def forget_schema(self, schema_id: str) -> None:
        """Forget all of a schema's, as its database is gone."""
        self._connection.execute(delete(_CREDENTIALS).where(_CREDENTIALS.c.schema_id == schema_id))

    @override
    def schemas_with_expired(self, now: datetime, limit: int) -> Sequence[str]:
        """Return schemas with some that expired, are to be looked at now, and can be reached.

        Deleted ones whose database was kept are among them.
        """
        table, databases = _CREDENTIALS, tables.databases
        is_out_of_reach = exists().where(
            REGISTRATIONS.c.server_id == databases.c.server_id,
            or_(REGISTRATIONS.c.removed_at.is_not(None), REGISTRATIONS.c.is_reachable.is_(False)),
        )
        statement = (
            select(table.c.schema_id)
            .join(databases, databases.c.schema_id == table.c.schema_id)
            .where(
                databases.c.state == DatabaseState.READY.value,
                ~is_out_of_reach,
                table.c.expires_at <= now,
                or_(table.c.look_again_at.is_(None), table.c.look_again_at <= now),
            )
            .group_by(table.c.schema_id)
            .order_by(_NO_FAVOURITES)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    @override
    def schemas_without(self, limit: int) -> Sequence[str]:
        """Return living schemas whose database is there and has no credentials."""
        databases, schemas = tables.databases, tables.schemas
        has_some = exists().where(_CREDENTIALS.c.schema_id == databases.c.schema_id)
        statement = (
            select(databases.c.schema_id)
            .join(schemas, schemas.c.id == databases.c.schema_id)
            .where(
                schemas.c.deleted_at.is_(None),
                databases.c.state == DatabaseState.READY.value,
                ~has_some,
            )
            .order_by(_NO_FAVOURITES)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())


def _credential(row: RowMapping) -> Credential:
    """Return the credential that a row holds."""
    return Credential(**{**row, "role": AccessRole(row["role"])})
