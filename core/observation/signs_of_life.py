"""Signs of life of workers and of beat: short-lived keys in the broker.

They stand beside the queue that the workers listen to, so whoever gives one can also get jobs. That
jobs make progress is another matter: each running job proves its own life in the store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from typing_extensions import override

from core.errors import UnavailableError
from core.jobs.queue import BROKER_KEY_PREFIX

KEPT_SECONDS = 60
"""How long a sign is kept; a worker that gave none for so long counts as gone."""

INTERVAL_SECONDS = 10
"""Time between two signs of one process."""

TIMEOUT_SECONDS = 2
"""How long the broker may take to connect or to answer."""

_MOST_KEYS = 10_000
_WORKERS = f"{BROKER_KEY_PREFIX}alive:"
_BEAT = f"{BROKER_KEY_PREFIX}beat"


class BrokerUnavailableError(UnavailableError):
    """The broker does not answer."""

    code = "BROKER_UNAVAILABLE"

    def __init__(self, *, reason: str) -> None:
        super().__init__("The queue's broker does not answer at present.", private=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingWorker:
    """A worker that gave a sign of life."""

    name: str
    """Its name in Celery, `jobs@host`."""
    queues: tuple[str, ...]
    """The queues that it listens to."""
    seen_at: datetime
    """When it gave the sign, by its own clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """All signs that are there."""

    workers: tuple[LivingWorker, ...]
    """Workers that live, by name."""
    beat_at: datetime | None
    """When a task of beat ran last; None when none did for a long while."""

    def listening_to(self, queue: str) -> int:
        """Return how many living workers listen to a queue."""
        return sum(queue in worker.queues for worker in self.workers)


class SignsOfLife(Protocol):
    """Where processes say that they live."""

    def give(self, worker: LivingWorker) -> None:
        """Say that a worker lives.

        Raises:
            BrokerUnavailableError: it cannot be said at present.
        """
        ...

    def withdraw(self, name: str) -> None:
        """Say that a worker goes.

        Raises:
            BrokerUnavailableError: it cannot be said at present.
        """
        ...

    def give_beat(self, now: datetime) -> None:
        """Say that a task of beat runs.

        Raises:
            BrokerUnavailableError: it cannot be said at present.
        """
        ...

    def read(self) -> Signs:
        """Return all signs.

        Raises:
            BrokerUnavailableError: nobody knows at present.
        """
        ...


class RedisSignsOfLife(SignsOfLife):
    """Signs as keys that Redis forgets by itself; connects at the first use."""

    def __init__(self, redis_url: str) -> None:
        self._client: redis.Redis = redis.Redis.from_url(
            redis_url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    @override
    def give(self, worker: LivingWorker) -> None:
        """Say that a worker lives."""
        text = json.dumps({"queues": worker.queues, "seen_at": worker.seen_at.isoformat()})
        try:
            self._client.set(_WORKERS + worker.name, text, ex=KEPT_SECONDS)
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError(reason=str(error)) from error

    @override
    def withdraw(self, name: str) -> None:
        """Say that a worker goes."""
        try:
            self._client.delete(_WORKERS + name)
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError(reason=str(error)) from error

    @override
    def give_beat(self, now: datetime) -> None:
        """Say that a task of beat runs."""
        try:
            self._client.set(_BEAT, now.isoformat(), ex=KEPT_SECONDS)
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError(reason=str(error)) from error

    @override
    def read(self) -> Signs:
        """Return all signs."""
        try:
            keys = sorted(self._client.scan_iter(f"{_WORKERS}*", count=_MOST_KEYS))
            texts = cast(
                "list[Any]", self._client.mget([_BEAT, *keys])
            )  # the client is synchronous
        except (RedisError, OSError) as error:
            raise BrokerUnavailableError(reason=str(error)) from error
        beat, *workers = texts
        return Signs(
            workers=tuple(
                _worker(str(key).removeprefix(_WORKERS), text)
                for key, text in zip(keys, workers, strict=True)
                if text is not None
            ),
            beat_at=None if beat is None else datetime.fromisoformat(beat),
        )

    def close(self) -> None:
        """Give connections back."""
        self._client.close()


def _worker(name: str, text: str) -> LivingWorker:
    facts = json.loads(text)
    return LivingWorker(
        name=name,
        queues=tuple(facts["queues"]),
        seen_at=datetime.fromisoformat(facts["seen_at"]),
    )
