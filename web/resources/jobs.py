"""The routes of jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import Response, request
from marshmallow import fields, validate

from core.jobs.model import Job, JobId, JobKind, JobState
from core.schemas.store import Store
from web.auth import renewed_proof
from web.context import application, web_context
from web.envelope import answer_page
from web.errors import FieldProblem, InvalidParametersError, TooManyHeldRequestsError
from web.etag import seen_by_client
from web.jobs import events_reader, get_job
from web.paging import PageQuery, PageRequest
from web.permissions import RETRIES
from web.principals import owner, principal
from web.querying import NoQuery, WholeNumber
from web.representing import job_json
from web.request_ids import request_id
from web.routing import Answer, Noun
from web.shapes.jobs import JobAnswer, JobPage
from web.streaming import EVENT_SHAPE, EVENT_STREAM, stream_events
from web.waiting import LONGEST_WAIT_SECONDS, wait_until
from web.working import accepted, accepted_answers, job_answer, once_queued

jobs = Noun("jobs", "Recorded background work.")


class JobsQuery(PageQuery):
    """The parameters of the list of jobs."""

    schema_id = fields.UUID(metadata={"description": "Only those of this schema."})
    state = fields.String(
        validate=validate.OneOf([word.value for word in JobState]),
        metadata={"description": "Only those in this state."},
    )
    kind = fields.String(
        validate=validate.OneOf([word.value for word in JobKind]),
        metadata={"description": "Only those of this kind."},
    )


class WaitQuery(NoQuery):
    """The parameters of reading a job."""

    wait = WholeNumber(
        load_default=0,
        validate=validate.Range(min=0, max=LONGEST_WAIT_SECONDS),
        metadata={
            "description": "Hold the answer until the state changes or these seconds have passed."
            " With `If-None-Match`, until anything changes."
        },
    )


@jobs.route(
    "GET",
    "/jobs",
    query=JobsQuery,
    answers=(Answer(status=200, shape=JobPage, description="Newest first.", headers=("Link",)),),
)
def list_jobs(query: Mapping[str, Any]) -> Response:
    """List jobs."""
    page = PageRequest.of(query)
    schema_id, state, kind = query.get("schema_id"), query.get("state"), query.get("kind")
    with application().open_store() as store:
        found, total = store.jobs.list_page(
            owner(),
            schema_id=None if schema_id is None else str(schema_id),
            state=None if state is None else JobState(state),
            kind=None if kind is None else JobKind(kind),
            page=page.page,
            limit=page.limit,
        )
    return answer_page(
        [job_json(job) for job in found],
        total=total,
        page=page,
        message="Jobs retrieved successfully",
    )


@jobs.route(
    "GET",
    "/jobs/<uuid:job_id>",
    query=WaitQuery,
    request_headers=("If-None-Match",),
    answers=(
        Answer(
            status=200,
            shape=JobAnswer,
            description="As it stands. The status says nothing of how the job went.",
            headers=("ETag", "Retry-After", "Preference-Applied"),
        ),
        Answer(status=304, shape=None, description="Nothing changed.", headers=("ETag",)),
    ),
    errors=(404,),
)
def read_job(query: Mapping[str, Any], job_id: UUID) -> Response:
    """Read a job, at once or when it has moved."""
    job = get_job(JobId(str(job_id)), owner=owner())
    headers: dict[str, str] = {}
    if query["wait"]:
        waited = wait_until(_has_moved(job), job, seconds=query["wait"])
        job, headers = waited.job, waited.headers
    return job_answer(job, "Job retrieved successfully", headers=headers)


@jobs.route(
    "POST",
    "/jobs/<uuid:job_id>/cancel",
    request_headers=("Prefer",),
    answers=accepted_answers("The job is asked to stop; it ends when nothing is left behind."),
    errors=(403, 404, 409),
)
def cancel_job(job_id: UUID) -> Response:
    """Ask a job to stop."""
    job = application().jobs.cancel(JobId(str(job_id)), owner=owner())
    return accepted(job, "Job cancelled" if job.state.is_final else "Job asked to stop")


@jobs.route(
    "POST",
    "/jobs/<uuid:job_id>/retry",
    request_headers=("Idempotency-Key", "Prefer"),
    answers=accepted_answers("A new job of the same kind and arguments."),
    errors=(403, 404, 409, 422),
)
def retry_job(job_id: UUID) -> Response:
    """Try a failed or cancelled job again, as a new one."""

    def retry(record: Callable[[Store, Job], None]) -> Job:
        job = get_job(JobId(str(job_id)), owner=owner())
        principal().require(RETRIES[job.kind])
        return application().jobs.retry(
            job.id, owner=owner(), request_id=request_id(), before_commit=record
        )

    return once_queued(retry, "Job queued again")


@jobs.route(
    "GET",
    "/jobs/<uuid:job_id>/events",
    request_headers=("Last-Event-ID",),
    answers=(
        Answer(
            status=200,
            shape=EVENT_SHAPE,
            description="Its events as they happen (Server-Sent Events), until its end.",
            content_type=EVENT_STREAM,
        ),
        Answer(status=204, shape=None, description="It has ended and you have every event."),
    ),
    errors=(404,),
)
def stream_job_events(job_id: UUID) -> Response:
    """Stream what happens to a job."""
    job = get_job(JobId(str(job_id)), owner=owner())
    after = _last_event_id()
    read = events_reader()
    if job.state.is_final and not read(job.id, after):
        return Response(status=204)
    context, is_allowed = web_context(), renewed_proof()
    if not context.holding.take():
        raise TooManyHeldRequestsError

    def lines() -> Iterator[bytes]:
        yield from stream_events(
            job.id,
            after=after,
            read=read,
            is_allowed=is_allowed,
            patience=context.patience,
            holding=context.holding,
        )

    response = Response(lines(), content_type=EVENT_STREAM)
    response.call_on_close(context.holding.give_back)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _has_moved(job: Job) -> Callable[[Job], bool]:
    """Return what ends the wait for a job: a change since what the client has seen."""
    seen = {tag.partition(".")[0] for tag in seen_by_client()}
    if str(job.sequence) in seen:
        return lambda now: now.sequence != job.sequence or now.state.is_final
    if seen:
        return lambda _: True
    return lambda now: now.state is not job.state or now.state.is_final


def _last_event_id() -> int:
    given = request.headers.get("Last-Event-ID", "").strip()
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) < 18):  # noqa: PLR2004 - fits 8 bytes
        problem = FieldProblem(
            field="Last-Event-ID", code="INVALID_PARAMETER", message="It is a whole number."
        )
        raise InvalidParametersError(problems=[problem])
    return int(given)
