"""What each round of the schedule does; when it comes is the schedule's affair.

What cannot be done at present is told and left to the next round.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from core.backups.deletions import finish_deletions
from core.backups.firing import fire_due
from core.backups.tending import tend_schedules
from core.databases.retiring import queue_retirements
from core.databases.rotating import queue_first_credentials
from core.databases.tidying import queue_removals
from core.errors import SchemaBuilderError, UnavailableError
from core.jobs.repairing import purge, repair
from core.webhooks.model import DELIVERIES_KEPT
from worker.context import Context

logger = logging.getLogger(__name__)

JOBS_KEPT = timedelta(days=30)
"""How long ended jobs are remembered."""

IDEMPOTENCY_KEPT = timedelta(days=1)
"""How long answers to keyed requests are remembered."""

PURGE_BATCH = 1000
"""How many records are forgotten in one transaction."""


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


def run_credentials(context: Context) -> None:
    """Queue jobs that remove expired logins, and that make the first ones of old databases."""
    application = context.application
    try:
        for queue in (queue_retirements, queue_first_credentials):
            queue(
                open_store=application.open_store,
                announcer=application.announcer,
                clock=application.clock,
            )
    except UnavailableError as error:
        logger.warning("credentials_postponed", extra={"reason": error.log_text})


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
