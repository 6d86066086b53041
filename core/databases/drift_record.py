"""What the last look for drift found, as it is recorded, and the port through which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class DriftState(StrEnum):
    """Whether a live database is what its stored version says."""

    UNKNOWN = "unknown"
    """Nobody has looked yet, or there is no database."""
    NONE = "none"
    """It is."""
    DRIFTED = "drifted"
    """Somebody changed it by hand."""
    UNREACHABLE = "unreachable"
    """The last look came to nothing, as the server was away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """What was found when somebody last looked."""

    schema_id: str
    """Whose database it is."""
    state: DriftState
    """What was found."""
    checked_at: datetime | None
    """When; None while nobody has looked."""
    report: Mapping[str, Any] | None
    """What differs, in short: JSON values."""


class DriftRepository(Protocol):
    """What is recorded of drift, one record for each database."""

    def get(self, schema_id: str) -> DriftRecord | None:
        """Return what is recorded, or None where there is no database."""
        ...

    def put(self, record: DriftRecord) -> None:
        """Replace what is recorded; nothing happens where there is no database."""
        ...

    def due(self, before: datetime, limit: int) -> Sequence[str]:
        """Return schemas whose databases are there and were last looked at before some time.

        Those that waited longest come first.
        """
        ...
