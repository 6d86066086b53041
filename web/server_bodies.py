"""Reading what is decided of servers from bodies, strictly, and representing servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.databases.placement import free_share, read_labels
from core.databases.registering import LONGEST_SERVER_NAME
from core.databases.registration import Capacity, Registration
from core.databases.server_address import LONGEST_ADDRESS
from core.definition.fields import Fields
from core.definition.problems import Problems
from web.json_writing import plain, rfc3339
from web.representing import API
from web.shapes.servers import MOST_BYTES, MOST_THINGS

_KEYS = frozenset({"name", "url", "labels", "capacity"})
_LIMITS = {"databases": MOST_THINGS, "sizeBytes": MOST_BYTES, "connections": MOST_THINGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedServer:
    """What somebody wants to be said of a server."""

    name: str
    """What people call it."""
    url: str | None
    """Its address with the password, which is not to be shown; None where it stays."""
    labels: Mapping[str, str]
    """What schemas can ask for."""
    capacity: Capacity
    """How much it may hold."""


def read_server_body(raw: object, *, needs_url: bool) -> WantedServer:
    """Read what somebody wants to be said of a server.

    Raises:
        InvalidDocumentError: with every problem of form; no message repeats the address.
    """
    problems = Problems()
    fields = Fields(raw, path="", keys=_KEYS, problems=problems)
    name = fields.required_text("name", limit=LONGEST_SERVER_NAME, may_be_blank=False)
    if needs_url:
        url: str | None = fields.required_text("url", limit=LONGEST_ADDRESS, may_be_blank=False)
    else:
        url = fields.text("url", limit=LONGEST_ADDRESS)
    wanted = WantedServer(
        name=name,
        url=url,
        labels=read_labels(fields, "labels", problems),
        capacity=_capacity(fields),
    )
    problems.raise_if_any()
    return wanted


def server_json(server: Registration) -> dict[str, Any]:
    """Represent a server, without the account that leads to it."""
    path = server_path(server.id)
    return {
        "id": server.id,
        "name": server.name,
        "host": server.host,
        "port": server.port,
        "version": server.version,
        "isRegistered": server.encrypted_url is not None,
        "state": state_of(server),
        "labels": dict(server.labels),
        "capacity": plain(server.capacity),
        "databases": server.databases,
        "freeShare": round(free_share(server), 4),
        "drainedAt": rfc3339(server.drained_at),
        "health": plain(server.health),
        "recordedAt": rfc3339(server.recorded_at),
        "links": {"self": path, "drain": f"{path}/drain", "undrain": f"{path}/undrain"},
    }


def state_of(server: Registration) -> str:
    """Return in a word whether a server takes new databases, and why not."""
    if server.health.is_away:
        return "away"
    if server.drained_at is not None:
        return "drained"
    if server.health.may_provision is False:
        return "unfit"
    if free_share(server) <= 0:
        return "full"
    return "unknown" if server.health.is_reachable is None else "ready"


def server_path(server_id: str) -> str:
    """Return the address of a server's record."""
    return f"{API}/servers/{server_id}"


def _capacity(fields: Fields) -> Capacity:
    parts = fields.nested("capacity", keys=_LIMITS.keys())
    if parts is None:
        return Capacity()
    read = {key: _whole(parts, key, most) for key, most in _LIMITS.items()}
    return Capacity(
        databases=read["databases"],
        size_bytes=read["sizeBytes"],
        connections=read["connections"],
    )


def _whole(fields: Fields, key: str, most: int) -> int | None:
    if not fields.has(key):
        return None
    number = fields.number(key)
    if number != int(number) or not 1 <= number <= most:
        fields.refuse(key, "NUMBER_OUT_OF_RANGE", f"A whole number from 1 to {most:,} is wanted.")
        return None
    return int(number)
