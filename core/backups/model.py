"""The backup: our record of one dump in the archive, and of the proof that it can be restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class BackupState(StrEnum):
    """Whether a backup can be used."""

    PENDING = "pending"
    """Being taken."""
    AVAILABLE = "available"
    """In the archive, complete."""
    FAILED = "failed"
    """Not taken; nothing is in the archive."""
    DELETING = "deleting"
    """On its way out of the archive."""


class VerificationState(StrEnum):
    """What is known of a backup's worth."""

    NEVER = "never"
    """Nobody tried."""
    PASSED = "passed"
    """Restored into a scratch database and found equal."""
    FAILED = "failed"
    """Missing, damaged, or restored to something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The outcome of the last proof."""

    state: VerificationState
    """How it went."""
    at: datetime | None = None
    """When it ended."""
    duration_seconds: float | None = None
    """How long restoring and comparing took."""
    failure_code: str | None = None
    """Stable code of what was wrong."""
    failure: str | None = None
    """What was wrong, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One dump of one schema's database."""

    id: str
    """UUID in canonical text form."""
    schema_id: str
    """Whose database was dumped."""
    state: BackupState
    """Whether it can be used."""
    reason: str
    """`requested`, or `before_` and what it was taken before: `regenerate`, `migrate`, `revert`,
    `restore` or `drop`."""
    location: str
    """Key within the archive."""
    format: str
    """`pg_dump custom`."""
    engine_version: str | None
    """Version of the server it was taken from."""
    tool_version: str | None
    """Version of the program that wrote it."""
    version_number: int
    """The schema's version that the database followed."""
    live_fingerprint: str | None
    """Structure fingerprint of what introspection read within the dump's snapshot."""
    rows_by_table: Mapping[str, int]
    """Rows per table within the dump's snapshot, by `namespace.table`."""
    size_bytes: int | None
    """Size of the file."""
    sha256: str | None
    """Digest of the file, hexadecimal."""
    duration_seconds: float | None
    """How long the dump took."""
    verification: Verification
    """The outcome of the last proof."""
    created_at: datetime
    """When it was asked for."""
    finished_at: datetime | None = None
    """When it was complete."""
