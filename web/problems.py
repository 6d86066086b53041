"""Errors become answers here: the envelope, or an RFC 9457 document for those who ask for one.

Families of the core map to statuses; headers that HTTP itself demands survive; nothing internal
is told. Every failure that nobody foresaw ends here as a 500 and in the log.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from core.access.errors import ScopeMissingError, UnauthenticatedError
from core.databases.errors import DataWouldBeLostError
from core.databases.migration_errors import (
    DatabaseDriftedError,
    PlanRefusedError,
    RowsDoNotFitError,
    ValuesWouldBeLostError,
)
from core.definition.problems import InvalidDocumentError
from core.errors import (
    ConflictError,
    InternalError,
    InvalidInputError,
    NotFoundError,
    SchemaBuilderError,
    UnavailableError,
    UnsupportedError,
)
from core.quotas.errors import QuotaExceededError
from core.schemas.errors import InvalidDefinitionError
from web.errors import (
    INTERNAL_SENTENCE,
    FieldProblem,
    InvalidJsonError,
    InvalidParametersError,
    RateLimitedError,
)
from web.json_writing import JSON, json_response, plain

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 5
"""What a client is told to wait when something we depend on is away."""

logger = logging.getLogger(__name__)

_STATUS_BY_CODE: Mapping[str, int] = {
    "VERSION_STALE": 412,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNSUPPORTED_CONTENT_ENCODING": 415,
    "FORBIDDEN": 403,
    "UNAUTHORIZED": 401,
    "SCOPE_MISSING": 403,
    "RATE_LIMITED": 429,
    "STATEMENT_TIMEOUT": 503,  # of ours, on a server that is slow at present
    "REQUEST_TIMEOUT": 408,
    "PAYLOAD_TOO_LARGE": 413,
    "URI_TOO_LONG": 414,
    "HEADERS_TOO_LARGE": 431,
    "NOT_A_MEMBER": 403,
    "MACHINE_REFUSED": 403,
    "INSTALLATION_ONLY": 403,
    "BACKUP_MISSING": 409,  # the archive's fault, not the request's
    "BACKUP_DAMAGED": 409,  # the file's fault, not the request's
    "DATABASE_ERROR": 500,  # a statement of ours, as no route runs one of the client's
}

_STATUS_BY_FAMILY: tuple[tuple[type[SchemaBuilderError], int], ...] = (
    (InvalidInputError, 400),
    (NotFoundError, 404),
    (ConflictError, 409),
    (UnsupportedError, 400),
    (UnavailableError, 503),
    (InternalError, 500),
)

_CODE_BY_STATUS: Mapping[int, str] = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    415: "UNSUPPORTED_MEDIA_TYPE",
    416: "RANGE_NOT_SATISFIABLE",
    429: "TOO_MANY_REQUESTS",
    500: "INTERNAL_ERROR",
    503: "UNAVAILABLE",
}

_NOUN_PATHS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^/api/v1/schemas/[^/]+/backups/(?!status$)[^/]+$"), "BACKUP_NOT_FOUND"),
    (re.compile(r"^/api/v1/schemas/[^/]+/versions/[^/]+(/restore)?$"), "VERSION_NOT_FOUND"),
    (re.compile(r"^/api/v1/schemas/[^/]+/migrations/[^/]+$"), "MIGRATION_NOT_FOUND"),
    (re.compile(r"^/api/v1/schemas/[^/]+$"), "SCHEMA_NOT_FOUND"),
    (re.compile(r"^/api/v1/jobs/[^/]+$"), "JOB_NOT_FOUND"),
    (re.compile(r"^/api/v1/keys/[^/]+$"), "KEY_NOT_FOUND"),
    (re.compile(r"^/api/v1/webhooks/[^/]+$"), "WEBHOOK_NOT_FOUND"),
    (re.compile(r"^/api/v1/servers/[^/]+$"), "SERVER_NOT_FOUND"),
)
"""Addresses of things: one with an id that is no UUID leads to nothing of that noun."""


_SENTENCE_BY_STATUS: Mapping[int, str] = {
    404: "There is nothing at this address.",
    416: "The file has no such range.",
    500: INTERNAL_SENTENCE,
}

_STORE_SENTENCE = "The store does not answer at present; try again in a moment."

_SENTENCE_BY_CODE: Mapping[str, str] = {
    "STORE_UNAVAILABLE": _STORE_SENTENCE,
    "STORE_BUSY": _STORE_SENTENCE,
}
"""What clients are told of failures whose own sentences name addresses of ours, for the log."""


def register_problems(app: Flask) -> None:
    """Let every error of the application be answered here."""
    app.register_error_handler(SchemaBuilderError, _answer_foreseen)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, _answer_unforeseen)


def answer_http_error(error: HTTPException) -> Response | HTTPException:
    """Answer an error of HTTP itself, keeping headers such as `Allow`."""
    if isinstance(error, RequestRedirect) or error.code is None:
        return error
    status = error.code
    code = _CODE_BY_STATUS.get(status, HTTPStatus(status).name)
    if status == HTTPStatus.NOT_FOUND:
        code = _code_of_path(request.path)
    kept = {
        name: value
        for name, value in error.get_headers(request.environ)
        if name.lower() not in {"content-type", "content-length"}
    }
    details = _sentence_of(error)
    return _problem(status=status, code=code, message=details, details=details, headers=kept)


def status_of(error: SchemaBuilderError) -> int:
    """Return the HTTP status of a foreseen failure."""
    if isinstance(error, QuotaExceededError) and error.is_retryable:
        return HTTPStatus.TOO_MANY_REQUESTS
    return _status_of_class(type(error))


def error_codes() -> list[dict[str, Any]]:
    """Return every code that an answer can bear, with its status and its meaning."""
    found: dict[str, dict[str, Any]] = {
        code: {"code": code, "status": status, "meaning": f"{HTTPStatus(status).phrase}."}
        for status, code in _CODE_BY_STATUS.items()
    }
    waiting: list[type[SchemaBuilderError]] = [SchemaBuilderError]
    while waiting:
        error = waiting.pop()
        waiting.extend(error.__subclasses__())
        meaning = (error.__doc__ or "").strip().splitlines()[0]
        if error is SchemaBuilderError or error in dict(_STATUS_BY_FAMILY):
            continue
        entry = {"code": error.code, "status": _status_of_class(error), "meaning": meaning}
        # Two classes can share a code; the lower status is what a request meets.
        if error.code not in found or entry["status"] < found[error.code]["status"]:
            found[error.code] = entry
    return sorted(found.values(), key=lambda entry: str(entry["code"]))


def _answer_foreseen(error: SchemaBuilderError) -> Response:
    status = status_of(error)
    if isinstance(error, UnavailableError):
        logger.warning("request_refused", extra={"code": error.code, "reason": error.log_text})
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("request_failed", extra={"code": error.code}, exc_info=error)
        return _problem(
            status=status,
            code=error.code,
            message=INTERNAL_SENTENCE,
            details=INTERNAL_SENTENCE,
        )
    problems = _problems_of(error)
    return _problem(
        status=status,
        code=error.code,
        message=_message_of(error),
        details=_details_of(error),
        headers=_headers_of(error),
        payload=_payload_of(error, problems),
        problems=problems,
    )


def _headers_of(error: SchemaBuilderError) -> Mapping[str, str]:
    """Return the headers that go with a failure. Source: RFC 6750, section 3."""
    if isinstance(error, UnauthenticatedError):
        given = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return {"WWW-Authenticate": f'Bearer realm="schema-builder"{given}'}
    if isinstance(error, ScopeMissingError):
        scopes = " ".join(error.scopes)
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scopes}"'}
    if isinstance(error, RateLimitedError):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.is_retryable else {}


def _answer_unforeseen(error: Exception) -> Response:
    logger.error("request_crashed", exc_info=error)
    return _problem(
        status=500,
        code="INTERNAL_ERROR",
        message=INTERNAL_SENTENCE,
        details=INTERNAL_SENTENCE,
    )


def _problem(
    *,
    status: int,
    code: str,
    message: str,
    details: str,
    headers: Mapping[str, str] | None = None,
    payload: Mapping[str, Any] | None = None,
    problems: tuple[FieldProblem, ...] = (),
) -> Response:
    request_id = g.get("request_id")
    # Whatever body is still to come is not read any more, so the connection cannot be kept.
    if _wants_problem_document():
        document: dict[str, Any] = {
            "type": f"/docs#{code}",
            "title": message,
            "status": status,
            "detail": details,
            "instance": request.path,
            "code": code,
            "requestId": request_id,
        }
        if payload is not None:
            document |= {
                name: payload[name] for name in ("findings", "quota", "limit") if name in payload
            }
        if problems:
            document["errors"] = [
                {
                    "pointer": json_pointer(problem.field),
                    "code": problem.code,
                    "detail": problem.message,
                    "hint": problem.hint,
                }
                for problem in problems
            ]
        answer = json_response(document, status, headers, content_type=PROBLEM)
    else:
        envelope = {
            "success": False,
            "message": message,
            "data": payload,
            "error": {"code": code, "details": details, "requestId": request_id},
        }
        answer = json_response(envelope, status, headers)
    answer.vary.add("Accept")
    return answer


def json_pointer(field: str) -> str:
    """Return a place such as `tables[0].name` as a JSON pointer (RFC 6901) in a fragment."""
    steps = [step for step in re.split(r"[.\[\]]+", field) if step]
    return "#" + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _wants_problem_document() -> bool:
    accepted = request.accept_mimetypes
    return (
        bool(accepted)
        and accepted[PROBLEM] > 0
        and (
            accepted.best_match([JSON, PROBLEM]) == PROBLEM
            or (PROBLEM in accepted.values() and JSON not in accepted.values())
        )
    )


def _status_of_class(error: type[SchemaBuilderError]) -> int:
    status = _STATUS_BY_CODE.get(error.code)
    if status is not None:
        return status
    return next((code for family, code in _STATUS_BY_FAMILY if issubclass(error, family)), 500)


def _problems_of(error: SchemaBuilderError) -> tuple[FieldProblem, ...]:
    """Return the places of a failure that has them."""
    match error:
        case InvalidJsonError() | InvalidParametersError():
            return error.problems
        case InvalidDocumentError():
            return tuple(
                FieldProblem(
                    field=problem.path,
                    code=problem.code,
                    message=problem.message,
                    hint=problem.hint,
                )
                for problem in error.problems
            )
        case InvalidDefinitionError():
            return tuple(
                FieldProblem(
                    field=found.path, code=found.code, message=found.message, hint=found.hint
                )
                for found in error.diagnostics
            )
        case _:
            return ()


def _payload_of(
    error: SchemaBuilderError, problems: tuple[FieldProblem, ...]
) -> Mapping[str, Any] | None:
    if problems:
        errors = [
            {
                "field": problem.field,
                "message": problem.message,
                "code": problem.code,
                "hint": problem.hint,
            }
            for problem in problems
        ]
        return {"valid": False, "errors": errors}
    payload: Mapping[str, Any] | None = None
    match error:
        case DataWouldBeLostError():
            payload = {"losses": list(error.losses)}
        case ValuesWouldBeLostError():
            payload = {"losses": plain(error.losses), "migration": plain(error.migration)}
        case RowsDoNotFitError():
            payload = {"misfits": plain(error.misfits), "migration": plain(error.migration)}
        case PlanRefusedError():
            payload = {"findings": [dict(finding) for finding in error.findings]}
        case QuotaExceededError():
            payload = {"quota": error.quota.value, "limit": error.limit}
        case DatabaseDriftedError():
            payload = {"differences": list(error.differences)}
        case _:
            pass
    return payload


def _message_of(error: SchemaBuilderError) -> str:
    if isinstance(error, (InvalidDocumentError, InvalidDefinitionError)):
        return "Schema validation failed"
    return _SENTENCE_BY_CODE.get(error.code, error.message)


def _details_of(error: SchemaBuilderError) -> str:
    return _SENTENCE_BY_CODE.get(error.code, error.sentence)


def _code_of_path(path: str) -> str:
    return next((code for pattern, code in _NOUN_PATHS if pattern.match(path)), "NOT_FOUND")


def _sentence_of(error: HTTPException) -> str:
    """Return our own sentence for an error of HTTP, whose own can quote internals."""
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.method} is not for this address; the header Allow says what is."
    return _SENTENCE_BY_STATUS.get(error.code or 0, f"{error.name}.")
