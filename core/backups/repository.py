"""The port through which backups are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.backups.model import Backup


class BackupRepository(Protocol):
    """Collection-like access to backups."""

    def get(self, schema_id: str, backup_id: str) -> Backup | None:
        """Return the schema's backup, or None."""
        ...

    def put(self, backup: Backup) -> None:
        """Record it, or replace the record with its id."""
        ...

    def remove(self, backup_id: str) -> None:
        """Forget it."""
        ...

    def list_page(self, schema_id: str, *, page: int, limit: int) -> tuple[Sequence[Backup], int]:
        """Return one page, newest first, and the number of all."""
        ...

    def of_schema(self, schema_id: str) -> Sequence[Backup]:
        """Return all of a schema's backups, newest first."""
        ...

    def half_deleted(self, limit: int) -> Sequence[Backup]:
        """Return backups whose deletion began and did not end, the oldest first."""
        ...
