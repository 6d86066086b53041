"""How the broker is spoken to: Redis, Redis Sentinel or RabbitMQ, told apart by the address.

Web and worker share it, so that both mean the same queues. Whatever the broker is, a message is
only a hint, and nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.jobs.kinds import LONGEST_TIME_LIMIT_SECONDS
from core.jobs.queue import BROKER_KEY_PREFIX

PRODUCER_TIMEOUT_SECONDS = 2
"""How long the broker may take to connect or to take a message; a request waits for it."""

REDELIVERY_SECONDS = LONGEST_TIME_LIMIT_SECONDS + 600
"""Age at which the broker delivers an unacknowledged message again: after the longest job."""

HEALTH_SECONDS = 5
"""Silence after which a worker drops a connection on which an answer is overdue.

A broker that hangs closes none. It is noticed within about twice that, and by default within 51
seconds, which a replica that was promoted meanwhile would wait for its consumers.

Source: kombu 5.7, transport `redis`, `health_check_interval`.
"""

_AMQP = ("amqp://", "amqps://")
_SENTINEL = "sentinel://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """The broker that the settings name."""

    url: str = field(repr=False)
    """Its address, with the password."""
    sentinel_master: str | None = None
    """The name under which sentinels know the master, for addresses of sentinels."""

    @property
    def speaks_amqp(self) -> bool:
        """Whether it is a RabbitMQ rather than a Redis."""
        return self.url.startswith(_AMQP)

    @property
    def queue_arguments(self) -> Mapping[str, Any] | None:
        """What is said of a queue where it is declared; None where nothing is.

        RabbitMQ closes the channel of a consumer that keeps a message for longer than half an
        hour, and a job can take longer. Versions before 3.12 only heed `consumer_timeout` in their
        own configuration. Source: RabbitMQ documentation, "Delivery Acknowledgement Timeout".
        """
        if not self.speaks_amqp:
            return None
        return {"x-consumer-timeout": REDELIVERY_SECONDS * 1000}

    def producer_options(self) -> dict[str, Any]:
        """Return how whoever sends messages connects: it gives up within seconds."""
        if self.speaks_amqp:
            return {
                "read_timeout": PRODUCER_TIMEOUT_SECONDS,
                "write_timeout": PRODUCER_TIMEOUT_SECONDS,
            }
        return {
            "global_keyprefix": BROKER_KEY_PREFIX,
            "socket_connect_timeout": PRODUCER_TIMEOUT_SECONDS,
            "socket_timeout": PRODUCER_TIMEOUT_SECONDS,
            "socket_keepalive": True,
            "max_retries": 0,
            **self._sentinel_options(),
        }

    def consumer_options(self, *, socket_timeout_seconds: float) -> dict[str, Any]:
        """Return how a worker connects, which waits for a broker as long as it takes."""
        if self.speaks_amqp:
            return {}
        return {
            "visibility_timeout": REDELIVERY_SECONDS,
            "global_keyprefix": BROKER_KEY_PREFIX,
            "socket_timeout": socket_timeout_seconds,
            "socket_connect_timeout": 4,
            "socket_keepalive": True,
            "health_check_interval": HEALTH_SECONDS,
            **self._sentinel_options(),
        }

    def retry_policy(self) -> dict[str, Any] | None:
        """Return how often sending is tried again; None for not at all.

        A connection to RabbitMQ is kept and may have been closed since, so one more try opens
        another; to Redis the client sees to that itself.
        """
        if not self.speaks_amqp:
            return None
        return {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

    def _sentinel_options(self) -> dict[str, Any]:
        return (
            {"master_name": self.sentinel_master}
            if self.url.startswith(_SENTINEL) and self.sentinel_master is not None
            else {}
        )
