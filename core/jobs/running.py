"""Running a claimed job: heartbeat, steps, cancellation, retry and the one true end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from core.jobs.model import Job, JobState
from core.jobs.repository import JobStore

GONE_CODES = frozenset({"SCHEMA_NOT_FOUND", "BACKUP_NOT_FOUND"})
"""Codes of failures that say: what the job is about is gone, whatever their family."""

StoreT = TypeVar("StoreT", bound=JobStore)
StoreT_contra = TypeVar("StoreT_contra", bound=JobStore, contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[StoreT]):
    """What a runner that did its work hands back."""

    result: Mapping[str, Any]
    """The job's result, JSON values."""
    record: Callable[[StoreT], None]
    """Writes what the work changed; called in the transaction that ends the job as succeeded."""


class JobRun(Protocol):
    """What a runner sees of the attempt it runs in."""

    @property
    def job(self) -> Job:
        """The job as it was claimed."""
        ...

    def step(self, name: str, *, is_proof: bool = True) -> AbstractContextManager[None]:
        """Record that a step begins, and ends when the block is left; checks first.

        The record proves the lease. Where nothing of the step can touch what another attempt
        makes, no proof is needed: with `is_proof=False` the record is written while the work
        begins. It is sure to be there before anything else is recorded or proven, and that the
        lease was lost shows then, or at the next check.
        """
        ...

    def skip(self, name: str) -> None:
        """Record that a step is not needed."""
        ...

    def progress(self, message: str, *, fraction: float | None = None) -> None:
        """Say what goes on, and how much of the present step is done (0 to 1).

        Cheap to call often: written at most a few times a second, so the last may go unheard.
        """
        ...

    def check(self) -> None:
        """Raise when the job was asked to stop or its lease was lost."""
        ...

    def stoppable(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """While inside, call `stop` (from another thread) when the job must stop."""
        ...

    def pass_point_of_no_return(self) -> None:
        """From here on requests to cancel are ignored, as the effect can no longer be taken back.

        Checks one last time, and proves the lease.
        """
        ...

    def prove_lease(self) -> None:
        """Make sure, in the store and now, that no other attempt took over.

        To be called right before what cannot be taken back.

        Raises:
            LeaseLostError: another attempt took over, or the store was away for too long to know.
        """
        ...


class Ending(Protocol):
    """What a runner sees of the attempt where it does no work: it concludes, or removes.

    A wish to stop the work stops none of that. What stops it is tried again later.
    """

    def stoppable(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """While inside, call `stop` (from another thread) when it can or may not go on.

        Everything that a server may keep waiting belongs inside.

        Raises:
            SchemaBuilderError: it may not even begin.
        """
        ...


class Runner(Protocol[StoreT]):
    """Does the work of one kind.

    Runs in attempts that may be killed anywhere, so `run` may be called again after any of its
    lines.
    """

    def run(self, run: JobRun) -> Outcome[StoreT]:
        """Do the work."""
        ...

    def conclude(self, job: Job, ending: Ending) -> Outcome[StoreT] | None:
        """Return the outcome when the effect is already in place, else None.

        Asked before a job is given up or cancelled: work that cannot be taken back any more, by a
        worker that died before it could say so, is a success.

        Raises:
            NotFoundError: what the job is about is gone, and so is its effect.
            SchemaBuilderError: with a code of `GONE_CODES`, the same; with another, nobody knows,
                and it is asked again later.
        """
        ...

    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove whatever any attempt of this job left on servers and in the archive.

        Called before the job ends as failed or cancelled, also when its effect is in place, and
        alone when attempts are used up. Finds leftovers by names made from the job's id, and keeps
        what the job put in service.
        """
        ...

    def take_over(self, job: Job, ending: Ending) -> None:
        """Make ready for another attempt: by default, clean up, so that it begins anew.

        Called before every attempt after the first, and after one that another will follow.
        Overridden where the next attempt can go on from where the last one got.
        """
        self.clean_up(job, ending)

    def abandon(self, job: Job, ending: Ending) -> None:  # noqa: ARG002 - by default it has nothing
        """Remove what bears the name of this very attempt, and nothing else.

        Called when another attempt took over, which may be at work or have ended the job already:
        what a sleeper made after it was overtaken, no clean-up finds.
        """
        return

    def record_end(self, store: StoreT, job: Job, state: JobState) -> None:
        """Write what follows for others.

        Called in the transaction that ends the job as failed or cancelled.
        """
        ...
