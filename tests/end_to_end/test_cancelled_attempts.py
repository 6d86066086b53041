"""Cancel in every step of every kind: nothing is left behind, or it was too late."""

from __future__ import annotations

import pytest

from core.jobs.errors import JobEndedError
from core.jobs.model import JobId, JobKind, JobState
from tests.end_to_end.attempts import Attempts
from tests.end_to_end.client import Api
from tests.end_to_end.holding import Moment, Place, places
from tests.end_to_end.scenes import Stage
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import OWNER, Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

LAST_CHANCE = {
    JobKind.CREATE: Place(moment=Moment.BEGIN, step="publish"),
    JobKind.REGENERATE: Place(moment=Moment.BEGIN, step="publish"),
    JobKind.MIGRATE: Place(moment=Moment.BEGIN, step="apply"),
    JobKind.REVERT: Place(moment=Moment.BEGIN, step="revert"),
    JobKind.TIDY: Place(moment=Moment.BEGIN, step="record"),
    JobKind.ROTATE: Place(moment=Moment.BEGIN, step="expire_old"),
    JobKind.RETIRE: Place(moment=Moment.BEGIN, step="renew_owner"),
    JobKind.DROP: Place(moment=Moment.BEGIN, step="drop_database"),
    JobKind.BACKUP: Place(moment=Moment.BEGIN, step="record"),
    JobKind.RESTORE: Place(moment=Moment.BEGIN, step="publish"),
    JobKind.VERIFY: Place(moment=Moment.BEGIN, step="compare"),
}
"""The last place where a request to stop is sure to cancel."""

EITHER_WAY = (JobKind.VERIFY, Place(moment=Moment.BEGIN, step="remove_scratch"))
"""The scratch is removed in either case, and whether that is interrupted is a matter of moments."""


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_job_cancelled_anywhere_leaves_nothing_or_has_succeeded(
    kind: JobKind, stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Ask for the end at each place, and let the attempt hear of it before it goes on."""
    stage = Stage(api=api, watch=watch)
    where = places(kind)
    schemas = stage.prepare(kind, len(where))
    with stack.paused("schedule"):
        scenes = stage.queue(kind, schemas)
        held = [
            attempts.make(scene.job_id, place) for scene, place in zip(scenes, where, strict=True)
        ]
        for attempt in held:
            attempt.wait_until_held()
            stack.application.jobs.cancel(JobId(attempt.job_id), owner=OWNER)
        for attempt in held:
            attempt.release()
        for attempt in held:
            attempt.wait_until_ended()

    wrong = []
    last_chance = where.index(LAST_CHANCE[kind])
    for number, (scene, place) in enumerate(zip(scenes, where, strict=True)):
        job = watch.job(scene.job_id)
        is_cancelled = number <= last_chance
        if (kind, place) == EITHER_WAY:
            is_cancelled = job.state is JobState.CANCELLED
        seen = (
            stage.ended_without(scene, job, JobState.CANCELLED)
            if is_cancelled
            else stage.ended_well(scene, job)
        )
        wrong += [f"{place}: {sentence}" for sentence in seen]
    assert wrong == []
    assert watch.leftovers() == []


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_job_cancelled_before_its_claim_ends_at_once(
    kind: JobKind, stack: Stack, api: Api, watch: Watch
) -> None:
    """Cancel a queued job; later announcements do nothing, and asking again changes nothing."""
    stage = Stage(api=api, watch=watch)
    schemas = stage.prepare(kind, 1)
    with stack.paused("schedule"):
        (scene,) = stage.queue(kind, schemas)
        cancelled = api.send("POST", f"/jobs/{scene.job_id}/cancel")
        again = api.send("POST", f"/jobs/{scene.job_id}/cancel")

    assert (cancelled["state"], again["state"]) == ("cancelled", "cancelled")
    assert watch.events(scene.job_id) == ["queued", "cancelled"]
    assert stage.ended_without(scene, watch.job(scene.job_id), JobState.CANCELLED) == []
    assert watch.leftovers() == []


def test_a_job_that_has_ended_well_cannot_be_cancelled(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """Ask for the end of what is done."""
    (schema,) = Stage(api=api, watch=watch).prepare(JobKind.BACKUP, 1)

    with pytest.raises(JobEndedError):
        stack.application.jobs.cancel(JobId(schema["job"]["id"]), owner=OWNER)

    assert api.call("POST", f"/jobs/{schema['job']['id']}/cancel").status_code == 409


def test_a_job_cancelled_after_its_worker_died_ends_as_cancelled(
    stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Kill the attempt, cancel, and let the real worker clean up."""
    stage = Stage(api=api, watch=watch)
    with stack.paused("schedule"):
        (scene,) = stage.queue(JobKind.CREATE, stage.prepare(JobKind.CREATE, 1))
        attempt = attempts.make(scene.job_id, Place(moment=Moment.MIDDLE, step="apply_ddl"))
        attempt.wait_until_held()
        attempt.kill()
        asked = api.send("POST", f"/jobs/{scene.job_id}/cancel")
        assert asked["state"] == "running"

    job = watch.end_of(scene.job_id)
    assert stage.ended_without(scene, job, JobState.CANCELLED) == []
    assert watch.leftovers() == []


def test_a_cancelled_job_can_be_tried_again(
    stack: Stack, attempts: Attempts, api: Api, watch: Watch
) -> None:
    """Cancel a creation in its middle, then retry it with the real worker."""
    stage = Stage(api=api, watch=watch)
    with stack.paused("schedule"):
        (scene,) = stage.queue(JobKind.CREATE, stage.prepare(JobKind.CREATE, 1))
        attempt = attempts.make(scene.job_id, Place(moment=Moment.END, step="apply_ddl"))
        attempt.wait_until_held()
        api.send("POST", f"/jobs/{scene.job_id}/cancel")
        attempt.release()
        attempt.wait_until_ended()

    again = api.send("POST", f"/jobs/{scene.job_id}/retry", wait=30)

    assert (again["state"], again["retryOf"]) == ("succeeded", scene.job_id)
    assert stage.ended_well(scene, watch.job(again["id"])) == []
    assert watch.leftovers() == []
