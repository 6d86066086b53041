"""The routes of backup schedules, and of how the backups of a schema do."""

from __future__ import annotations

from uuid import UUID

from flask import Response

from web.backup_schedule_bodies import (
    read_schedule_body,
    schedule_json,
    status_of_backups_json,
)
from web.bodies import read_body
from web.context import application
from web.envelope import answer
from web.principals import owner
from web.routing import Answer, Noun
from web.shapes.backup_schedules import (
    SCHEDULE_BODY,
    BackupScheduleAnswer,
    BackupStatusAnswer,
    RemovedBackupScheduleAnswer,
)

backup_schedules = Noun(
    "backup-schedules",
    "When backups are taken, proven and removed by themselves, and how they do.",
)


@backup_schedules.route(
    "GET",
    "/schemas/<uuid:schema_id>/backup-schedule",
    answers=(Answer(status=200, shape=BackupScheduleAnswer, description="As it stands."),),
    errors=(404,),
)
def get_backup_schedule(schema_id: UUID) -> Response:
    """Read the backup schedule of a schema."""
    schedule = application().backup_schedules.get(str(schema_id), owner=owner())
    return answer(schedule_json(schedule), "Backup schedule retrieved successfully")


@backup_schedules.route(
    "PUT",
    "/schemas/<uuid:schema_id>/backup-schedule",
    body=SCHEDULE_BODY,
    answers=(Answer(status=200, shape=BackupScheduleAnswer, description="As it stands now."),),
    errors=(403, 404, 413, 415),
)
def replace_backup_schedule(schema_id: UUID) -> Response:
    """Say when the backups of a schema are taken, and what becomes of them."""
    wanted = read_schedule_body(read_body())
    schedule = application().backup_schedules.replace(str(schema_id), wanted, owner=owner())
    return answer(schedule_json(schedule), "Backup schedule updated successfully")


@backup_schedules.route(
    "DELETE",
    "/schemas/<uuid:schema_id>/backup-schedule",
    answers=(
        Answer(
            status=200,
            shape=RemovedBackupScheduleAnswer,
            description="It fires no more; the backups stay.",
        ),
    ),
    errors=(403, 404),
)
def delete_backup_schedule(schema_id: UUID) -> Response:
    """Remove the backup schedule of a schema."""
    application().backup_schedules.remove(str(schema_id), owner=owner())
    return answer({"schemaId": str(schema_id)}, "Backup schedule deleted successfully")


@backup_schedules.route(
    "GET",
    "/schemas/<uuid:schema_id>/backups/status",
    answers=(Answer(status=200, shape=BackupStatusAnswer, description="As it is just now."),),
    errors=(404,),
)
def get_backup_status(schema_id: UUID) -> Response:
    """Say how old the newest backup of a schema is, what was proven, and what stands against it."""
    status = application().backup_schedules.status(str(schema_id), owner=owner())
    return answer(status_of_backups_json(status), "Backup status retrieved successfully")
