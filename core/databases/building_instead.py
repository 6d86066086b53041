"""Making a database within a job of another kind: the steps of the one told as the other's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from typing_extensions import override

from core.jobs.model import Job
from core.jobs.running import JobRun

_STEPS: Mapping[str, str] = {
    "apply_ddl": "apply",
    "verify_database": "verify_database",
    "publish": "record",
}
"""The steps of a build that have their like in a migration; the others are told of nobody."""


class BuildSteps(JobRun):
    """The run of a `migrate` as a build sees it."""

    def __init__(self, run: JobRun) -> None:
        self._run = run

    @property
    @override
    def job(self) -> Job:
        """The job."""
        return self._run.job

    @override
    def step(self, name: str, *, is_proof: bool = True) -> AbstractContextManager[None]:
        """Record the step that is like it, if one is."""
        like = _STEPS.get(name)
        if like is None:
            self._run.check()
            return nullcontext()
        return self._run.step(like, is_proof=is_proof)

    @override
    def skip(self, name: str) -> None:
        """Record nothing: there is nothing to save where nothing is."""

    @override
    def progress(self, message: str, *, fraction: float | None = None) -> None:
        """Say what goes on."""
        self._run.progress(message, fraction=fraction)

    @override
    def check(self) -> None:
        """Raise when the job must stop."""
        self._run.check()

    @override
    def stoppable(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """While inside, call `stop` when the job must stop."""
        return self._run.stoppable(stop)

    @override
    def pass_point_of_no_return(self) -> None:
        """Ignore requests to cancel from here on."""
        self._run.pass_point_of_no_return()

    @override
    def prove_lease(self) -> None:
        """Make sure that no other attempt took over."""
        self._run.prove_lease()
