"""The OpenAPI 3.1 document: what is common to all routes. What is one route's stands beside it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import Schema
from typing_extensions import override
from werkzeug.exceptions import HTTPException

from web.json_writing import JSON
from web.problems import PROBLEM, answer_http_error
from web.shapes.document import document_shapes
from web.shapes.envelope import FailureShape, ProblemShape

VERSION = "0.1.0"
"""Version of the product, and of its API's description."""

_DESCRIPTION = """\
Send a database design, get a real PostgreSQL database. Whatever takes long is a **job**: poll it,
wait on it with `Prefer: wait=N`, or stream its events.

Every answer comes in one envelope; errors come as RFC 9457 problem documents to those who send
`Accept: application/problem+json`. Repeat a POST safely with an `Idempotency-Key`.
"""

_ERRORS: dict[HTTPStatus, tuple[str, tuple[str, ...]]] = {
    HTTPStatus.BAD_REQUEST: ("The request cannot be used; each wrong place is named.", ()),
    HTTPStatus.UNAUTHORIZED: (
        "The request does not prove whose it is, by an API key or a token.",
        ("WWW-Authenticate",),
    ),
    HTTPStatus.FORBIDDEN: (
        "Not permitted: the missing scope is named. Or pages of this web origin may not do it.",
        (),
    ),
    HTTPStatus.NOT_FOUND: ("There is no such thing, or not for you.", ()),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Not a method of this address.", ("Allow",)),
    HTTPStatus.CONFLICT: ("Not in the present state of things.", ("Retry-After",)),
    HTTPStatus.PRECONDITION_FAILED: ("Somebody else was quicker; read it again.", ()),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("The body is too long.", ()),
    HTTPStatus.REQUEST_URI_TOO_LONG: (
        "The address has over 7000 characters.",
        (),
    ),
    HTTPStatus.REQUEST_TIMEOUT: ("The body did not arrive in time.", ()),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: ("The body is not declared as JSON, or compressed.", ()),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: ("The file has no such range.", ("Content-Range",)),
    HTTPStatus.UNPROCESSABLE_ENTITY: ("The key was used for another request.", ()),
    HTTPStatus.TOO_MANY_REQUESTS: (
        "Too much was asked within a minute, or too many jobs of the workspace wait.",
        ("Retry-After", "RateLimit-Policy", "RateLimit"),
    ),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "A header has over 8000 characters, or there are over 100.",
        (),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Our fault; the log has it under the request id.", ()),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Something needed is away; try again.", ("Retry-After",)),
}

_HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-ID": ("Names this request in answers and logs.", {"type": "string"}),
    "ETag": ("Names this representation.", {"type": "string"}),
    "Location": ("Address of what was made.", {"type": "string"}),
    "Operation-Location": ("Address of the job that does the work.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before asking again.", {"type": "string"}),
    "RateLimit-Policy": (
        "How many requests there may be: `q` within `w` seconds. Absent where nothing is limited.",
        {"type": "string", "examples": ['"writes";q=10;w=60, "writes-of-address";q=50;w=60']},
    ),
    "RateLimit": (
        "How many are left: `r`, and in how many seconds there is one more: `t`.",
        {"type": "string", "examples": ['"writes";r=9;t=60, "writes-of-address";r=49;t=60']},
    ),
    "Preference-Applied": ("That the wait was honoured.", {"type": "string"}),
    "Idempotency-Replayed": ("`true` on a repeated first answer.", {"type": "string"}),
    "Link": ("The first, previous, next and last page.", {"type": "string"}),
    "WWW-Authenticate": ("How to prove it (RFC 6750).", {"type": "string"}),
    "Allow": ("The methods of this address.", {"type": "string"}),
    "Accept-Ranges": ("That parts can be asked for.", {"type": "string"}),
    "Content-Range": ("Which part this is.", {"type": "string"}),
    "Content-Disposition": ("What to call the file.", {"type": "string"}),
    "Repr-Digest": ("Digest of the whole file (RFC 9530).", {"type": "string"}),
}

_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Idempotency-Key": (
        "Makes repeating the request safe: the same key and body get the first answer.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
    ),
    "Prefer": (
        "`wait=N` holds the answer until the job has ended or N seconds (up to 30) have passed.",
        {"type": "string"},
    ),
    "If-Match": (
        "The entity tag of the version that the change is made on; of several, any may be it.",
        {"type": "string"},
    ),
    "If-None-Match": ("The entity tag of what you have already.", {"type": "string"}),
    "Range": ("The part of the file to send, such as `bytes=0-1023`.", {"type": "string"}),
    "If-Range": ("The entity tag of the file that you have a part of.", {"type": "string"}),
    "Last-Event-ID": ("The last event that you got.", {"type": "string"}),
}


class DescribedApi(Api):  # type: ignore[misc] # flask-smorest ships no types
    """flask-smorest with our own errors, and nothing served by itself."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = FailureShape

    @override
    def handle_http_exception(self, error: HTTPException) -> Any:
        """Answer an error of HTTP."""
        return answer_http_error(error)

    @override
    def _register_pagination_header(self) -> None:
        """Leave out a header that no route has."""

    @override
    def _register_responses(self) -> None:
        for status, (description, headers) in _ERRORS.items():
            content = {JSON: {"schema": FailureShape}, PROBLEM: {"schema": ProblemShape}}
            self.spec.components.response(
                status.name,
                {
                    "description": description,
                    "content": content,
                    "headers": {
                        name: {"$ref": f"#/components/headers/{name}"}
                        for name in ("X-Request-ID", *headers)
                    },
                },
                lazy=True,
            )


def describe_api(app: Flask, *, is_authentication_required: bool) -> DescribedApi:
    """Begin the document of an application.

    Args:
        app: The application.
        is_authentication_required: Whether requests have to prove whose they are.
    """
    app.config.update(
        API_TITLE="Schema Builder",
        API_VERSION=VERSION,
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": _DESCRIPTION, "summary": "From a design to a real database."},
            "servers": [{"url": "/", "description": "This server."}],
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        },
    )
    plugin = MarshmallowPlugin(schema_name_resolver=_component_name)
    api = DescribedApi(app, spec_kwargs={"marshmallow_plugin": plugin})
    if is_authentication_required:
        api.spec.options["security"] = [{"bearer": []}]
    components = api.spec.components
    components.security_scheme(
        "bearer",
        {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key (`sb_…`), or a token of the OpenID Connect provider.",
        },
    )
    for name, shape in document_shapes().items():
        components.schema(name, shape)
    for name, (description, shape) in _HEADERS.items():
        components.header(name, {"description": description, "schema": shape})
    for name, (description, shape) in _PARAMETERS.items():
        components.parameter(
            name, "header", {"name": name, "description": description, "schema": shape}
        )
    return api


def _component_name(shape: Schema | type[Schema]) -> str:
    """Return the name of a marshmallow class within the document."""
    shape_class = shape if isinstance(shape, type) else type(shape)
    name = shape_class.__name__.removesuffix("Shape")
    return {"WholeSchema": "Schema", "Error": "ErrorFacts"}.get(name, name)
