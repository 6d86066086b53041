"""The routes of the credentials of a generated database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response

from core.databases.revealing import CredentialTrial, KnownCredential, RevealedCredential
from core.databases.rotating import USUAL_OVERLAP
from core.definition.fields import Fields
from core.definition.problems import Problems
from web.context import application
from web.envelope import answer, answer_page
from web.evolution_bodies import read_optional_body
from web.json_writing import plain, rfc3339
from web.paging import PageQuery, PageRequest
from web.principals import owner
from web.representing import API
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.credentials import (
    ROTATION_BODY,
    CredentialPage,
    CredentialTrialAnswer,
    RevealedCredentialAnswer,
)
from web.working import accepted_answers, once_queued

credentials = Noun(
    "credentials",
    "Who may log in to a generated database: as owner, as read-write or as read-only. Passwords are"
    " in no answer but that of `reveal`.",
)

_ROLE = "<string(maxlength=40):role>"


@credentials.route(
    "GET",
    "/schemas/<uuid:schema_id>/credentials",
    query=PageQuery,
    answers=(
        Answer(status=200, shape=CredentialPage, description="One per role.", headers=("Link",)),
    ),
    errors=(404, 409),
)
def list_credentials(query: Mapping[str, Any], schema_id: UUID) -> Response:
    """List the credentials of a database, without their passwords."""
    page = PageRequest.of(query)
    found = application().credentials.list_all(str(schema_id), owner=owner())
    begin = (page.page - 1) * page.limit
    return answer_page(
        [_known_json(str(schema_id), each) for each in found[begin : begin + page.limit]],
        total=len(found),
        page=page,
        message="Credentials retrieved successfully",
    )


@credentials.route(
    "POST",
    f"/schemas/<uuid:schema_id>/credentials/{_ROLE}/reveal",
    answers=(
        Answer(
            status=200,
            shape=RevealedCredentialAnswer,
            description="The password; who asked for it is in the audit log.",
        ),
    ),
    errors=(403, 404, 409),
)
def reveal_credential(schema_id: UUID, role: str) -> Response:
    """Reveal the password of a credential."""
    found = application().credentials.reveal(str(schema_id), role, owner=owner())
    return answer(_revealed_json(found), "Credential revealed successfully")


@credentials.route(
    "POST",
    f"/schemas/<uuid:schema_id>/credentials/{_ROLE}/rotate",
    body=ROTATION_BODY,
    is_body_required=False,
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("The job makes a new login, and lets the old one expire."),
    errors=(403, 404, 409, 413, 415, 422),
)
def rotate_credential(schema_id: UUID, role: str) -> Response:
    """Replace a credential by a new one; the old one stays good for a while."""
    overlap_seconds, ends_sessions = _read_rotation(read_optional_body())
    return once_queued(
        lambda record: application().rotate_credential(
            str(schema_id),
            role,
            owner=owner(),
            overlap_seconds=overlap_seconds,
            ends_sessions=ends_sessions,
            request_id=request_id(),
            before_commit=record,
        ),
        "Credential rotation started",
    )


@credentials.route(
    "POST",
    f"/schemas/<uuid:schema_id>/credentials/{_ROLE}/test",
    answers=(
        Answer(
            status=200,
            shape=CredentialTrialAnswer,
            description="What came of it, be it good or bad.",
        ),
    ),
    errors=(403, 404, 409),
)
def test_credential(schema_id: UUID, role: str) -> Response:
    """Log in with a credential, and see what it is good for."""
    trial = application().credentials.test(str(schema_id), role, owner=owner())
    return answer(_trial_json(trial), "Credential tested")


def _read_rotation(raw: object) -> tuple[int, bool]:
    """Read how long the old login stays good, and whether its sessions are ended then.

    Raises:
        InvalidDocumentError: with every problem of form.
    """
    problems = Problems()
    fields = Fields(
        raw,
        path="",
        keys={"overlapSeconds", "endSessions"},
        problems=problems,
    )
    overlap = fields.whole("overlapSeconds")
    ends_sessions = fields.flag("endSessions")
    problems.raise_if_any()
    usual = int(USUAL_OVERLAP.total_seconds())
    return usual if overlap is None else overlap, bool(ends_sessions)


def _known_json(schema_id: str, known: KnownCredential) -> dict[str, Any]:
    path = f"{API}/schemas/{schema_id}/credentials/{known.role}"
    now = application().clock.now()
    return {
        "role": known.role.value,
        "login": known.login,
        "connectionString": known.connection_string,
        "createdAt": rfc3339(known.created_at),
        "older": [
            {
                "login": older.login,
                "state": older.state_at(now).value,
                "expiresAt": rfc3339(older.expires_at),
                "endsSessions": older.ends_sessions,
            }
            for older in known.older
        ],
        "links": {
            "reveal": f"{path}/reveal",
            "rotate": f"{path}/rotate",
            "test": f"{path}/test",
        },
    }


def _revealed_json(found: RevealedCredential) -> dict[str, Any]:
    return {
        "role": found.credential.role.value,
        "login": found.credential.login,
        "password": found.password,
        "host": found.host,
        "port": found.port,
        "databaseName": found.database_name,
        "connectionString": found.connection_string,
        "createdAt": rfc3339(found.credential.in_service_at),
    }


def _trial_json(trial: CredentialTrial) -> dict[str, Any]:
    failure = trial.failure
    return {
        "role": trial.credential.role.value,
        "login": trial.credential.login,
        "succeeded": trial.found is not None,
        "found": None if trial.found is None else plain(trial.found),
        "failure": None if failure is None else {"code": failure.code, "details": failure.sentence},
        "testedAt": rfc3339(application().clock.now()),
    }
