"""Request ids: taken from the client when they are sane, made otherwise, on every answer."""

from __future__ import annotations

import logging
import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
_SANE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$")

logger = logging.getLogger(__name__)


def register_request_ids(app: Flask) -> None:
    """Give every request an id, and log how it went."""
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """Return the id of the present request."""
    return str(g.request_id)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE.match(given) else uuid4().hex
    g.began_at = time.monotonic()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    if "request_id" not in g:
        _begin()
    response.headers[HEADER] = g.request_id
    is_probe = request.blueprint in {"health", "root-health"}
    logger.log(
        logging.DEBUG if is_probe else logging.INFO,
        "request_served",
        extra={
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "duration_seconds": round(time.monotonic() - g.began_at, 6),
        },
    )
    return response


def _forget(_: BaseException | None) -> None:
    structlog.contextvars.clear_contextvars()
