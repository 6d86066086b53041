"""What the real processes tell of themselves: signs of life, measures, ids, webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from embedded.postgresql import PROVISIONER, STORE
from embedded.processes import wait_until
from tests.api.documents import document
from tests.api.receiving import Receiver, running_receiver
from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import PROCESSES, Stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

API = "/api/v1"
PATIENCE_SECONDS = 60.0
SAID_ALOUD = {"", "worker: Warm shutdown (MainProcess)"}
"""What Celery prints from within its handler of signals, to standard output rather than as log."""


@pytest.fixture(scope="module")
def observed(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product, allowed to tell receivers on this machine."""
    store = f"store_{uuid4().hex}"
    postgresql_server.create_database(store, template=store_template)
    with Stack(
        servers_folder / "observed",
        database_url=postgresql_server.url(STORE, store),
        server_url=postgresql_server.url(PROVISIONER),
        bin_dir=postgresql_server.bin_dir,
        WEBHOOKS_ALLOW_PRIVATE="true",
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack
    postgresql_server.drop_database(store)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine."""
    with running_receiver() as receiver:
        yield receiver


def test_readiness_follows_the_workers(observed: Stack) -> None:
    """Healthy once all gave a sign; a worker that is told to go takes its own back."""

    def states() -> dict[str, str]:
        answer = requests.get(f"{observed.address}/health/ready", timeout=10).json()
        return {check["name"]: check["state"] for check in answer["data"]["checks"]}

    assert wait_until(lambda: set(states().values()) == {"ok"}, PATIENCE_SECONDS), states()
    observed.stop("worker")
    assert wait_until(lambda: states()["workers"] == "warning", PATIENCE_SECONDS)
    metrics = requests.get(f"{observed.address.removesuffix(API)}/metrics", timeout=10).text
    assert 'schema_builder_workers{queue="schedule"} 1.0' in metrics
    observed.start(["worker"])
    assert wait_until(lambda: states()["workers"] == "ok", PATIENCE_SECONDS)


def test_one_id_leads_from_the_request_to_the_worker_and_the_sql(
    observed: Stack, postgresql_server: PostgresqlServer
) -> None:
    """Web and worker log it, and the server's sessions bear the id of the job."""
    names: set[str] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            rows = postgresql_server.execute(
                "SELECT DISTINCT application_name FROM pg_stat_activity"
                " WHERE backend_type = 'client backend'"
            )
            names.update(str(name) for (name,) in rows)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        request_id = f"complaint-{uuid4()}"
        response = requests.post(
            f"{observed.address}/schemas",
            json=document(f"chain {uuid4()}"),
            headers={"X-Request-ID": request_id, "Prefer": "wait=30"},
            timeout=60,
        )
    finally:
        ended.set()
        looker.join()
    job = response.json()["data"]["job"]
    assert (job["state"], job["requestId"]) == ("succeeded", request_id)
    assert f"schema_builder:{job['id']}" in names
    told = {name: _lines(observed, name, request_id) for name in ("web", "worker")}
    assert "request_served" in {line["event"] for line in told["web"]}
    of_job = [line for line in told["worker"] if line.get("job_id") == job["id"]]
    assert {"job_started", "job_ended"} <= {line["event"] for line in of_job}


def test_every_line_of_every_log_is_json(observed: Stack) -> None:
    """Whatever writes it: ours, gunicorn's, Celery's; from the start of each process to its end."""
    requests.post(f"{observed.address}/schemas", json=document(f"said {uuid4()}"), timeout=30)
    for name in PROCESSES:
        observed.stop(name)
    observed.start()
    observed.wait_until_ready()
    told = {name: observed.log_file(name).read_text().splitlines() for name in PROCESSES}
    written = [line for lines in told.values() for line in lines if line not in SAID_ALOUD]
    assert [line for line in written if not line.startswith("{")] == []
    facts = [json.loads(line) for line in written]
    assert all({"event", "level", "at", "logger"} <= each.keys() for each in facts)


def test_a_webhook_is_told_by_the_schedules_worker(observed: Stack, receiver: Receiver) -> None:
    """From the request to the signature, over the real processes."""
    made = requests.post(
        f"{observed.address}/webhooks",
        json={"url": receiver.url, "events": ["job.succeeded"]},
        timeout=10,
    ).json()["data"]
    requests.post(f"{observed.address}/schemas", json=document(f"told {uuid4()}"), timeout=30)
    assert wait_until(lambda: bool(receiver.received), PATIENCE_SECONDS)
    assert receiver.received[0].event["type"] == "job.succeeded"
    assert receiver.received[0].is_signed_with(made["secret"])


def _lines(stack: Stack, process: str, request_id: str) -> list[dict[str, Any]]:
    """Return what a process logged under a request's id."""
    lines = stack.log_file(process).read_text().splitlines()
    found = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in found if line.get("request_id") == request_id]
