"""Tending what schedules took: retention first, then proofs, then alerts.

A round takes one schedule at a time, holding its row, so rounds at the same time share the work.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never
from uuid import uuid4

from core.backups.alerts import AlertCode
from core.backups.model import Backup, BackupState, VerificationState
from core.backups.retention import keep
from core.backups.schedule import SCHEDULED, BackupSchedule, VerifyRhythm
from core.backups.scheduling import is_too_old
from core.backups.taking import BACKUP_ID, backup_id_of
from core.backups.timetable import zone_or_utc
from core.clock import Clock
from core.jobs.model import Job, JobId, JobKind, NewJob
from core.jobs.queue import Announcer, announce_new
from core.schemas.model import Schema
from core.schemas.store import OpenStore, Store

logger = logging.getLogger(__name__)

INTERVAL = timedelta(minutes=10)
"""How long a schedule goes untended where nothing happened to its backups."""

FAILURES_KEPT = timedelta(days=30)
"""How long a scheduled backup that failed is remembered."""

MOST_AT_ONCE = 1000
"""How many schedules one round tends; the next round goes on."""


def tend_schedules(*, open_store: OpenStore, announcer: Announcer, clock: Clock) -> int:
    """Tend every schedule that nobody tended for a while; return how many backups go.

    The files of these are removed by the round that finishes deletions.

    Raises:
        UnavailableError: the store is away; the next round tries again.
    """
    removed = 0
    # One moment for the whole round, so that a clock that is ahead elsewhere keeps no round busy.
    now = clock.now()
    for _ in range(MOST_AT_ONCE):
        with open_store() as store:
            schedule = store.backup_schedules.claim_neglected(now - INTERVAL, now=now)
            if schedule is None:
                break
            # Held so that no job begins to use a backup that is on its way out.
            schema = store.schemas.get_for_update(schedule.schema_id)
            if schema is None:
                break
            removed += _apply_retention(store, schedule, now)
            usable = _usable(store, schedule.schema_id)
            jobs, through = _prove(store, schedule, schema, usable, now)
            _see_to_alerts(store, schedule, schema, usable, now)
            store.backup_schedules.put(replace(schedule, tended_at=now, verified_through=through))
            store.commit()
        for job in jobs:
            announce_new(job, announcer=announcer)
    return removed


def backups_to_prove(schedule: BackupSchedule, usable: Sequence[Backup]) -> Sequence[Backup]:
    """Return the backups whose proof is due, the oldest first. Pure.

    Args:
        schedule: What is wanted, and what was asked for before.
        usable: Backups of the schema that are complete.
    """
    new = sorted((backup for backup in usable if _is_new(schedule, backup)), key=_completed_at)
    match schedule.verify:
        case VerifyRhythm.NEVER:
            return ()
        case VerifyRhythm.EACH:
            return new
        case VerifyRhythm.DAILY | VerifyRhythm.WEEKLY:
            return [backup for backup in new[-1:] if _begins_period(schedule, backup)]
        case _ as never:
            assert_never(never)


def _is_new(schedule: BackupSchedule, backup: Backup) -> bool:
    """Whether a backup came after those whose proof was asked for, and nobody proved it yet."""
    since = schedule.verified_through
    if since is None and schedule.verify is VerifyRhythm.EACH:
        since = schedule.updated_at
    return (
        backup.reason == SCHEDULED
        and backup.verification.state is VerificationState.NEVER
        and (since is None or _completed_at(backup) > since)
    )


def _begins_period(schedule: BackupSchedule, backup: Backup) -> bool:
    """Whether a backup is of another day, or week, than the one that was proven before."""
    if schedule.verified_through is None:
        return True
    zone = zone_or_utc(schedule.time_zone)
    one = schedule.verified_through.astimezone(zone)
    other = _completed_at(backup).astimezone(zone)
    if schedule.verify is VerifyRhythm.WEEKLY:
        return one.isocalendar()[:2] != other.isocalendar()[:2]
    return one.date() != other.date()


def _completed_at(backup: Backup) -> datetime:
    return backup.finished_at or backup.created_at


def _usable(store: Store, schema_id: str) -> Sequence[Backup]:
    """Return the backups that can be used, the newest first."""
    return [
        backup
        for backup in store.backups.of_schema(schema_id)
        if backup.state is BackupState.AVAILABLE
    ]


def _apply_retention(store: Store, schedule: BackupSchedule, now: datetime) -> int:
    """Begin to delete what the policy does not keep, unless a job works with it."""
    taken = [b for b in store.backups.of_schema(schedule.schema_id) if b.reason == SCHEDULED]
    usable = [backup for backup in taken if backup.state is BackupState.AVAILABLE]
    kept = keep(usable, schedule.retention, now, zone_or_utc(schedule.time_zone))
    in_use = {
        used
        for job in store.jobs.unfinished_of_schema(schedule.schema_id)
        for used in (job.arguments.get(BACKUP_ID), backup_id_of(job))
    }
    going = [backup for backup in usable if backup.id not in kept | in_use]
    for backup in going:
        store.backups.put(replace(backup, state=BackupState.DELETING))
        logger.info("backup_expired", extra={"schema_id": backup.schema_id, "backup_id": backup.id})
    for backup in taken:
        if backup.state is BackupState.FAILED and now - backup.created_at > FAILURES_KEPT:
            store.backups.remove(backup.id)
    return len(going)


def _prove(
    store: Store,
    schedule: BackupSchedule,
    schema: Schema,
    usable: Sequence[Backup],
    now: datetime,
) -> tuple[Sequence[Job], datetime | None]:
    """Queue the proofs that are due; return them, and through when proofs were asked for."""
    through = schedule.verified_through
    jobs = []
    for backup in backups_to_prove(schedule, usable):
        through = _completed_at(backup)
        jobs.append(
            store.jobs.add(
                NewJob(
                    id=JobId(str(uuid4())),
                    kind=JobKind.VERIFY,
                    owner=schema.owner,
                    schema_id=schema.id,
                    arguments={BACKUP_ID: backup.id},
                    created_at=now,
                )
            )
        )
    return jobs, through


def _see_to_alerts(
    store: Store,
    schedule: BackupSchedule,
    schema: Schema,
    usable: Sequence[Backup],
    now: datetime,
) -> None:
    newest = next(iter(usable), None)
    tried = (b for b in usable if b.verification.state is not VerificationState.NEVER)
    last_tried = next(tried, None)
    has_failed = (
        last_tried is not None and last_tried.verification.state is VerificationState.FAILED
    )
    age = "There is no backup" if newest is None else f"The newest backup is of {newest.created_at}"
    findings = {
        AlertCode.BACKUP_TOO_OLD: (
            is_too_old(schedule, newest, now),
            f"{age}; one of the last {schedule.max_age} is wanted.",
        ),
        AlertCode.BACKUP_PROOF_FAILED: (
            has_failed,
            "The newest backup that was tried cannot be restored to what was backed up.",
        ),
    }
    for code, (is_wrong, message) in findings.items():
        facts = {"schema_id": schema.id, "alert": code.value}
        if is_wrong:
            if store.alerts.raise_(
                code, owner=schema.owner, schema_id=schema.id, message=message, now=now
            ):
                logger.error("alert_raised", extra=facts)
        elif store.alerts.clear(code, schema_id=schema.id, now=now):
            logger.info("alert_cleared", extra=facts)
