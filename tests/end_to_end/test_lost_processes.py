"""Workers, broker and API die at the worst moments: every accepted job ends as it should."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from core.jobs.model import JobState
from core.schemas.repository import SchemaSort
from embedded.processes import wait_until
from tests.end_to_end.client import Api
from tests.end_to_end.designs import large_design, small_design
from tests.end_to_end.stack import PROCESSES, Stack
from tests.end_to_end.watching import OWNER, Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

CLIENTS = 8
ALL_SECONDS = 150.0


@pytest.fixture(autouse=True)
def everything_runs(stack: Stack) -> Iterator[None]:
    """Leave the stack to the next test as it was found, whatever a failed one has killed."""
    yield
    if not stack.redis.is_running:
        stack.redis.start()
    missing = [name for name in PROCESSES if not stack.is_running(name)]
    if missing:
        stack.start(missing)
        stack.wait_until_ready()


def test_jobs_of_a_worker_that_was_killed_with_all_its_children_are_done_by_the_next(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """SIGKILL to the whole process group while jobs run."""
    schemas = _posted(api, [large_design(40) for _ in range(6)])
    _wait_for_a_running_job(watch, schemas)

    stack.kill("worker")
    stack.start(["worker"])

    _all_are_done_once(watch, schemas)


def test_jobs_of_worker_children_that_were_killed_are_done_by_their_successors(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """SIGKILL to the children alone while jobs run; the broker delivers again at once."""
    schemas = _posted(api, [large_design(40) for _ in range(6)])
    _wait_for_a_running_job(watch, schemas)

    stack.kill_children("worker")

    _all_are_done_once(watch, schemas)


def test_fifty_queued_jobs_outlive_a_broker_that_comes_back_empty(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """SIGKILL to Redis, which keeps nothing on disk, while jobs are queued in it."""
    with stack.paused("worker"):
        schemas = _posted(api, [small_design() for _ in range(50)])
        stack.redis.kill()
        stack.redis.start()

    jobs = _all_are_done_once(watch, schemas)
    assert {job.attempt for job in jobs} == {1}


def test_what_is_posted_while_the_broker_is_away_is_done_when_it_is_back(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """No request fails for want of a broker."""
    stack.redis.kill()
    schemas = _posted(api, [small_design() for _ in range(4)])
    stack.redis.start()

    _all_are_done_once(watch, schemas)


def test_a_schedule_that_was_killed_is_missed_by_nobody_who_was_announced(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """Without schedule and beat, what the API announces is still done."""
    stack.kill("schedule")
    stack.kill("beat")
    schemas = _posted(api, [small_design() for _ in range(2)])

    _all_are_done_once(watch, schemas)


def test_a_job_whose_api_died_between_commit_and_announcement_is_done(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """Freeze Redis so that the API hangs in its announcement, kill both, and repeat the request."""
    design = small_design()
    headers = {"Idempotency-Key": uuid4().hex}
    answers: list[object] = []

    def post() -> None:
        try:
            answers.append(api.call("POST", "/schemas", design, headers=headers))
        except requests.ConnectionError as error:
            answers.append(error)

    os.kill(stack.redis.process_id, signal.SIGSTOP)
    client = threading.Thread(target=post)
    client.start()
    try:
        assert wait_until(lambda: _stored(stack, design["name"]) is not None, 20.0)
        stack.kill("web")
    finally:
        stack.redis.kill()
        stack.redis.start()
    client.join()
    assert [type(answer) for answer in answers] == [requests.ConnectionError]
    stack.start(["web"])
    stack.wait_for_web()

    schema_id = _stored(stack, design["name"])
    repeated = api.call("POST", "/schemas", design, headers=headers)

    assert (repeated.status_code, repeated.json()["data"]["id"]) == (201, schema_id)
    assert repeated.headers["Idempotency-Replayed"] == "true"
    _all_are_done_once(watch, [repeated.json()["data"]])


def test_a_worker_told_to_go_hands_its_jobs_to_the_next(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """SIGTERM while jobs run costs no attempt its work."""
    schemas = _posted(api, [large_design(40) for _ in range(6)])
    _wait_for_a_running_job(watch, schemas)

    assert stack.stop("worker") == 0
    stack.start(["worker"])

    _all_are_done_once(watch, schemas)


def _posted(api: Api, designs: Sequence[Any]) -> Sequence[Any]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda design: api.send("POST", "/schemas", design), designs))


def _wait_for_a_running_job(watch: Watch, schemas: Sequence[Any]) -> None:
    running = wait_until(
        lambda: any(watch.is_running(schema["job"]["id"]) for schema in schemas), 60.0
    )
    assert running


def _all_are_done_once(watch: Watch, schemas: Sequence[Any]) -> Sequence[Any]:
    jobs = [watch.end_of(schema["job"]["id"], seconds=ALL_SECONDS) for schema in schemas]
    assert [job.error for job in jobs if job.state is not JobState.SUCCEEDED] == []
    for schema, job in zip(schemas, jobs, strict=True):
        assert watch.events(job.id).count("succeeded") == 1
        assert len(watch.rows(schema["id"])) == len(schema["tables"])
    assert watch.leftovers() == []
    return jobs


def _stored(stack: Stack, name: str) -> str | None:
    found, _ = stack.application.schemas.list_page(
        OWNER, search=name, status=None, sort=SchemaSort.NEWEST, page=1, limit=1
    )
    return found[0].id if found else None
