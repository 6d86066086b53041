"""A worker's signs of life: given by its main process with the heartbeats of Celery.

The pool's children come and go; that jobs get on is proven by the jobs themselves.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from celery import Celery, signals

from core.clock import Clock, SystemClock
from core.errors import UnavailableError
from core.observation.signs_of_life import (
    INTERVAL_SECONDS,
    LivingWorker,
    RedisSignsOfLife,
    SignsOfLife,
)

logger = logging.getLogger(__name__)


class Pulse:
    """Gives signs in the name of one worker, no oftener than is of use."""

    def __init__(self, signs: SignsOfLife, clock: Clock) -> None:
        self._signs = signs
        self._clock = clock
        self._worker: tuple[str, tuple[str, ...]] | None = None
        self._given_at = 0.0

    def begin(self, name: str, queues: tuple[str, ...]) -> None:
        """Note who the worker is, and give the first sign."""
        self._worker = (name, queues)
        self._given_at = 0.0
        self.beat()

    def beat(self) -> None:
        """Give a sign, if the last is old enough; one that cannot be given is left out."""
        if self._worker is None or time.monotonic() - self._given_at < INTERVAL_SECONDS:
            return
        self._given_at = time.monotonic()
        name, queues = self._worker
        try:
            self._signs.give(LivingWorker(name=name, queues=queues, seen_at=self._clock.now()))
        except UnavailableError as error:
            logger.warning("sign_of_life_not_given", extra={"reason": error.log_text})

    def end(self) -> None:
        """Take the sign back, as the worker goes."""
        if self._worker is None:
            return
        try:
            self._signs.withdraw(self._worker[0])
        except UnavailableError as error:
            logger.warning("sign_of_life_not_given", extra={"reason": error.log_text})
        self._worker = None


def connect_signs_of_life(app: Celery, redis_url: str) -> None:
    """Let the app's workers give signs of life.

    The connection is made in the worker's main process alone, at its first sign: a child of the
    pool inherits it at most, and gives none.
    """
    pulse = Pulse(RedisSignsOfLife(redis_url), SystemClock())

    def begin(sender: Any, **_: object) -> None:  # noqa: ANN401 - Celery's consumer
        pulse.begin(str(sender.hostname), tuple(sorted(app.amqp.queues.consume_from)))

    def beat(**_: object) -> None:
        pulse.beat()

    def end(**_: object) -> None:
        pulse.end()

    signals.worker_ready.connect(begin, weak=False)
    signals.heartbeat_sent.connect(beat, weak=False)
    signals.worker_shutdown.connect(end, weak=False)
