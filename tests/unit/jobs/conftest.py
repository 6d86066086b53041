"""What tests of jobs share: a store in memory, a runner that does as told, and short limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typing_extensions import override

from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits, TroubleOf, no_trouble
from core.jobs.model import Job, JobEvent, JobId, JobKind, JobState, LeaseToken, NewJob
from core.jobs.running import Ending, JobRun, Outcome, Runner
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobStore, Memory

QUICK = Limits(heartbeat_seconds=0.02, lease_seconds=0.4, retry_base_seconds=2.0)
"""Limits short enough to be waited for."""


def nothing(_: object) -> None:
    """Do nothing."""


def no_outcome(_: object) -> None:
    """Return no outcome."""
    return


@dataclass
class FakeRunner(Runner[FakeJobStore]):
    """Does what the test gives it to do, and remembers what it was asked."""

    work: Callable[[JobRun], Mapping[str, Any] | None] = no_outcome
    """The work; what it returns is the result."""
    cleaning: Callable[[Job], None] = nothing
    """The removal of leftovers."""
    concluded: Callable[[Job], Mapping[str, Any] | None] = no_outcome
    """The result when the effect is in place already."""
    recording: Callable[[FakeJobStore], None] = nothing
    """What is written with the success."""
    calls: list[str] = field(default_factory=list)
    """What it was asked, in order."""

    @override
    def run(self, run: JobRun) -> Outcome[FakeJobStore]:
        """Do the work."""
        self.calls.append("run")
        return Outcome(result=self.work(run) or {}, record=self._record)

    @override
    def conclude(self, job: Job, ending: Ending) -> Outcome[FakeJobStore] | None:
        """Say whether the effect is in place."""
        self.calls.append("conclude")
        result = self.concluded(job)
        return None if result is None else Outcome(result=result, record=self._record)

    @override
    def clean_up(self, job: Job, ending: Ending) -> None:
        """Remove leftovers."""
        self.calls.append("clean_up")
        self.cleaning(job)

    @override
    def record_end(self, store: FakeJobStore, job: Job, state: JobState) -> None:
        """Write what follows."""
        self.calls.append(f"record_end {state}")

    def _record(self, store: FakeJobStore) -> None:
        self.calls.append("record")
        self.recording(store)


class Bench:
    """A store in memory with a worker's parts around it."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.memory = Memory(clock=self.clock)
        self.announcer = FakeAnnouncer()
        self.runner = FakeRunner()
        self.limits = QUICK
        self.hand_back = threading.Event()
        self.trouble_of: TroubleOf = no_trouble
        self.open_store: Callable[[], FakeJobStore] = lambda: FakeJobStore(self.memory)

    def add(self, kind: JobKind = JobKind.CREATE, *, schema_id: str | None = None) -> Job:
        """Record a queued job."""
        job = NewJob(
            id=JobId(str(uuid4())),
            kind=kind,
            owner="local",
            schema_id=schema_id or str(uuid4()),
            arguments={"number": 1},
            created_at=self.clock.now(),
        )
        with self.open_store() as store:
            added = store.jobs.add(job)
            store.commit()
        return added

    def execute(self, job: Job) -> Job:
        """Let a worker try the job once; return the job as it stands then."""
        execute(
            job.id,
            open_store=self.open_store,
            runners=dict.fromkeys(JobKind, self.runner),
            clock=self.clock,
            announcer=self.announcer,
            limits=self.limits,
            hand_back=self.hand_back,
            trouble_of=self.trouble_of,
        )
        return self.get(job)

    def execute_to_the_end(self, job: Job) -> Job:
        """Let workers try the job until it has ended, with the waits in between."""
        while not (job := self.execute(job)).state.is_final:
            self.clock.advance(600)
        return job

    def get(self, job: Job) -> Job:
        """Return the job as it stands."""
        return self.memory.rows[job.id].job

    def request_cancel(self, job: Job) -> None:
        """Ask the job to stop, as another process would."""
        with FakeJobStore(self.memory) as store:
            store.jobs.request_cancel(job.id, self.clock.now())
            store.commit()

    def vanish(self, job: Job) -> Job:
        """Let a worker claim the job and die, and the repair take the job back."""
        with self.open_store() as store:
            assert store.jobs.claim(job.id, LeaseToken(str(uuid4())), self.clock.now())
            store.commit()
        return self.take_back(job)

    def take_back(self, job: Job) -> Job:
        """Let the repair take back a job whose worker has gone."""
        with self.open_store() as store:
            self.clock.advance(60)
            store.jobs.requeue_silent(timedelta(seconds=30), self.clock.now())
            store.commit()
        return self.get(job)

    def events(self, job: Job) -> list[JobEvent]:
        """Return the job's events."""
        return [event for event in self.memory.events if event.job_id == job.id]


@pytest.fixture
def bench() -> Bench:
    """Return a store in memory with a worker's parts around it."""
    return Bench()
