"""The ports to recorded webhooks and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.unit_of_work import UnitOfWork
from core.webhooks.model import Delivery, Webhook


class WebhookRepository(Protocol):
    """Webhooks with their deliveries."""

    def add(self, webhook: Webhook) -> None:
        """Record a webhook."""
        ...

    def get(self, webhook_id: str, *, owner: str) -> Webhook | None:
        """Return the owner's webhook, or None."""
        ...

    def list_all(self, owner: str, *, hold: bool = False) -> Sequence[Webhook]:
        """Return the owner's webhooks, oldest first.

        With `hold`, nobody else who holds them goes on until the block ends.
        """
        ...

    def remove(self, webhook_id: str) -> None:
        """Forget a webhook and its deliveries."""
        ...

    def enable(self, webhook_id: str) -> None:
        """Let it be told of things again."""
        ...

    def disable(self, webhook_id: str, reason: str, now: datetime) -> None:
        """Tell it of nothing any more; what was still to be delivered is given up."""
        ...

    def add_delivery(self, delivery: Delivery) -> None:
        """Record what is to be delivered."""
        ...

    def list_deliveries(
        self, webhook_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[Delivery], int]:
        """Return one page of a webhook's deliveries, newest first, and the number of all."""
        ...

    def take_due(
        self, now: datetime, *, lease: timedelta, limit: int, limit_per_webhook: int
    ) -> Sequence[tuple[Delivery, Webhook]]:
        """Take deliveries that are due, longest due first; nobody else gets them for the lease.

        The attempt counts from now on, so that one that kills its worker is not made forever.
        """
        ...

    def note_success(self, delivery: Delivery, *, status: int, now: datetime) -> None:
        """Record that it was taken."""
        ...

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
        ...

    def purge_deliveries(self, before: datetime, limit: int) -> int:
        """Forget deliveries that ended before then; return how many."""
        ...


class WebhookStore(UnitOfWork, Protocol):
    """A unit of work with webhooks in it."""

    @property
    def webhooks(self) -> WebhookRepository:
        """The webhooks."""
        ...


OpenWebhookStore = Callable[[], WebhookStore]
"""Begins a unit of work."""
