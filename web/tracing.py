"""Each request as a span, which goes on in the jobs that it asks for."""

from __future__ import annotations

from contextlib import ExitStack

from flask import Flask, Response, g, request

from core.tracing import Role, note, span
from web.request_ids import request_id

PARENT_HEADER = "traceparent"
"""Source: W3C Trace Context, section 3.2."""


def register_traces(app: Flask) -> None:
    """Tell of every request, probes aside, where traces are set up."""
    app.before_request(_begin)
    app.after_request(_note)
    app.teardown_request(_end)


def _begin() -> None:
    if request.blueprint in {"health", "root-health"} or request.endpoint == "metrics":
        return
    g.spans = ExitStack()
    g.spans.enter_context(
        span(
            request.method,
            role=Role.ANSWER,
            parent=request.headers.get(PARENT_HEADER),
            http__request__method=request.method,
            url__path=request.path,
            schema_builder__request_id=request_id(),
        )
    )


def _note(response: Response) -> Response:
    if "spans" in g and request.url_rule is not None:
        route = request.url_rule.rule
        note(
            name=f"{request.method} {route}",
            http__route=route,
            http__response__status_code=response.status_code,
        )
    return response


def _end(_: BaseException | None) -> None:
    spans: ExitStack | None = g.pop("spans", None)
    if spans is not None:
        spans.close()
