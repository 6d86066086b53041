"""Measures for Prometheus: what is counted, and who may read it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from core.settings import Settings
from embedded.ports import free_port
from tests.api.client import Api
from tests.api.conftest import make_settings
from tests.api.documents import document
from tests.api.working import Work
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

TOKEN = "a-token-of-some-length"


def samples(app: Flask) -> list[Sample]:
    """Read all measures as Prometheus does."""
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    families = text_string_to_metric_families(response.get_data(as_text=True))
    return [sample for family in families for sample in family.samples]


def value_of(found: list[Sample], name: str, **labels: str) -> float:
    """Return the value of the one sample with that name and at least those labels."""
    (value,) = (
        sample.value
        for sample in found
        if sample.name == f"schema_builder_{name}" and labels.items() <= sample.labels.items()
    )
    return float(value)


def test_jobs_steps_and_backups_are_measured(app: Flask, api: Api, work: Work) -> None:
    """What the store records is there, by kind and state."""
    schema = api.post("/schemas", document()).get_json()["data"]
    work()
    api.post(f"/schemas/{schema['id']}/backups")
    found = samples(app)
    assert value_of(found, "jobs", kind="create", state="succeeded") == 1
    assert value_of(found, "jobs", kind="backup", state="queued") == 1
    assert value_of(found, "queue_age_seconds") > 0
    assert value_of(found, "job_steps", kind="create", step="apply_ddl") == 1
    seconds = [
        value_of(found, "job_step_seconds", kind="create", step="apply_ddl", quantile=quantile)
        for quantile in ("0.5", "0.95", "1")
    ]
    assert seconds[0] == seconds[1] == seconds[2] > 0
    assert value_of(found, "databases") == 1
    assert value_of(found, "databases_without_backup") == 1
    assert value_of(found, "backups", state="pending", verification="never") == 1
    assert value_of(found, "store_up") == 1
    assert value_of(found, "store_pool_size") > value_of(found, "store_pool_used")


def test_backups_age_and_proof_are_measured(app: Flask, api: Api, work: Work) -> None:
    """A backup counts as proof only once it was verified."""
    schema = api.post("/schemas", document()).get_json()["data"]
    work()
    api.post(f"/schemas/{schema['id']}/backups")
    work()
    found = samples(app)
    assert value_of(found, "backup_age_seconds") > 0
    assert value_of(found, "databases_without_backup") == 0
    assert value_of(found, "databases_without_proof") == 1
    assert value_of(found, "backup_bytes", state="available") > 0


def test_requests_are_counted_by_route_and_not_by_address(app: Flask, api: Api) -> None:
    """Made-up addresses and methods make no new series."""
    for path in ("/schemas", "/schemas", "/health/live"):
        api.get(path)
    client = app.test_client()
    for number in range(5):
        client.get(f"/api/v1/schemas/00000000-0000-0000-0000-00000000000{number}")
        client.get(f"/nowhere/{number}")
        client.open("/nowhere", method=f"M{number}")
    found = samples(app)
    route = "/api/v1/schemas"
    requests = "http_requests_total"
    assert value_of(found, requests, method="GET", route=route, status="200") == 2
    assert value_of(found, "http_request_seconds_count", method="GET", route=route) == 2
    of_one = f"{route}/<uuid:schema_id>"
    assert value_of(found, requests, route=of_one, status="404") == 5
    assert value_of(found, requests, method="any", route="unmatched", status="404") == 10


def test_a_broker_that_is_away_is_a_measure_and_no_failure(shared_app: Flask) -> None:
    """The tests' broker is away."""
    found = samples(shared_app)
    assert value_of(found, "queue_up") == 0
    assert not [sample for sample in found if sample.name == "schema_builder_workers"]


def test_a_store_that_is_away_is_a_measure_and_no_failure(
    tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    """Requests go on being counted."""
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    app = create_app(make_settings(url, tmp_path, postgresql_server), announcer=FakeAnnouncer())
    found = samples(app)
    assert value_of(found, "store_up") == 0
    assert not [sample for sample in found if sample.name == "schema_builder_jobs"]


def test_other_machines_need_the_token(shared_app: Flask) -> None:
    """Without a token only this machine may read, and not through a proxy."""
    client = shared_app.test_client()
    far = {"REMOTE_ADDR": "192.0.2.1"}
    assert client.get("/metrics", environ_base=far).status_code == 403
    through_proxy = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert through_proxy.status_code == 403


def test_the_token_opens_and_nothing_else_does(
    tmp_path: Path, postgresql_server: PostgresqlServer, store_url: str
) -> None:
    """With a token it is asked for on this machine too."""
    settings: Settings = replace(
        make_settings(store_url, tmp_path, postgresql_server), metrics_token=TOKEN
    )
    app = create_app(settings, announcer=FakeAnnouncer())
    client = app.test_client()
    for given in ("", TOKEN, f"Bearer {TOKEN}x", f"bearer {TOKEN}", "Bearer \u00e4"):
        refused = client.get("/metrics", headers={"Authorization": given})
        assert refused.status_code == 401
        assert "WWW-Authenticate" in refused.headers
    far = {"REMOTE_ADDR": "192.0.2.1"}
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    opened = client.get("/metrics", headers=authorization, environ_base=far)
    assert opened.status_code == 200
    by_address = {**authorization, "Host": "10.1.2.3:8080"}
    assert client.get("/metrics", headers=by_address, environ_base=far).status_code == 200
    elsewhere = client.get("/api/v1/schemas", headers=by_address).get_json()
    assert elsewhere["error"]["code"] == "HOST_REFUSED"
    assert TOKEN not in opened.get_data(as_text=True)
    assert TOKEN not in repr(settings)
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_every_measure_has_its_unit_in_its_name(app: Flask) -> None:
    """Seconds and bytes, as Prometheus' guide to naming has it."""
    families = text_string_to_metric_families(
        app.test_client().get("/metrics").get_data(as_text=True)
    )
    for family in families:
        assert re.fullmatch(r"schema_builder(_[a-z]+)+", family.name)
        assert family.documentation.endswith(".")
