"""Measures of servers for Prometheus, by their names, as they were last looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import GaugeMetricFamily

from core.databases.placement import free_share
from core.databases.registration import Registration

_GAUGES: tuple[tuple[str, str, Callable[[Registration], float | None]], ...] = (
    (
        "up",
        "Whether the server answered when it was last looked at.",
        lambda server: server.health.is_reachable,
    ),
    (
        "drained",
        "Whether the server takes no new databases by decision.",
        lambda server: server.drained_at is not None,
    ),
    ("databases", "Databases on the server, places kept included.", lambda each: each.databases),
    ("free_ratio", "The least free part of the server's capacity, 0 to 1.", free_share),
    ("bytes", "Bytes of all databases on the server.", lambda server: server.health.size_bytes),
    (
        "connections",
        "Open sessions of clients on the server.",
        lambda server: server.health.connections,
    ),
    (
        "free_connections",
        "How many more sessions the server takes.",
        lambda server: server.health.free_connections,
    ),
)
"""Name, meaning and reading of each; what nobody found out yet is left out."""


def server_measures(servers: Sequence[Registration]) -> Iterator[GaugeMetricFamily]:
    """Yield the measures of all servers."""
    for name, meaning, read in _GAUGES:
        family = GaugeMetricFamily(f"schema_builder_server_{name}", meaning, labels=("server",))
        # Two unnamed servers can have stood at one address, of which the later is there still.
        for label, value in {server.name: read(server) for server in servers}.items():
            if value is not None:
                family.add_metric((label,), float(value))
        yield family
