"""Webhooks and their deliveries in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from typing_extensions import override

from core.store import tables
from core.store.identifiers import is_id
from core.webhooks.model import Delivery, EventType, Webhook
from core.webhooks.repository import WebhookRepository

_WEBHOOKS = tables.webhooks
_DELIVERIES = tables.webhook_deliveries


class SqlWebhookRepository(WebhookRepository):
    """Webhooks with their deliveries."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def add(self, webhook: Webhook) -> None:
        """Record a webhook."""
        self._connection.execute(
            insert(_WEBHOOKS).values(
                id=webhook.id,
                owner=webhook.owner,
                url=webhook.url,
                description=webhook.description,
                events=[event.value for event in webhook.events],
                encrypted_secret=webhook.encrypted_secret,
                created_at=webhook.created_at,
            )
        )

    @override
    def get(self, webhook_id: str, *, owner: str) -> Webhook | None:
        """Return the owner's webhook, or None."""
        if not is_id(webhook_id):
            return None
        statement = select(_WEBHOOKS).where(
            _WEBHOOKS.c.id == webhook_id, _WEBHOOKS.c.owner == owner
        )
        row = self._connection.execute(statement).mappings().one_or_none()
        return None if row is None else _webhook(row)

    @override
    def list_all(self, owner: str, *, hold: bool = False) -> Sequence[Webhook]:
        """Return the owner's webhooks, oldest first."""
        if hold:
            self._connection.execute(
                select(func.pg_advisory_xact_lock(func.hashtext(f"webhooks of {owner}")))
            )
        statement = (
            select(_WEBHOOKS)
            .where(_WEBHOOKS.c.owner == owner)
            .order_by(_WEBHOOKS.c.created_at, _WEBHOOKS.c.id)
        )
        return [_webhook(row) for row in self._connection.execute(statement).mappings()]

    @override
    def remove(self, webhook_id: str) -> None:
        """Forget a webhook and its deliveries."""
        self._connection.execute(delete(_WEBHOOKS).where(_WEBHOOKS.c.id == webhook_id))

    @override
    def enable(self, webhook_id: str) -> None:
        """Let it be told of things again."""
        self._connection.execute(
            update(_WEBHOOKS)
            .where(_WEBHOOKS.c.id == webhook_id)
            .values(disabled_at=None, disabled_reason=None, failing_since=None)
        )

    @override
    def disable(self, webhook_id: str, reason: str, now: datetime) -> None:
        """Tell it of nothing any more; what was still to be delivered is given up."""
        self._connection.execute(
            update(_WEBHOOKS)
            .where(_WEBHOOKS.c.id == webhook_id)
            .values(disabled_at=now, disabled_reason=reason)
        )
        self._connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.webhook_id == webhook_id, _DELIVERIES.c.due_at.is_not(None))
            .values(due_at=None)
        )

    @override
    def add_delivery(self, delivery: Delivery) -> None:
        """Record what is to be delivered."""
        self._connection.execute(
            insert(_DELIVERIES).values(
                id=delivery.id,
                webhook_id=delivery.webhook_id,
                event=delivery.event.value,
                body=delivery.body,
                created_at=delivery.created_at,
                attempts=delivery.attempts,
                due_at=delivery.due_at,
            )
        )

    @override
    def list_deliveries(
        self, webhook_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[Delivery], int]:
        """Return one page of a webhook's deliveries, newest first, and the number of all."""
        of_it = _DELIVERIES.c.webhook_id == webhook_id
        total = self._connection.execute(select(func.count()).where(of_it)).scalar_one()
        statement = (
            select(_DELIVERIES)
            .where(of_it)
            .order_by(_DELIVERIES.c.created_at.desc(), _DELIVERIES.c.id)
            .offset((page - 1) * limit)
            .limit(limit)
        )
        rows = self._connection.execute(statement).mappings()
        return [_delivery(row) for row in rows], total

    @override
    def take_due(
        self, now: datetime, *, lease: timedelta, limit: int, limit_per_webhook: int
    ) -> Sequence[tuple[Delivery, Webhook]]:
        """Take deliveries that are due, longest due first; nobody else gets them for the lease."""
        place = func.row_number().over(
            partition_by=_DELIVERIES.c.webhook_id, order_by=(_DELIVERIES.c.due_at, _DELIVERIES.c.id)
        )
        ranked = (
            select(_DELIVERIES.c.id, place.label("place"))
            .where(_DELIVERIES.c.due_at <= now)
            .subquery()
        )
        held = (
            select(_DELIVERIES.c.id)
            .join(ranked, ranked.c.id == _DELIVERIES.c.id)
            .where(_DELIVERIES.c.due_at <= now, ranked.c.place <= limit_per_webhook)
            .order_by(_DELIVERIES.c.due_at, _DELIVERIES.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=_DELIVERIES)
        )
        statement = (
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id.in_(held))
            .values(due_at=now + lease, attempts=_DELIVERIES.c.attempts + 1, last_attempt_at=now)
            .returning(_DELIVERIES)
        )
        taken = [_delivery(row) for row in self._connection.execute(statement).mappings()]
        of_them = select(_WEBHOOKS).where(
            _WEBHOOKS.c.id.in_({delivery.webhook_id for delivery in taken})
        )
        rows = self._connection.execute(of_them).mappings().all() if taken else ()
        webhooks = {row["id"]: _webhook(row) for row in rows}
        return [(delivery, webhooks[delivery.webhook_id]) for delivery in taken]

    @override
    def note_success(self, delivery: Delivery, *, status: int, now: datetime) -> None:
        """Record that it was taken."""
        self._connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id == delivery.id)
            .values(due_at=None, delivered_at=now, last_status=status, last_failure=None)
        )
        self._connection.execute(
            update(_WEBHOOKS)
            .where(_WEBHOOKS.c.id == delivery.webhook_id, _WEBHOOKS.c.failing_since.is_not(None))
            .values(failing_since=None)
        )

    @override
    def note_failure(
        self,
        delivery: Delivery,
        *,
        status: int | None,
        failure: str,
        due_at: datetime | None,
        now: datetime,
    ) -> datetime:
        """Record that it was not taken; return since when nothing was."""
        self._connection.execute(
            update(_DELIVERIES)
            .where(_DELIVERIES.c.id == delivery.id, _DELIVERIES.c.due_at.is_not(None))
            .values(due_at=due_at, last_status=status, last_failure=failure)
        )
        since: datetime | None = self._connection.execute(
            update(_WEBHOOKS)
            .where(_WEBHOOKS.c.id == delivery.webhook_id)
            .values(failing_since=func.coalesce(_WEBHOOKS.c.failing_since, now))
            .returning(_WEBHOOKS.c.failing_since)
        ).scalar_one_or_none()
        return since or now

    @override
    def purge_deliveries(self, before: datetime, limit: int) -> int:
        """Forget deliveries that ended before then; return how many."""
        old = (
            select(_DELIVERIES.c.id)
            .where(_DELIVERIES.c.created_at < before, _DELIVERIES.c.due_at.is_(None))
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return self._connection.execute(
            delete(_DELIVERIES).where(_DELIVERIES.c.id.in_(old))
        ).rowcount


def _webhook(row: RowMapping) -> Webhook:
    return Webhook(
        id=row["id"],
        owner=row["owner"],
        url=row["url"],
        description=row["description"],
        events=tuple(EventType(event) for event in row["events"]),
        encrypted_secret=row["encrypted_secret"],
        created_at=row["created_at"],
        failing_since=row["failing_since"],
        disabled_at=row["disabled_at"],
        disabled_reason=row["disabled_reason"],
    )


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(
        id=row["id"],
        webhook_id=row["webhook_id"],
        event=EventType(row["event"]),
        body=row["body"],
        created_at=row["created_at"],
        attempts=row["attempts"],
        due_at=row["due_at"],
        delivered_at=row["delivered_at"],
        last_attempt_at=row["last_attempt_at"],
        last_status=row["last_status"],
        last_failure=row["last_failure"],
    )
