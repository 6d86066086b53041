"""What can be permitted, and what each role is permitted."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Scope(Enum):
    """One thing that can be permitted."""

    SCHEMAS_READ = "schemas:read"
    """Read designs, their versions, their analysis and how their databases do."""
    SCHEMAS_WRITE = "schemas:write"
    """Store designs and change them, and with them their databases."""
    DATABASES_PROVISION = "databases:provision"
    """Have databases made, made anew and changed by migrations."""
    DATABASES_DROP = "databases:drop"
    """Delete schemas with their databases."""
    CREDENTIALS_REVEAL = "credentials:reveal"
    """Read passwords of databases, and the rows in them."""
    BACKUPS_READ = "backups:read"
    """Read what is known of backups."""
    BACKUPS_WRITE = "backups:write"
    """Take, verify, restore and delete backups."""
    JOBS_CANCEL = "jobs:cancel"
    """Stop jobs and try them again."""
    ADMIN = "admin"
    """Everything, keys, members and the audit log included."""


class Role(Enum):
    """What a member is in a workspace."""

    VIEWER = "viewer"
    """Reads."""
    EDITOR = "editor"
    """Designs, and has databases made from the designs."""
    OPERATOR = "operator"
    """Runs the databases: deletes, restores, reveals passwords."""
    ADMIN = "admin"
    """Decides who may do what."""


_VIEWING = frozenset({Scope.SCHEMAS_READ, Scope.BACKUPS_READ})
_EDITING = _VIEWING | {Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION}
_OPERATING = frozenset(Scope) - {Scope.ADMIN}

_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWING,
    Role.EDITOR: _EDITING,
    Role.OPERATOR: _OPERATING,
    Role.ADMIN: frozenset(Scope),
}


def scopes_of(role: Role) -> frozenset[Scope]:
    """Return what a role is permitted."""
    return _SCOPES[role]
