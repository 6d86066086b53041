"""The routes of quotas: how much the workspace of a request has, and how much it may have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from core.quotas.model import QuotaUse
from web.bodies import read_body
from web.context import application
from web.envelope import answer
from web.principals import owner
from web.quota_bodies import read_quota_body
from web.routing import Answer, Noun
from web.shapes.quotas import QUOTA_BODY, QuotasAnswer

quotas = Noun("quotas", "How much the workspace of this request has, and how much it may have.")


@quotas.route(
    "GET",
    "/quotas",
    answers=(Answer(status=200, shape=QuotasAnswer, description="Every quota."),),
)
def list_quotas() -> Response:
    """Ask how the workspace stands with its quotas."""
    found = application().quotas.of_workspace(owner())
    return answer(_quotas_json(found), "Quotas retrieved successfully")


@quotas.route(
    "PUT",
    "/quotas",
    body=QUOTA_BODY,
    answers=(Answer(status=200, shape=QuotasAnswer, description="Every quota, as they are now."),),
    errors=(409, 413, 415),
)
def choose_quota() -> Response:
    """Hold the workspace to less than the installation gives it."""
    body = read_quota_body(read_body())
    found = application().quotas.choose(owner(), body.quota, body.limit)
    return answer(_quotas_json(found), "Quota stored successfully")


def _quotas_json(found: Sequence[QuotaUse]) -> list[dict[str, Any]]:
    return [
        {
            "name": use.quota.value,
            "used": use.used,
            "limit": use.limit or None,
            "given": use.given or None,
        }
        for use in found
    ]
