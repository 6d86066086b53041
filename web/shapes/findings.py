"""Shapes of what looking a plan over found."""

from __future__ import annotations

from marshmallow import fields, validate

from core.changes import ObjectKind
from core.lint import Level
from web.shapes.base import Shape


class SubjectShape(Shape):
    """The thing that a change is about."""

    kind = fields.String(
        required=True, validate=validate.OneOf([kind.value for kind in ObjectKind])
    )
    id = fields.String(required=True)
    label = fields.String(required=True)
    table_id = fields.String(required=True, allow_none=True)


class FindingShape(Shape):
    """What looking the plan over found."""

    code = fields.String(required=True)
    level = fields.String(required=True, validate=validate.OneOf([word.value for word in Level]))
    message = fields.String(required=True)
    remedy = fields.String(required=True)
    subject = fields.Nested(SubjectShape, required=True, allow_none=True)
    statement_index = fields.Integer(required=True, allow_none=True)
