"""What is looked at to know whether the product can do its work, each with state and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never

from core.clock import Clock
from core.databases.placement import free_share
from core.databases.registration import Registration
from core.errors import SchemaBuilderError, UnavailableError
from core.jobs.queue import JOB_QUEUE, SCHEDULE_QUEUE
from core.observation.signs_of_life import SignsOfLife
from core.unit_of_work import UnitOfWork

MOST_SKEW = timedelta(seconds=2)
"""How far clocks may be apart before anybody is told."""

_MIGRATE = "Run `flask --app web.wsgi db upgrade`."


class CheckState(StrEnum):
    """How one thing is."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """Requests are answered, but something is late or will be."""
    FAILED = "failed"
    """Something cannot be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What: one word, or words joined by `_`; of a server with its address behind a colon."""
    state: CheckState
    """How it is."""
    found: str
    """What was found, in a sentence."""
    remedy: str | None = None
    """What to do about it; None where there is nothing to do."""


class RevisionState(StrEnum):
    """How the store's tables and this code's idea of them go together."""

    CURRENT = "current"
    """They are those of this code."""
    BEHIND = "behind"
    """Revisions are missing, maybe all."""
    AHEAD = "ahead"
    """They are of newer code, as in the middle of an upgrade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCondition:
    """What the store says of itself."""

    revision: RevisionState
    """How its tables stand to this code."""
    clock: datetime
    """Its time."""


class ConditionRepository(Protocol):
    """Asks the store how it is."""

    def look(self) -> StoreCondition:
        """Return its condition.

        Raises:
            UnavailableError: it does not answer.
        """
        ...


class ConditionStore(UnitOfWork, Protocol):
    """A unit of work with the store's own condition in it."""

    @property
    def condition(self) -> ConditionRepository:
        """The condition."""
        ...


OpenConditionStore = Callable[[], ConditionStore]
"""Begins a unit of work."""


def check_store(
    open_store: OpenConditionStore, clock: Clock, *, is_for_operator: bool = False
) -> tuple[Check, ...]:
    """Look at the store, its migrations and its clock.

    Args:
        open_store: Begins a unit of work.
        clock: Ours.
        is_for_operator: Whether it may be told where the store stands.
    """
    try:
        with open_store() as store:
            condition = store.condition.look()
    except UnavailableError as error:
        found = Check(
            name="store",
            state=CheckState.FAILED,
            found=error.message if is_for_operator else "The store does not answer at present.",
            remedy="Is PostgreSQL running, and does DATABASE_URL lead to it?",
        )
        return (found,)
    return (
        Check(name="store", state=CheckState.OK, found="The store answers."),
        _check_revision(condition.revision),
        check_skew("store_clock", clock.now() - condition.clock),
    )


def check_skew(name: str, skew: timedelta) -> Check:
    """Judge how far another clock is from ours."""
    seconds = skew.total_seconds()
    if abs(skew) <= MOST_SKEW:
        return Check(name=name, state=CheckState.OK, found=f"It is {abs(seconds):.1f} s off ours.")
    return Check(
        name=name,
        state=CheckState.WARNING,
        found=f"It is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'} ours.",
        remedy="Let both machines follow the same time server.",
    )


def check_queue(signs_of_life: SignsOfLife, clock: Clock) -> tuple[Check, ...]:
    """Look at the broker, the workers that listen, and beat."""
    try:
        signs = signs_of_life.read()
    except UnavailableError as error:
        found = Check(
            name="queue",
            state=CheckState.WARNING,
            found=f"{error.message} Jobs are accepted, and begin once it is back.",
            remedy="Is Redis running, and does REDIS_URL lead to it?",
        )
        return (found,)
    return (
        Check(name="queue", state=CheckState.OK, found="The broker answers."),
        _check_listeners("workers", signs.listening_to(JOB_QUEUE), JOB_QUEUE),
        _check_listeners("schedule", signs.listening_to(SCHEDULE_QUEUE), SCHEDULE_QUEUE),
        _check_beat(signs.beat_at, clock.now()),
    )


