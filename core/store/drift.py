"""What is known of drift, in the store: columns of the databases' own rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update
from typing_extensions import override

from core.databases.drift_record import DriftRecord, DriftRepository, DriftState
from core.databases.model import DatabaseState
from core.store import tables, webhook_outbox
from core.store.identifiers import is_id
from core.webhooks.model import EventType


class SqlDriftRepository(DriftRepository):
    """What is recorded of drift, one record for each database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def get(self, schema_id: str) -> DriftRecord | None:
        """Return what is recorded, or None where there is no database."""
        if not is_id(schema_id):
            return None
        table = tables.databases
        statement = select(table.c.drift_state, table.c.drift_checked_at, table.c.drift).where(
            table.c.schema_id == schema_id
        )
        row = self._connection.execute(statement).mappings().one_or_none()
        if row is None:
            return None
        return DriftRecord(
            schema_id=schema_id,
            state=DriftState(row["drift_state"]),
            checked_at=row["drift_checked_at"],
            report=row["drift"],
        )

    @override
    def put(self, record: DriftRecord) -> None:
        """Replace what is recorded; nothing happens where there is no database.

        Webhooks are to be told when it is news that the database drifted.
        """
        if record.state is DriftState.DRIFTED and record.checked_at is not None:
            self._tell(record.schema_id, record.checked_at)
        self._connection.execute(
            update(tables.databases)
            .where(tables.databases.c.schema_id == record.schema_id)
            .values(
                drift_state=record.state.value,
                drift_checked_at=record.checked_at,
                drift=None if record.report is None else dict(record.report),
            )
        )

    def _tell(self, schema_id: str, now: datetime) -> None:
        """Have webhooks told of a database that had not drifted when it was looked at before."""
        databases, schemas = tables.databases, tables.schemas
        statement = (
            select(schemas.c.owner, databases.c.name)
            .join(databases, databases.c.schema_id == schemas.c.id)
            .where(schemas.c.id == schema_id, databases.c.drift_state != DriftState.DRIFTED.value)
            .with_for_update(of=databases)
        )
        for owner, name in self._connection.execute(statement).all():
            facts = {"schemaId": schema_id, "databaseName": name}
            webhook_outbox.record_event(
                self._connection, EventType.DATABASE_DRIFTED, facts, owner=owner, now=now
            )

    @override
    def due(self, before: datetime, limit: int) -> Sequence[str]:
        """Return schemas whose databases are there and were last looked at before some time."""
        databases, schemas = tables.databases, tables.schemas
        looked_at = databases.c.drift_checked_at
        statement = (
            select(databases.c.schema_id)
            .join(schemas, schemas.c.id == databases.c.schema_id)
            .where(
                databases.c.state == DatabaseState.READY.value,
                schemas.c.deleted_at.is_(None),
                func.coalesce(looked_at, func.to_timestamp(0)) < before,
            )
            .order_by(looked_at.asc().nulls_first(), databases.c.schema_id)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())
