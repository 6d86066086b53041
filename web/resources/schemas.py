"""The routes of schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields, validate

from core.databases.placement import split_placement
from core.jobs.model import JobState
from core.schemas.model import SchemaStatus
from core.schemas.repository import SchemaSort
from core.schemas.view import SchemaView
from web.bodies import read_body
from web.context import application, web_context
from web.editing import (
    EditQuery,
    allowed_losses,
    edited_answer,
    edited_answers,
    newest_version,
    require_losses,
    waited_view,
)
from web.envelope import answer, answer_page, enveloped
from web.etag import required_version, schema_tag, tagged
from web.idempotency import once, operation_headers
from web.json_writing import text_response, write_json
from web.paging import PageQuery, PageRequest
from web.principals import author, owner
from web.querying import Flag, NoQuery, PlainText
from web.representing import (
    job_json,
    job_path,
    schema_frame_json,
    schema_item_json,
    schema_json,
)
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.document import reference
from web.shapes.schemas import STATUSES, DeletedSchemaAnswer, SchemaAnswer, SchemaPage
from web.waiting import pause_headers, wait_for_end

schemas = Noun("schemas", "Designs, each with its versions and its database.")

_LONGEST_SEARCH = 200


class SchemasQuery(PageQuery):
    """The parameters of the list of schemas."""

    search = PlainText(
        longest=_LONGEST_SEARCH, description="Text in the name or the description, case aside."
    )
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        metadata={"description": "Only those with this status."},
    )
    sort = fields.String(
        load_default=SchemaSort.NEWEST.value,
        validate=validate.OneOf([order.value for order in SchemaSort]),
        metadata={"description": "The order; a minus turns it round."},
    )


class DeleteQuery(NoQuery):
    """The parameters of a deletion."""

    drop_database = Flag(description="Remove the database too, after a backup.")


@schemas.route(
    "POST",
    "/schemas",
    body=reference("NewDocument"),
    request_headers=("Idempotency-Key", "Prefer"),
    answers=(
        Answer(
            status=201,
            shape=SchemaAnswer,
            description="Stored as version 1.0; its job makes the database.",
            headers=(
                "Location",
                "Operation-Location",
                "ETag",
                "Retry-After",
                "Preference-Applied",
                "Idempotency-Replayed",
            ),
        ),
    ),
    errors=(403, 409, 413, 415, 422),
)
def create_schema() -> Response:
    """Store a schema and make its database."""
    raw, labels = split_placement(read_body())
    message = "Schema created successfully"

    def respond(view: SchemaView) -> Response:
        headers: dict[str, str] = {}
        if view.job is not None:
            view, waited = waited_view(view, view.job)
            headers = {**waited, **({} if view.job is None else pause_headers(view.job))}
        envelope = enveloped(schema_json(view), message)
        headers |= operation_headers(envelope)
        return tagged(
            answer(envelope["data"], message, status=201, headers=headers),
            schema_tag(view.schema, view.job),
        )

    return once(
        lambda record: application().create_schema(
            raw,
            owner=owner(),
            author=author(),
            labels=labels,
            request_id=request_id(),
            before_commit=record,
        ),
        represent=lambda view: enveloped(schema_json(view), message),
        tag=lambda view: schema_tag(view.schema, view.job),
        status=201,
        respond=respond,
    )


@schemas.route(
    "GET",
    "/schemas",
    query=SchemasQuery,
    answers=(
        Answer(status=200, shape=SchemaPage, description="One page of them.", headers=("Link",)),
    ),
)
def list_schemas(query: Mapping[str, Any]) -> Response:
    """List schemas."""
    page = PageRequest.of(query)
    status = query.get("status")
    found, total = application().schemas.list_page(
        owner(),
        search=query.get("search") or None,
        status=None if status is None else SchemaStatus(status),
        sort=SchemaSort(query["sort"]),
        page=page.page,
        limit=page.limit,
    )
    return answer_page(
        [schema_item_json(schema) for schema in found],
        total=total,
        page=page,
        message="Schemas retrieved successfully",
    )


@schemas.route(
    "GET",
    "/schemas/<uuid:schema_id>",
    request_headers=("If-None-Match",),
    answers=(
        Answer(status=200, shape=SchemaAnswer, description="All of it.", headers=("ETag",)),
        Answer(status=304, shape=None, description="You have it already.", headers=("ETag",)),
    ),
    errors=(404,),
)
def get_schema(schema_id: UUID) -> Response:
    """Read a schema with its tables, foreign keys and newest job."""
    schema, job = application().schemas.head(str(schema_id), owner=owner())
    body = web_context().version_texts.get(schema.id, schema.version_number)
    frame = write_json(schema_frame_json(schema, job))
    # Spliced rather than built: a document can be megabytes, and its text is at hand.
    text = (
        '{"success":true,"message":"Schema retrieved successfully","error":null,"data":'
        f"{frame[:-1]},{body[1:]}}}"
    )
    return tagged(text_response(text), schema_tag(schema, job))


@schemas.route(
    "PUT",
    "/schemas/<uuid:schema_id>",
    query=EditQuery,
    body=reference("EditedDocument"),
    request_headers=("If-Match", "Prefer"),
    answers=edited_answers(
        "Stored as the next version. If the structure changed, a job changes the database, and the "
        "header Operation-Location names it."
    ),
    errors=(403, 404, 409, 412, 413, 415),
)
def replace_schema(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """Store the next version of a schema and let its database follow."""
    require_losses(query)
    raw = read_body()
    view = application().edit_schema(
        str(schema_id),
        raw,
        owner=owner(),
        author=author(),
        if_version=required_version(lambda: newest_version(schema_id)),
        allow_data_loss=query["allow_data_loss"],
        allow_loss=allowed_losses(query),
        message=query.get("message", ""),
        request_id=request_id(),
    )
    return edited_answer(view, "Schema updated successfully")


@schemas.route(
    "DELETE",
    "/schemas/<uuid:schema_id>",
    query=DeleteQuery,
    request_headers=("If-Match", "Prefer"),
    answers=(
        Answer(
            status=200,
            shape=DeletedSchemaAnswer,
            description="Hidden, its name free again; a job drops the database if that was asked.",
            headers=("Operation-Location", "Preference-Applied"),
        ),
    ),
    errors=(403, 404, 409, 412),
)
def delete_schema(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """Delete a schema, with its database if asked to."""
    deleted = application().delete_schema(
        str(schema_id),
        owner=owner(),
        drop_database=query["drop_database"],
        if_version=required_version(lambda: newest_version(schema_id)),
        request_id=request_id(),
    )
    job = deleted.job
    headers: dict[str, str] = {}
    if job is not None:
        waited = wait_for_end(job)
        job = waited.job
        headers = {**waited.headers, "Operation-Location": job_path(job.id)}
    payload = {
        "id": deleted.id,
        "databaseDropped": job is not None and job.state is JobState.SUCCEEDED,
        "job": None if job is None else job_json(job),
    }
    return answer(payload, "Schema deleted successfully", headers=headers)
