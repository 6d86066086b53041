"""Alerts: what somebody must look at, raised once and cleared once it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class AlertCode(StrEnum):
    """What is wrong."""

    BACKUP_TOO_OLD = "BACKUP_TOO_OLD"
    """The newest backup is older than its schedule allows, or there is none."""
    BACKUP_PROOF_FAILED = "BACKUP_PROOF_FAILED"
    """The newest backup that somebody tried to prove cannot be restored to what was dumped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that was or is wrong."""

    id: str
    """UUID in canonical text form."""
    owner: str
    """Whose schema it concerns."""
    schema_id: str
    """Which schema."""
    code: AlertCode
    """What is wrong."""
    message: str
    """The same in a sentence."""
    raised_at: datetime
    """Since when."""
    cleared_at: datetime | None = None
    """When it was over; None while it stands."""


class AlertRepository(Protocol):
    """The alerts of schemas; of each code at most one stands for a schema."""

    def raise_(
        self, code: AlertCode, *, owner: str, schema_id: str, message: str, now: datetime
    ) -> bool:
        """Raise an alert; return whether it is news."""
        ...

    def clear(self, code: AlertCode, *, schema_id: str, now: datetime) -> bool:
        """Say that it is over; return whether one stood."""
        ...

    def standing(self, schema_id: str) -> Sequence[Alert]:
        """Return the alerts that stand, the oldest first."""
        ...
