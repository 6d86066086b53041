"""Records of the core as JSON values of the API. Shapes of the same are described in `shapes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.backups.model import Backup
from core.databases.looking import DatabaseStatus
from core.jobs.model import Job, JobEvent, Step
from core.schemas.model import Schema
from core.schemas.view import SchemaView
from core.validation import Diagnostic
from web.json_writing import plain, rfc3339

API = "/api/v1"
"""Where the API stands."""


def job_path(job_id: str) -> str:
    """Return the address of a job."""
    return f"{API}/jobs/{job_id}"


def schema_path(schema_id: str) -> str:
    """Return the address of a schema."""
    return f"{API}/schemas/{schema_id}"


def backup_path(schema_id: str, backup_id: str) -> str:
    """Return the address of a backup."""
    return f"{schema_path(schema_id)}/backups/{backup_id}"


def key_path(key_id: str) -> str:
    """Return the address of an API key."""
    return f"{API}/keys/{key_id}"


def job_json(job: Job) -> dict[str, Any]:
    """Represent a job."""
    step = job.current_step
    return {
        "id": job.id,
        "kind": job.kind.value,
        "schemaId": job.schema_id,
        "state": job.state.value,
        "waitingReason": plain(job.waiting_reason),
        "progress": {
            "percent": job.percent,
            "step": None if step is None else step.name,
            "completedSteps": job.completed_steps,
            "totalSteps": len(job.steps),
            "message": job.message,
        },
        "steps": [_step_json(each) for each in job.steps],
        "attempt": job.attempt,
        "maxAttempts": job.max_attempts,
        "result": plain(job.result),
        "error": plain(job.error),
        "cancelRequestedAt": rfc3339(job.cancel_requested_at),
        "retryOf": job.retry_of,
        "requestId": job.request_id,
        "createdAt": rfc3339(job.created_at),
        "startedAt": rfc3339(job.started_at),
        "finishedAt": rfc3339(job.finished_at),
        "heartbeatAt": rfc3339(job.heartbeat_at),
        "links": {
            "self": job_path(job.id),
            "schema": schema_path(job.schema_id),
            "events": f"{job_path(job.id)}/events",
            "cancel": f"{job_path(job.id)}/cancel",
            "retry": f"{job_path(job.id)}/retry",
        },
    }


def _step_json(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": step.state.value,
        "startedAt": rfc3339(step.started_at),
        "finishedAt": rfc3339(step.finished_at),
    }


def event_json(event: JobEvent) -> dict[str, Any]:
    """Represent an event of a job."""
    return {
        "sequence": event.sequence,
        "jobId": event.job_id,
        "name": event.name,
        "at": rfc3339(event.at),
        **plain(event.payload),
    }


def schema_item_json(schema: Schema) -> dict[str, Any]:
    """Represent a schema as an item of a list."""
    return {
        **_schema_head(schema),
        "tableCount": schema.table_count,
        "links": {"self": schema_path(schema.id)},
    }


def schema_json(view: SchemaView) -> dict[str, Any]:
    """Represent a whole schema: the record, the document, the newest job."""
    return {
        **schema_frame_json(view.schema, view.job),
        **schema_body_json(view.document),
    }


def schema_frame_json(schema: Schema, job: Job | None) -> dict[str, Any]:
    """Represent what changes about a schema while its version stays."""
    return {
        **_schema_head(schema),
        "job": None if job is None else job_json(job),
        "links": {
            "self": schema_path(schema.id),
            "backups": f"{schema_path(schema.id)}/backups",
        },
    }


def schema_body_json(document: Mapping[str, Any]) -> dict[str, Any]:
    """Represent what a version says, which never changes."""
    parts = {key: part for key, part in document.items() if key not in {"name", "description"}}
    return {"tables": [], "foreignKeys": [], **parts}


def status_json(status: DatabaseStatus) -> dict[str, Any]:
    """Represent the status of a live database."""
    represented: dict[str, Any] = plain(status)
    return represented


def backup_json(backup: Backup) -> dict[str, Any]:
    """Represent a backup; where its file lies is nobody's business."""
    path = backup_path(backup.schema_id, backup.id)
    return {
        "id": backup.id,
        "schemaId": backup.schema_id,
        "state": backup.state.value,
        "reason": backup.reason,
        "format": backup.format,
        "engineVersion": backup.engine_version,
        "toolVersion": backup.tool_version,
        "versionNumber": backup.version_number,
        "fingerprint": backup.live_fingerprint,
        "rowsByTable": dict(backup.rows_by_table),
        "sizeBytes": backup.size_bytes,
        "sha256": backup.sha256,
        "durationSeconds": backup.duration_seconds,
        "verification": plain(backup.verification),
        "createdAt": rfc3339(backup.created_at),
        "finishedAt": rfc3339(backup.finished_at),
        "links": {
            "self": path,
            "download": f"{path}/download",
            "restore": f"{path}/restore",
            "verify": f"{path}/verify",
        },
    }


def diagnostic_json(found: Diagnostic) -> dict[str, Any]:
    """Represent one finding of the rules; `field` is its place under the name that v1 has."""
    represented: dict[str, Any] = plain(found)
    represented["field"] = represented["path"]
    return represented


def _schema_head(schema: Schema) -> Mapping[str, Any]:
    return {
        "id": schema.id,
        "name": schema.name,
        "description": schema.description,
        "databaseName": schema.database_name,
        "status": schema.status.value,
        "version": schema.version,
        "versionNumber": schema.version_number,
        "createdAt": rfc3339(schema.created_at),
        "updatedAt": rfc3339(schema.updated_at),
    }
