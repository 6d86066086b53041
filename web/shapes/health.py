"""Shapes of health."""

from __future__ import annotations

from marshmallow import fields, validate

from core.observation.checks import CheckState
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


class DependencyShape(Shape):
    """One thing that was looked at."""

    name = fields.String(required=True, metadata={"example": "workers"})
    state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in CheckState])
    )
    found = fields.String(required=True)
    remedy = fields.String(required=True, allow_none=True)


class ReadinessShape(HealthShape):
    """The same, with everything that was looked at."""

    checks = fields.List(fields.Nested(DependencyShape), required=True)


class UnreadyAnswer(Shape):
    """The envelope around bad news, with everything that was looked at."""

    success = fields.Boolean(required=True, metadata={"enum": [False]})
    message = fields.String(required=True)
    data = fields.Nested(ReadinessShape, required=True)
    error = fields.Nested(ErrorShape, required=True)


class UnhealthyAnswer(Shape):
    """The envelope around bad news."""

    success = fields.Boolean(required=True, metadata={"enum": [False]})
    message = fields.String(required=True)
    data = fields.Nested(HealthShape, required=True)
    error = fields.Nested(ErrorShape, required=True)


ReadinessAnswer = envelope_of(ReadinessShape, name="Readiness")
HealthAnswer = envelope_of(HealthShape, name="Health")
LivenessAnswer = envelope_of(LivenessShape, name="Liveness")
