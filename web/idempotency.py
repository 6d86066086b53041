"""`Idempotency-Key`: a repeated POST gets the first answer, and changes nothing again.

The first answer is recorded in the very transaction that makes the change, so either both are
there or neither is. Source: draft-ietf-httpapi-idempotency-key-header-07.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, TypeVar

import simplejson
from flask import Response, request

from core.errors import ConflictError
from core.jobs.errors import JobNotFoundError
from core.jobs.model import JobId
from core.schemas.idempotency import IdempotencyRecord
from core.schemas.store import Store
from web.bodies import body_bytes
from web.context import application
from web.errors import FieldProblem, IdempotencyKeyReusedError, InvalidParametersError
from web.etag import tagged
from web.jobs import get_job
from web.json_writing import text_response, write_json
from web.principals import owner
from web.waiting import pause_headers, wait_for_end

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"^[\x21-\x7e]{1,255}$")

OutcomeT = TypeVar("OutcomeT")

Recorder = Callable[[Store, OutcomeT], None]
"""What a use case calls before it commits."""


def once(
    act: Callable[[Recorder[OutcomeT]], OutcomeT],
    *,
    represent: Callable[[OutcomeT], dict[str, Any]],
    status: int,
    respond: Callable[[OutcomeT], Response],
    tag: Callable[[OutcomeT], str] | None = None,
) -> Response:
    """Answer a POST that its sender may repeat.

    Args:
        act: Calls the use case with a function that it calls before its commit.
        represent: Returns the envelope that stands for the outcome, if the request is repeated.
        status: The status that goes with it.
        respond: Makes the present answer, which may have waited for a job.
        tag: Returns the entity tag of what `represent` returns, where the answer has one.

    Raises:
        IdempotencyKeyReusedError: the key was used for another request.
        InvalidParametersError: the key is no key.
    """
    key = _key()
    if key is None:
        return respond(act(_record_nothing))
    route = f"{request.method} {request.path}"
    digest = _digest()
    replayed = _replay(route, key, digest)
    if replayed is not None:
        return replayed

    def record(store: Store, outcome: OutcomeT) -> None:
        store.idempotency.add(
            IdempotencyRecord(
                owner=owner(),
                route=route,
                key=key,
                body_digest=digest,
                status=status,
                body=_recorded(represent(outcome), "" if tag is None else tag(outcome)),
                created_at=application().clock.now(),
            )
        )

    try:
        outcome = act(record)
    except ConflictError:
        # The same request may have won the race, and be the very thing that is in the way.
        replayed = _replay(route, key, digest)
        if replayed is None:
            raise
        return replayed
    return respond(outcome)


def operation_headers(envelope: dict[str, Any]) -> dict[str, str]:
    """Return the addresses that an answer names in its headers, taken from its body."""
    payload = envelope.get("data") or {}
    links = payload.get("links") or {}
    job = _job_in(envelope)
    headers = {}
    if job:
        headers["Operation-Location"] = job["links"]["self"]
    if "self" in links:
        headers["Location"] = links["self"]
    return headers


def _record_nothing(_store: Store, _outcome: object) -> None:
    """Record nothing: the client named no key."""


def _key() -> str | None:
    given = request.headers.get(HEADER)
    if given is None:
        return None
    if not _KEY.match(given):
        problem = FieldProblem(
            field=HEADER,
            code="INVALID_IDEMPOTENCY_KEY",
            message="A key has 1 to 255 visible ASCII characters.",
        )
        raise InvalidParametersError(problems=[problem])
    return given


def _digest() -> str:
    """Return a digest of what the request asks for, beside its route."""
    digest = hashlib.sha256(request.query_string)
    digest.update(b"\n")
    digest.update(body_bytes())
    return digest.hexdigest()


def _replay(route: str, key: str, digest: str) -> Response | None:
    with application().open_store() as store:
        record = store.idempotency.get(owner(), route, key)
    if record is None or record.body is None or record.status is None:
        return None
    if record.body_digest != digest:
        raise IdempotencyKeyReusedError(key=key)
    tag, _, body = record.body.rpartition("\n")
    envelope = simplejson.loads(body, use_decimal=True)
    headers = {**operation_headers(envelope), **_waited(envelope), REPLAYED: "true"}
    response = text_response(body, record.status, headers)
    return tagged(response, tag) if tag else response


def _recorded(envelope: dict[str, Any], tag: str) -> str:
    """Return what is recorded of an answer: its tag and its body, a line each."""
    return f"{tag}\n{write_json(envelope)}"


def _job_in(envelope: dict[str, Any]) -> dict[str, Any]:
    payload = envelope.get("data") or {}
    job: dict[str, Any] = payload if "kind" in payload else payload.get("job") or {}
    return job


def _waited(envelope: dict[str, Any]) -> dict[str, str]:
    """Wait for the recorded job as the client prefers; return the headers that speak of it."""
    recorded = _job_in(envelope)
    if not recorded:
        return {}
    try:
        job = get_job(JobId(recorded["id"]), owner=owner())
    except JobNotFoundError:
        return {}
    waited = wait_for_end(job)
    return {**waited.headers, **pause_headers(waited.job)}
