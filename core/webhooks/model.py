"""The webhook, the events that it can subscribe to, and its deliveries.

Source: Standard Webhooks specification 1.0.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.jobs.model import JobState

MOST_PER_OWNER = 20
"""How many webhooks one owner can have."""

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Waits after the first, second … failed attempt. Source: the specification's example schedule."""

DISABLED_AFTER = timedelta(days=3)
"""A webhook that took nothing for as long as this is disabled when a delivery is given up."""

DELIVERIES_KEPT = timedelta(days=14)
"""How long deliveries are remembered once nothing more is tried."""


class EventType(StrEnum):
    """What a webhook can be told of."""

    JOB_SUCCEEDED = "job.succeeded"
    """A job did its work."""
    JOB_FAILED = "job.failed"
    """A job was given up."""
    JOB_CANCELLED = "job.cancelled"
    """A job was stopped on request."""
    DATABASE_DRIFTED = "database.drifted"
    """A look for drift found that somebody changed a database by hand."""
    ALERT_RAISED = "alert.raised"
    """Somebody must look: the newest backup of a schema is too old, say."""
    TEST = "webhook.test"
    """Somebody asked for a delivery to see whether one arrives; needs no subscription."""

    @classmethod
    def of_job_end(cls, state: JobState) -> EventType:
        """Return the event that says of a job that it ended so."""
        return cls(f"job.{state.value}")


SUBSCRIBABLE = tuple(event for event in EventType if event is not EventType.TEST)
"""Events that can be asked for."""


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    """It is still to be made, or made again."""
    DELIVERED = "delivered"
    """The address took it."""
    FAILED = "failed"
    """It was given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of events."""

    id: str
    """UUID in canonical text form."""
    owner: str
    """To whom it belongs, and of whose things it is told."""
    url: str
    """The address."""
    description: str
    """What its owner wrote about it."""
    events: tuple[EventType, ...]
    """What it is told of."""
    encrypted_secret: str
    """What signs deliveries, encrypted."""
    created_at: datetime
    """When it was made."""
    failing_since: datetime | None = None
    """The first failure since something was taken; None while all is well."""
    disabled_at: datetime | None = None
    """When it was disabled; None while it is told of things."""
    disabled_reason: str | None = None
    """Why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook."""

    id: str
    """UUID; the receiver sees it as `webhook-id`, the same in each attempt."""
    webhook_id: str
    """To which webhook."""
    event: EventType
    """What happened."""
    body: str
    """The JSON text that is sent and signed."""
    created_at: datetime
    """When it happened."""
    attempts: int = 0
    """How often it was tried."""
    due_at: datetime | None = None
    """When it is tried next; None when nothing more is tried."""
    delivered_at: datetime | None = None
    """When it was taken."""
    last_attempt_at: datetime | None = None
    """When it was last tried."""
    last_status: int | None = None
    """HTTP status of the last attempt's answer, if one came."""
    last_failure: str | None = None
    """Why the last attempt failed."""

    @property
    def state(self) -> DeliveryState:
        """How it stands."""
        if self.delivered_at is not None:
            return DeliveryState.DELIVERED
        return DeliveryState.FAILED if self.due_at is None else DeliveryState.PENDING


def next_attempt_at(attempts: int, now: datetime) -> datetime | None:
    """Return when a delivery is tried again after so many failed attempts; None for never."""
    return now + RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else None
