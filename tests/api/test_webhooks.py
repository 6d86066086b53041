"""Webhooks: told of ends of jobs and of drift, signed, again after failures, and only outwards."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from core.backups.alerts import AlertCode
from core.databases.drift_record import DriftRecord, DriftState
from core.settings import Settings
from core.webhooks.addresses import Destination
from core.webhooks.delivering import BATCH_PER_WEBHOOK
from core.webhooks.model import MOST_PER_OWNER, RETRY_DELAYS
from core.webhooks.posting import WHOLE_TIMEOUT_SECONDS, HttpPoster
from tests.api.client import Api
from tests.api.conftest import make_client, make_settings
from tests.api.documents import document
from tests.api.receiving import Receiver, running_receiver
from tests.api.working import Work
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from web.app import create_app

pytestmark = pytest.mark.servers

ENDS = ["job.succeeded", "job.failed", "job.cancelled"]


@pytest.fixture
def settings(store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer) -> Settings:
    """Settings under which receivers on this machine may be told."""
    return replace(
        make_settings(store_url, tmp_path, postgresql_server), webhooks_allow_private=True
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with running_receiver() as receiver:
        yield receiver


def subscribe(api: Api, url: str, *events: str) -> dict[str, str]:
    """Make a webhook and return it, secret included."""
    response = api.post("/webhooks", {"url": url, "events": list(events or ENDS)})
    assert response.status_code == 201, response.get_json()
    return dict(response.get_json()["data"])


def deliver(api: Api, *, later: timedelta = timedelta()) -> int:
    """Make one round of deliveries, as if some time had passed."""
    clock = FakeClock(datetime.now(UTC) + later)
    return replace(api.application.deliver_webhooks, clock=clock)()


def test_the_end_of_a_job_is_told_and_signed(api: Api, work: Work, receiver: Receiver) -> None:
    """Whoever asked hears of it once, with the ids to look it up, and knows that it is us."""
    webhook = subscribe(api, receiver.url)
    schema = api.post("/schemas", document()).get_json()["data"]
    work()
    assert deliver(api) == 1
    assert deliver(api) == 0
    (received,) = receiver.received
    assert received.path == "/hook?a=1"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert received.is_signed_with(webhook["secret"])
    assert received.event["type"] == "job.succeeded"
    assert received.event["data"] == {
        "jobId": schema["job"]["id"],
        "kind": "create",
        "schemaId": schema["id"],
        "state": "succeeded",
        "attempt": 1,
        "errorCode": None,
    }
    listed = api.get(f"/webhooks/{webhook['id']}/deliveries").get_json()["data"]
    assert [(each["state"], each["attempts"], each["lastStatus"]) for each in listed] == [
        ("delivered", 1, 204)
    ]
    assert listed[0]["id"] == received.headers["webhook-id"]


def test_a_webhook_is_told_only_of_what_it_asked_for(
    api: Api, work: Work, receiver: Receiver
) -> None:
    """A job that succeeds is nothing to one that listens for failures."""
    subscribe(api, receiver.url, "job.failed")
    subscribe(api, receiver.url, "job.cancelled")
    job = api.post("/schemas", document()).get_json()["data"]["job"]
    api.post(f"/jobs/{job['id']}/cancel")
    work()
    deliver(api)
    assert [received.event["type"] for received in receiver.received] == ["job.cancelled"]


def test_what_is_rolled_back_is_never_told(api: Api, receiver: Receiver) -> None:
    """The event stands or falls with the transaction that makes it true."""
    subscribe(api, receiver.url)
    job = api.post("/schemas", document()).get_json()["data"]["job"]
    with api.application.open_store() as store:
        store.jobs.request_cancel(job["id"], datetime.now(UTC))
    assert deliver(api) == 0


def test_drift_is_told_when_it_is_news(api: Api, work: Work, receiver: Receiver) -> None:
    """A database that stays changed is told of once."""
    subscribe(api, receiver.url, "database.drifted")
    schema = api.post("/schemas", document()).get_json()["data"]
    work()
    for state in (DriftState.DRIFTED, DriftState.DRIFTED, DriftState.NONE, DriftState.DRIFTED):
        with api.application.open_store() as store:
            store.drift.put(
                DriftRecord(
                    schema_id=schema["id"], state=state, checked_at=datetime.now(UTC), report=None
                )
            )
            store.commit()
    deliver(api)
    assert [each.event["data"]["schemaId"] for each in receiver.received] == [schema["id"]] * 2


def test_an_alert_is_told_when_it_is_news(api: Api, work: Work, receiver: Receiver) -> None:
    """Raised again while it stands, it is told of once."""
    subscribe(api, receiver.url, "alert.raised")
    schema = api.post("/schemas", document()).get_json()["data"]
    work()
    code = next(iter(AlertCode))
    for _ in range(2):
        with api.application.open_store() as store:
            store.alerts.raise_(
                code,
                owner="local",
                schema_id=schema["id"],
                message="Look.",
                now=datetime.now(UTC),
            )
            store.commit()
    deliver(api)
    assert [each.event["data"] for each in receiver.received] == [
        {"schemaId": schema["id"], "code": code.value, "message": "Look."}
    ]


def test_a_failed_delivery_is_made_again_with_the_same_id(api: Api, receiver: Receiver) -> None:
    """First soon, then later; the receiver can tell a repetition by its id."""
    webhook = subscribe(api, receiver.url)
    api.post(f"/webhooks/{webhook['id']}/test")
    receiver.status = 500
    assert deliver(api) == 1
    assert deliver(api) == 0
    assert api.get(f"/webhooks/{webhook['id']}").get_json()["data"]["failingSince"] is not None
    receiver.status = 200
    assert deliver(api, later=RETRY_DELAYS[0] + timedelta(seconds=1)) == 1
    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    shown = api.get(f"/webhooks/{webhook['id']}").get_json()["data"]
    assert shown["failingSince"] is None


def test_a_receiver_that_is_gone_is_left_alone_until_it_is_enabled(
    api: Api, receiver: Receiver
) -> None:
    """After 410 nothing is sent, nothing is queued, and a test is refused by name."""
    webhook = subscribe(api, receiver.url)
    path = f"/webhooks/{webhook['id']}"
    api.post(f"{path}/test")
    receiver.status = 410
    deliver(api)
    shown = api.get(path).get_json()["data"]
    assert (shown["isEnabled"], shown["disabledReason"]) == (False, "It answered 410 Gone.")
    assert api.post(f"{path}/test").get_json()["error"]["code"] == "WEBHOOK_DISABLED"
    assert deliver(api, later=timedelta(days=9)) == 0
    assert api.post(f"{path}/enable").get_json()["data"]["isEnabled"] is True
    assert api.post(f"{path}/test").status_code == 202


def test_a_receiver_that_takes_nothing_for_days_is_disabled(api: Api, receiver: Receiver) -> None:
    """The last of the attempts comes days after the first."""
    webhook = subscribe(api, receiver.url)
    api.post(f"/webhooks/{webhook['id']}/test")
    receiver.status = 503
    later = timedelta()
    attempts = 0
    while deliver(api, later=later):
        attempts += 1
        later += RETRY_DELAYS[-1] + timedelta(minutes=1)
    assert attempts == len(RETRY_DELAYS) + 1
    shown = api.get(f"/webhooks/{webhook['id']}").get_json()["data"]
    assert shown["isEnabled"] is False
    assert "503" in shown["disabledReason"]
    (delivery,) = api.get(f"/webhooks/{webhook['id']}/deliveries").get_json()["data"]
    assert (delivery["state"], delivery["nextAttemptAt"]) == ("failed", None)


def test_one_webhook_does_not_keep_the_others_waiting(api: Api, receiver: Receiver) -> None:
    """One round takes a few deliveries of each."""
    busy = subscribe(api, receiver.url)
    quiet = subscribe(api, receiver.url)
    for _ in range(BATCH_PER_WEBHOOK + 3):
        api.post(f"/webhooks/{busy['id']}/test")
    api.post(f"/webhooks/{quiet['id']}/test")
    assert deliver(api) == BATCH_PER_WEBHOOK + 1
    assert deliver(api) == 3


def test_two_workers_never_take_the_same_delivery(api: Api, receiver: Receiver) -> None:
    """Whoever is first has it for a while."""
    webhook = subscribe(api, receiver.url)
    for _ in range(3):
        api.post(f"/webhooks/{webhook['id']}/test")
    threads = [threading.Thread(target=deliver, args=(api,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(ids) == len(set(ids)) == 3


def test_no_redirect_is_followed(api: Api, receiver: Receiver) -> None:
    """A receiver cannot send us on to where we would not go by ourselves."""
    webhook = subscribe(api, receiver.url)
    api.post(f"/webhooks/{webhook['id']}/test")
    receiver.status = 307
    receiver.headers = {"Location": f"http://127.0.0.1:{receiver.port}/inside"}
    deliver(api)
    assert [received.path for received in receiver.received] == ["/hook?a=1"]
    (delivery,) = api.get(f"/webhooks/{webhook['id']}/deliveries").get_json()["data"]
    assert (delivery["state"], delivery["lastStatus"]) == ("pending", 307)


def test_a_name_that_leads_inside_is_not_followed_at_delivery(api: Api, receiver: Receiver) -> None:
    """An address that was fine when it was given is looked at again each time."""
    webhook = subscribe(api, f"http://hook.example:{receiver.port}/")
    api.post(f"/webhooks/{webhook['id']}/test")
    outwards = replace(
        api.application.deliver_webhooks,
        allow_private=False,
        resolve=lambda _host, _port: ("127.0.0.1",),
    )
    assert outwards() == 1
    assert receiver.received == []


def test_an_answer_that_never_ends_is_cut_off() -> None:
    """What answers nothing, or garbage, is a failure within seconds and no crash."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        destination = Destination(
            host="x.example",
            address="127.0.0.1",
            port=server.getsockname()[1],
            is_encrypted=False,
            target="/",
        )

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        response = HttpPoster().post(destination, {}, b"{}")
        thread.join()
        assert response.status is None
        encrypted = replace(destination, is_encrypted=True)
        thread = threading.Thread(target=answer)
        thread.start()
        assert "TLS" in str(HttpPoster().post(encrypted, {}, b"{}").failure)
        thread.join()


