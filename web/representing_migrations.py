"""Migrations as JSON values of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.databases.migration import Migration
from core.dialects.statement import Line
from core.planning.codec import plan_from_json
from web.json_writing import camel_case, plain, rfc3339
from web.representing import job_path, schema_path
from web.representing_changes import change_json


def migration_path(schema_id: str, migration_id: str) -> str:
    """Return the address of a migration."""
    return f"{schema_path(schema_id)}/migrations/{migration_id}"


def migration_head_json(migration: Migration) -> dict[str, Any]:
    """Represent a migration as an item of a list."""
    path = migration_path(migration.schema_id, migration.id)
    return {
        "id": migration.id,
        "schemaId": migration.schema_id,
        "fromVersion": migration.from_version,
        "toVersion": migration.to_version,
        "state": migration.state.value,
        "reversibility": migration.plan["reversibility"],
        "changeCount": len(migration.plan["changes"]),
        "author": migration.author,
        "note": migration.note,
        "createdAt": rfc3339(migration.created_at),
        "appliedAt": rfc3339(migration.applied_at),
        "revertedAt": rfc3339(migration.reverted_at),
        "setAsideUntil": rfc3339(migration.set_aside_until),
        "setAsideRemovedAt": rfc3339(migration.set_aside_removed_at),
        "jobId": migration.job_id,
        "revertJobId": migration.revert_job_id,
        "links": {
            "self": path,
            "apply": f"{path}/apply",
            "revert": f"{path}/revert",
            "schema": schema_path(migration.schema_id),
            "job": _job_address(migration.job_id),
            "revertJob": _job_address(migration.revert_job_id),
        },
    }


def migration_json(migration: Migration) -> dict[str, Any]:
    """Represent a migration with its plan, what it does and what is to be said of it."""
    plan = plan_from_json(migration.plan)
    changes = [change_json(change) for change in plan.changes]
    return {
        **migration_head_json(migration),
        "beforeFingerprint": migration.before_fingerprint,
        "afterFingerprint": migration.after_fingerprint,
        "changes": changes,
        "sentences": [change["summary"] for change in changes],
        "notes": list(plan.notes),
        "up": _statements_json(plan.up),
        "down": _statements_json(plan.down),
        "findings": [dict(finding) for finding in migration.findings],
        "impact": {
            "items": [_with_camel_case(item) for item in migration.impact.get("items", ())],
            "losses": list(migration.impact.get("losses", ())),
            "misfits": list(migration.impact.get("misfits", ())),
        },
        "allowedLosses": list(migration.allowed_losses),
        "setAside": plain(migration.set_aside),
    }


def _statements_json(lines: tuple[Line, ...]) -> list[dict[str, Any]]:
    """Represent statements one by one; those of one line take effect together."""
    return [
        {
            "line": number,
            "sql": f"{statement.sql};",
            "effect": plain(statement.effect),
            "causes": list(statement.causes),
            "isTransactional": statement.is_transactional,
            "runsInBatches": statement.batches is not None,
        }
        for number, line in enumerate(lines)
        for statement in line.statements
    ]


def _with_camel_case(value: object) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, Mapping):
        return {camel_case(str(key)): _with_camel_case(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_camel_case(part) for part in value]
    return value


def _job_address(job_id: str | None) -> str | None:
    return None if job_id is None else job_path(job_id)
