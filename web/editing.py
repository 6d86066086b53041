"""Answers about edits: the schema as it stands then, after the wait that the client prefers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Response

from core.errors import NotFoundError, UnavailableError
from core.jobs.model import Job, JobKind
from core.schemas.view import SchemaView
from web.context import application
from web.envelope import answer
from web.etag import schema_tag, tagged
from web.permissions import LOSSES
from web.principals import owner, principal
from web.querying import Flag, NoQuery, PlainText
from web.representing import job_path, schema_json
from web.request_ids import request_id
from web.routing import Answer
from web.shapes.schemas import SchemaAnswer
from web.waiting import wait_for_end

LONGEST_MESSAGE = 500
"""Characters of why a version was stored."""

LONGEST_ALLOWANCE = 6_000
"""Characters of the names of what may be lost; an address has to hold them."""

_EDITS = frozenset({JobKind.MIGRATE, JobKind.REGENERATE})


class EditQuery(NoQuery):
    """The parameters of an edit."""

    allow_data_loss = Flag(
        description="Go on whatever values are lost; a backup is taken first, and what goes is "
        "kept for a while. Needs `databases:provision` too."
    )
    allow_loss = PlainText(
        longest=LONGEST_ALLOWANCE,
        description="What may lose values, by name, with commas between: `public.users.email,old`. "
        "Needs `databases:provision` too.",
    )
    message = PlainText(longest=LONGEST_MESSAGE, description="Why, in your words.")


def allowed_losses(query: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of what may lose values, taken from the parameters of an edit."""
    return tuple(name.strip() for name in query.get("allow_loss", "").split(",") if name.strip())


def require_losses(query: Mapping[str, Any]) -> None:
    """See that whoever sends an edit may lose values where the edit is allowed to.

    Raises:
        ScopeMissingError: it asks for that, and its sender may not.
    """
    if query["allow_data_loss"] or allowed_losses(query):
        principal().require(LOSSES)


def edited_answers(description: str, *, replays: bool = False) -> tuple[Answer, ...]:
    """Return how a route answers that stores a version."""
    more = ("Idempotency-Replayed",) if replays else ()
    headers = ("Operation-Location", "ETag", "Preference-Applied", *more)
    return (Answer(status=200, shape=SchemaAnswer, description=description, headers=headers),)


def edited_answer(view: SchemaView, message: str) -> Response:
    """Answer with a schema that was just edited, and with the job that this request queued."""
    headers: dict[str, str] = {}
    job = _own_job(view)
    if job is not None:
        view, waited = waited_view(view, job)
        headers = {**waited, "Operation-Location": job_path(job.id)}
    return tagged(
        answer(schema_json(view), message, headers=headers), schema_tag(view.schema, view.job)
    )


def newest_version(schema_id: UUID) -> int:
    """Return the number of a schema's newest version."""
    schema, _ = application().schemas.head(str(schema_id), owner=owner())
    return schema.version_number


def waited_view(view: SchemaView, job: Job) -> tuple[SchemaView, Mapping[str, str]]:
    """Return the schema after the wait that the client prefers, and the headers that say so.

    What was asked for is done by then: a schema that somebody deleted meanwhile, or a store that
    went away, is no reason to say otherwise.
    """
    waited = wait_for_end(job)
    if waited.job.sequence == job.sequence:
        return view, waited.headers
    try:
        return application().schemas.get(view.schema.id, owner=owner()), waited.headers
    except (NotFoundError, UnavailableError):
        return replace(view, job=waited.job), waited.headers


def _own_job(view: SchemaView) -> Job | None:
    """Return the schema's newest job if this very request queued it and it has not ended."""
    job = view.job
    if job is None or job.kind not in _EDITS or job.state.is_final:
        return None
    return job if job.request_id == request_id() else None
