"""Shapes of jobs."""

from __future__ import annotations

from marshmallow import fields, validate

from core.jobs.model import JobKind, JobState, StepState, WaitingCode
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of


def one_of(words: type[JobKind | JobState | StepState | WaitingCode]) -> validate.OneOf:
    """Return the closed list of an enumeration's words."""
    return validate.OneOf([word.value for word in words])


def moment(description: str, *, is_nullable: bool = True) -> fields.DateTime:
    """Return the shape of a time."""
    return fields.DateTime(
        required=True, allow_none=is_nullable, metadata={"description": description}
    )


class WaitingReasonShape(Shape):
    """Why a queued job is not running."""

    code = fields.String(required=True, validate=one_of(WaitingCode))
    blocking_job_id = fields.UUID(required=True, allow_none=True)
    until = moment("What time is waited for.")


class ProgressShape(Shape):
    """How far a job is."""

    percent = fields.Integer(required=True, validate=validate.Range(min=0, max=100))
    step = fields.String(required=True, allow_none=True)
    completed_steps = fields.Integer(required=True)
    total_steps = fields.Integer(required=True)
    message = fields.String(required=True)


class StepShape(Shape):
    """One named part of a job."""

    name = fields.String(required=True, metadata={"example": "apply_ddl"})
    state = fields.String(required=True, validate=one_of(StepState))
    started_at = moment("When it began.")
    finished_at = moment("When it ended.")


class JobErrorShape(Shape):
    """Why a job, or its last attempt, failed."""

    code = fields.String(required=True)
    details = fields.String(required=True)
    sqlstate = fields.String(required=True, allow_none=True)
    statement = fields.String(required=True, allow_none=True)
    retryable = fields.Boolean(required=True)


class JobLinksShape(Shape):
    """Addresses around a job."""

    self = fields.String(required=True)
    schema = fields.String(required=True)
    events = fields.String(required=True)
    cancel = fields.String(required=True)
    retry = fields.String(required=True)


class JobShape(Shape):
    """Recorded background work."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=one_of(JobKind))
    schema_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=one_of(JobState))
    waiting_reason = fields.Nested(WaitingReasonShape, required=True, allow_none=True)
    progress = fields.Nested(ProgressShape, required=True)
    steps = fields.List(fields.Nested(StepShape), required=True)
    attempt = fields.Integer(required=True)
    max_attempts = fields.Integer(required=True)
    result = fields.Dict(required=True, allow_none=True)
    error = fields.Nested(JobErrorShape, required=True, allow_none=True)
    cancel_requested_at = moment("When somebody asked to stop it.")
    retry_of = fields.UUID(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    created_at = moment("When it was accepted.", is_nullable=False)
    started_at = moment("When its first attempt began.")
    finished_at = moment("When it ended.")
    heartbeat_at = moment("Last proof of life of its worker.")
    links = fields.Nested(JobLinksShape, required=True)


JobAnswer = envelope_of(JobShape, name="Job")
JobPage = page_of(JobShape, name="Job")
