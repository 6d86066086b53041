"""Places inside a job where an attempt can be held, and the run that holds there.

The product has no hook for this: what a runner sees of its attempt is wrapped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from typing_extensions import override

from core.jobs.kinds import KINDS
from core.jobs.model import Job, JobKind, JobState
from core.jobs.running import Ending, JobRun, Outcome, Runner
from core.schemas.store import Store


class Moment(StrEnum):
    """When, within a step or around the work, an attempt is held."""

    UNCLAIMED = "unclaimed"
    """Before the job is claimed."""
    BEGIN = "begin"
    """The step is recorded as running, and nothing of it is done."""
    MIDDLE = "middle"
    """Part of the step is done: statements in an open transaction, half a file."""
    END = "end"
    """All of the step is done."""
    UNRECORDED = "unrecorded"
    """All the work is done, and its end not recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place inside a job."""

    moment: Moment
    """When."""
    step: str = ""
    """Within which step, where the moment is one of a step."""

    @override
    def __str__(self) -> str:
        """Name it for people."""
        return f"{self.moment} of {self.step}" if self.step else self.moment.value


STEPS_IN_PARTS: Mapping[JobKind, set[str]] = {
    JobKind.CREATE: {"apply_ddl"},
    JobKind.REGENERATE: {"apply_ddl", "back_up"},
    JobKind.MIGRATE: {"back_up"},
    JobKind.REVERT: set(),
    JobKind.TIDY: set(),
    JobKind.ROTATE: set(),
    JobKind.RETIRE: set(),
    JobKind.DROP: {"back_up"},
    JobKind.BACKUP: {"dump"},
    JobKind.RESTORE: {"check_archive", "back_up"},
    JobKind.VERIFY: {"check_archive"},
}
"""Steps that tell of their progress, so that they can be held in the middle."""


def places(kind: JobKind) -> tuple[Place, ...]:
    """Return a place for everything that can have been done or not, in the order of the job.

    The end of a step is left out where the next one begins: nothing happens in between.
    """
    found = []
    for step in KINDS[kind].steps:
        found.append(Place(moment=Moment.BEGIN, step=step))
        if step in STEPS_IN_PARTS[kind]:
            found.append(Place(moment=Moment.MIDDLE, step=step))
    return (*found, Place(moment=Moment.UNRECORDED))


class HeldRunner(Runner[Store]):
    """A real runner that is held at one place."""

    def __init__(self, runner: Runner[Store], place: Place, hold: Callable[[], None]) -> None:
        self._runner = runner
        self._place = place
        self._hold = hold

    @override
    def run(self, run: JobRun) -> Outcome[Store]:
        """Do the work, up to the place and on from it."""
        outcome = self._runner.run(_HeldRun(run, self._place, self._hold))
        if self._place.moment is Moment.UNRECORDED:
            self._hold()
        return outcome

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[Store] | None:
        """Ask the runner."""
        return self._runner.conclude(job, ending)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Let the runner clean up."""
        self._runner.clean_up(job, ending)

    @override
    def take_over(self, job: Job, ending: Ending) -> None:
        """Let the runner make ready for another attempt."""
        self._runner.take_over(job, ending)

    @override
    def abandon(self, job: Job, ending: Ending) -> None:
        """Let the runner remove what is the attempt's own."""
        self._runner.abandon(job, ending)

    @override
    def record_end(self, store: Store, job: Job, state: JobState) -> None:
        """Let the runner write what follows."""
        self._runner.record_end(store, job, state)


class _HeldRun(JobRun):
    """A run that is held at one place."""

    def __init__(self, run: JobRun, place: Place, hold: Callable[[], None]) -> None:
        self._run = run
        self._place = place
        self._hold = hold
        self._step = ""
        self._was_held = False

    @property
    @override
    def job(self) -> Job:
        return self._run.job

    @override
    @contextmanager
    def step(self, name: str, *, is_proof: bool = True) -> Iterator[None]:
        with self._run.step(name, is_proof=is_proof):
            self._step = name
            self._hold_at(Moment.BEGIN)
            yield
            self._hold_at(Moment.END)

    @override
    def skip(self, name: str) -> None:
        self._run.skip(name)
        self._step = name
        self._hold_at(Moment.BEGIN)
        self._hold_at(Moment.END)

    @override
    def progress(self, message: str, *, fraction: float | None = None) -> None:
        self._run.progress(message, fraction=fraction)
        self._hold_at(Moment.MIDDLE)

    @override
    def check(self) -> None:
        self._run.check()

    @override
    def stoppable(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        return self._run.stoppable(stop)

    @override
    def pass_point_of_no_return(self) -> None:
        self._run.pass_point_of_no_return()

    @override
    def prove_lease(self) -> None:
        self._run.prove_lease()

    def _hold_at(self, moment: Moment) -> None:
        if self._was_held or Place(moment=moment, step=self._step) != self._place:
            return
        self._was_held = True
        self._hold()
