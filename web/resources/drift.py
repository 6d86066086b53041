"""The routes of what was changed by hand, of what a change would reach, and of lint policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from web.bodies import read_body
from web.context import application
from web.editing import edited_answer, edited_answers
from web.envelope import answer, enveloped
from web.etag import schema_tag
from web.evolution_bodies import (
    LONGEST_NAME,
    read_adoption_body,
    read_optional_body,
    read_policy_body,
)
from web.idempotency import once
from web.principals import author, owner
from web.querying import NoQuery, PlainText
from web.representing import schema_json
from web.representing_changes import drift_json, policy_json, uses_json
from web.routing import Answer, Noun
from web.shapes.evolution import (
    ADOPTION_BODY,
    POLICY_BODY,
    DriftAnswer,
    LintPolicyAnswer,
    UsesAnswer,
)

drift = Noun("drift", "What was changed by hand, what a change would reach, and lint policies.")


class ImpactQuery(NoQuery):
    """What is asked about."""

    object = PlainText(
        longest=LONGEST_NAME,
        description="`table` or `table.column`, with a namespace before it where it is not "
        "`public`; or an enum.",
        is_required=True,
    )


@drift.route(
    "GET",
    "/schemas/<uuid:schema_id>/database/drift",
    answers=(Answer(status=200, shape=DriftAnswer, description="As it is just now."),),
    errors=(404, 409),
)
def get_drift(schema_id: UUID) -> Response:
    """Compare the live database of a schema with the version that it follows."""
    found = application().detect_drift(str(schema_id), owner=owner())
    return answer(drift_json(found), "Drift checked successfully")


@drift.route(
    "POST",
    "/schemas/<uuid:schema_id>/database/drift/adopt",
    body=ADOPTION_BODY,
    is_body_required=False,
    request_headers=("Idempotency-Key",),
    answers=edited_answers("What is live is the newest version now.", replays=True),
    errors=(403, 404, 409, 412, 413, 415, 422),
)
def adopt_drift(schema_id: UUID) -> Response:
    """Make the live state of a database the next version of its schema."""
    body = read_adoption_body(read_optional_body())
    message = "Live state adopted successfully"
    return once(
        lambda record: application().adopt_drift(
            str(schema_id),
            owner=owner(),
            author=author(),
            renames=body.renames,
            message=body.message,
            before_commit=record,
        ),
        represent=lambda view: enveloped(schema_json(view), message),
        tag=lambda view: schema_tag(view.schema, view.job),
        status=200,
        respond=lambda view: edited_answer(view, message),
    )


@drift.route(
    "GET",
    "/schemas/<uuid:schema_id>/impact",
    query=ImpactQuery,
    answers=(Answer(status=200, shape=UsesAnswer, description="What refers to it."),),
    errors=(404,),
)
def get_impact(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """Say what refers to a table, a column or an enum, in the design and in the live database."""
    uses = application().find_uses(str(schema_id), query["object"], owner=owner())
    return answer(uses_json(str(schema_id), uses), "Impact found successfully")


@drift.route(
    "GET",
    "/schemas/<uuid:schema_id>/lint-policy",
    answers=(Answer(status=200, shape=LintPolicyAnswer, description="As it stands."),),
    errors=(404,),
)
def get_lint_policy(schema_id: UUID) -> Response:
    """Read what is made of findings about the plans of a schema."""
    policy = application().lint_policies.get(str(schema_id), owner=owner())
    return answer(policy_json(str(schema_id), policy), "Lint policy retrieved successfully")


@drift.route(
    "PUT",
    "/schemas/<uuid:schema_id>/lint-policy",
    body=POLICY_BODY,
    answers=(Answer(status=200, shape=LintPolicyAnswer, description="As it stands now."),),
    errors=(403, 404, 413, 415),
)
def replace_lint_policy(schema_id: UUID) -> Response:
    """Say what is to be made of findings about the plans of a schema."""
    raw = read_policy_body(read_body())
    policy = application().lint_policies.replace(str(schema_id), raw, owner=owner())
    return answer(policy_json(str(schema_id), policy), "Lint policy updated successfully")
