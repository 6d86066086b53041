"""The routes of the live database of a schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from web.context import application
from web.envelope import answer
from web.json_writing import plain
from web.principals import owner
from web.querying import Flag, NoQuery
from web.representing import status_json
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.schemas import DatabaseMetricsAnswer, DatabaseStatusAnswer
from web.working import accepted_answers, once_queued

databases = Noun("databases", "The live database of a schema.")


class RegenerateQuery(NoQuery):
    """The parameters of a regeneration."""

    allow_data_loss = Flag(description="Go on although tables hold rows; a backup is taken first.")


@databases.route(
    "GET",
    "/schemas/<uuid:schema_id>/database/status",
    answers=(Answer(status=200, shape=DatabaseStatusAnswer, description="How it does just now."),),
    errors=(404,),
)
def get_database_status(schema_id: UUID) -> Response:
    """Ask how the database of a schema does."""
    status = application().look_at_database.status(str(schema_id), owner=owner())
    return answer(status_json(status), "Database status retrieved successfully")


@databases.route(
    "GET",
    "/schemas/<uuid:schema_id>/database/metrics",
    answers=(
        Answer(status=200, shape=DatabaseMetricsAnswer, description="How big and busy it is."),
    ),
    errors=(404, 409),
)
def get_database_metrics(schema_id: UUID) -> Response:
    """Measure the database of a schema."""
    measures = application().look_at_database.measure(str(schema_id), owner=owner())
    payload = {"schemaId": str(schema_id), **plain(measures)}
    return answer(payload, "Database metrics retrieved successfully")


@databases.route(
    "POST",
    "/schemas/<uuid:schema_id>/database/regenerate",
    query=RegenerateQuery,
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("The job makes the database anew beside the old one and swaps them."),
    errors=(403, 404, 409, 422),
)
def regenerate_database(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """Make the database of a schema anew."""
    return once_queued(
        lambda record: application().regenerate_database(
            str(schema_id),
            owner=owner(),
            allow_data_loss=query["allow_data_loss"],
            request_id=request_id(),
            before_commit=record,
        ),
        "Database regeneration started",
    )
