"""Entity tags: what tells two representations of one thing apart, and which version was seen.

A schema's tag is `"<version>.<revision>.<job's change>.<job's heartbeat>"`. Preconditions on
writes compare the version alone: progress of a job is no reason to refuse an edit.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response, request

from core.jobs.model import Job
from core.schemas.model import Schema

_TAG = re.compile(r'(?:W/)?"([^"]*)"')
_STRONG_TAG = re.compile(r'(W/)?"([^"]*)"')
NO_VERSION = 0
"""What a tag of ours never names: it makes the precondition fail."""


def job_tag(job: Job) -> str:
    """Return the tag of a job."""
    return f"{job.sequence}.{_heartbeat(job)}"


def schema_tag(schema: Schema, job: Job | None) -> str:
    """Return the tag of a whole schema with its newest job."""
    head = f"{schema.version_number}.{schema.revision}"
    return head if job is None else f"{head}.{job_tag(job)}"


def tagged(response: Response, tag: str) -> Response:
    """Put a tag on an answer, and answer 304 to whoever has that representation already.

    Source: RFC 9110, section 13.1.2: `If-None-Match` compares weakly.
    """
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    if request.method in {"GET", "HEAD"} and request.if_none_match.contains_weak(tag):
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
        response.headers.pop("Content-Length", None)
    return response


def seen_by_client() -> tuple[str, ...]:
    """Return the tags that the client says it has."""
    return tuple(_TAG.findall(request.headers.get("If-None-Match", "")))


def required_version(newest: Callable[[], int]) -> int | None:
    """Return the version that `If-Match` demands; None when it demands nothing.

    A weak tag never matches, as what it stands for may differ in what a write must not pass over.

    Source: RFC 9110, sections 13.1.1 and 8.8.3.2, strong comparison.

    Args:
        newest: Reads the newest version, which is the one demanded when it is among several.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    versions = {_version_of(tag) for weak, tag in _STRONG_TAG.findall(header) if not weak}
    if len(versions) > 1 and (current := newest()) in versions:
        return current
    return max(versions, default=NO_VERSION)


def _version_of(tag: str) -> int:
    number = tag.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else NO_VERSION  # noqa: PLR2004 - versions are 4-byte numbers


def _heartbeat(job: Job) -> str:
    if job.heartbeat_at is None:
        return "0"
    return format(int(job.heartbeat_at.timestamp() * 1000), "x")
