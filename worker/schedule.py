"""What happens from time to time: repair every few seconds, forgetting every hour.

Beat only sends these; a process of their own runs them, so that no long job is in their way.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from celery import Celery

from core.backups.deletions import finish_deletions
from core.backups.firing import fire_due
from core.backups.tending import tend_schedules
from core.databases.tidying import queue_removals
from core.errors import SchemaBuilderError, UnavailableError
from core.jobs.queue import SCHEDULE_QUEUE
from core.jobs.repairing import purge, repair
from core.webhooks.model import DELIVERIES_KEPT
from worker.context import Context
from worker.delivering import Rounds

logger = logging.getLogger(__name__)

REPAIR_TASK = "schedule.repair"
PURGE_TASK = "schedule.purge"
DELETIONS_TASK = "schedule.finish_deletions"
REMOVALS_TASK = "schedule.remove_set_aside"
DELIVERIES_TASK = "schedule.deliver_webhooks"
DRIFT_TASK = "schedule.check_drift"
STORE_COPY_TASK = "schedule.copy_store"
BACKUPS_TASK = "schedule.run_backup_schedules"
MEASURES_TASK = "schedule.measure_databases"

PURGE_INTERVAL = timedelta(hours=1)
"""Time between two rounds of forgetting."""

DELETIONS_INTERVAL = timedelta(minutes=5)
"""Time between two rounds of finishing what was begun."""

REMOVALS_INTERVAL = timedelta(minutes=5)
"""Time between two looks for what databases keep no longer."""

STORE_COPY_LOOK = timedelta(minutes=30)
"""Time between two looks whether the store is to be copied."""

BACKUPS_INTERVAL = timedelta(minutes=1)
"""Time between two looks for backup schedules that are due; cron knows no shorter time."""

MEASURES_INTERVAL = timedelta(minutes=5)
"""Time between two looks how big databases are."""

LONGEST_DRIFT_INTERVAL = timedelta(minutes=1)
"""Most time between two short rounds of comparing databases that are due for it."""

JOBS_KEPT = timedelta(days=30)
"""How long ended jobs are remembered."""

IDEMPOTENCY_KEPT = timedelta(days=1)
"""How long answers to keyed requests are remembered."""

PURGE_BATCH = 1000
"""How many records are forgotten in one transaction."""


def register_schedule(app: Celery, context: Context) -> None:
    """Give the app its periodic tasks, and beat their times.

    Args:
        app: The Celery app.
        context: What the tasks work with.
    """
    repair_seconds = context.settings.repair_seconds

    def repair_round() -> None:
        run_repair(context)

    def purge_round() -> None:
        run_purge(context)

    def deletions_round() -> None:
        run_deletions(context)

    def removals_round() -> None:
        run_removals(context)

    def drift_round() -> None:
        run_drift_check(context)

    def store_round() -> None:
        run_store_copy(context)

    app.task(store_round, name=STORE_COPY_TASK, shared=False, ignore_result=True)

    def backups_round() -> None:
        run_backup_schedules(context)

    def measures_round() -> None:
        run_measures(context)

    app.task(measures_round, name=MEASURES_TASK, shared=False, ignore_result=True)
    app.task(backups_round, name=BACKUPS_TASK, shared=False, ignore_result=True)
    app.task(drift_round, name=DRIFT_TASK, shared=False, ignore_result=True)
    rounds = Rounds(lambda: context.application.deliver_webhooks)

    def deliveries_round() -> None:
        rounds.start()

    app.task(deliveries_round, name=DELIVERIES_TASK, shared=False, ignore_result=True)
    app.task(removals_round, name=REMOVALS_TASK, shared=False, ignore_result=True)
    app.task(deletions_round, name=DELETIONS_TASK, shared=False, ignore_result=True)
    app.task(repair_round, name=REPAIR_TASK, shared=False, ignore_result=True)
    app.task(purge_round, name=PURGE_TASK, shared=False, ignore_result=True)
    app.conf.beat_schedule = {
        "repair": {
            "task": REPAIR_TASK,
            "schedule": repair_seconds,
            "options": {"queue": SCHEDULE_QUEUE, "expires": repair_seconds},
        },
        "deliver_webhooks": {
            "task": DELIVERIES_TASK,
            "schedule": repair_seconds,
            "options": {"queue": SCHEDULE_QUEUE, "expires": repair_seconds},
        },
        "finish_deletions": {
            "task": DELETIONS_TASK,
            "schedule": DELETIONS_INTERVAL,
            "options": {
                "queue": SCHEDULE_QUEUE,
                "expires": DELETIONS_INTERVAL.total_seconds(),
            },
        },
        "remove_set_aside": {
            "task": REMOVALS_TASK,
            "schedule": REMOVALS_INTERVAL,
            "options": {
                "queue": SCHEDULE_QUEUE,
                "expires": REMOVALS_INTERVAL.total_seconds(),
            },
        },
        "copy_store": {
            "task": STORE_COPY_TASK,
            "schedule": STORE_COPY_LOOK,
            "options": {"queue": SCHEDULE_QUEUE, "expires": STORE_COPY_LOOK.total_seconds()},
        },
        "run_backup_schedules": {
            "task": BACKUPS_TASK,
            "schedule": BACKUPS_INTERVAL,
            "options": {
                "queue": SCHEDULE_QUEUE,
                "expires": BACKUPS_INTERVAL.total_seconds(),
            },
        },
        "measure_databases": {
            "task": MEASURES_TASK,
            "schedule": MEASURES_INTERVAL,
            "options": {
                "queue": SCHEDULE_QUEUE,
                "expires": MEASURES_INTERVAL.total_seconds(),
            },
        },
        "purge": {
            "task": PURGE_TASK,
            "schedule": PURGE_INTERVAL,
            "options": {
                "queue": SCHEDULE_QUEUE,
                "expires": PURGE_INTERVAL.total_seconds(),
            },
        },
        **_drift_beat(timedelta(minutes=context.settings.drift_check_minutes)),
    }


def _drift_beat(interval: timedelta) -> dict[str, Any]:
    """Return when to look for drift: in short rounds, for others wait behind them."""
    if not interval:
        return {}
    seconds = min(interval, LONGEST_DRIFT_INTERVAL).total_seconds()
    return {
        "check_drift": {
            "task": DRIFT_TASK,
            "schedule": seconds,
            "options": {"queue": SCHEDULE_QUEUE, "expires": seconds},
        }
    }


def run_repair(context: Context) -> None:
    """Take back silent jobs and repeat lost announcements; the next round comes soon.

    Beat asks for it oftenest, so this is also where it is noted that beat lives.
    """
    application = context.application
    try:
        application.signs_of_life.give_beat(application.clock.now())
    except UnavailableError as error:
        logger.warning("beat_unnoted", extra={"reason": error.log_text})
    try:
        repair(
            open_store=application.open_store,
            announcer=application.announcer,
            clock=application.clock,
            lease_seconds=context.settings.lease_seconds,
            announce_grace_seconds=context.settings.announce_grace_seconds,
        )
    except UnavailableError as error:
        logger.warning("repair_postponed", extra={"reason": error.message})


def run_deletions(context: Context) -> None:
    """Finish deletions of backups that a process began and did not live to end."""
    application = context.application
    try:
        finish_deletions(open_store=application.open_store, archive=application.archive)
    except SchemaBuilderError as error:
        logger.warning("deletions_postponed", extra={"reason": error.message})


def run_removals(context: Context) -> None:
    """Queue jobs that remove what was set aside and is kept no longer."""
    application = context.application
    try:
        queue_removals(
            open_store=application.open_store,
            announcer=application.announcer,
            clock=application.clock,
        )
    except UnavailableError as error:
        logger.warning("removals_postponed", extra={"reason": error.log_text})


def run_store_copy(context: Context) -> None:
    """Copy the store itself into the archive when that is due."""
    application = context.application
    interval = timedelta(hours=context.settings.store_backup_hours)
    if not interval:
        return
    try:
        application.store_copies.take_if_due(interval)
    except SchemaBuilderError as error:
        logger.warning("store_copy_postponed", extra={"reason": error.log_text})


def run_backup_schedules(context: Context) -> None:
    """Queue backups that are due, and see to what was taken: retention, proofs, alerts."""
    application = context.application
    try:
        fire_due(
            open_store=application.open_store,
            announcer=application.announcer,
            clock=application.clock,
            admission=application.admission,
        )
        if tend_schedules(
            open_store=application.open_store,
            announcer=application.announcer,
            clock=application.clock,
        ):
            finish_deletions(open_store=application.open_store, archive=application.archive)
    except SchemaBuilderError as error:
        logger.warning("backup_schedules_postponed", extra={"reason": error.message})


def run_measures(context: Context) -> None:
    """Measure how big databases are."""
    try:
        context.application.measure_databases()
    except SchemaBuilderError as error:
        logger.warning("measures_postponed", extra={"reason": error.log_text})


def run_purge(context: Context) -> None:
    """Forget old jobs and old answers."""
    application = context.application
    try:
        purge(open_store=application.open_store, clock=application.clock, keep=JOBS_KEPT)
        before = application.clock.now() - IDEMPOTENCY_KEPT
        while True:
            with application.open_store() as store:
                count = store.idempotency.purge(before, PURGE_BATCH)
                store.commit()
            if count < PURGE_BATCH:
                break
        before = application.clock.now() - DELIVERIES_KEPT
        while True:
            with application.open_store() as store:
                count = store.webhooks.purge_deliveries(before, PURGE_BATCH)
                store.commit()
            if count < PURGE_BATCH:
                break
    except UnavailableError as error:
        logger.warning("purge_postponed", extra={"reason": error.message})


def run_drift_check(context: Context) -> None:
    """Compare databases with their versions where nobody did for a while, and tidy up after it."""
    application = context.application
    interval = timedelta(minutes=context.settings.drift_check_minutes)
    try:
        application.detect_drift.check_due(interval=interval)
        application.detect_drift.normal_forms.remove_all_forgotten()
    except SchemaBuilderError as error:
        logger.warning("drift_check_postponed", extra={"reason": error.message})
