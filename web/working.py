"""Answers about jobs: 202 while one works, 200 once it has ended, with its address and a pause."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response

from core.jobs.model import Job
from core.schemas.store import Store
from web.envelope import answer, enveloped
from web.etag import job_tag, tagged
from web.idempotency import once
from web.representing import job_json, job_path
from web.routing import Answer
from web.shapes.jobs import JobAnswer
from web.waiting import pause_headers, wait_for_end

ACCEPTED = 202


def accepted(job: Job, message: str) -> Response:
    """Answer with a job that was just queued, after the wait that the client prefers."""
    waited = wait_for_end(job)
    job = waited.job
    headers = {**waited.headers, **job_headers(job)}
    status = 200 if job.state.is_final else ACCEPTED
    return answer(job_json(job), message, status=status, headers=headers)


def once_queued(act: Callable[[Callable[[Store, Job], None]], Job], message: str) -> Response:
    """Queue a job for a POST that its sender may repeat, and answer with it."""
    return once(
        act,
        represent=lambda job: enveloped(job_json(job), message),
        status=ACCEPTED,
        respond=lambda job: accepted(job, message),
    )


def job_answer(job: Job, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """Answer with a job as it stands; until its end it says when to ask again."""
    response = answer(job_json(job), message, headers={**(headers or {}), **pause_headers(job)})
    return tagged(response, job_tag(job))


def job_headers(job: Job) -> dict[str, str]:
    """Return the headers that lead from an answer to its job."""
    return {
        "Location": job_path(job.id),
        "Operation-Location": job_path(job.id),
        **pause_headers(job),
    }


def accepted_answers(description: str) -> tuple[Answer, ...]:
    """Return how a route answers that queues a job."""
    headers = ("Location", "Operation-Location", "Preference-Applied")
    return (
        Answer(
            status=ACCEPTED,
            shape=JobAnswer,
            description=description,
            headers=(*headers, "Retry-After", "Idempotency-Replayed"),
        ),
        Answer(
            status=200,
            shape=JobAnswer,
            description="The same, when the job ended within the preferred wait.",
            headers=headers,
        ),
    )
