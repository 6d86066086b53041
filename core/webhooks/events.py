"""What is told of an event: the body of a delivery. No row, no secret and no address is in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from core.jobs.model import Job, JobState
from core.webhooks.model import EventType


def body_of(event: EventType, facts: Mapping[str, Any], at: datetime) -> str:
    """Return the JSON text of an event. Source: Standard Webhooks 1.0.0, "Payload structure"."""
    return json.dumps(
        {"type": event.value, "timestamp": _moment(at), "data": dict(facts)},
        separators=(",", ":"),
        ensure_ascii=False,
    )


def job_facts(job: Job, state: JobState, error: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is told of a job that ends.

    Args:
        job: The job before its end.
        state: How it ends.
        error: Its error as it is recorded, if it has one. Only the code is told: its details can
            quote a statement.
    """
    return {
        "jobId": job.id,
        "kind": job.kind.value,
        "schemaId": job.schema_id,
        "state": state.value,
        "attempt": job.attempt,
        "errorCode": None if error is None else error.get("code"),
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
