"""The routes of versions, and of what differs between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from core.schemas.comparing import Comparison, Reference
from core.schemas.view import SchemaView
from web.bodies import read_body
from web.context import application
from web.editing import (
    LONGEST_MESSAGE,
    EditQuery,
    allowed_losses,
    edited_answer,
    edited_answers,
    newest_version,
    require_losses,
)
from web.envelope import answer, answer_page
from web.etag import required_version
from web.evolution_bodies import read_diff_body
from web.paging import PageQuery, PageRequest
from web.principals import author, owner
from web.querying import NoQuery
from web.representing_changes import comparison_json, version_head_json, version_json
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.evolution import DIFF_BODY, ComparisonAnswer, VersionAnswer, VersionPage

versions = Noun("versions", "The numbered snapshots of a schema, and what differs between states.")

LARGEST_VERSION = 999_999_999
"""Beyond any version; keeps numbers within the store's integers."""


class DiffQuery(NoQuery):
    """Which two states are compared."""

    before = fields.String(
        required=True,
        data_key="from",
        validate=validate.Length(min=1, max=50),
        metadata={"description": "A version's number or label, or `live`."},
    )
    after = fields.String(
        required=True,
        data_key="to",
        validate=validate.Length(min=1, max=50),
        metadata={"description": "A version's number or label, or `live`."},
    )


@versions.route(
    "GET",
    "/schemas/<uuid:schema_id>/versions",
    query=PageQuery,
    answers=(
        Answer(status=200, shape=VersionPage, description="Newest first.", headers=("Link",)),
    ),
    errors=(404,),
)
def list_versions(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """List the versions of a schema, without their documents."""
    page = PageRequest.of(query)
    found, total = application().versions.list_page(
        str(schema_id), owner=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [version_head_json(head) for head in found],
        total=total,
        page=page,
        message="Versions retrieved successfully",
    )


@versions.route(
    "GET",
    f"/schemas/<uuid:schema_id>/versions/<int(min=1, max={LARGEST_VERSION}):number>",
    answers=(Answer(status=200, shape=VersionAnswer, description="All of it."),),
    errors=(404,),
)
def get_version(schema_id: UUID, number: int) -> Response:
    """Read one version with its document."""
    version = application().versions.get(str(schema_id), number, owner=owner())
    return answer(version_json(version), "Version retrieved successfully")


@versions.route(
    "POST",
    f"/schemas/<uuid:schema_id>/versions/<int(min=1, max={LARGEST_VERSION}):number>/restore",
    query=EditQuery,
    request_headers=("If-Match", "Prefer"),
    answers=edited_answers(
        "Its document is the newest version now. If the structure changed, a job changes the "
        "database, and the header Operation-Location names it."
    ),
    errors=(403, 404, 409, 412),
)
def restore_version(query: Mapping[str, Any], schema_id: UUID, number: int) -> Response:
    """Make an old version the newest one again, and let the database follow."""
    require_losses(query)
    version = application().versions.get(str(schema_id), number, owner=owner())
    message = query.get("message") or f"Restored version {version.label}"
    view: SchemaView = application().edit_schema(
        str(schema_id),
        dict(version.document),
        owner=owner(),
        author=author(),
        if_version=required_version(lambda: newest_version(schema_id)),
        message=message[:LONGEST_MESSAGE],
        allow_data_loss=query["allow_data_loss"],
        allow_loss=allowed_losses(query),
        request_id=request_id(),
    )
    return edited_answer(view, "Version restored successfully")


@versions.route(
    "GET",
    "/schemas/<uuid:schema_id>/diff",
    query=DiffQuery,
    answers=(
        Answer(status=200, shape=ComparisonAnswer, description="What leads from one to the other."),
    ),
    errors=(404, 409),
)
def compare_versions(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """Say what differs between two versions, or between a version and the live database."""
    comparison = application().compare_states(
        str(schema_id),
        owner=owner(),
        before=Reference(text=query["before"]),
        after=Reference(text=query["after"]),
    )
    return _compared(comparison)


@versions.route(
    "POST",
    "/schemas/<uuid:schema_id>/diff",
    body=DIFF_BODY,
    answers=(
        Answer(status=200, shape=ComparisonAnswer, description="What leads from one to the other."),
    ),
    errors=(403, 404, 409, 413, 415),
)
def compare_states(schema_id: UUID) -> Response:
    """Say what differs between two of versions, documents sent along, and the live database."""
    body = read_diff_body(read_body())
    comparison = application().compare_states(
        str(schema_id),
        owner=owner(),
        before=body.before,
        after=body.after,
        renames=body.renames,
        renamed_values=body.renamed_values,
    )
    return _compared(comparison)


def _compared(comparison: Comparison) -> Response:
    return answer(comparison_json(comparison), "Comparison made successfully")
