"""How much may be asked of the product: per minute, per workspace and in all.

Numbers only, 0 meaning no limit. They are counted in `web.rate_limits` and `core.quotas`. What the
settings leave open depends on who can reach the API: where only this machine can and nobody is
asked who they are, there is nobody to protect from anybody, so nothing is limited.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

GIBIBYTE = 1024**3
MEBIBYTE = 1024**2

ReadNumber = Callable[[str, int], int]
"""Returns a setting's number, or the default given with its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """Requests a minute; each of these is a setting, `RATE_LIMIT_` before its name."""

    writes: int = 0
    """Creations, updates and other acts of one key or person."""
    reads: int = 0
    """Reads of one key or person."""
    validations: int = 0
    """Checks and comparisons of documents of one key or person."""
    failures: int = 0
    """Failed proofs of who somebody is, from one address."""
    address_factor: int = 5
    """How many times as much all keys and persons behind one address may do together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaLimits:
    """What a workspace may have unless it has limits of its own; `QUOTA_` before each name."""

    databases: int = 0
    """Databases that are there or being made."""
    database_bytes: int = 0
    """Their size together, as last measured."""
    backups: int = 0
    """Backups that are there or being taken."""
    backup_bytes: int = 0
    """Their size together."""
    queued_jobs: int = 0
    """Jobs that wait for a worker."""
    schema_bytes: int = 0
    """The document of one schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All of them."""

    rates: RateLimits = RateLimits()
    """Requests a minute."""
    quotas: QuotaLimits = QuotaLimits()
    """What a workspace may have."""
    most_queued_jobs: int = 0
    """Jobs of all workspaces together that wait for a worker."""


NETWORK_LIMITS = Limits(
    rates=RateLimits(writes=10, reads=100, validations=50, failures=20),
    quotas=QuotaLimits(
        databases=1_000,
        database_bytes=100 * GIBIBYTE,
        backups=10_000,
        backup_bytes=500 * GIBIBYTE,
        queued_jobs=200,
        schema_bytes=5 * MEBIBYTE,
    ),
    most_queued_jobs=5_000,
)
"""What holds where others can reach the API, or everybody is asked who they are."""


def read_limits(read: ReadNumber, *, is_private: bool) -> Limits:
    """Read every limit from the settings.

    Args:
        read: Returns a setting's number.
        is_private: Whether only this machine can reach the API and nobody is asked who they are.
    """
    default = Limits() if is_private else NETWORK_LIMITS
    rates, quotas = default.rates, default.quotas
    return Limits(
        rates=RateLimits(
            writes=read("RATE_LIMIT_WRITES", rates.writes),
            reads=read("RATE_LIMIT_READS", rates.reads),
            validations=read("RATE_LIMIT_VALIDATIONS", rates.validations),
            failures=read("RATE_LIMIT_FAILURES", rates.failures),
            address_factor=read("RATE_LIMIT_ADDRESS_FACTOR", rates.address_factor),
        ),
        quotas=QuotaLimits(
            databases=read("QUOTA_DATABASES", quotas.databases),
            database_bytes=read("QUOTA_DATABASE_BYTES", quotas.database_bytes),
            backups=read("QUOTA_BACKUPS", quotas.backups),
            backup_bytes=read("QUOTA_BACKUP_BYTES", quotas.backup_bytes),
            queued_jobs=read("QUOTA_QUEUED_JOBS", quotas.queued_jobs),
            schema_bytes=read("QUOTA_SCHEMA_BYTES", quotas.schema_bytes),
        ),
        most_queued_jobs=read("MAX_QUEUED_JOBS", default.most_queued_jobs),
    )
