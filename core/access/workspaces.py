"""Workspaces and their members: who belongs where, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from core.access.errors import (
    MemberNotFoundError,
    NotAMemberError,
    WorkspaceAmbiguousError,
    WorkspaceNotFoundError,
)
from core.access.model import Belonging, Member, Workspace
from core.access.principal import Principal
from core.access.repository import OpenAccessStore
from core.access.roles import Role, scopes_of
from core.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspaces:
    """Says which workspaces there are and who belongs to them."""

    open_store: OpenAccessStore
    """Begins a unit of work."""
    clock: Clock
    """Tells the time."""

    def create(self, name: str) -> Workspace:
        """Make a workspace without members."""
        workspace = Workspace(id=str(uuid4()), name=name, created_at=self.clock.now())
        with self.open_store() as store:
            store.workspaces.add(workspace)
            store.commit()
        return workspace

    def get(self, workspace_id: str) -> Workspace:
        """Return a workspace.

        Raises:
            WorkspaceNotFoundError: there is none of the id.
        """
        with self.open_store() as store:
            workspace = store.workspaces.get(workspace_id)
        if workspace is None:
            raise WorkspaceNotFoundError
        return workspace

    def list_all(self) -> Sequence[Workspace]:
        """Return all workspaces, oldest first; for the operator of the installation."""
        with self.open_store() as store:
            return store.workspaces.list_all()

    def list_own(
        self, principal: Principal, *, page: int, limit: int
    ) -> tuple[Sequence[Belonging], int]:
        """Return one page of the workspaces that somebody may be in, and the number of all."""
        if principal.key_id is None and not principal.is_anonymous:
            with self.open_store() as store:
                return store.workspaces.workspaces_of(principal.subject, page=page, limit=limit)
        only = Belonging(workspace=self.get(principal.workspace_id), role=principal.role)
        return [only] if page == 1 else [], 1

    def members(self, *, workspace_id: str, page: int, limit: int) -> tuple[Sequence[Member], int]:
        """Return one page of a workspace's members, oldest first, and the number of all."""
        with self.open_store() as store:
            return store.workspaces.members(workspace_id, page=page, limit=limit)

    def put_member(self, subject: str, role: Role, *, workspace_id: str) -> Member:
        """Make somebody a member of a workspace, or change the role.

        Raises:
            WorkspaceNotFoundError: there is no such workspace.
        """
        with self.open_store() as store:
            if store.workspaces.get(workspace_id) is None:
                raise WorkspaceNotFoundError
            member = store.workspaces.put_member(
                Member(
                    workspace_id=workspace_id,
                    subject=subject,
                    role=role,
                    created_at=self.clock.now(),
                )
            )
            store.commit()
        return member

    def remove_member(self, subject: str, *, workspace_id: str) -> None:
        """End a membership.

        Raises:
            MemberNotFoundError: there is no such member.
        """
        with self.open_store() as store:
            if not store.workspaces.remove_member(workspace_id, subject):
                raise MemberNotFoundError
            store.commit()

    def identify(self, subject: str, *, wanted: str | None, any_will_do: bool = False) -> Principal:
        """Return whose request it is that somebody makes who is who the provider says.

        Args:
            subject: Who it is.
            wanted: The workspace that is meant; None for the only one.
            any_will_do: Whether the one that was joined first is meant where none is named.

        Raises:
            NotAMemberError: there is no workspace for this subject, or not the wanted one.
            WorkspaceAmbiguousError: there are several, and none is named.
        """
        with self.open_store() as store:
            found = store.workspaces.memberships(subject)
        if wanted is not None:
            found = [member for member in found if member.workspace_id == wanted]
        if not found:
            raise NotAMemberError
        if len(found) > 1 and not any_will_do:
            raise WorkspaceAmbiguousError
        return Principal(
            workspace_id=found[0].workspace_id,
            subject=subject,
            scopes=scopes_of(found[0].role),
            role=found[0].role,
            key_id=None,
        )
