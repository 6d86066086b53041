"""The migration: a plan for one schema's database, pinned to its ends, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.dialects.moves import SetAside


class MigrationState(StrEnum):
    """What became of a plan."""

    PLANNED = "planned"
    """Stored; nothing was run."""
    APPLYING = "applying"
    """A job that applies it is queued or runs."""
    APPLIED = "applied"
    """In effect."""
    FAILED = "failed"
    """Given up; the database is as it was before."""
    REVERTING = "reverting"
    """A job that takes it back is queued or runs."""
    REVERTED = "reverted"
    """Was in effect and was taken back."""
    DISCARDED = "discarded"
    """Given up by its author before it ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One plan for one schema's database."""

    id: str
    """UUID in canonical text form."""
    schema_id: str
    """Whose database it changes."""
    from_version: int | None
    """The version that the database follows before; None when that is no version."""
    to_version: int
    """The version that it follows afterwards."""
    document: Mapping[str, Any] | None
    """What is stored as that version when the plan is applied; None when it is stored already."""
    state: MigrationState
    """What became of it."""
    plan: Mapping[str, Any]
    """The plan, as `core.planning.codec` writes it."""
    before_fingerprint: str
    """Structure fingerprint of the state that the plan starts from."""
    after_fingerprint: str
    """Structure fingerprint of the state that it leads to."""
    impact: Mapping[str, Any]
    """What it does, in words and numbers, as found when it was planned."""
    findings: tuple[Mapping[str, Any], ...]
    """What lint found in it."""
    allowed_losses: tuple[str, ...]
    """What may lose values, by name: `namespace.table` or `namespace.table.column`; `*` for all."""
    set_aside: tuple[SetAside, ...]
    """What it puts out of sight instead of dropping."""
    author: str
    """Who asked for it."""
    note: str
    """What its author says of it."""
    created_at: datetime
    """When it was planned."""
    job_id: str | None = None
    """The newest job that applies it."""
    revert_job_id: str | None = None
    """The newest job that takes it back."""
    applied_at: datetime | None = None
    """When it came into effect."""
    reverted_at: datetime | None = None
    """When it was taken back."""
    set_aside_until: datetime | None = None
    """Until when what is set aside is kept; None when there is nothing, or not yet."""
    set_aside_removed_at: datetime | None = None
    """When it was removed."""