@pytest.mark.parametrize("drips", [b"", b"X"], ids=["silent", "dripping"])
def test_a_receiver_that_hangs_is_cut_off(drips: bytes) -> None:
    """Whether it says nothing or a byte a second, it costs seconds and not the schedule."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        destination = Destination(
            host="x.example",
            address="127.0.0.1",
            port=server.getsockname()[1],
            is_encrypted=False,
            target="/",
        )
        is_over = threading.Event()

        def hang() -> None:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                while not is_over.wait(0.5):
                    connection.sendall(drips)

        thread = threading.Thread(target=hang)
        thread.start()
        began = time.monotonic()
        response = HttpPoster().post(destination, {}, b"{}")
        seconds = time.monotonic() - began
        is_over.set()
        thread.join()
    assert response.status is None
    assert response.failure is not None
    assert seconds < WHOLE_TIMEOUT_SECONDS + 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://example.org/"}, "events"),
        ({"url": "https://example.org/", "events": []}, "events"),
        ({"url": "https://example.org/", "events": ["job.exploded"]}, "events[0]"),
        ({"events": ENDS}, "url"),
        ({"url": "https://example.org/", "events": ENDS, "secret": "mine"}, "secret"),
    ],
)
def test_a_body_of_the_wrong_form_is_refused_with_the_place(
    api: Api, body: dict[str, object], field: str
) -> None:
    """Each wrong place is named."""
    response = api.post("/webhooks", body)
    assert response.status_code == 400
    assert field in [each["field"] for each in response.get_json()["data"]["errors"]]


@pytest.mark.parametrize("url", ["https://169.254.169.254/latest", "http://example.org/"])
def test_an_address_inside_is_refused_unless_the_operator_allows_it(
    shared_api: Api, url: str
) -> None:
    """The answer says why, and nothing is stored."""
    response = shared_api.post("/webhooks", {"url": url, "events": ENDS})
    assert response.status_code == 400
    assert response.get_json()["error"]["code"] == "WEBHOOK_ADDRESS_REFUSED"
    assert shared_api.get("/webhooks").get_json()["pagination"]["total"] == 0


def test_the_secret_is_told_once_and_kept_encrypted(
    api: Api, postgresql_server: PostgresqlServer, store_url: str
) -> None:
    """Neither lists nor the store's rows show it."""
    webhook = subscribe(api, "https://example.org/")
    assert "secret" not in api.get(f"/webhooks/{webhook['id']}").get_json()["data"]
    rows = postgresql_server.execute(
        "SELECT encrypted_secret FROM webhooks", database=store_url.rpartition("/")[2]
    )
    assert webhook["secret"].removeprefix("whsec_") not in str(rows)


