"""The use cases around webhooks: making, reading, testing, enabling and deleting them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from core.clock import Clock
from core.secrets import SecretBox
from core.webhooks.addresses import check_url
from core.webhooks.errors import TooManyWebhooksError, WebhookDisabledError, WebhookNotFoundError
from core.webhooks.events import body_of
from core.webhooks.model import (
    MOST_PER_OWNER,
    SUBSCRIBABLE,
    Delivery,
    EventType,
    Webhook,
)
from core.webhooks.repository import OpenWebhookStore, WebhookStore
from core.webhooks.signing import make_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """Says who is told of what."""

    open_store: OpenWebhookStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    secrets: SecretBox
    """Keeps what signs deliveries."""
    allow_private: bool
    """Whether addresses may be used that are not on the internet."""

    def subscribe(
        self, *, owner: str, url: str, events: Iterable[EventType], description: str
    ) -> tuple[Webhook, str]:
        """Make a webhook; return it with its secret, which is told this once.

        Raises:
            WebhookAddressError: nothing is sent to this address.
            TooManyWebhooksError: the owner has as many as it can.
        """
        check_url(url, allow_private=self.allow_private)
        secret = make_secret()
        wanted = frozenset(events)
        webhook = Webhook(
            id=str(uuid4()),
            owner=owner,
            url=url,
            description=description,
            events=tuple(event for event in SUBSCRIBABLE if event in wanted),
            encrypted_secret=self.secrets.encrypt(secret),
            created_at=self.clock.now(),
        )
        with self.open_store() as store:
            if len(store.webhooks.list_all(owner, hold=True)) >= MOST_PER_OWNER:
                raise TooManyWebhooksError(most=MOST_PER_OWNER)
            store.webhooks.add(webhook)
            store.commit()
        return webhook, secret

    def list_all(self, *, owner: str) -> Sequence[Webhook]:
        """Return the owner's webhooks, oldest first."""
        with self.open_store() as store:
            return store.webhooks.list_all(owner)

    def get(self, webhook_id: str, *, owner: str) -> Webhook:
        """Return a webhook.

        Raises:
            WebhookNotFoundError: there is no such webhook for this owner.
        """
        with self.open_store() as store:
            return _found(store, webhook_id, owner)

    def delete(self, webhook_id: str, *, owner: str) -> None:
        """Delete a webhook with its deliveries.

        Raises:
            WebhookNotFoundError: there is no such webhook for this owner.
        """
        with self.open_store() as store:
            _found(store, webhook_id, owner)
            store.webhooks.remove(webhook_id)
            store.commit()

    def enable(self, webhook_id: str, *, owner: str) -> Webhook:
        """Let a webhook be told of things again.

        Raises:
            WebhookNotFoundError: there is no such webhook for this owner.
        """
        with self.open_store() as store:
            _found(store, webhook_id, owner)
            store.webhooks.enable(webhook_id)
            webhook = _found(store, webhook_id, owner)
            store.commit()
        return webhook

    def test(self, webhook_id: str, *, owner: str) -> Delivery:
        """Have something delivered, to see whether it arrives.

        Raises:
            WebhookNotFoundError: there is no such webhook for this owner.
            WebhookDisabledError: it is told of nothing.
        """
        now = self.clock.now()
        delivery = Delivery(
            id=str(uuid4()),
            webhook_id=webhook_id,
            event=EventType.TEST,
            body=body_of(EventType.TEST, {"webhookId": webhook_id}, now),
            created_at=now,
            due_at=now,
        )
        with self.open_store() as store:
            if _found(store, webhook_id, owner).disabled_at is not None:
                raise WebhookDisabledError(webhook_id=webhook_id)
            store.webhooks.add_delivery(delivery)
            store.commit()
        return delivery

    def list_deliveries(
        self, webhook_id: str, *, owner: str, page: int, limit: int
    ) -> tuple[Sequence[Delivery], int]:
        """Return one page of a webhook's deliveries, newest first, and the number of all.

        Raises:
            WebhookNotFoundError: there is no such webhook for this owner.
        """
        with self.open_store() as store:
            _found(store, webhook_id, owner)
            return store.webhooks.list_deliveries(webhook_id, page=page, limit=limit)


def _found(store: WebhookStore, webhook_id: str, owner: str) -> Webhook:
    webhook = store.webhooks.get(webhook_id, owner=owner)
    if webhook is None:
        raise WebhookNotFoundError(webhook_id=webhook_id)
    return webhook
