"""Shapes of quotas, and of the body that changes one."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from core.quotas.model import Quota
from core.quotas.setting import LARGEST
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of

NAMES = tuple(quota.value for quota in Quota)

QUOTA_BODY: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "limit"],
    "properties": {
        "name": {"type": "string", "enum": list(NAMES)},
        "limit": {
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": LARGEST,
            "description": "At most what the installation gives; null for just that.",
        },
    },
}
"""Form of a request to hold the workspace to less."""


class QuotaShape(Shape):
    """How the workspace stands with one quota."""

    name = fields.String(required=True, validate=validate.OneOf(NAMES))
    used = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Null where each thing is looked at by itself."},
    )
    limit = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null for no limit."}
    )
    given = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What the installation gives; null for no limit."},
    )


QuotasAnswer = envelope_of(fields.List(fields.Nested(QuotaShape), required=True), name="Quotas")
