"""Shapes of backups."""

from __future__ import annotations

from marshmallow import fields, validate

from core.backups.model import BackupState, VerificationState
from web.shapes.base import Shape
from web.shapes.envelope import envelope_of, page_of
from web.shapes.jobs import JobShape, moment


class VerificationShape(Shape):
    """The outcome of the last proof of a backup."""

    state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in VerificationState])
    )
    at = moment("When it ended.")
    duration_seconds = fields.Float(required=True, allow_none=True)
    failure_code = fields.String(required=True, allow_none=True)
    failure = fields.String(required=True, allow_none=True)


class BackupLinksShape(Shape):
    """Addresses around a backup."""

    self = fields.String(required=True)
    download = fields.String(required=True)
    restore = fields.String(required=True)
    verify = fields.String(required=True)


class BackupShape(Shape):
    """One dump of a schema's database."""

    id = fields.UUID(required=True)
    schema_id = fields.UUID(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([word.value for word in BackupState])
    )
    reason = fields.String(required=True)
    format = fields.String(required=True)
    engine_version = fields.String(required=True, allow_none=True)
    tool_version = fields.String(required=True, allow_none=True)
    version_number = fields.Integer(required=True)
    fingerprint = fields.String(required=True, allow_none=True)
    rows_by_table = fields.Dict(required=True, keys=fields.String(), values=fields.Integer())
    size_bytes = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    duration_seconds = fields.Float(required=True, allow_none=True)
    verification = fields.Nested(VerificationShape, required=True)
    created_at = moment("When it was asked for.", is_nullable=False)
    finished_at = moment("When it was complete.")
    links = fields.Nested(BackupLinksShape, required=True)


class TakenBackupShape(BackupShape):
    """A backup with the job that takes it."""

    job = fields.Nested(JobShape, required=True)


class DeletedBackupShape(Shape):
    """What is left of a deleted backup."""

    id = fields.UUID(required=True)


BackupAnswer = envelope_of(BackupShape, name="Backup")
TakenBackupAnswer = envelope_of(TakenBackupShape, name="TakenBackup")
DeletedBackupAnswer = envelope_of(DeletedBackupShape, name="DeletedBackup")
BackupPage = page_of(BackupShape, name="Backup")
