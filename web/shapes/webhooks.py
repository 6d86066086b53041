"""Shapes of webhooks, of their deliveries, and of the body that makes one."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.webhooks.addresses import LONGEST_URL
from core.webhooks.model import SUBSCRIBABLE, DeliveryState, EventType
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import moment

LONGEST_DESCRIPTION = 500
"""Characters of what is said of a webhook."""

WEBHOOK_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url", "events"],
    "properties": {
        "url": {
            "type": "string",
            "maxLength": LONGEST_URL,
            "description": "An https:// address that can be reached from the internet.",
            "examples": ["https://example.org/hooks/schema-builder"],
        },
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": len(SUBSCRIBABLE),
            "items": {"type": "string", "enum": [event.value for event in SUBSCRIBABLE]},
        },
        "description": {"type": ["string", "null"], "maxLength": LONGEST_DESCRIPTION},
    },
}
"""Form of a request to make a webhook."""


class WebhookLinksShape(Shape):
    """Addresses around a webhook."""

    self = fields.String(required=True)
    deliveries = fields.String(required=True)
    test = fields.String(required=True)
    enable = fields.String(required=True)


class WebhookShape(Shape):
    """An address that is told of events."""

    id = fields.UUID(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    events = fields.List(
        fields.String(validate=validate.OneOf([event.value for event in SUBSCRIBABLE])),
        required=True,
    )
    is_enabled = fields.Boolean(required=True)
    disabled_reason = fields.String(required=True, allow_none=True)
    disabled_at = moment("When it was disabled, as it took nothing for days or is gone.")
    failing_since = moment("The first failure since something was taken.")
    created_at = moment("When it was made.", is_nullable=False)
    links = fields.Nested(WebhookLinksShape, required=True)


class NewWebhookShape(WebhookShape):
    """A webhook just made, with its secret, which is never shown again."""

    secret = fields.String(
        required=True,
        metadata={"description": "Checks the header `webhook-signature` (Standard Webhooks)."},
    )


class DeletedWebhookShape(Shape):
    """What is left of a deleted webhook."""

    id = fields.UUID(required=True)


class DeliveryShape(Shape):
    """One event for one webhook."""

    id = fields.UUID(
        required=True, metadata={"description": "What the receiver sees as `webhook-id`."}
    )
    webhook_id = fields.UUID(required=True)
    event = fields.String(
        required=True, validate=validate.OneOf([event.value for event in EventType])
    )
    state = fields.String(
        required=True, validate=validate.OneOf([state.value for state in DeliveryState])
    )
    attempts = fields.Integer(required=True)
    next_attempt_at = moment("When it is tried next.")
    delivered_at = moment("When it was taken.")
    last_attempt_at = moment("When it was last tried.")
    last_status = fields.Integer(required=True, allow_none=True)
    last_failure = fields.String(required=True, allow_none=True)
    created_at = moment("When it happened.", is_nullable=False)


WebhookAnswer = envelope_of(WebhookShape, name="Webhook")
NewWebhookAnswer = envelope_of(NewWebhookShape, name="NewWebhook")
DeletedWebhookAnswer = envelope_of(DeletedWebhookShape, name="DeletedWebhook")
DeliveryAnswer = envelope_of(DeliveryShape, name="Delivery")
WebhookPage = page_of(WebhookShape, name="Webhook")
DeliveryPage = page_of(DeliveryShape, name="Delivery")
