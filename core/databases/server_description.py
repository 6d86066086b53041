"""What a server is, and how fit it is for the work, as an engine finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.dialects.postgresql.versions import major_of
from core.validation.server_features import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerDescription:
    """What a server says of itself."""

    system_identifier: str
    """Stays the same when the address changes."""
    host: str
    """Host name or address it was reached at."""
    port: int
    """TCP port it was reached at."""
    version: str
    """Such as `18.6`."""
    owns_public: bool
    """Whether the owners of databases that are made there own the namespace `public`."""

    @property
    def target(self) -> Target:
        """What a definition has to fit."""
        return Target(major=major_of(self.version), owns_public=self.owns_public)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCondition:
    """How fit a server and its account are for the work."""

    version: str
    """Such as `18.6`."""
    may_create_databases: bool
    """Whether the account may."""
    may_create_roles: bool
    """Whether the account may."""
    clock: datetime
    """The server's time."""
    connections: int
    """Sessions of clients that are open, this one included."""
    free_connections: int
    """How many more sessions it takes."""
    is_standby: bool
    """Whether it only follows another server, so that nothing can be made on it."""
    tools_version: str | None
    """Version of the client programs that are used with it; None when none here fit."""
