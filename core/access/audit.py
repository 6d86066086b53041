"""The audit log: who did what, when, from where, and how it ended.

The beginning is recorded before anything is done and the end after it, each as a row of its own
that nothing changes; so an act whose process dies is in the log, without an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from core.access.model import AuditEntry
from core.access.principal import Principal
from core.access.repository import OpenAccessStore
from core.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Records what is done and tells it to admins."""

    open_store: OpenAccessStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""

    def begin(
        self, principal: Principal, *, operation: str, target: str, address: str, request_id: str
    ) -> str:
        """Record that somebody is about to do something; return the entry's id."""
        entry = AuditEntry(
            id=str(uuid4()),
            workspace_id=principal.workspace_id,
            subject=principal.subject,
            key_id=principal.key_id,
            operation=operation,
            target=target,
            address=address,
            request_id=request_id,
            began_at=self.clock.now(),
        )
        with self.open_store() as store:
            store.audit.add(entry)
            store.commit()
        return entry.id

    def end(self, entry_id: str, *, status: int, made: str | None) -> None:
        """Record how it ended."""
        with self.open_store() as store:
            store.audit.add_end(entry_id, status=status, made=made, at=self.clock.now())
            store.commit()

    def list_before(
        self, *, workspace_id: str, before: str | None, limit: int
    ) -> Sequence[AuditEntry] | None:
        """Return entries, newest first, from after the named one; None if it is not there."""
        with self.open_store() as store:
            return store.audit.list_before(workspace_id, before=before, limit=limit)
