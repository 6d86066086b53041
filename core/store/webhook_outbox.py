"""The outbox: events become deliveries in the transaction that makes them true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, any_, bindparam, insert, select

from core.store import tables
from core.webhooks.events import body_of
from core.webhooks.model import EventType

_WEBHOOKS = tables.webhooks

# Built once, as every job runs it at its end.
_SUBSCRIBED = select(_WEBHOOKS.c.id).where(
    _WEBHOOKS.c.owner == bindparam("of"),
    _WEBHOOKS.c.disabled_at.is_(None),
    bindparam("event") == any_(_WEBHOOKS.c.events),
)


def record_event(
    connection: Connection, event: EventType, facts: Mapping[str, Any], *, owner: str, now: datetime
) -> None:
    """Record a delivery to each of the owner's webhooks that wants to hear of the event."""
    subscribed = connection.execute(_SUBSCRIBED, {"of": owner, "event": event.value})
    webhook_ids = subscribed.scalars().all()
    if not webhook_ids:
        return
    body = body_of(event, facts, now)
    connection.execute(
        insert(tables.webhook_deliveries),
        [
            {
                "id": str(uuid4()),
                "webhook_id": webhook_id,
                "event": event.value,
                "body": body,
                "created_at": now,
                "attempts": 0,
                "due_at": now,
            }
            for webhook_id in webhook_ids
        ],
    )
