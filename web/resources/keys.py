"""The routes of API keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from core.access.model import ApiKey
from web.access_bodies import read_key_body
from web.bodies import read_body
from web.context import application
from web.envelope import answer, answer_page
from web.json_writing import rfc3339
from web.paging import PageQuery, PageRequest
from web.principals import owner, principal
from web.representing import key_path
from web.routing import Answer, Noun
from web.shapes.access import KEY_BODY, KeyAnswer, KeyPage, NewKeyAnswer

keys = Noun(
    "keys",
    "API keys of the workspace. A key is shown once, when it is made; only its digest is kept.",
)


@keys.route(
    "POST",
    "/keys",
    body=KEY_BODY,
    answers=(
        Answer(
            status=201,
            shape=NewKeyAnswer,
            description="Made; the key is told this once.",
            headers=("Location",),
        ),
    ),
    errors=(409, 413, 415),
)
def create_key() -> Response:
    """Make an API key."""
    body = read_key_body(read_body())
    key, text = application().keys.create(
        workspace_id=owner(),
        name=body.name,
        scopes=body.scopes,
        created_by=principal().subject,
        expires_at=body.expires_at,
    )
    return answer(
        {**_key_json(key), "key": text},
        "Key created successfully",
        status=201,
        headers={"Location": key_path(key.id)},
    )


@keys.route(
    "GET",
    "/keys",
    query=PageQuery,
    answers=(Answer(status=200, shape=KeyPage, description="Newest first.", headers=("Link",)),),
)
def list_keys(query: Mapping[str, Any]) -> Response:
    """List API keys."""
    page = PageRequest.of(query)
    found, total = application().keys.list_page(
        workspace_id=owner(), page=page.page, limit=page.limit
    )
    return answer_page(
        [_key_json(key) for key in found],
        total=total,
        page=page,
        message="Keys retrieved successfully",
    )


@keys.route(
    "GET",
    "/keys/<string(maxlength=100):key_id>",
    answers=(Answer(status=200, shape=KeyAnswer, description="What is known of it."),),
    errors=(404,),
)
def get_key(key_id: str) -> Response:
    """Read what is known of an API key."""
    key = application().keys.get(key_id, workspace_id=owner())
    return answer(_key_json(key), "Key retrieved successfully")


@keys.route(
    "DELETE",
    "/keys/<string(maxlength=100):key_id>",
    answers=(
        Answer(status=200, shape=KeyAnswer, description="It works no more. It stays in the list."),
    ),
    errors=(404,),
)
def revoke_key(key_id: str) -> Response:
    """Revoke an API key."""
    key = application().keys.revoke(key_id, workspace_id=owner())
    return answer(_key_json(key), "Key revoked successfully")


def _key_json(key: ApiKey) -> dict[str, Any]:
    now = application().clock.now()
    if key.revoked_at is not None:
        state = "revoked"
    elif key.expires_at is not None and key.expires_at <= now:
        state = "expired"
    else:
        state = "active"
    return {
        "id": key.id,
        "name": key.name,
        "scopes": [scope.value for scope in key.scopes],
        "state": state,
        "createdBy": key.created_by,
        "createdAt": rfc3339(key.created_at),
        "expiresAt": rfc3339(key.expires_at),
        "lastUsedAt": rfc3339(key.last_used_at),
        "revokedAt": rfc3339(key.revoked_at),
        "links": {"self": key_path(key.id)},
    }
