"""The managed database of a schema and the server it stands on, as they are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DatabaseState(StrEnum):
    """Whether a schema's database is there."""

    ABSENT = "absent"
    """Not made yet, or not made successfully."""
    READY = "ready"
    """Made and proven equal to its version."""
    DROPPED = "dropped"
    """Removed on request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One running engine with an address."""

    id: str
    """UUID in canonical text form."""
    system_identifier: str
    """What the engine itself says it is; stays when the address changes."""
    host: str
    """Host name or address."""
    port: int
    """TCP port."""
    version: str
    """As the engine says it, such as `18.6`."""
    last_seen_at: datetime
    """When it last answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The managed database of one schema."""

    schema_id: str
    """Whose database it is; there is one per schema."""
    server_id: str
    """The server it stands on."""
    name: str
    """Its name there."""
    owner_role: str
    """The role that owns it and everything in it."""
    encrypted_password: str
    """The role's password under `core.secrets`."""
    state: DatabaseState
    """Whether it is there."""
    version_number: int | None
    """The version it was proven equal to; None while absent."""
    live_fingerprint: str | None
    """Structure fingerprint of what introspection read when it was proven."""
    table_count: int
    """Tables found then."""
    checked_at: datetime | None
    """When it was last proven."""
