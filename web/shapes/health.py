"""Shapes of health."""

from __future__ import annotations

from marshmallow import fields, validate

from web.shapes.base import Shape
from web.shapes.envelope import ErrorShape, envelope_of
from web.shapes.jobs import moment

_CONNECTED = validate.OneOf(["connected", "unreachable"])


class HealthShape(Shape):
    """How this process and what it depends on do."""

    status = fields.String(
        required=True, validate=validate.OneOf(["healthy", "degraded", "unhealthy"])
    )
    timestamp = moment("When this was found out.", is_nullable=False)
    database = fields.String(
        required=True, validate=validate.OneOf(["connected", "unmigrated", "unreachable"])
    )
    queue = fields.String(required=True, validate=_CONNECTED)
    version = fields.String(required=True)


class LivenessShape(Shape):
    """That this process answers."""

    status = fields.String(required=True, validate=validate.OneOf(["alive"]))
    timestamp = moment("When this was found out.", is_nullable=False)


class UnhealthyAnswer(Shape):
    """The envelope around bad news."""

    success = fields.Boolean(required=True, metadata={"enum": [False]})
    message = fields.String(required=True)
    data = fields.Nested(HealthShape, required=True)
    error = fields.Nested(ErrorShape, required=True)


HealthAnswer = envelope_of(HealthShape, name="Health")
LivenessAnswer = envelope_of(LivenessShape, name="Liveness")
