"""The ports to recorded keys, workspaces and audit entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from core.access.model import ApiKey, AuditEntry, Belonging, Member, Workspace
from core.unit_of_work import UnitOfWork


class ApiKeyRepository(Protocol):
    """API keys."""

    def add(self, key: ApiKey) -> None:
        """Record a key."""
        ...

    def find(self, key_id: str) -> ApiKey | None:
        """Return the key of any workspace, or None; for those who show the key itself."""
        ...

    def get(self, key_id: str, *, workspace_id: str) -> ApiKey | None:
        """Return the workspace's key, or None."""
        ...

    def list_page(
        self, workspace_id: str, *, page: int, limit: int
    ) -> tuple[Sequence[ApiKey], int]:
        """Return one page of a workspace's keys, newest first, and the number of all."""
        ...

    def count_living(self, workspace_id: str, now: datetime) -> int:
        """Return how many keys work; nobody adds one until the block ends."""
        ...

    def revoke(self, key_id: str, now: datetime) -> None:
        """Let a key work no more."""
        ...

    def note_use(self, key_id: str, now: datetime) -> None:
        """Record that a key was used."""
        ...


class WorkspaceRepository(Protocol):
    """Workspaces and their members."""

    def add(self, workspace: Workspace) -> None:
        """Record a workspace."""
        ...

    def get(self, workspace_id: str) -> Workspace | None:
        """Return a workspace, or None."""
        ...

    def list_all(self) -> Sequence[Workspace]:
        """Return all workspaces, oldest first."""
        ...

    def memberships(self, subject: str) -> Sequence[Member]:
        """Return where somebody is a member."""
        ...

    def workspaces_of(
        self, subject: str, *, page: int, limit: int
    ) -> tuple[Sequence[Belonging], int]:
        """Return one page of somebody's workspaces, first joined first, and the number of all."""
        ...

    def members(self, workspace_id: str, *, page: int, limit: int) -> tuple[Sequence[Member], int]:
        """Return one page of a workspace's members, oldest first, and the number of all."""
        ...

    def put_member(self, member: Member) -> Member:
        """Make somebody a member, or change the role; return the member as it is then."""
        ...

    def remove_member(self, workspace_id: str, subject: str) -> bool:
        """End a membership; return whether there was one."""
        ...


class AuditRepository(Protocol):
    """What was done. Nothing here changes or deletes."""

    def add(self, entry: AuditEntry) -> None:
        """Record that something begins."""
        ...

    def add_end(self, entry_id: str, *, status: int, made: str | None, at: datetime) -> None:
        """Record how it ended."""
        ...

    def list_before(
        self, workspace_id: str, *, before: str | None, limit: int
    ) -> Sequence[AuditEntry] | None:
        """Return entries of a workspace, newest first.

        Args:
            workspace_id: The workspace.
            before: Id of the entry after which to go on; None to begin with the newest.
            limit: How many at most.

        Returns:
            The entries; None if the workspace has no entry of the id.
        """
        ...


class AccessStore(UnitOfWork, Protocol):
    """What the use cases of access need of a unit of work."""

    @property
    def api_keys(self) -> ApiKeyRepository:
        """API keys."""
        ...

    @property
    def workspaces(self) -> WorkspaceRepository:
        """Workspaces and their members."""
        ...

    @property
    def audit(self) -> AuditRepository:
        """What was done."""
        ...


OpenAccessStore = Callable[[], AccessStore]
"""Begins a unit of work."""
