"""Quotas: what is counted in a workspace, and how much of it there may be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.limits import QuotaLimits


class Quota(StrEnum):
    """What is counted; see `core.limits.QuotaLimits` for what each means."""

    DATABASES = "databases"
    """Databases of living schemas, and those kept when their schema was deleted."""
    DATABASE_BYTES = "database_bytes"
    """Their size together, as last measured."""
    BACKUPS = "backups"
    """Backups that are there or being taken, those of deleted schemas too."""
    BACKUP_BYTES = "backup_bytes"
    """Their size together."""
    QUEUED_JOBS = "queued_jobs"
    """Jobs that wait for a worker."""
    SCHEMA_BYTES = "schema_bytes"
    """The document of one schema; each is looked at by itself, so nothing is used up."""

    @property
    def is_size(self) -> bool:
        """Whether it is told only afterwards how much something takes."""
        return self in {Quota.DATABASE_BYTES, Quota.BACKUP_BYTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLimit:
    """What was set for one workspace in the place of the installation's default."""

    granted: int | None = None
    """What the operator of the installation gives it; 0 for no limit, None for the default."""
    chosen: int | None = None
    """What its admin holds it to; it counts where it is less than what is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """How a workspace stands with a quota."""

    quota: Quota
    """The quota."""
    used: int | None
    """How much there is; None where each thing is looked at by itself."""
    limit: int
    """How much there may be; 0 for no limit."""
    given: int
    """How much the installation gives; an admin of the workspace can hold it to less."""


def given_limit(quota: Quota, default: QuotaLimits, own: OwnLimit | None) -> int:
    """Return what the installation gives a workspace; 0 for no limit."""
    if own is not None and own.granted is not None:
        return own.granted
    return int(getattr(default, quota.value))


def limit_of(quota: Quota, default: QuotaLimits, own: OwnLimit | None) -> int:
    """Return what holds for a workspace: the lesser of what it is given and what it chose."""
    given = given_limit(quota, default, own)
    chosen = None if own is None else own.chosen
    if not chosen:
        return given
    return min(given, chosen) if given else chosen
