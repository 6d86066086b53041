"""Changes, comparisons, drift and uses as JSON values of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.changes import Change, Subject
from core.databases.drift import Drift, DriftedObject
from core.databases.drift_record import DriftState
from core.databases.finding_uses import Uses
from core.dialects.facts import Dependent
from core.lint import RULES, Policy, Treatment
from core.planning.renames import RenameSuggestion
from core.schemas.comparing import Comparison, State
from core.schemas.model import SchemaVersion
from core.schemas.repository import VersionHead
from web.json_writing import plain, rfc3339
from web.representing import schema_path


def version_path(schema_id: str, number: int) -> str:
    """Return the address of a version."""
    return f"{schema_path(schema_id)}/versions/{number}"


def version_head_json(head: VersionHead | SchemaVersion) -> dict[str, Any]:
    """Represent a version without its document."""
    path = version_path(head.schema_id, head.number)
    return {
        "schemaId": head.schema_id,
        "versionNumber": head.number,
        "version": head.label,
        "structureFingerprint": head.structure_fingerprint,
        "layoutFingerprint": head.layout_fingerprint,
        "author": head.author,
        "message": head.message,
        "createdAt": rfc3339(head.created_at),
        "links": {
            "self": path,
            "restore": f"{path}/restore",
            "schema": schema_path(head.schema_id),
        },
    }


def version_json(version: SchemaVersion) -> dict[str, Any]:
    """Represent a version with its document."""
    return {**version_head_json(version), "document": dict(version.document)}


def change_json(change: Change) -> dict[str, Any]:
    """Represent a change: its verb and fields, with what it means in a sentence."""
    fields: dict[str, Any] = plain(change)
    return {
        **fields,
        "type": type(change).__name__,
        "summary": change.summary(),
        "dataLoss": change.data_loss,
        "subject": subject_json(change.subject),
    }


def subject_json(subject: Subject) -> dict[str, Any]:
    """Represent the thing that a change is about."""
    represented: dict[str, Any] = plain(subject)
    return represented


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Represent what leads from one state to another."""
    changes = [change_json(change) for change in comparison.changes]
    return {
        "from": _state_json(comparison.before),
        "to": _state_json(comparison.after),
        "isEmpty": not changes,
        "isNormalised": comparison.is_normalised,
        "changes": changes,
        "sentences": [change["summary"] for change in changes],
        "sql": [f"{statement};" for statement in comparison.sql],
        "renameSuggestions": [suggestion_json(each) for each in comparison.suggestions],
        "unknown": plain(comparison.unknown),
    }


def suggestion_json(suggestion: RenameSuggestion) -> dict[str, Any]:
    """Represent a rename that may have happened."""
    represented: dict[str, Any] = plain(suggestion)
    return represented


def drift_json(drift: Drift) -> dict[str, Any]:
    """Represent what differs between a live database and its version."""
    return {
        "schemaId": drift.schema_id,
        "databaseName": drift.database.name,
        "versionNumber": drift.version.number,
        "version": drift.version.label,
        "state": drift.state.value,
        "isDrifted": drift.state is DriftState.DRIFTED,
        "checkedAt": rfc3339(drift.checked_at),
        "objects": [_drifted_json(each) for each in drift.objects],
        "toStored": [change_json(change) for change in drift.to_stored],
        "toLive": [change_json(change) for change in drift.to_live],
        "sentences": [change.summary() for change in drift.to_live],
        "renameSuggestions": [suggestion_json(each) for each in drift.suggestions],
        "unknown": plain(drift.unknown),
    }


def uses_json(schema_id: str, uses: Uses) -> dict[str, Any]:
    """Represent what refers to a thing."""
    facts = uses.facts
    return {
        "schemaId": schema_id,
        "object": plain(uses.thing),
        "inDefinition": plain(uses.in_definition),
        "databaseStatus": uses.database_status,
        "inDatabase": [_dependent_json(each) for each in uses.in_database],
        "table": None
        if facts is None
        else {
            "estimatedRows": facts.estimated_rows,
            "sizeBytes": facts.size_bytes,
            "indexSizeBytes": facts.index_size_bytes,
            "sessions": list(facts.sessions),
        },
    }


def policy_json(schema_id: str, policy: Policy) -> dict[str, Any]:
    """Represent what is made of findings, with the rules that there are."""
    chosen = policy.written()
    return {
        "schemaId": schema_id,
        "policy": chosen,
        "rules": [
            {
                "code": rule.code,
                "level": own,
                "treatment": chosen.get(rule.code, own),
            }
            for rule in sorted(RULES, key=lambda rule: rule.code)
            for own in [Treatment.SILENT.value if rule.level is None else rule.level.value]
        ],
    }


def _state_json(state: State) -> Mapping[str, Any]:
    return {
        "label": state.label,
        "versionNumber": state.version_number,
        "fingerprint": state.fingerprint,
    }


def _drifted_json(found: DriftedObject) -> dict[str, Any]:
    return {
        "subject": subject_json(found.subject),
        "difference": found.difference.value,
        "toStored": [change.summary() for change in found.to_stored],
        "toLive": [change.summary() for change in found.to_live],
    }


def _dependent_json(dependent: Dependent) -> dict[str, Any]:
    how = (
        "uses the table as a whole"
        if dependent.column is None
        else f"uses the column {dependent.column}"
    )
    return {
        "kind": dependent.kind,
        "name": dependent.name,
        "column": dependent.column,
        "level": dependent.level,
        "how": how if dependent.level <= 1 else f"{how} through others",
        "canBeRecreated": dependent.drop_sql is not None,
    }
