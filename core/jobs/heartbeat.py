"""Watching over a running attempt: proof of life, requests to stop, the lease and the time limit.

Two threads, since the one that talks to the store can hang there while the lease runs out.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from core.errors import SchemaBuilderError
from core.jobs.errors import (
    CancelRequestedError,
    HandedBackError,
    LeaseLostError,
    TimeLimitError,
)
from core.jobs.kinds import KINDS
from core.jobs.model import Job, LeaseToken
from core.jobs.repository import JobStore
from core.jobs.stopping import Stopping

logger = logging.getLogger(__name__)

LEASE_SHARE = 0.8
"""Part of the lease after which it is presumed lost, so that the work has stopped when it is."""

LONGEST_LOOK_SECONDS = 0.5
"""Longest time between two looks at the lease, the limit and the wish to shut down."""

PARTING_SECONDS = 1.0
"""How long the end of an attempt waits for its threads; they hold nothing and may be late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Durations that govern attempts."""

    heartbeat_seconds: float = 3.0
    """Time between two proofs of life."""
    lease_seconds: float = 15.0
    """Silence after which others may take the job."""
    retry_base_seconds: float = 2.0
    """Wait before the second attempt."""
    ending_seconds: float = 240.0
    """What an attempt at its time limit gets for its end, before its process is killed."""
    parting_seconds: float = 300.0
    """How long an attempt that was overtaken may take to remove what is its own."""


class Flag(Protocol):
    """Something that is set at some time, such as an event of `threading`."""

    def is_set(self) -> bool:
        """Whether it is set."""
        ...


TroubleOf = Callable[[Job], SchemaBuilderError | None]
"""Says why an attempt at a job must be broken off, whatever it is doing; None for no reason."""


def no_trouble(_: Job) -> None:
    """Know of no reason."""


class Heartbeat:
    """Proves life and watches, from entering until leaving it as a context."""

    def __init__(
        self,
        job: Job,
        token: LeaseToken,
        *,
        open_store: Callable[[], JobStore],
        limits: Limits,
        stopping: Stopping,
        hand_back: Flag | None,
        claimed_at: float,
        trouble_of: TroubleOf = no_trouble,
    ) -> None:
        """Prepare.

        Args:
            job: The job as it was claimed.
            token: Its lease.
            open_store: Begins a unit of work.
            limits: The durations.
            stopping: Is told when the attempt must stop.
            hand_back: Set when this worker must go soon.
            claimed_at: Monotonic time just before the claim.
            trouble_of: Says why the attempt must be broken off from outside.
        """
        self._job = job
        self._token = token
        self._open_store = open_store
        self._limits = limits
        self._stopping = stopping
        self._hand_back = hand_back
        self._trouble_of = trouble_of
        self.ending = Stopping()
        """Stops what the attempt does at its end, and before its work."""
        self.parting = Stopping()
        """Stops what the attempt does after it was overtaken."""
        self._lost_at: float | None = None
        self._started_at = claimed_at
        self._proven_at = claimed_at
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=copy_context().run, args=(body,), name=name, daemon=True)
            for name, body in (("heartbeat", self._beat), ("watch", self._watch))
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End."""
        self._ended.set()
        for thread in self._threads:
            thread.join(PARTING_SECONDS)

    def proven(self, at: float) -> None:
        """Note that a write of the attempt itself proved life.

        Args:
            at: Monotonic time just before that write.
        """
        self._proven_at = max(self._proven_at, at)

    def _beat(self) -> None:
        while not self._ended.wait(self._limits.heartbeat_seconds):
            try:
                if not self._stopping.is_lease_lost:
                    self._prove_life()
                trouble = self._trouble_of(self._job)
            except SchemaBuilderError as error:
                logger.warning(
                    "heartbeat_failed", extra={"job_id": self._job.id, "reason": error.message}
                )
                continue
            if trouble is not None:
                for each in (self._stopping, self.ending, self.parting):
                    each.force(trouble)

    def _prove_life(self) -> None:
        began_at = time.monotonic()
        with self._open_store() as store:
            job = store.jobs.heartbeat(self._job.id, self._token)
            store.commit()
        if job is None:
            self._lose_lease()
            return
        self.proven(began_at)
        if job.cancel_requested_at is not None:
            self._stopping.ask(CancelRequestedError(job_id=job.id))

    def _watch(self) -> None:
        pause_seconds = min(LONGEST_LOOK_SECONDS, self._limits.heartbeat_seconds)
        limit_seconds = KINDS[self._job.kind].time_limit_seconds
        while not self._ended.wait(pause_seconds):
            now = time.monotonic()
            if now - self._proven_at > self._limits.lease_seconds * LEASE_SHARE:
                self._lose_lease()
            late = TimeLimitError(job_id=self._job.id, seconds=limit_seconds)
            if now - self._started_at > limit_seconds:
                self._stopping.force(late)
            if now - self._started_at > limit_seconds + self._limits.ending_seconds:
                self.ending.force(late)
            if self._stopping.is_lease_lost:
                self._lost_at = self._lost_at or now
                if now - self._lost_at > self._limits.parting_seconds:
                    self.parting.force(late)
            if self._hand_back is not None and self._hand_back.is_set():
                self._stopping.ask(HandedBackError(job_id=self._job.id))
            for each in (self._stopping, self.ending, self.parting):
                each.interrupt()

    def _lose_lease(self) -> None:
        if not self._ended.is_set():
            lost = LeaseLostError(job_id=self._job.id)
            self._stopping.force(lost)
            self.ending.force(lost)
