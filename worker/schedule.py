"""When what happens from time to time: repair every few seconds, forgetting every hour.

Beat only sends these; a process of their own runs them, so that no long job is in their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import Celery

from core.jobs.queue import SCHEDULE_QUEUE
from worker import rounds
from worker.context import Context
from worker.delivering import Rounds

LONGEST_DRIFT_INTERVAL = timedelta(minutes=1)
"""Most time between two short rounds of comparing databases that are due for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Something that happens from time to time."""

    name: str
    """What it is called; its task is `schedule.` and that."""
    interval: timedelta
    """Time between two of them; one that waited as long is dropped, for the next one is there."""
    run: Callable[[], object]
    """What it does."""


def register_schedule(app: Celery, context: Context) -> None:
    """Give the app its periodic tasks, and beat their times.

    Args:
        app: The Celery app.
        context: What the tasks work with.
    """
    beat: dict[str, Any] = {}
    for each in _rounds(context):
        task = f"schedule.{each.name}"
        app.task(_named(each), name=task, shared=False, ignore_result=True)
        beat[each.name] = {
            "task": task,
            "schedule": each.interval,
            "options": {"queue": SCHEDULE_QUEUE, "expires": each.interval.total_seconds()},
        }
    app.conf.beat_schedule = beat


def _rounds(context: Context) -> Iterator[Round]:
    """Yield what the schedule holds."""
    soon = timedelta(seconds=context.settings.repair_seconds)
    # These two have threads of their own: whom they talk to may let them wait.
    deliveries = Rounds(lambda: context.application.deliver_webhooks)
    looks = Rounds(lambda: context.application.look_at_servers, name="server-looks")
    yield Round(name="deliver_webhooks", interval=soon, run=deliveries.start)
    yield Round(name="look_at_servers", interval=timedelta(seconds=15), run=looks.start)
    yield from (
        Round(name=name, interval=interval, run=_with(context, run))
        for name, interval, run in (
            ("repair", soon, rounds.run_repair),
            ("tend_credentials", timedelta(minutes=1), rounds.run_credentials),
            # Cron knows no shorter time than a minute.
            ("run_backup_schedules", timedelta(minutes=1), rounds.run_backup_schedules),
            ("finish_deletions", timedelta(minutes=5), rounds.run_deletions),
            ("remove_set_aside", timedelta(minutes=5), rounds.run_removals),
            ("measure_databases", timedelta(minutes=5), rounds.run_measures),
            ("copy_store", timedelta(minutes=30), rounds.run_store_copy),
            ("purge", timedelta(hours=1), rounds.run_purge),
        )
    )
    between_checks = timedelta(minutes=context.settings.drift_check_minutes)
    if between_checks:
        # In short rounds, for others wait behind them.
        interval = min(between_checks, LONGEST_DRIFT_INTERVAL)
        run = _with(context, rounds.run_drift_check)
        yield Round(name="check_drift", interval=interval, run=run)


def _with(context: Context, run: Callable[[Context], None]) -> Callable[[], None]:
    return lambda: run(context)


def _named(each: Round) -> Callable[[], None]:
    """Return a function of its own for a round, which is what Celery makes tasks of."""

    def carry_out() -> None:
        each.run()

    return carry_out
