"""The run that a runner sees: its steps and progress are recorded under the lease."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import copy_context
from datetime import datetime

from typing_extensions import override

from core.clock import Clock
from core.errors import SchemaBuilderError, UnavailableError
from core.jobs.errors import CancelRequestedError, LeaseLostError, UnknownStepError
from core.jobs.model import Job, LeaseToken, StepState
from core.jobs.repository import JobRepository, JobStore
from core.jobs.running import JobRun
from core.jobs.stopping import Stopping
from core.tracing import span

logger = logging.getLogger(__name__)

PROGRESS_INTERVAL_SECONDS = 0.3
"""Shortest time between two records of progress."""

STORE_PAUSE_SECONDS = 0.25
"""Wait before a store that is away is asked again."""


class RecordedRun(JobRun):
    """One attempt of one job."""

    def __init__(
        self,
        job: Job,
        token: LeaseToken,
        *,
        open_store: Callable[[], JobStore],
        clock: Clock,
        stopping: Stopping,
        proven: Callable[[float], None],
    ) -> None:
        """Prepare.

        Args:
            job: The job as it was claimed.
            token: Its lease.
            open_store: Begins a unit of work.
            clock: Tells the time to record.
            stopping: Says whether the attempt must stop.
            proven: Told of each write that proved life, with the monotonic time before it.
        """
        self._job = job
        self._token = token
        self._open_store = open_store
        self._clock = clock
        self._stopping = stopping
        self._proven = proven
        self._names = frozenset(step.name for step in job.steps)
        self._completed = 0
        self._begun: set[str] = set()
        self._is_step_running = False
        self._recorder = ThreadPoolExecutor(1, "recorder")
        self._unsettled: list[Future[None]] = []
        self._began_at = time.monotonic()
        self._told_at = -math.inf

    @property
    @override
    def job(self) -> Job:
        """The job as it was claimed."""
        return self._job

    @property
    def begun_steps(self) -> frozenset[str]:
        """The steps that this attempt began, recorded by now or not."""
        return frozenset(self._begun)

    @override
    @contextmanager
    def step(self, name: str, *, is_proof: bool = True) -> Iterator[None]:
        """Record that a step begins; its end is recorded with whatever comes next.

        That saves a transaction per step: the next step, or the end of the job, ends this one.
        """
        self._move(name, StepState.RUNNING, is_proof=is_proof)
        self._begun.add(name)
        self._completed += self._is_step_running
        self._is_step_running = True
        with span(f"step {name}", schema_builder__step=name):
            yield

    @override
    def skip(self, name: str) -> None:
        """Record that a step is not needed."""
        self._move(name, StepState.SKIPPED, is_proof=True)
        self._completed += 1

    def settle(self) -> None:
        """Wait until every step that began is recorded, or the attempt must stop anyway."""
        while self._unsettled:
            self._unsettled.pop(0).result()

    def close(self) -> None:
        """End what records, without a look at what came of it."""
        self._recorder.shutdown()

    @override
    def progress(self, message: str, *, fraction: float | None = None) -> None:
        """Say what goes on; recorded now and then, and not at all while the store is away.

        So the last words of a step may be lost. Fractions are not recorded at the beginning, as
        most steps are over before anybody could read them.
        """
        now = time.monotonic()
        quiet_since = self._told_at if fraction is None else max(self._told_at, self._began_at)
        is_too_soon = now - quiet_since < PROGRESS_INTERVAL_SECONDS
        if is_too_soon or self._stopping.reason is not None:
            return
        self._told_at = now
        done = self._completed + min(max(fraction or 0.0, 0.0), 1.0)
        percent = min(int(done * 100 / len(self._job.steps)), 99)
        self.settle()
        try:
            is_ours = self._write_once(
                lambda jobs: jobs.set_progress(
                    self._job.id,
                    self._token,
                    percent=percent,
                    message=message,
                    now=self._clock.now(),
                )
            )
        except UnavailableError as error:
            logger.warning(
                "progress_unrecorded", extra={"job_id": self._job.id, "reason": error.message}
            )
            return
        if not is_ours:
            self._stopping.force(LeaseLostError(job_id=self._job.id))

    @override
    def check(self) -> None:
        """Raise when the job was asked to stop or its lease was lost."""
        self._stopping.check()

    @override
    def stoppable(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """While inside, call `stop` (from another thread) when the job must stop."""
        return self._stopping.stoppable(stop)

    @override
    def pass_point_of_no_return(self) -> None:
        """Ignore requests to stop from here on; checks one last time, in the store as well."""
        self._stopping.check()
        self.prove_lease()
        self._stopping.pass_point_of_no_return()

    @override
    def prove_lease(self) -> None:
        """Make sure, in the store and now, that no other attempt took over.

        Waits while the store is away and the lease may hold. The answer holds for the rest of the
        lease, so what cannot be taken back follows at once.
        """
        self.settle()
        while not self._stopping.is_lease_lost:
            began_at = time.monotonic()
            try:
                with self._open_store() as store:
                    job = store.jobs.heartbeat(self._job.id, self._token)
                    store.commit()
            except UnavailableError as error:
                logger.warning(
                    "lease_unproven", extra={"job_id": self._job.id, "reason": error.message}
                )
                time.sleep(STORE_PAUSE_SECONDS)
                continue
            if job is None:
                break
            self._proven(began_at)
            if job.cancel_requested_at is not None:
                self._stopping.ask(CancelRequestedError(job_id=job.id))
            return
        lost = LeaseLostError(job_id=self._job.id)
        self._stopping.force(lost)
        raise lost

    def _move(self, name: str, state: StepState, *, is_proof: bool) -> None:
        """Record a step, now or while the work goes on, but always in order."""
        if name not in self._names:
            raise UnknownStepError(kind=self._job.kind, step=name)
        self._stopping.check()
        now = self._clock.now()
        if is_proof:
            self.settle()
            self._record(name, state, now)
            return
        context = copy_context()  # the log says for which job
        self._unsettled.append(
            self._recorder.submit(context.run, self._record_aside, name, state, now)
        )

    def _record_aside(self, name: str, state: StepState, now: datetime) -> None:
        """Record a step beside the work, which sees at its next check when it must stop."""
        try:
            self._record(name, state, now)
        except SchemaBuilderError:
            if self._stopping.reason is None:
                raise

    def _record(self, name: str, state: StepState, now: datetime) -> None:
        """Record a step, however long the store is away while the lease holds."""
        while True:
            self._stopping.check()
            try:
                is_ours = self._write_once(
                    lambda jobs: jobs.set_step(self._job.id, self._token, name, state, now)
                )
                break
            except UnavailableError as error:
                logger.warning(
                    "step_unrecorded", extra={"job_id": self._job.id, "reason": error.message}
                )
                time.sleep(STORE_PAUSE_SECONDS)
        if not is_ours:
            lost = LeaseLostError(job_id=self._job.id)
            self._stopping.force(lost)
            raise lost

    def _write_once(self, write: Callable[[JobRepository], bool]) -> bool:
        began_at = time.monotonic()
        with self._open_store() as store:
            is_ours = write(store.jobs)
            store.commit()
        if is_ours:
            self._proven(began_at)
        return is_ours
