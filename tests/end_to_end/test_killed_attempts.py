"""SIGKILL in every step of every kind: the real worker and schedule bring the job to its end."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.jobs.kinds import KINDS
from core.jobs.model import JobKind, JobState
from core.jobs.repairing import repair
from embedded.processes import wait_until
from tests.end_to_end.attempts import Attempt, Attempts
from tests.end_to_end.client import Api
from tests.end_to_end.holding import Moment, Place, places
from tests.end_to_end.scenes import Scene, Stage
from tests.end_to_end.stack import SilentAnnouncer, Stack
from tests.end_to_end.watching import Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_a"),
]

BEFORE_THE_EFFECT = {
    JobKind.CREATE: ("prepare", "create_database", "apply_ddl", "verify_database"),
    JobKind.REGENERATE: ("create_database", "verify_database", "back_up"),
    JobKind.MIGRATE: ("check_state", "back_up"),
    JobKind.REVERT: ("check_state", "back_up"),
    JobKind.TIDY: ("remove_set_aside", "record"),
    JobKind.ROTATE: ("prepare", "make_login", "expire_old"),
    JobKind.RETIRE: ("disable", "remove", "renew_owner"),
    JobKind.DROP: ("back_up",),
    JobKind.BACKUP: ("dump", "record"),
    JobKind.RESTORE: ("check_archive", "load", "verify_database", "back_up"),
    JobKind.VERIFY: ("create_scratch", "load", "compare", "remove_scratch"),
}
"""Steps of whose end every attempt can be killed, without anything being in effect."""

IN_EFFECT_AT_THE_END = (
    JobKind.CREATE,
    JobKind.REGENERATE,
    JobKind.MIGRATE,
    JobKind.REVERT,
    JobKind.DROP,
    JobKind.RESTORE,
)
"""Kinds whose effect is in place before it is recorded."""


@pytest.fixture
def stage(api: Api, watch: Watch) -> Stage:
    """Prepares scenes and judges them."""
    return Stage(api=api, watch=watch)


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_job_killed_anywhere_is_brought_to_its_end_exactly_once_in_effect(
    kind: JobKind, stack: Stack, attempts: Attempts, stage: Stage
) -> None:
    """Kill one attempt at each place; everything else happens by itself."""
    where = places(kind)
    schemas = stage.prepare(kind, len(where))
    with stack.paused("schedule"):
        scenes = stage.queue(kind, schemas)
        held = _held(attempts, scenes, where)
        for attempt in held:
            attempt.kill()

    wrong = []
    for scene, place in zip(scenes, where, strict=True):
        job = stage.watch.end_of(scene.job_id)
        wrong += [f"{place}: {sentence}" for sentence in stage.ended_well(scene, job)]
    assert wrong == []
    assert stage.watch.leftovers() == []


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_job_killed_in_all_attempts_fails_and_leaves_nothing(
    kind: JobKind, stack: Stack, attempts: Attempts, stage: Stage
) -> None:
    """Kill every attempt before its effect; the last claim only cleans up."""
    where = [Place(moment=Moment.END, step=step) for step in BEFORE_THE_EFFECT[kind]]
    scenes = _killed_in_all_attempts(kind, where, stack, attempts, stage)

    wrong = []
    for scene, place in zip(scenes, where, strict=True):
        job = stage.watch.end_of(scene.job_id)
        seen = stage.ended_without(scene, job, JobState.FAILED)
        if job.error is None or job.error.code != "WORKER_LOST":
            seen.append(f"error: {job.error}")
        wrong += [f"{place}: {sentence}" for sentence in seen]
    assert wrong == []
    assert stage.watch.leftovers() == []


@pytest.mark.parametrize("kind", IN_EFFECT_AT_THE_END, ids=str)
def test_a_job_killed_in_all_attempts_succeeds_when_its_effect_is_in_place(
    kind: JobKind, stack: Stack, attempts: Attempts, stage: Stage
) -> None:
    """Kill every attempt just before its end is recorded."""
    where = [Place(moment=Moment.UNRECORDED)]
    (scene,) = _killed_in_all_attempts(kind, where, stack, attempts, stage)

    job = stage.watch.end_of(scene.job_id)
    assert stage.ended_well(scene, job) == []
    assert stage.watch.leftovers() == []


def _killed_in_all_attempts(
    kind: JobKind, where: Sequence[Place], stack: Stack, attempts: Attempts, stage: Stage
) -> Sequence[Scene]:
    schemas = stage.prepare(kind, len(where))
    with stack.paused("schedule"):
        scenes = stage.queue(kind, schemas)
        for _ in range(KINDS[kind].max_attempts):
            held = _held(attempts, scenes, where)
            for attempt in held:
                attempt.kill()
            _take_back(stack, held)
    return scenes


def _held(attempts: Attempts, scenes: Sequence[Scene], where: Sequence[Place]) -> Sequence[Attempt]:
    held = [attempts.make(scene.job_id, place) for scene, place in zip(scenes, where, strict=True)]
    for attempt in held:
        attempt.wait_until_held()
    return held


def _take_back(stack: Stack, killed: Sequence[Attempt]) -> None:
    """Do at once what the schedule does when the lease has run out.

    The server may take a moment to notice that who held a job's row is dead.
    """
    application = stack.application
    taken_back: set[str] = set()

    def are_all_back() -> bool:
        repaired = repair(
            open_store=application.open_store,
            announcer=SilentAnnouncer(),
            clock=application.clock,
            lease_seconds=-1,
            announce_grace_seconds=3600,
        )
        taken_back.update(repaired.requeued)
        return taken_back >= {attempt.job_id for attempt in killed}

    assert wait_until(are_all_back, 20.0)
