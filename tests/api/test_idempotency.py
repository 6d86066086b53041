"""Repeating a POST safely."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.client import Api
from tests.api.documents import document


def test_the_same_request_gets_the_first_answer(api: Api) -> None:
    """The repetition changes nothing and says that it is one."""
    headers = {"Idempotency-Key": "k-1"}
    first = api.post("/schemas", document(), headers=headers)
    again = api.post("/schemas", document(), headers=headers)
    assert again.status_code == 201
    assert again.get_json() == first.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Operation-Location"] == first.headers["Operation-Location"]
    for name in ("ETag", "Cache-Control", "Retry-After"):
        assert again.headers[name] == first.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert api.get("/schemas").get_json()["pagination"]["total"] == 1


def test_a_repetition_waits_for_the_recorded_job(api: Api) -> None:
    """`Prefer: wait` is honoured; status and body stay those of the first answer."""
    headers = {"Idempotency-Key": "k-1"}
    first = api.post("/schemas", document(), headers=headers)
    began = time.monotonic()
    waited = api.post("/schemas", document(), headers=headers | {"Prefer": "wait=1"})
    assert time.monotonic() - began >= 1
    assert waited.headers["Preference-Applied"] == "wait=1"
    assert waited.headers["Retry-After"] == "2"
    api.post(f"/jobs/{first.get_json()['data']['job']['id']}/cancel")
    ended = api.post("/schemas", document(), headers=headers | {"Prefer": "wait=20"})
    assert (ended.status_code, ended.data) == (201, first.data)
    assert ended.headers["Operation-Location"] == first.headers["Operation-Location"]
    assert "Retry-After" not in ended.headers


def test_another_body_under_the_same_key_is_refused(api: Api) -> None:
    """A key stands for one request."""
    headers = {"Idempotency-Key": "k-1"}
    api.post("/schemas", document("one"), headers=headers)
    other = api.post("/schemas", document("two"), headers=headers)
    assert other.status_code == 422
    assert other.get_json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_a_key_belongs_to_one_route(api: Api) -> None:
    """The same key on another address is another request."""
    headers = {"Idempotency-Key": "k-1"}
    made = api.post("/schemas", document(), headers=headers).get_json()["data"]
    other = api.post(f"/schemas/{made['id']}/database/regenerate", headers=headers)
    assert other.status_code == 202
    again = api.post(f"/schemas/{made['id']}/database/regenerate", headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json()["data"]["id"] == other.get_json()["data"]["id"]


def test_a_job_is_tried_again_once(api: Api) -> None:
    """The repetition of a retry finds the job that the first one queued."""
    made = api.post("/schemas", document()).get_json()["data"]
    job = api.post(f"/jobs/{made['job']['id']}/cancel").get_json()["data"]
    headers = {"Idempotency-Key": "k-1"}
    first = api.post(f"/jobs/{job['id']}/retry", headers=headers)
    again = api.post(f"/jobs/{job['id']}/retry", headers=headers)
    assert first.status_code == again.status_code == 202
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json()["data"]["id"] == first.get_json()["data"]["id"]


def test_a_failed_request_leaves_its_key_free(api: Api) -> None:
    """Nothing happened, so nothing is remembered."""
    headers = {"Idempotency-Key": "k-1"}
    assert api.post("/schemas", {"name": "x"}, headers=headers).status_code == 400
    assert api.post("/schemas", document(), headers=headers).status_code == 201


@pytest.mark.parametrize("key", ["", "with space", "x" * 256], ids=["empty", "blank", "long"])
def test_a_key_that_is_none_is_refused(api: Api, key: str) -> None:
    """Keys are visible ASCII of bounded length."""
    response = api.post("/schemas", document(), headers={"Idempotency-Key": key})
    assert response.status_code == 400


def test_the_same_request_many_times_at_once_is_done_once(api: Api) -> None:
    """Racing repetitions all get one and the same answer."""

    def create(_: int) -> tuple[int, str]:
        with api.client.application.test_client() as client:
            response = client.post(
                "/api/v1/schemas", json=document(), headers={"Idempotency-Key": "race"}
            )
            return response.status_code, response.get_json()["data"]["id"]

    with ThreadPoolExecutor(max_workers=8) as clients:
        answers = set(clients.map(create, range(16)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 201
