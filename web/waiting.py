"""Holding a request until its job has moved: `Prefer: wait=N` (RFC 7240) and `?wait=N`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from core.errors import UnavailableError
from core.jobs.errors import JobNotFoundError
from core.jobs.model import Job, JobId, JobState
from web.context import web_context
from web.jobs import get_job
from web.principals import owner

LONGEST_WAIT_SECONDS = 30
RUNNING_PAUSE_SECONDS = 1
QUEUED_PAUSE_SECONDS = 2
GROWTH = 1.1
"""Growth of the pause between two looks: the end is heard of at most about a tenth too late."""
_WAIT = re.compile(r'^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How a job stands after a wait."""

    job: Job
    """The job."""
    headers: dict[str, str]
    """What tells the client that its preference was honoured."""


def preferred_wait() -> int:
    """Return how many seconds the header `Prefer` asks for, at most 30; 0 for none.

    What it says otherwise is ignored, as RFC 7240 demands.
    """
    for header in request.headers.getlist("Prefer"):
        for preference in header.split(","):
            match = _WAIT.match(preference)
            if match:
                return min(int(match[1]), LONGEST_WAIT_SECONDS)
    return 0


def wait_for_end(job: Job) -> Waited:
    """Hold the request until the job has ended, for as long as the client prefers."""
    seconds = preferred_wait()
    if seconds == 0:
        return Waited(job=job, headers={})
    return wait_until(lambda seen: seen.state.is_final, job, seconds=seconds)


def wait_until(is_enough: Callable[[Job], bool], job: Job, *, seconds: int) -> Waited:
    """Look at the job until it is as wanted, or the seconds have passed.

    Without room for another held request, it answers at once.
    """
    context = web_context()
    headers = {"Preference-Applied": f"wait={seconds}"}
    if is_enough(job):
        return Waited(job=job, headers=headers)
    with context.holding.place() as has_place:
        if not has_place:
            return Waited(job=job, headers={})
        deadline = time.monotonic() + seconds
        pause = context.patience.shortest_look_seconds
        while not is_enough(job) and (left := deadline - time.monotonic()) > 0:
            if context.holding.is_leaving:
                break  # the client asks again, and finds the process that follows
            time.sleep(min(pause, left))
            pause = min(pause * GROWTH, context.patience.longest_look_seconds)
            try:
                job = get_job(JobId(job.id), owner=owner())
            except (JobNotFoundError, UnavailableError):
                break  # what was asked for is done; how the job stood last is answer enough
    return Waited(job=job, headers=headers)


def pause_headers(job: Job) -> dict[str, str]:
    """Return when to look at a job again; nothing once it has ended."""
    if job.state.is_final:
        return {}
    is_running = job.state is JobState.RUNNING
    return {"Retry-After": str(RUNNING_PAUSE_SECONDS if is_running else QUEUED_PAUSE_SECONDS)}
