"""Firing backup schedules: what is due is queued, each time once however many rounds run at once.

A round holds a schedule's row while it queues the job and moves the schedule on, all in one
transaction. Whatever was missed while nobody looked is made up for by one backup.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from core.backups.errors import CronInvalidError, TimeZoneUnknownError
from core.backups.schedule import SCHEDULED, BackupSchedule
from core.backups.taking import BACKUP_ID, pending_backup
from core.backups.timetable import next_fire_at
from core.clock import Clock
from core.databases.model import DatabaseState
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.quotas.admitting import UNLIMITED, Admission
from core.quotas.model import Quota
from core.schemas.store import OpenStore, Store

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 1000
"""How many schedules one round fires; the next round goes on."""


def fire_due(
    *,
    open_store: OpenStore,
    announcer: Announcer,
    clock: Clock,
    admission: Admission = UNLIMITED,
) -> int:
    """Queue a backup for each schedule that is due; return how many were queued.

    Raises:
        UnavailableError: the store is away; the next round tries again.
    """
    fired = 0
    for _ in range(MOST_AT_ONCE):
        with open_store() as store:
            now = clock.now()
            schedule = store.backup_schedules.claim_due(now)
            if schedule is None:
                break
            job = _fire(store, schedule, clock, admission)
            store.commit()
        if job is not None:
            announce_new(job, announcer=announcer)
            logger.info(
                "backup_schedule_fired", extra={"schema_id": job.schema_id, "job_id": job.id}
            )
            fired += 1
    return fired


def _fire(store: Store, schedule: BackupSchedule, clock: Clock, admission: Admission) -> Job | None:
    """Queue the backup unless something is in its way, and move the schedule on."""
    obstacle = _obstacle(store, schedule.schema_id, admission)
    job = _queue(store, schedule, clock) if obstacle is None else None
    moved = replace(schedule, last_fired_at=schedule.next_fire_at, last_skipped_because=obstacle)
    store.backup_schedules.put(_moved_on(moved, clock.now()))
    if obstacle is not None:
        logger.warning(
            "backup_schedule_skipped",
            extra={"schema_id": schedule.schema_id, "reason": obstacle},
        )
    return job


def _obstacle(store: Store, schema_id: str, admission: Admission) -> str | None:
    """Say why no backup can be taken now, if so."""
    unfinished = store.jobs.unfinished_of_schema(schema_id)
    for job in unfinished:
        if job.kind is JobKind.BACKUP:
            backup = store.backups.get(schema_id, str(job.arguments.get(BACKUP_ID)))
            if backup is not None and backup.reason == SCHEDULED:
                return "The backup before it has not ended."
    database = store.databases.get(schema_id)
    is_there = database is not None and database.state is DatabaseState.READY
    if not is_there and not unfinished:
        return "There is no database."
    schema = store.schemas.get(schema_id)
    if schema is None:
        return None
    # The workspace is held until the end of the transaction, so this comes last.
    return admission.obstacle(store, schema.owner, Quota.BACKUPS, Quota.BACKUP_BYTES)


def _queue(store: Store, schedule: BackupSchedule, clock: Clock) -> Job | None:
    schema = store.schemas.get(schedule.schema_id)
    if schema is None:
        return None
    backup = pending_backup(
        backup_id=str(uuid4()),
        schema_id=schema.id,
        version_number=schema.version_number,
        reason=SCHEDULED,
        clock=clock,
    )
    store.backups.put(backup)
    return store.jobs.add(
        NewJob(
            id=JobId(str(uuid4())),
            kind=JobKind.BACKUP,
            owner=schema.owner,
            schema_id=schema.id,
            arguments={BACKUP_ID: backup.id},
            created_at=clock.now(),
        )
    )


def _moved_on(schedule: BackupSchedule, now: datetime) -> BackupSchedule:
    """Return the schedule with its next time, or with none if that cannot be told any more."""
    try:
        return replace(schedule, next_fire_at=next_fire_at(schedule.cron, schedule.time_zone, now))
    except (CronInvalidError, TimeZoneUnknownError) as error:
        logger.exception("backup_schedule_stopped", extra={"schema_id": schedule.schema_id})
        return replace(schedule, next_fire_at=None, last_skipped_because=error.message)
