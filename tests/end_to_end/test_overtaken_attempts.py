"""A worker that stands still too long is overtaken, and does no harm when it goes on."""

from __future__ import annotations

import pytest

from core.jobs.model import JobKind
from tests.end_to_end.attempts import Attempts
from tests.end_to_end.client import Api
from tests.end_to_end.holding import places
from tests.end_to_end.scenes import Stage
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_an_attempt_that_was_overtaken_anywhere_does_no_harm(
    kind: JobKind, stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Freeze attempts at every place until others have done their jobs, then let them go on."""
    stage = Stage(api=api, watch=watch)
    where = places(kind)
    schemas = stage.prepare(kind, len(where))
    with stack.paused("schedule"):
        scenes = stage.queue(kind, schemas)
        held = [
            attempts.make(scene.job_id, place, rest_seconds=0)
            for scene, place in zip(scenes, where, strict=True)
        ]
        for attempt in held:
            attempt.wait_until_held()
            attempt.freeze()
    for scene in scenes:
        watch.end_of(scene.job_id, seconds=120)

    for attempt in held:
        attempt.release()
        attempt.thaw()
    for attempt in held:
        attempt.wait_until_ended()

    wrong = []
    for scene, place in zip(scenes, where, strict=True):
        job = watch.job(scene.job_id)
        wrong += [f"{place}: {sentence}" for sentence in stage.ended_well(scene, job)]
    assert wrong == []
    assert watch.leftovers() == []
