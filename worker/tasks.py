"""The tasks of jobs: one per kind, each with the job's id as its sole argument."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import structlog
from celery import Celery

from core.jobs.attempts import execute
from core.jobs.kinds import KINDS
from core.jobs.model import Job, JobId, JobKind
from core.jobs.queue import task_name
from core.tracing import Role, span
from worker.context import Context
from worker.shutdown import SharedFlag

HARD_LIMIT_MARGIN_SECONDS = 300
"""What an attempt that ignores its time limit gets before its process is killed."""


def register_job_tasks(app: Celery, context: Context, hand_back: SharedFlag) -> None:
    """Give the app a task for each kind of job.

    Args:
        app: The Celery app.
        context: What the tasks work with.
        hand_back: Set when running jobs must be left to other workers.
    """
    for kind, facts in KINDS.items():
        app.task(
            _carry_out(kind, context, hand_back),
            name=task_name(kind),
            shared=False,
            ignore_result=True,
            time_limit=facts.time_limit_seconds + HARD_LIMIT_MARGIN_SECONDS,
        )


def _carry_out(kind: JobKind, context: Context, hand_back: SharedFlag) -> Callable[[str], None]:
    def carry_out(job_id: str) -> None:
        application = context.application
        with (
            structlog.contextvars.bound_contextvars(job_id=job_id, kind=kind.value),
            ExitStack() as spans,
        ):

            def begin(job: Job) -> None:
                _bind_request(job)
                spans.enter_context(_told(job))

            try:
                execute(
                    JobId(job_id),
                    open_store=application.open_store,
                    runners=application.runners,
                    clock=application.clock,
                    announcer=application.announcer,
                    limits=context.limits,
                    hand_back=hand_back,
                    on_claim=begin,
                    trouble_of=application.hanging_servers,
                )
            finally:
                structlog.contextvars.unbind_contextvars("request_id")

    return carry_out


def _told(job: Job) -> AbstractContextManager[None]:
    """Return the span of an attempt, which belongs to the request that asked for the job."""
    return span(
        f"job {job.kind}",
        role=Role.LATER,
        parent=job.trace_parent,
        schema_builder__job__id=job.id,
        schema_builder__job__attempt=job.attempt,
        schema_builder__request_id=job.request_id or "",
    )


def _bind_request(job: Job) -> None:
    if job.request_id is not None:
        structlog.contextvars.bind_contextvars(request_id=job.request_id)
