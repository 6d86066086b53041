"""The envelope around every answer. Source: DESIGN, section 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from web.json_writing import json_response
from web.paging import PageRequest


def enveloped(payload: object, message: str) -> dict[str, Any]:
    """Return a payload in the envelope of success."""
    return {"success": True, "message": message, "data": payload, "error": None}


def answer(
    payload: object,
    message: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Answer with a payload."""
    return json_response(enveloped(payload, message), status, headers)


def answer_page(
    items: Sequence[object], *, total: int, page: PageRequest, message: str
) -> Response:
    """Answer with one page of a list, and links to its neighbours (RFC 8288)."""
    body = enveloped(items, message)
    body["pagination"] = {
        "page": page.page,
        "limit": page.limit,
        "total": total,
        "totalPages": page.pages_of(total),
    }
    links = page.links(total)
    return json_response(body, 200, {"Link": links} if links else None)
