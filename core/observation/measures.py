"""What the store's records say of jobs and backups, for those who watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.unit_of_work import UnitOfWork

WINDOW = timedelta(hours=1)
"""Ended jobs and their steps are counted for as long as this after their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCount:
    """How many jobs of one kind are in one state."""

    kind: str
    """The kind."""
    state: str
    """The state; of ended jobs only those of the last hour count."""
    count: int
    """How many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDurations:
    """How long one step of one kind took, in jobs that ended within the last hour."""

    kind: str
    """The kind."""
    step: str
    """The step."""
    count: int
    """How many ran to their end."""
    median_seconds: float
    """Half took no longer."""
    p95_seconds: float
    """Of twenty, nineteen took no longer."""
    longest_seconds: float
    """The longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCount:
    """How many backups are in one state, with one outcome of their proof."""

    state: str
    """The backup's state."""
    verification: str
    """The proof's state."""
    count: int
    """How many."""
    size_bytes: int
    """Their size together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What one look at the store found."""

    jobs: tuple[JobCount, ...]
    """Jobs by kind and state."""
    oldest_ready: datetime | None
    """Since when the job waits that waits longest for nothing but a worker; None if none does."""
    steps: tuple[StepDurations, ...]
    """How long steps took."""
    backups: tuple[BackupCount, ...]
    """Backups by state and proof."""
    live_databases: int
    """Databases of living schemas."""
    drifted_databases: int
    """Of those, databases that somebody changed by hand."""
    without_backup: int
    """Of those, databases of which no complete backup is kept."""
    without_proof: int
    """Of those, databases of which no verified backup is kept."""
    backup_overdue: int
    """Of those, databases whose newest backup is older than their schedule allows."""
    proof_failed: int
    """Of those, databases whose newest backup that was tried cannot be restored."""
    oldest_newest_backup: datetime | None
    """The time of the newest backup, of the database where that is longest ago."""
    oldest_unscheduled_backup: datetime | None
    """The same of databases whose backups no schedule takes."""
    oldest_newest_proof: datetime | None
    """The time of the newest verified backup, of the database where that is longest ago."""
    deliveries_waiting: int
    """Webhook deliveries that are still to be made."""
    oldest_delivery: datetime | None
    """When the oldest of those was recorded."""


class MeasureRepository(Protocol):
    """Counts what is recorded."""

    def measure(self, now: datetime) -> Measures:
        """Return all measures, by the clock that wrote the records."""
        ...


class MeasureStore(UnitOfWork, Protocol):
    """A unit of work with measures in it."""

    @property
    def measures(self) -> MeasureRepository:
        """The measures."""
        ...


OpenMeasureStore = Callable[[], MeasureStore]
"""Begins a unit of work."""
