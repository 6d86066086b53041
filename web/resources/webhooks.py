"""The routes of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from core.definition.fields import Fields
from core.definition.problems import Problems
from core.webhooks.addresses import LONGEST_URL
from core.webhooks.model import SUBSCRIBABLE, Delivery, EventType, Webhook
from web.bodies import read_body
from web.context import application
from web.envelope import answer, answer_page
from web.json_writing import rfc3339
from web.paging import PageQuery, PageRequest
from web.principals import owner
from web.representing import API
from web.routing import Answer, Noun
from web.shapes.webhooks import (
    LONGEST_DESCRIPTION,
    WEBHOOK_BODY,
    DeletedWebhookAnswer,
    DeliveryAnswer,
    DeliveryPage,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookPage,
)

webhooks = Noun(
    "webhooks",
    "Addresses that are told, signed as Standard Webhooks has it, of ends of jobs and of alarms. "
    "Each delivery is made at least once: what has a `webhook-id` that was seen is a repetition.",
)

_EVENTS = {event.value: event for event in SUBSCRIBABLE}


@webhooks.route(
    "POST",
    "/webhooks",
    body=WEBHOOK_BODY,
    answers=(
        Answer(
            status=201,
            shape=NewWebhookAnswer,
            description="Made; its secret is told this once.",
            headers=("Location",),
        ),
    ),
    errors=(403, 409, 413, 415),
)
def create_webhook() -> Response:
    """Make a webhook."""
    url, events, description = _read(read_body())
    webhook, secret = application().webhooks.subscribe(
        owner=owner(), url=url, events=events, description=description
    )
    return answer(
        {**_webhook_json(webhook), "secret": secret},
        "Webhook created successfully",
        status=201,
        headers={"Location": _path(webhook.id)},
    )


@webhooks.route(
    "GET",
    "/webhooks",
    query=PageQuery,
    answers=(
        Answer(status=200, shape=WebhookPage, description="Oldest first.", headers=("Link",)),
    ),
)
def list_webhooks(query: Mapping[str, Any]) -> Response:
    """List webhooks."""
    page = PageRequest.of(query)
    found = application().webhooks.list_all(owner=owner())
    begin = (page.page - 1) * page.limit
    return answer_page(
        [_webhook_json(webhook) for webhook in found[begin : begin + page.limit]],
        total=len(found),
        page=page,
        message="Webhooks retrieved successfully",
    )


@webhooks.route(
    "GET",
    "/webhooks/<uuid:webhook_id>",
    answers=(Answer(status=200, shape=WebhookAnswer, description="How it stands."),),
    errors=(404,),
)
def get_webhook(webhook_id: UUID) -> Response:
    """Read a webhook."""
    webhook = application().webhooks.get(str(webhook_id), owner=owner())
    return answer(_webhook_json(webhook), "Webhook retrieved successfully")


@webhooks.route(
    "DELETE",
    "/webhooks/<uuid:webhook_id>",
    answers=(
        Answer(status=200, shape=DeletedWebhookAnswer, description="Gone, deliveries and all."),
    ),
    errors=(403, 404),
)
def delete_webhook(webhook_id: UUID) -> Response:
    """Delete a webhook."""
    application().webhooks.delete(str(webhook_id), owner=owner())
    return answer({"id": str(webhook_id)}, "Webhook deleted successfully")


@webhooks.route(
    "POST",
    "/webhooks/<uuid:webhook_id>/test",
    answers=(Answer(status=202, shape=DeliveryAnswer, description="It is sent in a moment."),),
    errors=(403, 404, 409),
)
def test_webhook(webhook_id: UUID) -> Response:
    """Send something to a webhook, to see whether it arrives."""
    delivery = application().webhooks.test(str(webhook_id), owner=owner())
    return answer(_delivery_json(delivery), "Test delivery queued", status=202)


@webhooks.route(
    "POST",
    "/webhooks/<uuid:webhook_id>/enable",
    answers=(Answer(status=200, shape=WebhookAnswer, description="It is told of things again."),),
    errors=(403, 404),
)
def enable_webhook(webhook_id: UUID) -> Response:
    """Let a webhook that was disabled be told of things again."""
    webhook = application().webhooks.enable(str(webhook_id), owner=owner())
    return answer(_webhook_json(webhook), "Webhook enabled successfully")


@webhooks.route(
    "GET",
    "/webhooks/<uuid:webhook_id>/deliveries",
    query=PageQuery,
    answers=(
        Answer(status=200, shape=DeliveryPage, description="Newest first.", headers=("Link",)),
    ),
    errors=(404,),
)
def list_deliveries(query: Mapping[str, Any], webhook_id: UUID) -> Response:
    """List what was or is to be delivered to a webhook, for the last two weeks."""
    page = PageRequest.of(query)
    found, total = application().webhooks.list_deliveries(
        str(webhook_id), owner=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [_delivery_json(delivery) for delivery in found],
        total=total,
        page=page,
        message="Deliveries retrieved successfully",
    )


def _read(raw: object) -> tuple[str, tuple[EventType, ...], str]:
    """Read a request to make a webhook.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys={"url", "events", "description"}, problems=problems)
    url = fields.required_text("url", limit=LONGEST_URL, may_be_blank=False)
    words = fields.texts("events", limit=len(SUBSCRIBABLE), text_limit=LONGEST_DESCRIPTION) or ()
    description = fields.text("description", limit=LONGEST_DESCRIPTION) or ""
    for index, word in enumerate(words):
        if word not in _EVENTS:
            allowed = ", ".join(_EVENTS)
            fields.refuse(f"events[{index}]", "UNKNOWN_VALUE", f"It is not one of {allowed}.")
    if not words and isinstance(raw, dict):
        fields.refuse("events", "MISSING_REQUIRED_FIELD", "At least one event is needed.")
    problems.raise_if_any()
    return url, tuple(_EVENTS[word] for word in words), description


def _path(webhook_id: str) -> str:
    return f"{API}/webhooks/{webhook_id}"


def _webhook_json(webhook: Webhook) -> dict[str, Any]:
    path = _path(webhook.id)
    return {
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "events": [event.value for event in webhook.events],
        "isEnabled": webhook.disabled_at is None,
        "disabledReason": webhook.disabled_reason,
        "disabledAt": rfc3339(webhook.disabled_at),
        "failingSince": rfc3339(webhook.failing_since),
        "createdAt": rfc3339(webhook.created_at),
        "links": {
            "self": path,
            "deliveries": f"{path}/deliveries",
            "test": f"{path}/test",
            "enable": f"{path}/enable",
        },
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "webhookId": delivery.webhook_id,
        "event": delivery.event.value,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "nextAttemptAt": rfc3339(delivery.due_at),
        "deliveredAt": rfc3339(delivery.delivered_at),
        "lastAttemptAt": rfc3339(delivery.last_attempt_at),
        "lastStatus": delivery.last_status,
        "lastFailure": delivery.last_failure,
        "createdAt": rfc3339(delivery.created_at),
    }
