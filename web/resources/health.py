"""The routes that say how this process does; for machines that watch it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response

from core.errors import UnavailableError
from core.observation.checks import (
    Check,
    CheckState,
    check_broker,
    check_queue,
    check_servers,
    check_store,
    worst,
)
from core.store.errors import StoreNotMigratedError
from web.context import application, web_context
from web.envelope import answer
from web.json_writing import json_response, plain, rfc3339
from web.openapi import VERSION
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.health import (
    HealthAnswer,
    LivenessAnswer,
    ReadinessAnswer,
    UnhealthyAnswer,
    UnreadyAnswer,
)

health = Noun("health", "How this server does.")

_NO_SCHEMA = "00000000-0000-0000-0000-000000000000"
_CONNECTED = {True: "connected", False: "unreachable"}
_STORE_AWAY = "The store does not answer at present."
_WAYS = (
    Answer(status=200, shape=HealthAnswer, description="Requests can be answered."),
    Answer(
        status=503,
        shape=UnhealthyAnswer,
        description="They cannot: the store is away or not migrated.",
    ),
)


@health.route("GET", "/health", answers=_WAYS, is_stored=False)
def get_health() -> Response:
    """Ask how this server and what it depends on do."""
    return _health()


@health.route(
    "GET",
    "/health/ready",
    answers=(
        Answer(status=200, shape=ReadinessAnswer, description="Requests can be answered."),
        Answer(
            status=503,
            shape=UnreadyAnswer,
            description="They cannot: the store is away or not migrated.",
        ),
    ),
    is_stored=False,
)
def get_readiness() -> Response:
    """Ask whether requests can be answered and jobs get on, with a remedy for each trouble."""
    parts = application()
    checks = (
        *check_store(parts.open_store, parts.clock),
        *check_queue(parts.signs_of_life, parts.clock),
        *_check_servers(),
        *_check_broker(),
    )
    states = {check.name: check.state for check in checks}
    has_store = states["store"] is CheckState.OK
    is_unmigrated = states.get("migrations") is CheckState.FAILED
    words = {CheckState.OK: "healthy", CheckState.WARNING: "degraded"}
    payload = {
        "status": words.get(worst(checks), "unhealthy"),
        "timestamp": rfc3339(parts.clock.now()),
        "database": "unmigrated" if is_unmigrated else _CONNECTED[has_store],
        "queue": _CONNECTED[states.get("broker", states["queue"]) is CheckState.OK],
        "version": VERSION,
        "checks": plain(checks),
    }
    if has_store and not is_unmigrated:
        return answer(payload, str(payload["status"]).capitalize())
    unmigrated = StoreNotMigratedError()
    return _unhealthy(
        payload,
        code=unmigrated.code if is_unmigrated else UnavailableError.code,
        details=unmigrated.sentence if is_unmigrated else _STORE_AWAY,
    )


@health.route(
    "GET",
    "/health/live",
    answers=(Answer(status=200, shape=LivenessAnswer, description="This process answers."),),
    is_stored=False,
)
def get_liveness() -> Response:
    """Ask whether this process answers."""
    now = rfc3339(application().clock.now())
    return answer({"status": "alive", "timestamp": now}, "Alive")


def _health() -> Response:
    trouble = _trouble_with_store()
    has_store = trouble is None
    is_unmigrated = isinstance(trouble, StoreNotMigratedError)
    has_queue = web_context().is_queue_reachable()
    if not has_store:
        status = "unhealthy"
    elif not has_queue:
        status = "degraded"  # jobs are accepted, and begin once the queue is back
    else:
        status = "healthy"
    payload = {
        "status": status,
        "timestamp": rfc3339(application().clock.now()),
        "database": "unmigrated" if is_unmigrated else _CONNECTED[has_store],
        "queue": _CONNECTED[has_queue],
        "version": VERSION,
    }
    if trouble is None:
        return answer(payload, status.capitalize())
    return _unhealthy(
        payload,
        code=trouble.code if is_unmigrated else UnavailableError.code,
        details=trouble.sentence if is_unmigrated else _STORE_AWAY,
    )


def _check_broker() -> tuple[Check, ...]:
    """Look at the broker, where it is not the Redis that was looked at already."""
    if web_context().settings.broker_url is None:
        return ()
    return (check_broker(is_reachable=web_context().is_queue_reachable()),)


def _check_servers() -> tuple[Check, ...]:
    """Look at what is recorded of servers; nothing where the store does not answer."""
    try:
        return (check_servers(application().servers.registrations()),)
    except UnavailableError:
        return ()


def _unhealthy(payload: Mapping[str, Any], *, code: str, details: str) -> Response:
    error = {"code": code, "details": details, "requestId": request_id()}
    envelope = {"success": False, "message": "Unhealthy", "data": payload, "error": error}
    return json_response(envelope, 503)


def _trouble_with_store() -> UnavailableError | None:
    """Return why the store cannot answer a question about our tables; None if it can."""
    try:
        with application().open_store() as store:
            store.jobs.latest_of_schema(_NO_SCHEMA)
    except UnavailableError as error:
        return error
    return None
