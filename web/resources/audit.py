"""The route of the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import fields, validate

from core.access.model import AuditEntry
from web.context import application
from web.envelope import answer
from web.errors import FieldProblem, InvalidParametersError
from web.json_writing import rfc3339
from web.paging import LARGEST_LIMIT
from web.principals import owner
from web.querying import NoQuery, WholeNumber
from web.routing import Answer, Noun
from web.shapes.access import AuditAnswer

audit = Noun("audit", "What was done in the workspace, by whom, when and from where.")

USUAL_LIMIT = 50


class AuditQuery(NoQuery):
    """The parameters of the audit log."""

    before = fields.UUID(
        metadata={"description": "The last entry that you have; the ones before it follow."}
    )
    limit = WholeNumber(
        load_default=USUAL_LIMIT,
        validate=validate.Range(min=1, max=LARGEST_LIMIT),
        metadata={"description": "Entries at a time."},
    )


@audit.route(
    "GET",
    "/audit",
    query=AuditQuery,
    answers=(Answer(status=200, shape=AuditAnswer, description="Newest first."),),
)
def list_audit_entries(query: Mapping[str, Any]) -> Response:
    """Read the audit log of the workspace."""
    before, limit = query.get("before"), query["limit"]
    # One more than is shown tells whether there is a next part.
    found = application().audit_log.list_before(
        workspace_id=owner(), before=None if before is None else str(before), limit=limit + 1
    )
    if found is None:
        problem = FieldProblem(
            field="before", code="INVALID_PARAMETER", message="There is no such entry."
        )
        raise InvalidParametersError(problems=[problem])
    shown = found[:limit]
    payload = {
        "entries": [_entry_json(entry) for entry in shown],
        "next": shown[-1].id if len(found) > limit else None,
    }
    return answer(payload, "Audit log retrieved successfully")


def _entry_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "subject": entry.subject,
        "keyId": entry.key_id,
        "operation": entry.operation,
        "target": entry.target,
        "made": entry.made,
        "address": entry.address,
        "requestId": entry.request_id,
        "beganAt": rfc3339(entry.began_at),
        "endedAt": rfc3339(entry.ended_at),
        "status": entry.status,
    }
