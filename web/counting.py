"""Counting requests in Redis, or in this process while Redis is away. What counts is `rate_limits`.

The window moves: within any minute there are as many requests as there may be, and no more.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

WINDOW_SECONDS = 60
"""The minute of "a minute"."""

TIMEOUT_SECONDS = 0.5
"""How long Redis may take to connect or to answer; a request waits for it."""

PAUSE_SECONDS = 5.0
"""How long Redis is left alone once it did not answer, so that few requests wait for it."""

KEY_PREFIX = "schema_builder_limits"
"""Stands before every key, as the broker and others share the database."""

ResultT = TypeVar("ResultT")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How somebody stands with a limit."""

    is_within: bool
    """Whether the request may be answered."""
    limit: int
    """How many there may be."""
    remaining: int
    """How many more there may be at once."""
    reset_seconds: int
    """In how many seconds there may be one more than that."""
    is_shared: bool
    """Whether all processes count together; while Redis is away each counts for itself."""


class Counting:
    """Counts what somebody did within a minute."""

    def __init__(
        self,
        redis_url: str,
        *,
        processes: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            redis_url: The database in which to count.
            processes: Web processes on this machine, which share a limit out while Redis is away.
            monotonic: Tells the time between two questions to a Redis that was away.
        """
        self._shared = MovingWindowRateLimiter(
            RedisStorage(
                redis_url,
                key_prefix=KEY_PREFIX,
                socket_timeout=TIMEOUT_SECONDS,
                socket_connect_timeout=TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type] # passed on to redis-py
            )
        )
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._processes = processes
        self._monotonic = monotonic
        self._away_until: float | None = None
        self._lock = threading.Lock()

    def spend(self, what: str, who: str, *, limit: int) -> Standing:
        """Count one, unless there are as many as there may be; say how it stands then."""
        return self._ask(what, who, limit, lambda window, item: window.hit(item, what, who))

    def look(self, what: str, who: str, *, limit: int) -> Standing:
        """Say how it stands without counting anything."""
        return self._ask(what, who, limit, lambda window, item: window.test(item, what, who))

    def is_shared(self) -> bool:
        """Tell whether all processes count together just now; nothing is counted."""
        return self.look("doctor", "doctor", limit=1).is_shared

    def close(self) -> None:
        """Give connections back."""
        storage = self._shared.storage
        if isinstance(storage, RedisStorage):
            storage.storage.close()

    def _ask(
        self,
        what: str,
        who: str,
        limit: int,
        ask: Callable[[MovingWindowRateLimiter, RateLimitItemPerMinute], bool],
    ) -> Standing:
        if self._may_ask_redis():
            try:
                standing = _standing(self._shared, what, who, limit, ask, is_shared=True)
            except (RedisError, OSError) as error:
                self._note_away(error)
            else:
                self._note_there()
                return standing
        share = max(1, limit // self._processes)
        return _standing(self._own, what, who, share, ask, is_shared=False)

    def _may_ask_redis(self) -> bool:
        """Whether Redis was not away just now; of those who wait for that, one may look again."""
        with self._lock:
            if self._away_until is None:
                return True
            now = self._monotonic()
            if now < self._away_until:
                return False
            self._away_until = now + PAUSE_SECONDS
            return True

    def _note_away(self, error: Exception) -> None:
        with self._lock:
            is_news = self._away_until is None
            self._away_until = self._monotonic() + PAUSE_SECONDS
        if is_news:
            logger.warning("rate_limits_kept_in_memory", extra={"reason": type(error).__name__})

    def _note_there(self) -> None:
        if self._away_until is None:
            return
        with self._lock:
            self._away_until = None
        logger.info("rate_limits_shared_again")


def _standing(
    window: MovingWindowRateLimiter,
    what: str,
    who: str,
    limit: int,
    ask: Callable[[MovingWindowRateLimiter, RateLimitItemPerMinute], bool],
    *,
    is_shared: bool,
) -> Standing:
    item = RateLimitItemPerMinute(limit)
    is_within = ask(window, item)
    found = window.get_window_stats(item, what, who)
    seconds = math.ceil(found.reset_time - time.time())
    return Standing(
        is_within=is_within,
        limit=limit,
        remaining=max(0, found.remaining),
        reset_seconds=min(max(seconds, 1), WINDOW_SECONDS),
        is_shared=is_shared,
    )
