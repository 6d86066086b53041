"""What is decided and known of a server: its address, labels, capacity, drain and health.

`model.Server` says which server it is; this says what may be put there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much of ours a server may hold; what is None is not limited."""

    databases: int | None = None
    """Databases of schemas."""
    size_bytes: int | None = None
    """Bytes of all its databases, ours or not."""
    connections: int | None = None
    """Sessions of clients, ours or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the last look at a server found."""

    is_reachable: bool | None = None
    """Whether it answered; None before the first look."""
    may_provision: bool | None = None
    """Whether its account may create roles and databases; None before the first look."""
    checked_at: datetime | None = None
    """When somebody last looked."""
    unreachable_since: datetime | None = None
    """When it was first found away; None while it answers."""
    hangs_since: datetime | None = None
    """Since when it takes connections without answering; None while it answers or refuses."""
    size_bytes: int | None = None
    """Bytes of all its databases."""
    measured_at: datetime | None = None
    """When those were counted, which is done more seldom."""
    connections: int | None = None
    """Sessions of clients that were open."""
    free_connections: int | None = None
    """How many more it took."""

    @property
    def is_away(self) -> bool:
        """Whether it is known to be away."""
        return self.is_reachable is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One server as it is registered."""

    id: str
    """The id of the server."""
    system_identifier: str
    """What the engine itself says it is."""
    name: str
    """What people call it; host and port where nobody gave it a name."""
    host: str
    """Host name or address at which it was last found."""
    port: int
    """TCP port."""
    version: str
    """As the engine says it."""
    recorded_at: datetime
    """When it was first found."""
    last_seen_at: datetime
    """When it was last recognised."""
    encrypted_url: str | None = field(default=None, repr=False)
    """Address of the account under `core.secrets`; None where the settings have it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What schemas can ask for."""
    capacity: Capacity = field(default_factory=Capacity)
    """How much it may hold."""
    health: Health = field(default_factory=Health)
    """What the last look found."""
    drained_at: datetime | None = None
    """Since when it takes no new databases; None while it does."""
    databases: int = 0
    """Databases of schemas that stand on it, or for which a place is kept."""

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


class RegistrationRepository(Protocol):
    """Collection-like access to registrations; those removed are not among them."""

    def get(self, server_id: str) -> Registration | None:
        """Return the registration of a server, or None."""
        ...

    def list_all(self) -> Sequence[Registration]:
        """Return all, first recorded first."""
        ...

    def hold_all(self) -> Sequence[Registration]:
        """Return all, and let nobody place, drain or remove until this transaction ends."""
        ...

    def put(self, registration: Registration) -> None:
        """Write what was decided of a server that is there: all but its health.

        Raises:
            ServerNameTakenError: another server has the name.
        """
        ...

    def remove(self, server_id: str, now: datetime) -> None:
        """Forget address, labels and capacity; its record stays for databases that were there."""
        ...

    def readmit(self, server_id: str) -> None:
        """Let a server that was removed be registered again, with nothing decided."""
        ...

    def note_look(self, server_id: str, health: Health, *, version: str | None) -> None:
        """Write what a look found, sizes only where it counted them.

        Args:
            server_id: The server.
            health: What was found.
            version: The engine's version, where it answered.
        """
        ...

    def note_away(self, server_id: str, now: datetime) -> None:
        """Write that it did not answer somebody who wanted to work there."""
        ...

    def note_back(self, server_id: str, now: datetime) -> None:
        """Write that it answered again."""
        ...

    def take_try(self, server_id: str, pause_seconds: float) -> bool:
        """Let one try a server that is away, if nobody did for so long; tell whether it may."""
        ...

    def hangs_since(self, schema_id: str) -> datetime | None:
        """Return since when the server of a schema's database hangs; None when it does not."""
        ...

    def wanted_labels(self, schema_id: str) -> Mapping[str, str]:
        """Return the labels that a schema asked for; empty when it asked for none."""
        ...

    def want_labels(self, schema_id: str, labels: Mapping[str, str]) -> None:
        """Record the labels that a schema asks for."""
        ...
