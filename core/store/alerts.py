"""Alerts in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert
from typing_extensions import override

from core.backups.alerts import Alert, AlertCode, AlertRepository
from core.store import webhook_outbox
from core.store.backup_tables import alerts
from core.store.identifiers import is_id
from core.webhooks.model import EventType


class SqlAlertRepository(AlertRepository):
    """The alerts of schemas; of each code at most one stands for a schema."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def raise_(
        self, code: AlertCode, *, owner: str, schema_id: str, message: str, now: datetime
    ) -> bool:
        """Raise an alert; return whether it is news, of which webhooks are to be told."""
        statement = (
            insert(alerts)
            .values(
                id=str(uuid4()),
                owner=owner,
                schema_id=schema_id,
                code=code.value,
                message=message,
                raised_at=now,
            )
            .on_conflict_do_nothing(
                index_elements=[alerts.c.schema_id, alerts.c.code],
                index_where=text("cleared_at IS NULL"),
            )
        )
        is_news = self._connection.execute(statement).rowcount == 1
        if is_news:
            facts = {"schemaId": schema_id, "code": code.value, "message": message}
            webhook_outbox.record_event(
                self._connection, EventType.ALERT_RAISED, facts, owner=owner, now=now
            )
        return is_news

    @override
    def clear(self, code: AlertCode, *, schema_id: str, now: datetime) -> bool:
        """Say that it is over; return whether one stood."""
        statement = (
            update(alerts)
            .where(
                alerts.c.schema_id == schema_id,
                alerts.c.code == code.value,
                alerts.c.cleared_at.is_(None),
            )
            .values(cleared_at=now)
        )
        return self._connection.execute(statement).rowcount == 1

    @override
    def standing(self, schema_id: str) -> Sequence[Alert]:
        """Return the alerts that stand, the oldest first."""
        if not is_id(schema_id):
            return []
        rows = self._connection.execute(
            select(alerts)
            .where(alerts.c.schema_id == schema_id, alerts.c.cleared_at.is_(None))
            .order_by(alerts.c.raised_at, alerts.c.code)
        )
        return [
            Alert(
                id=row["id"],
                owner=row["owner"],
                schema_id=row["schema_id"],
                code=AlertCode(row["code"]),
                message=row["message"],
                raised_at=row["raised_at"],
                cleared_at=row["cleared_at"],
            )
            for row in rows.mappings()
        ]
