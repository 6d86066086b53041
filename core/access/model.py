"""What is recorded of workspaces, their members, API keys and what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.access.roles import Role, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """What everything belongs to."""

    id: str
    """The owner of schemas, jobs, backups and all else in the store."""
    name: str
    """What people call it."""
    created_at: datetime
    """When it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who belongs to a workspace."""

    workspace_id: str
    """The workspace."""
    subject: str
    """The `sub` of the member's tokens."""
    role: Role
    """What the member may do there."""
    created_at: datetime
    """Since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A workspace as one of those sees it who may be there."""

    workspace: Workspace
    """The workspace."""
    role: Role | None
    """The role there; none for keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of an API key; the key itself is not."""

    id: str
    """Its public part."""
    workspace_id: str
    """The workspace that it opens."""
    name: str
    """What it is for, in words."""
    digest: str
    """SHA-256 of the whole key, in hexadecimal digits."""
    scopes: tuple[Scope, ...]
    """What it permits."""
    created_by: str
    """Who made it."""
    created_at: datetime
    """When it was made."""
    expires_at: datetime | None = None
    """When it stops to work; None for never."""
    last_used_at: datetime | None = None
    """When it was used last, within a minute."""
    revoked_at: datetime | None = None
    """When it was revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One request or command that may have changed or revealed something."""

    id: str
    """Its own id."""
    workspace_id: str
    """The workspace in which it was made."""
    subject: str
    """Who made it."""
    key_id: str | None
    """The API key, if it was made with one."""
    operation: str
    """The `operationId` of the route, or the words of the command."""
    target: str
    """The path, or what the command was told."""
    address: str
    """Where it came from; empty for commands."""
    request_id: str
    """The request's id, as in logs and answers."""
    began_at: datetime
    """When it came."""
    status: int | None = None
    """The HTTP status of the answer, for commands of the same outcome; None while it runs, or if
    the process died meanwhile."""
    made: str | None = None
    """Address of what it made, or its id where it has no address."""
    ended_at: datetime | None = None
    """When it was answered."""