def test_a_deleted_webhook_is_gone(api: Api) -> None:
    """It is not listed, not read, not tested."""
    webhook = subscribe(api, "https://example.org/")
    path = f"/webhooks/{webhook['id']}"
    assert api.delete(path).status_code == 200
    for response in (api.get(path), api.delete(path), api.post(f"{path}/test")):
        assert response.status_code == 404
        assert response.get_json()["error"]["code"] == "WEBHOOK_NOT_FOUND"


def test_there_is_a_most_of_webhooks(api: Api) -> None:
    """One owner cannot make every job's end slow."""
    for _ in range(MOST_PER_OWNER):
        subscribe(api, "https://example.org/")
    response = api.post("/webhooks", {"url": "https://example.org/", "events": ENDS})
    assert response.status_code == 409
    assert response.get_json()["error"]["code"] == "TOO_MANY_WEBHOOKS"


def test_another_owners_webhooks_do_not_exist(api: Api) -> None:
    """Nothing of them is read, changed or counted."""
    webhooks = api.application.webhooks
    made, _ = webhooks.subscribe(
        owner="others", url="https://example.org/", events=(), description=""
    )
    path = f"/webhooks/{made.id}"
    for response in (api.get(path), api.delete(path), api.get(f"{path}/deliveries")):
        assert response.status_code == 404
    assert api.get("/webhooks").get_json()["pagination"]["total"] == 0


def test_old_deliveries_are_forgotten(api: Api, receiver: Receiver) -> None:
    """Those still to be made stay."""
    webhook = subscribe(api, receiver.url)
    api.post(f"/webhooks/{webhook['id']}/test")
    deliver(api)
    api.post(f"/webhooks/{webhook['id']}/test")
    with api.application.open_store() as store:
        assert store.webhooks.purge_deliveries(datetime.now(UTC) + timedelta(days=1), 10) == 1
        store.commit()


def test_an_app_without_the_permission_uses_no_private_address(
    app: Flask, settings: Settings, receiver: Receiver
) -> None:
    """A webhook that was made while it was allowed is not delivered once it is not."""
    subscribe(make_client(app), receiver.url)
    strict = create_app(replace(settings, webhooks_allow_private=False), announcer=FakeAnnouncer())
    api = make_client(strict)
    (webhook,) = api.get("/webhooks").get_json()["data"]
    api.post(f"/webhooks/{webhook['id']}/test")
    assert deliver(api) == 1
    assert receiver.received == []
    api.application.close()
