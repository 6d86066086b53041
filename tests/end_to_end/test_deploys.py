"""A new version takes the place of the old in the middle of work: nobody is cut off, nothing lost.

Each process is told to go with SIGTERM, as every supervisor does, and its successor started.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import requests

from core.jobs.model import JobState
from embedded.ports import LOOPBACK
from embedded.processes import wait_until
from tests.end_to_end.client import Api
from tests.end_to_end.designs import large_design, small_design
from tests.end_to_end.stack import PROCESSES, Stack
from tests.end_to_end.watching import Watch
from web.json_writing import write_json

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

API = "/api/v1"
PROMPT_SECONDS = 12.0
"""In which a web process with held requests has gone; they could wait for 30 and stream for 300."""
CLIENTS = 4
POSTS = 6
ALL_SECONDS = 150.0


@pytest.fixture(autouse=True)
def everything_runs(stack: Stack) -> Iterator[None]:
    """Leave the stack to the next test as it was found."""
    yield
    missing = [name for name in PROCESSES if not stack.is_running(name)]
    if missing:
        stack.start(missing)
        stack.wait_until_ready()


def test_a_web_process_told_to_go_answers_whoever_waits(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """Long polls, preferred waits and event streams end whole and soon, and go on at the next."""
    with ThreadPoolExecutor() as clients:
        with stack.paused("worker"):
            job_id = api.send("POST", "/schemas", small_design())["job"]["id"]
            prefer = {"Prefer": "wait=30"}
            held: list[Future[requests.Response]] = [
                clients.submit(api.call, "GET", f"/jobs/{job_id}", wait="30"),
                clients.submit(api.call, "POST", "/schemas", small_design(), headers=prefer),
            ]
            stream = clients.submit(_stream, stack, job_id, 0)
            time.sleep(1.5)
            assert not stream.done()
            assert not any(each.done() for each in held)

            began = time.monotonic()
            assert stack.stop("web") == 0
            seconds = time.monotonic() - began

        answers = [each.result() for each in held]
        assert [answer.status_code for answer in answers] == [200, 201]
        jobs = [answers[0].json()["data"], answers[1].json()["data"]["job"]]
        assert [job["state"] for job in jobs] == ["queued", "queued"]
        assert seconds < PROMPT_SECONDS
        seen = stream.result()
        stack.start(["web"])
        stack.wait_for_web()
        rest = _stream(stack, job_id, seen[-1][0])

    names = [name for _, name in seen + rest]
    assert (names[0], names[-1], names.count("succeeded")) == ("queued", "succeeded", 1)
    sequences = [sequence for sequence, _ in seen + rest]
    assert sequences == list(range(1, len(sequences) + 1))
    watch.end_of(jobs[1]["id"])


def test_a_request_that_still_arrives_when_the_process_is_told_to_go_is_answered(
    stack: Stack, watch: Watch
) -> None:
    """The second half of a body comes after SIGTERM, and the schema is stored."""
    body = write_json(small_design()).encode()
    half = len(body) // 2
    head = (
        f"POST {API}/schemas HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((LOOPBACK, stack.settings.port), timeout=30) as connection:
        connection.sendall(head.encode() + body[:half])
        time.sleep(0.5)
        with ThreadPoolExecutor() as other:
            ending = other.submit(stack.stop, "web")
            time.sleep(1.0)
            connection.sendall(body[half:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
            assert ending.result() == 0
    assert answer.startswith(b"HTTP/1.1 201 "), answer[:200]
    stored = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert watch.end_of(stored["data"]["job"]["id"]).state is JobState.SUCCEEDED


def test_a_deploy_in_the_middle_of_jobs_loses_none(stack: Stack, watch: Watch) -> None:
    """All processes are replaced while clients post, who repeat what found nobody."""
    with ThreadPoolExecutor(CLIENTS) as clients:
        posted = [clients.submit(_post_some, stack) for _ in range(CLIENTS)]
        first = _first_job(posted, watch)
        for name in PROCESSES:
            assert stack.stop(name) == 0, name
            stack.start([name])
        stack.wait_until_ready()
        schemas = [schema for each in posted for schema in each.result()]

    assert len({schema["id"] for schema in schemas}) == CLIENTS * POSTS
    jobs = [watch.end_of(schema["job"]["id"], seconds=ALL_SECONDS) for schema in schemas]
    assert [job.error for job in jobs if job.state is not JobState.SUCCEEDED] == []
    assert all(watch.events(job.id).count("succeeded") == 1 for job in jobs)
    assert first in {job.id for job in jobs}
    assert watch.leftovers() == []


def _first_job(posted: list[Future[list[Any]]], watch: Watch) -> str:
    """Return a job that a worker runs while the clients are at it."""
    found: list[str] = []

    def look() -> bool:
        with watch.stack.application.open_store() as store:
            running, _ = store.jobs.list_page(
                "local", schema_id=None, state=JobState.RUNNING, kind=None, page=1, limit=1
            )
        found.extend(job.id for job in running)
        return bool(found)

    assert wait_until(look, 60.0)
    assert not all(each.done() for each in posted)
    return found[0]


def _post_some(stack: Stack) -> list[Any]:
    """Post designs one after the other, each until it is accepted; return the schemas."""
    found = []
    for _ in range(POSTS):
        design, headers = large_design(15), {"Idempotency-Key": uuid4().hex}
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline
            try:
                answer = requests.post(
                    f"{stack.address}/schemas", json=design, headers=headers, timeout=30
                )
            except requests.ConnectionError:
                time.sleep(0.1)
                continue
            assert answer.status_code == 201, answer.text
            found.append(answer.json()["data"])
            break
        time.sleep(0.3)
    return found


def _stream(stack: Stack, job_id: str, after: int) -> list[tuple[int, str]]:
    """Return a job's events until the stream ends, whole, by number and name."""
    found: list[tuple[int, str]] = []
    number = 0
    with requests.get(
        f"{stack.address}/jobs/{job_id}/events",
        headers={"Last-Event-ID": str(after)},
        stream=True,
        timeout=60,
    ) as answer:
        for line in answer.iter_lines(decode_unicode=True):
            if line.startswith("id: "):
                number = int(line.removeprefix("id: "))
            if line.startswith("event: "):
                found.append((number, line.removeprefix("event: ")))
    return found