def check_broker(*, is_reachable: bool) -> Check:
    """Look at the broker where it is another than the Redis in which signs of life stand."""
    if is_reachable:
        return Check(name="broker", state=CheckState.OK, found="The broker of BROKER_URL answers.")
    return Check(
        name="broker",
        state=CheckState.WARNING,
        found="The broker of BROKER_URL does not answer. Jobs are accepted, and begin once it is"
        " back.",
        remedy="Is it running, and does BROKER_URL lead to it?",
    )


def check_limits(*, is_reachable: bool) -> Check:
    """Look at where requests are counted, where it is another Redis than that of signs of life."""
    name = "limits"
    if is_reachable:
        return Check(name=name, state=CheckState.OK, found="The Redis of LIMITS_REDIS_URL answers.")
    return Check(
        name=name,
        state=CheckState.WARNING,
        found="The Redis of LIMITS_REDIS_URL does not answer. Requests are counted by each process"
        " for itself until it is back.",
        remedy="Is it running, and does LIMITS_REDIS_URL lead to it?",
    )


def check_servers(registrations: Sequence[Registration]) -> Check:
    """Look at what is recorded of the servers of databases; nobody is asked.

    It says how many there are and not where, as anybody may read it.
    """
    count = len(registrations)
    answering = [each for each in registrations if not each.health.is_away]
    if not count:
        return Check(
            name="servers",
            state=CheckState.WARNING,
            found="No server of databases is known.",
            remedy="Name one in SERVERS or add one with `flask servers add`; the schedule looks"
            " every few seconds.",
        )
    if len(answering) < count:
        return Check(
            name="servers",
            state=CheckState.WARNING,
            found=f"{len(answering)} of {count} servers of databases answer.",
            remedy="`flask servers list` names those that are away; their own jobs fail or wait,"
            " and no others.",
        )
    with_room = [each for each in answering if each.drained_at is None and free_share(each) > 0]
    if not with_room:
        return Check(
            name="servers",
            state=CheckState.WARNING,
            found="No server of databases has room for a new one.",
            remedy="Add a server, raise a capacity or end a drain.",
        )
    found = f"{count} of {count} servers of databases answer, {len(with_room)} with room."
    return Check(name="servers", state=CheckState.OK, found=found)


def worst(checks: Iterable[Check]) -> CheckState:
    """Return the worst state of some checks."""
    states = {check.state for check in checks}
    for state in (CheckState.FAILED, CheckState.WARNING):
        if state in states:
            return state
    return CheckState.OK


def failed(name: str, error: SchemaBuilderError, *, remedy: str | None = None) -> Check:
    """Return the check of something that raised."""
    return Check(
        name=name, state=CheckState.FAILED, found=error.message, remedy=error.hint or remedy
    )


def _check_revision(state: RevisionState) -> Check:
    name = "migrations"
    match state:
        case RevisionState.CURRENT:
            return Check(name=name, state=CheckState.OK, found="The tables are those of this code.")
        case RevisionState.BEHIND:
            return Check(
                name=name,
                state=CheckState.FAILED,
                found="The tables are older than this code.",
                remedy=_MIGRATE,
            )
        case RevisionState.AHEAD:
            return Check(
                name=name,
                state=CheckState.WARNING,
                found="The tables are newer than this code, as in the middle of an upgrade.",
                remedy="Start the newer code here too.",
            )
        case _:
            assert_never(state)


def _check_listeners(name: str, count: int, queue: str) -> Check:
    if count:
        return Check(name=name, state=CheckState.OK, found=f"{count} listening to `{queue}`.")
    return Check(
        name=name,
        state=CheckState.WARNING,
        found=f"No living worker listens to `{queue}`.",
        remedy=f"Start `celery --app worker.main worker --queues {queue} --events`.",
    )


def _check_beat(beat_at: datetime | None, now: datetime) -> Check:
    if beat_at is not None:
        age = max((now - beat_at).total_seconds(), 0)
        return Check(
            name="beat", state=CheckState.OK, found=f"A periodic task ran {age:.0f} s ago."
        )
    return Check(
        name="beat",
        state=CheckState.WARNING,
        found="No periodic task ran within the last minute.",
        remedy="Start `celery --app worker.main beat`, and a worker on the queue `schedule`.",
    )
