"""Delivering what is recorded: at least once, again after failures, and not forever."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from core.clock import Clock
from core.errors import SchemaBuilderError, UnavailableError
from core.secrets import SecretBox
from core.webhooks.addresses import Resolve, locate, resolve
from core.webhooks.model import DISABLED_AFTER, Delivery, Webhook, next_attempt_at
from core.webhooks.posting import WHOLE_TIMEOUT_SECONDS, Poster, Response
from core.webhooks.repository import OpenWebhookStore
from core.webhooks.signing import signed_headers

logger = logging.getLogger(__name__)

AT_A_TIME = 8
"""Deliveries that are made at a time."""

BATCH = 32
"""Deliveries that one round takes."""

BATCH_PER_WEBHOOK = 4
"""Of those, deliveries to one webhook: a slow one does not keep the others waiting."""

LEASE = timedelta(seconds=WHOLE_TIMEOUT_SECONDS * (BATCH // AT_A_TIME + 2))
"""How long taken deliveries are left to one process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverWebhooks:
    """Makes the deliveries that are due."""

    open_store: OpenWebhookStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""
    secrets: SecretBox
    """Keeps what signs deliveries."""
    poster: Poster
    """Sends."""
    allow_private: bool
    """Whether addresses may be used that are not on the internet."""
    resolve: Resolve = resolve
    """Finds the addresses of names."""

    def __call__(self) -> int:
        """Make one round of deliveries; return how many were tried.

        Raises:
            UnavailableError: the store is away; the next round tries again.
        """
        with self.open_store() as store:
            taken = store.webhooks.take_due(
                self.clock.now(), lease=LEASE, limit=BATCH, limit_per_webhook=BATCH_PER_WEBHOOK
            )
            store.commit()
        if taken:
            with ThreadPoolExecutor(AT_A_TIME, "webhooks") as threads:
                for delivery, webhook in taken:
                    threads.submit(copy_context().run, self._deliver, delivery, webhook)
        return len(taken)

    def _deliver(self, delivery: Delivery, webhook: Webhook) -> None:
        try:
            self._record(delivery, webhook, self._send(delivery, webhook))
        except UnavailableError as error:
            logger.warning(
                "delivery_unrecorded",
                extra={"delivery_id": delivery.id, "reason": error.log_text},
            )

    def _send(self, delivery: Delivery, webhook: Webhook) -> Response:
        body = delivery.body.encode()
        try:
            destination = locate(
                webhook.url, allow_private=self.allow_private, resolve=self.resolve
            )
            headers = signed_headers(
                secret=self.secrets.decrypt(webhook.encrypted_secret),
                message_id=delivery.id,
                sent_at=self.clock.now(),
                body=body,
            )
        except SchemaBuilderError as error:
            return Response(status=None, failure=error.message)
        return self.poster.post(destination, headers, body)

    def _record(self, delivery: Delivery, webhook: Webhook, response: Response) -> None:
        now = self.clock.now()
        status = response.status
        facts = {
            "delivery_id": delivery.id,
            "webhook_id": webhook.id,
            "attempt": delivery.attempts,
            "status": status,
        }
        with self.open_store() as store:
            if status is not None and HTTPStatus(200) <= status < HTTPStatus(300):
                store.webhooks.note_success(delivery, status=status, now=now)
                store.commit()
                logger.info("webhook_delivered", extra=facts)
                return
            due_at = next_attempt_at(delivery.attempts, now)
            failure = response.failure or f"It answered {status}."
            failing_since = store.webhooks.note_failure(
                delivery, status=status, failure=failure, due_at=due_at, now=now
            )
            if status == HTTPStatus.GONE:
                store.webhooks.disable(webhook.id, "It answered 410 Gone.", now)
            elif due_at is None and now - failing_since > DISABLED_AFTER:
                store.webhooks.disable(webhook.id, f"It took nothing for days: {failure}", now)
            store.commit()
        logger.warning("delivery_failed", extra={**facts, "reason": failure})
