"""One attempt of a job, from the claim to the one true end.

Whatever fails, the record ends (or is queued again) only after nothing is left behind, and every
write carries the lease, so an attempt that was overtaken changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, assert_never
from uuid import uuid4

from core.clock import Clock
from core.errors import NotFoundError, SchemaBuilderError, UnavailableError
from core.jobs.errors import CancelRequestedError, LeaseLostError
from core.jobs.heartbeat import Flag, Heartbeat, Limits, TroubleOf, no_trouble
from core.jobs.kinds import KINDS
from core.jobs.model import Job, JobError, JobId, JobKind, JobState, LeaseToken
from core.jobs.queue import Announcer, announce_following
from core.jobs.recording import RecordedRun
from core.jobs.retry import (
    Abandon,
    Cancel,
    GiveUp,
    HandBack,
    TryAgain,
    Verdict,
    cleanup_wait_seconds,
    foreseen,
    has_left_nothing,
    is_cleanup_overdue,
    judge,
    judge_exhausted,
    with_leftovers,
)
from core.jobs.running import GONE_CODES, Outcome, Runner, StoreT
from core.jobs.stopping import Stopping
from core.tracing import note

logger = logging.getLogger(__name__)

LONGEST_ENDING_SECONDS = 60.0
"""How long the end of a job is tried to be recorded; after that the repair takes it back."""

ENDING_PAUSE_SECONDS = 0.25
"""Wait before a store that is away is asked again."""


def execute(
    job_id: JobId,
    *,
    open_store: Callable[[], StoreT],
    runners: Mapping[JobKind, Runner[StoreT]],
    clock: Clock,
    announcer: Announcer,
    limits: Limits,
    hand_back: Flag | None = None,
    on_claim: Callable[[Job], None] | None = None,
    trouble_of: TroubleOf = no_trouble,
) -> None:
    """Claim a job and carry it as far as it goes; nothing happens when there is nothing to claim.

    Never raises for what goes wrong with the job or the store: the record says it, or the repair
    finds it.

    Args:
        job_id: The job, as announced; told twice, it is done once.
        open_store: Begins a unit of work.
        runners: Who does the work of each kind.
        clock: Tells the time to record.
        announcer: Is told of the job that waited for this one.
        limits: The durations.
        hand_back: Set when this worker must go soon; the job is then left to another.
        on_claim: Told of the claimed job before the work, to bind its ids to what is logged.
        trouble_of: Asked with every heartbeat why the attempt must be broken off.
    """
    token = LeaseToken(str(uuid4()))
    claimed_at = time.monotonic()
    try:
        with open_store() as store:
            job = store.jobs.claim(job_id, token, clock.now())
            store.commit()
    except UnavailableError as error:
        logger.warning("claim_failed", extra={"job_id": job_id, "reason": error.message})
        return
    if job is None:
        logger.info("job_not_claimed", extra={"job_id": job_id})
        return
    if on_claim is not None:
        on_claim(job)
    logger.info("job_started", extra={"job_id": job.id, "kind": job.kind, "attempt": job.attempt})
    stopping = Stopping()
    if job.cancel_requested_at is not None:
        stopping.ask(CancelRequestedError(job_id=job.id))
    heartbeat = Heartbeat(
        job,
        token,
        open_store=open_store,
        limits=limits,
        stopping=stopping,
        hand_back=hand_back,
        claimed_at=claimed_at,
        trouble_of=trouble_of,
    )
    run = RecordedRun(
        job,
        token,
        open_store=open_store,
        clock=clock,
        stopping=stopping,
        proven=heartbeat.proven,
    )
    attempt = _Attempt(
        job=job,
        token=token,
        runner=runners[job.kind],
        run=run,
        stopping=stopping,
        heartbeat=heartbeat,
        open_store=open_store,
        clock=clock,
        limits=limits,
    )
    with heartbeat:
        try:
            attempt.carry_out()
        finally:
            run.close()
    announce_following(job.schema_id, open_store=open_store, announcer=announcer, clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt(Generic[StoreT]):
    """A claimed job with everything needed to bring it to an end."""

    job: Job
    token: LeaseToken
    runner: Runner[StoreT]
    run: RecordedRun
    stopping: Stopping
    heartbeat: Heartbeat
    open_store: Callable[[], StoreT]
    clock: Clock
    limits: Limits

    def carry_out(self) -> None:
        """Work, and end the job by what came of it."""
        try:
            self._follow(self._work())
        except LeaseLostError:
            logger.warning("attempt_abandoned", extra={"job_id": self.job.id})
            self._remove_own()

    def _remove_own(self) -> None:
        """Remove what this attempt made after it was overtaken, if anything."""
        if self.job.cleanup_only:
            return
        try:
            self.runner.abandon(self.job, self.heartbeat.parting)
        except Exception as error:  # noqa: BLE001 - the job is another's, so nothing else can be done
            self._log_leftovers(error)

    def _work(self) -> Verdict | None:
        """Do the work and record its success; return what follows from a failure."""
        if self.job.cleanup_only:
            return judge_exhausted(self.job)
        try:
            self.run.check()
            if self.job.attempt > 1:
                self._take_over()
            self._succeed(self.runner.run(self.run))
        except Exception as error:  # noqa: BLE001 - whatever a runner raises, the record must end
            return judge(self._cause(error), self.job, base_seconds=self.limits.retry_base_seconds)
        return None

    def _cause(self, error: Exception) -> SchemaBuilderError:
        """Return why the attempt ended: the wish to stop explains whatever it led to."""
        failure = self.stopping.reason or foreseen(error, self.job)
        if isinstance(error, SchemaBuilderError):
            logger.info(
                "attempt_failed",
                extra={"job_id": self.job.id, "code": failure.code, "private": failure.private},
            )
        else:
            logger.error("attempt_broke", extra={"job_id": self.job.id}, exc_info=error)
        return failure

    def _follow(self, verdict: Verdict | None) -> None:
        match verdict:
            case None | Abandon():
                if verdict is not None:
                    raise LeaseLostError(job_id=self.job.id)
            case GiveUp(error=error):
                self._end(JobState.FAILED, error)
            case Cancel():
                self._end(JobState.CANCELLED, self.job.error)
            case TryAgain(error=error, delay_seconds=delay_seconds):
                self._prepare_the_next()
                self._requeue(error, delay_seconds=delay_seconds, cleanup_only=False)
            case HandBack():
                self._prepare_the_next()
                self._requeue(None, delay_seconds=0, cleanup_only=False, is_spared=True)
            case _:
                assert_never(verdict)

    def _end(self, state: JobState, error: JobError | None) -> None:
        """End the job without leftovers, as succeeded if its effect turns out to be in place.

        While either cannot be made sure of, it is tried again; after a day of that the job ends as
        it stands: succeeded if the effect is known to be in place, else failed, saying so.
        """
        outcome: Outcome[StoreT] | None = None
        try:
            outcome = self._conclude()
            self._clean_up()
            self._settle(outcome, state, error)
        except LeaseLostError:
            raise
        except Exception as leftover:  # noqa: BLE001 - what it is matters less than trying again
            if self._has_left_nothing(error):
                self._settle(None, state, error)
                return
            self._log_leftovers(leftover)
            if self._is_cleanup_overdue():
                self._end_in_spite(outcome, with_leftovers(error, self.job))
                return
            wait_seconds = cleanup_wait_seconds(
                self.job, self.clock.now(), base_seconds=self.limits.retry_base_seconds
            )
            self._requeue(error, delay_seconds=wait_seconds, cleanup_only=True)

    def _end_in_spite(self, outcome: Outcome[StoreT] | None, error: JobError) -> None:
        """Record the end of a job whose leftovers resist; somebody must look."""
        logger.error("leftovers_abandoned", extra={"job_id": self.job.id})
        self._settle(outcome, JobState.FAILED, error)

    def _conclude(self) -> Outcome[StoreT] | None:
        """Return the outcome when the effect is in place.

        That what the job is about is gone means that it is not. Whatever else goes wrong leaves
        the question open, as a published database must not be shown as failed.
        """
        self.run.prove_lease()
        try:
            return self.runner.conclude(self.job, self.heartbeat.ending)
        except SchemaBuilderError as error:
            if isinstance(error, NotFoundError) or error.code in GONE_CODES:
                return None
            raise

    def _clean_up(self) -> None:
        """Remove leftovers, unless another attempt took over, whose work they may be by now."""
        self.run.prove_lease()
        self.runner.clean_up(self.job, self.heartbeat.ending)

    def _take_over(self) -> None:
        """Make ready for the next attempt, unless another claim took over."""
        self.run.prove_lease()
        self.runner.take_over(self.job, self.heartbeat.ending)

    def _has_left_nothing(self, error: JobError | None) -> bool:
        """Tell whether the job got nowhere, so that nothing is to be looked for or removed.

        Only of one that found something away: whatever else went wrong, it got somewhere.

        A server that was away from the beginning must not keep its jobs from failing.
        """
        harmless_steps = KINDS[self.job.kind].harmless_steps
        if error is None or not error.retryable:
            return False
        if not self.run.begun_steps <= harmless_steps:
            return False
        try:
            with self.open_store() as store:
                events = store.jobs.events_after(self.job.id, 0)
        except UnavailableError:
            return False
        return has_left_nothing(events, harmless_steps)

    def _is_cleanup_overdue(self) -> bool:
        if not self.job.cleanup_only:
            return False
        try:
            with self.open_store() as store:
                events = store.jobs.events_after(self.job.id, 0)
        except UnavailableError:
            return False
        return is_cleanup_overdue(events, self.clock.now())

    def _settle(
        self, outcome: Outcome[StoreT] | None, state: JobState, error: JobError | None
    ) -> None:
        """Record the end: the success when there is an outcome, else the state."""
        if outcome is not None:
            self._succeed(outcome)
            return
        self._write(lambda store: self._record_end(store, state, error))
        note(schema_builder__job__state=state, error__type="" if error is None else error.code)
        logger.info("job_ended", extra={"job_id": self.job.id, "state": state})

    def _succeed(self, outcome: Outcome[StoreT]) -> None:
        def record(store: StoreT) -> bool:
            now = self.clock.now()
            if not store.jobs.succeed(self.job.id, self.token, outcome.result, now):
                return False
            outcome.record(store)
            return True

        self._write(record)
        note(schema_builder__job__state=JobState.SUCCEEDED)
        logger.info("job_ended", extra={"job_id": self.job.id, "state": JobState.SUCCEEDED})

    def _record_end(self, store: StoreT, state: JobState, error: JobError | None) -> bool:
        now = self.clock.now()
        if state is JobState.FAILED and error is not None:
            is_ours = store.jobs.fail(self.job.id, self.token, error, now)
        else:
            is_ours = store.jobs.cancel(self.job.id, self.token, now)
        if is_ours:
            self.runner.record_end(store, self.job, state)
        return is_ours

    def _requeue(
        self,
        error: JobError | None,
        *,
        delay_seconds: float,
        cleanup_only: bool,
        is_spared: bool = False,
    ) -> None:
        now = self.clock.now()
        self._write(
            lambda store: store.jobs.requeue(
                self.job.id,
                self.token,
                error=error,
                run_after=now + timedelta(seconds=delay_seconds),
                cleanup_only=cleanup_only,
                now=now,
                is_spared=is_spared,
            )
        )
        note(schema_builder__job__state=JobState.QUEUED)
        logger.info(
            "job_requeued",
            extra={
                "job_id": self.job.id,
                "delay_seconds": delay_seconds,
                "cleanup_only": cleanup_only,
            },
        )

    def _prepare_the_next(self) -> None:
        """Make ready for it, as far as that goes: the next attempt begins with it."""
        try:
            self._take_over()
        except LeaseLostError:
            raise
        except Exception as error:  # noqa: BLE001 - the next attempt tries the same first
            self._log_leftovers(error)

    def _log_leftovers(self, error: Exception) -> None:
        reason = error.log_text if isinstance(error, SchemaBuilderError) else None
        logger.log(
            logging.ERROR if reason is None else logging.WARNING,
            "cleanup_failed",
            extra={"job_id": self.job.id, "reason": reason or "unforeseen"},
            exc_info=error if reason is None else None,
        )

    def _write(self, write: Callable[[StoreT], bool]) -> None:
        """Record the end, however long the store is away while the lease holds.

        Raises:
            LeaseLostError: the job belongs to another claim, or the store was away for too long.
        """
        self.run.settle()
        give_up_at = time.monotonic() + LONGEST_ENDING_SECONDS
        while not self.stopping.is_lease_lost and time.monotonic() < give_up_at:
            try:
                with self.open_store() as store:
                    is_ours = write(store)
                    if is_ours:
                        store.commit()
            except UnavailableError as error:
                logger.warning(
                    "end_unrecorded", extra={"job_id": self.job.id, "reason": error.message}
                )
                time.sleep(ENDING_PAUSE_SECONDS)
                continue
            if is_ours:
                return
            break
        raise LeaseLostError(job_id=self.job.id)
