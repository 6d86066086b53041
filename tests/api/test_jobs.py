"""The routes of jobs: reading, waiting, streaming, stopping."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from uuid import uuid4

from core.clock import SystemClock
from core.jobs.model import JobError, JobId, LeaseToken, StepState
from tests.api.client import Api
from tests.api.documents import document
from web.context import WebContext


def create_job(api: Api) -> str:
    """Store a schema and return the id of its job."""
    return str(api.post("/schemas", document()).get_json()["data"]["job"]["id"])


def claim(api: Api, job_id: str) -> LeaseToken:
    """Be the worker that takes a job."""
    token = LeaseToken(str(uuid4()))
    with api.application.open_store() as store:
        assert store.jobs.claim(JobId(job_id), token, SystemClock().now())
        store.commit()
    return token


def claim_quietly(api: Api, job_id: str) -> None:
    """Take a job and forget the token."""
    claim(api, job_id)


def succeed(api: Api, job_id: str, token: LeaseToken) -> None:
    """Be the worker that ends a job well."""
    with api.application.open_store() as store:
        assert store.jobs.succeed(JobId(job_id), token, {"tables": 1}, SystemClock().now())
        store.commit()


def later(seconds: float, act: Callable[[], None]) -> threading.Thread:
    """Act in a while, on another thread."""

    def run() -> None:
        time.sleep(seconds)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_job_is_told_with_its_links_and_when_to_ask_again(api: Api) -> None:
    """Until its end a job says when to look again; afterwards no more."""
    job_id = create_job(api)
    queued = api.get(f"/jobs/{job_id}")
    assert queued.headers["Retry-After"]
    assert queued.get_json()["data"]["links"]["events"] == f"/api/v1/jobs/{job_id}/events"
    token = claim(api, job_id)
    running = api.get(f"/jobs/{job_id}").get_json()["data"]
    assert (running["state"], running["attempt"]) == ("running", 1)
    succeed(api, job_id, token)
    ended = api.get(f"/jobs/{job_id}")
    assert ended.get_json()["data"]["state"] == "succeeded"
    assert ended.get_json()["data"]["progress"]["percent"] == 100
    assert "Retry-After" not in ended.headers


def test_a_job_that_is_not_there_is_not_found(api: Api) -> None:
    """Unknown ids lead to 404 on every route of jobs."""
    for path in (f"/jobs/{uuid4()}", "/jobs/nonsense", f"/jobs/{uuid4()}/events"):
        assert api.get(path).status_code == 404
    for action in ("cancel", "retry"):
        response = api.post(f"/jobs/{uuid4()}/{action}")
        assert response.get_json()["error"]["code"] == "JOB_NOT_FOUND"


def test_a_poll_that_brings_nothing_new_is_cheap(api: Api) -> None:
    """`If-None-Match` is answered 304 until something changes."""
    job_id = create_job(api)
    tag = api.get(f"/jobs/{job_id}").headers["ETag"]
    assert api.get(f"/jobs/{job_id}", headers={"If-None-Match": tag}).status_code == 304
    claim(api, job_id)
    assert api.get(f"/jobs/{job_id}", headers={"If-None-Match": tag}).status_code == 200


def test_waiting_ends_when_the_state_changes(api: Api) -> None:
    """`?wait=` holds the answer until the job moves on."""
    job_id = create_job(api)
    claiming = later(0.2, lambda: claim_quietly(api, job_id))
    began = time.monotonic()
    response = api.get(f"/jobs/{job_id}?wait=20")
    claiming.join()
    assert time.monotonic() - began < 10
    assert response.get_json()["data"]["state"] == "running"
    assert response.headers["Preference-Applied"] == "wait=20"


def test_waiting_with_a_tag_ends_at_any_change(api: Api) -> None:
    """With `If-None-Match` a step is news enough."""
    job_id = create_job(api)
    token = claim(api, job_id)
    tag = api.get(f"/jobs/{job_id}").headers["ETag"]

    def begin_step() -> None:
        with api.application.open_store() as store:
            store.jobs.set_step(
                JobId(job_id), token, "prepare", StepState.RUNNING, SystemClock().now()
            )
            store.commit()

    stepping = later(0.2, begin_step)
    response = api.get(f"/jobs/{job_id}?wait=20", headers={"If-None-Match": tag})
    stepping.join()
    assert response.get_json()["data"]["progress"]["step"] == "prepare"


def test_waiting_ends_after_the_time_that_was_asked_for(api: Api) -> None:
    """Nothing happens, so the answer comes when the second is over."""
    job_id = create_job(api)
    began = time.monotonic()
    response = api.get(f"/jobs/{job_id}?wait=1")
    assert 0.9 < time.monotonic() - began < 5
    assert response.get_json()["data"]["state"] == "queued"


def test_a_client_that_prefers_to_wait_gets_the_finished_thing(api: Api) -> None:
    """`Prefer: wait=N` on POST answers when the job has ended."""
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            with api.application.open_store() as store:
                found, _ = store.jobs.list_page(
                    "local", schema_id=None, state=None, kind=None, page=1, limit=1
                )
            if found:
                succeed(api, found[0].id, claim(api, found[0].id))
                return
            time.sleep(0.02)

    worker = threading.Thread(target=work)
    worker.start()
    response = api.post("/schemas", document(), headers={"Prefer": "respond-async, wait=20"})
    done.set()
    worker.join()
    assert response.status_code == 201
    assert response.headers["Preference-Applied"] == "wait=20"
    assert response.get_json()["data"]["job"]["state"] == "succeeded"


def test_a_queued_job_is_cancelled_at_once(api: Api) -> None:
    """What no worker ever took ends with the request; a second time changes nothing."""
    job_id = create_job(api)
    response = api.post(f"/jobs/{job_id}/cancel")
    assert response.status_code == 200
    assert response.get_json()["data"]["state"] == "cancelled"
    assert api.post(f"/jobs/{job_id}/cancel").status_code == 200


def test_a_running_job_is_asked_to_stop(api: Api) -> None:
    """A worker has to clean up first, so the answer is 202."""
    job_id = create_job(api)
    claim(api, job_id)
    response = api.post(f"/jobs/{job_id}/cancel")
    assert response.status_code == 202
    assert response.get_json()["data"]["cancelRequestedAt"] is not None


def test_an_ended_job_is_not_cancelled(api: Api) -> None:
    """What succeeded stays so."""
    job_id = create_job(api)
    succeed(api, job_id, claim(api, job_id))
    response = api.post(f"/jobs/{job_id}/cancel")
    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "JOB_ENDED"


def test_a_failed_job_is_retried_as_a_new_one(api: Api) -> None:
    """The retry is a job of its own that names the one it tries again."""
    job_id = create_job(api)
    token = claim(api, job_id)
    assert api.post(f"/jobs/{job_id}/retry").status_code == 409
    error = JobError(code="LOCK_TIMEOUT", details="Others held locks.", retryable=True)
    with api.application.open_store() as store:
        store.jobs.fail(JobId(job_id), token, error, SystemClock().now())
        store.commit()
    failed = api.get(f"/jobs/{job_id}").get_json()["data"]
    assert failed["error"]["code"] == "LOCK_TIMEOUT"
    response = api.post(f"/jobs/{job_id}/retry")
    again = response.get_json()["data"]
    assert response.status_code == 202
    assert (again["retryOf"], again["kind"], again["state"]) == (job_id, "create", "queued")


def test_jobs_are_listed_by_schema_state_and_kind(api: Api) -> None:
    """Filters of the list work together."""
    made = api.post("/schemas", document("one")).get_json()["data"]
    api.post("/schemas", document("two"))
    path = f"/jobs?schemaId={made['id']}&state=queued&kind=create"
    found = api.get(path).get_json()
    assert [job["id"] for job in found["data"]] == [made["job"]["id"]]
    assert api.get("/jobs?kind=drop").get_json()["data"] == []
    assert api.get("/jobs?schemaId=x").status_code == 400


def test_events_are_streamed_until_the_end(api: Api) -> None:
    """The stream has an id per event and ends with the job."""
    job_id = create_job(api)
    succeed(api, job_id, claim(api, job_id))
    stream = api.get(f"/jobs/{job_id}/events")
    assert stream.mimetype == "text/event-stream"
    text = stream.get_data(as_text=True)
    assert text.startswith("retry: ")
    assert "event: succeeded" in text
    last = text.rsplit("id: ", 1)[1].partition("\n")[0]
    seen = api.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": last})
    assert seen.status_code == 204


def test_a_stream_resumes_after_the_last_event(api: Api) -> None:
    """`Last-Event-ID` leaves out what the client has."""
    job_id = create_job(api)
    first = api.get(f"/jobs/{job_id}/events").get_data(as_text=True)
    last = first.rsplit("id: ", 1)[1].partition("\n")[0]
    succeed(api, job_id, claim(api, job_id))
    rest = api.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": last})
    text = rest.get_data(as_text=True)
    assert "event: queued" not in text
    assert "event: succeeded" in text


def test_a_quiet_stream_says_that_it_lives_and_has_a_life_of_its_own(api: Api) -> None:
    """Nothing happens: comments keep the connection, and one day the client has to come back."""
    job_id = create_job(api)
    text = api.get(f"/jobs/{job_id}/events").get_data(as_text=True)
    assert ": alive" in text


def test_streams_leave_room_for_quick_requests(api: Api) -> None:
    """When all places for streams are taken, the next is refused, and waits answer at once."""
    job_id = create_job(api)
    context: WebContext = api.client.application.extensions["schema_builder"]
    while context.holding.take():
        pass
    refused = api.get(f"/jobs/{job_id}/events")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    began = time.monotonic()
    waited = api.get(f"/jobs/{job_id}?wait=20")
    assert time.monotonic() - began < 5
    assert "Preference-Applied" not in waited.headers


def test_a_strange_event_id_is_refused(api: Api) -> None:
    """Ids of events are whole numbers."""
    job_id = create_job(api)
    response = api.get(f"/jobs/{job_id}/events", headers={"Last-Event-ID": "x"})
    assert response.status_code == 400
