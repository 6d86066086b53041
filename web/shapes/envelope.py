"""Shapes of the envelope, of its errors and of problem documents."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from web.shapes.base import Shape
from web.shapes.findings import FindingShape


class PaginationShape(Shape):
    """Where a page is in its list."""

    page = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    total = fields.Integer(required=True, metadata={"description": "Items in all pages."})
    total_pages = fields.Integer(required=True)


class FieldErrorShape(Shape):
    """One thing wrong with one place of a request."""

    field = fields.String(required=True, metadata={"example": "tables[0].columns"})
    message = fields.String(required=True)
    code = fields.String(required=True, metadata={"example": "UNSUPPORTED_DATA_TYPE"})
    hint = fields.String(
        required=True, metadata={"description": "The remedy; empty where the message says it all."}
    )


class RowsFoundShape(Shape):
    """Rows that would lose something, or that are in the way."""

    code = fields.String(required=True, metadata={"example": "VALUES_IN_COLUMN"})
    subject = fields.String(required=True, metadata={"example": "public.users.email"})
    table = fields.String(required=True, allow_none=True)
    column = fields.String(required=True, allow_none=True)
    rows = fields.Integer(required=True)
    samples = fields.List(fields.String(), required=True)


class RefusedPlanShape(Shape):
    """What would have been done."""

    changes = fields.List(fields.String(), required=True)
    sql = fields.List(fields.String(), required=True)


class ErrorPayloadShape(Shape):
    """What an error carries, such as the places that are wrong or what would be lost."""

    valid = fields.Boolean()
    errors = fields.List(fields.Nested(FieldErrorShape))
    losses = fields.List(
        fields.Raw(
            metadata={
                "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/RowsFound"}],
                "description": "Of a change in place, rows; of a new build, tables and things.",
            }
        )
    )
    misfits = fields.List(fields.Nested(RowsFoundShape))
    migration = fields.Nested(RefusedPlanShape, allow_none=True)
    findings = fields.List(
        fields.Nested(FindingShape),
        metadata={"description": "Of a refused plan, the gravest first; `block` refuses it."},
    )
    differences = fields.List(fields.String())
    quota = fields.String(metadata={"example": "databases"})
    limit = fields.Integer()


class ErrorShape(Shape):
    """What went wrong."""

    code = fields.String(required=True, metadata={"example": "SCHEMA_NOT_FOUND"})
    details = fields.String(required=True, metadata={"description": "A sentence, with a remedy."})
    request_id = fields.String(required=True)


class FailureShape(Shape):
    """The envelope of an error."""

    success = fields.Boolean(required=True, metadata={"enum": [False]})
    message = fields.String(required=True)
    data = fields.Nested(ErrorPayloadShape, required=True, allow_none=True)
    error = fields.Nested(ErrorShape, required=True)


class ProblemEntryShape(Shape):
    """One thing wrong with one place of a request."""

    pointer = fields.String(required=True, metadata={"example": "#/tables/0/columns"})
    code = fields.String(required=True)
    detail = fields.String(required=True)
    hint = fields.String(
        required=True, metadata={"description": "The remedy; empty where the detail says it all."}
    )


class ProblemShape(Shape):
    """The same error as a problem document (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    instance = fields.String(required=True)
    code = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(ProblemEntryShape))
    findings = fields.List(fields.Nested(FindingShape))
    quota = fields.String(metadata={"example": "databases"})
    limit = fields.Integer()


def envelope_of(payload: type[Schema] | fields.Field[Any], *, name: str) -> type[Schema]:
    """Return the shape of the envelope around a payload."""
    return Shape.from_dict({**_head(), "data": _required(payload)}, name=f"{name}Answer")


def page_of(item: type[Schema], *, name: str) -> type[Schema]:
    """Return the shape of the envelope around a page of a list."""
    return Shape.from_dict(
        {
            **_head(),
            "data": fields.List(fields.Nested(item), required=True),
            "pagination": fields.Nested(PaginationShape, required=True),
        },
        name=f"{name}Page",
    )


def _head() -> dict[str, Any]:
    return {
        "success": fields.Boolean(required=True, metadata={"enum": [True]}),
        "message": fields.String(required=True),
        "error": fields.Raw(required=True, allow_none=True, metadata={"type": "null"}),
    }


def _required(payload: type[Schema] | fields.Field[Any]) -> fields.Field[Any]:
    if isinstance(payload, fields.Field):
        return payload
    return fields.Nested(payload, required=True)
