"""Credentials of a managed database: who may log in, as what, and for how long.

Each role of a database is a group without a login, which owns things and holds privileges; people
log in with login roles that are members of a group and act as it. So a login can be replaced by
another, with both valid for a while, and nothing depends on the one that goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from typing_extensions import override

from core.databases.names import group_role_of, owner_role_of


class AccessRole(StrEnum):
    """What a credential is good for."""

    OWNER = "owner"
    """Everything within the database."""
    READ_WRITE = "read-write"
    """Reading and writing rows, not changing the structure."""
    READ_ONLY = "read-only"
    """Reading rows."""


class CredentialState(StrEnum):
    """Where a credential is in its life."""

    PENDING = "pending"
    """A job is about to make it."""
    CURRENT = "current"
    """The one to use."""
    OVERLAPPING = "overlapping"
    """Replaced, and still good until it expires."""
    EXPIRED = "expired"
    """Nobody can log in with it any more; it goes once its last session has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The roles of one database that own and hold; nobody logs in as one of the last two."""

    owner: str
    """Owns the database and everything in it; the product itself logs in as this one."""
    read_write: str
    """May read and write rows."""
    read_only: str
    """May read rows."""

    @classmethod
    def of(cls, database_name: str) -> Groups:
        """Return the groups of a database."""
        return cls(
            owner=owner_role_of(database_name),
            read_write=group_role_of(database_name, "rw"),
            read_only=group_role_of(database_name, "ro"),
        )

    def of_role(self, role: AccessRole) -> str:
        """Return the group whose members have a role."""
        return {
            AccessRole.OWNER: self.owner,
            AccessRole.READ_WRITE: self.read_write,
            AccessRole.READ_ONLY: self.read_only,
        }[role]


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login role as a server has to have it."""

    name: str
    """The role's name."""
    password: str
    """Its password in clear: never logged, never shown by `repr`."""
    group: str
    """The group whose member it is, and as which it acts."""
    is_read_only: bool
    """Whether its transactions are read-only unless it says otherwise."""
    most_connections: int
    """How many sessions it may have at a time."""
    valid_until: datetime | None = None
    """When its password stops working; None for never."""

    @override
    def __repr__(self) -> str:
        """Show the name alone."""
        return f"Login(name={self.name!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who besides the product may enter a database."""

    groups: Groups
    """Its groups."""
    logins: tuple[Login, ...]
    """Its logins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTrial:
    """What came of logging in with a credential."""

    session_role: str
    """The role that logged in."""
    acting_role: str
    """The role as which it acts."""
    server_version: str
    """Such as `18.6`."""
    tables: int
    """Tables and views there are, those of the server left out."""
    readable_tables: int
    """Those it may read."""
    writable_tables: int
    """Those it may insert into, update and delete from."""
    may_create: bool
    """Whether it may create tables and namespaces."""
    is_encrypted: bool
    """Whether the connection was encrypted."""
    duration_seconds: float
    """How long logging in and asking took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The record of one login."""

    id: str
    """UUID in canonical text form."""
    schema_id: str
    """Whose database it is for."""
    role: AccessRole
    """What it is good for."""
    number: int
    """Counts the credentials of its role from 1."""
    login: str
    """The login role's name."""
    encrypted_password: str
    """Its password under `core.secrets`."""
    created_at: datetime
    """When it was recorded."""
    in_service_at: datetime | None
    """When it came into service; None while a job is about to make it."""
    expires_at: datetime | None = None
    """When its password stops working; None for the current one."""
    ends_sessions: bool = False
    """Whether sessions that are still open then are ended."""
    disabled_at: datetime | None = None
    """When the login was taken from it."""
    look_again_at: datetime | None = None
    """When to see next whether its last session has ended."""

    def state_at(self, now: datetime) -> CredentialState:
        """Return where it is in its life at a time."""
        if self.in_service_at is None:
            return CredentialState.PENDING
        if self.expires_at is None:
            return CredentialState.CURRENT
        return CredentialState.OVERLAPPING if now < self.expires_at else CredentialState.EXPIRED


def current_of(credentials: Iterable[Credential], role: AccessRole) -> Credential | None:
    """Return the credential of a role that is to be used, None when there is none yet."""
    found = [
        each
        for each in credentials
        if each.role is role and each.in_service_at is not None and each.expires_at is None
    ]
    return max(found, key=lambda each: each.number, default=None)


def next_number(credentials: Sequence[Credential], role: AccessRole) -> int:
    """Return the number of the next credential of a role."""
    return 1 + max((each.number for each in credentials if each.role is role), default=0)
