"""The OpenAPI document and health."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.settings import Settings
from tests.api.client import Api
from tests.api.conftest import make_client, make_settings
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app


def test_the_document_describes_every_route_below_the_api(
    shared_app: Flask, shared_api: Api
) -> None:
    """Nothing is served that is not described, and the other way round."""
    served = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", str(rule)), method.lower())
        for rule in shared_app.url_map.iter_rules()
        for method in rule.methods or ()
        if str(rule).startswith("/api/v1/") and method not in {"HEAD", "OPTIONS"}
    }
    served -= {(f"/api/v1/{page}", "get") for page in ("docs", "openapi.json", "")}
    described = {
        (path, method)
        for path, item in shared_api.description["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert described == served


def test_every_reference_leads_somewhere(shared_api: Api) -> None:
    """The document has no loose ends."""

    def references(part: object) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [found for inner in part.values() for found in references(inner)]
        if isinstance(part, list):
            return [found for inner in part for found in references(inner)]
        return []

    for reference in references(shared_api.description):
        found: Any = shared_api.description
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_operation_has_an_id_a_summary_and_its_errors(shared_api: Api) -> None:
    """What a generator of clients needs is there."""
    operations = [
        operation
        for item in shared_api.description["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        assert operation["summary"].endswith(".")
        assert "500" in operation["responses"]


def test_the_document_is_at_the_root_and_below_the_api(shared_app: Flask) -> None:
    """Both addresses have the same document."""
    client = shared_app.test_client()
    assert client.get("/openapi.json").data == client.get("/api/v1/openapi.json").data
    assert client.get("/api/v1/docs").status_code == 200


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_health_says_what_is_connected(shared_api: Api, shared_app: Flask, path: str) -> None:
    """The store is there and the queue is not: jobs are accepted all the same."""
    response = shared_api.get(path)
    body = response.get_json()["data"]
    assert response.status_code == 200
    assert (body["status"], body["database"], body["queue"]) == (
        "degraded",
        "connected",
        "unreachable",
    )
    assert shared_app.test_client().get(path).status_code == 200


def test_a_process_that_answers_is_alive(shared_api: Api) -> None:
    """Liveness asks nobody else."""
    assert shared_api.get("/health/live").get_json()["data"]["status"] == "alive"


def test_a_store_without_our_tables_is_told_with_the_remedy(
    tmp_path: Path, postgresql_server: PostgresqlServer
) -> None:
    """Health and requests name the command that makes them, and nobody sees a 500."""
    name = f"store_{uuid4().hex}"
    postgresql_server.create_database(name)
    url = postgresql_server.url(database=name)
    app = create_app(make_settings(url, tmp_path, postgresql_server), announcer=FakeAnnouncer())
    api = make_client(app)
    refused = api.get("/schemas")
    assert refused.status_code == 503
    health = api.get("/health")
    assert health.status_code == 503
    assert health.get_json()["data"]["database"] == "unmigrated"
    for response in (refused, health):
        assert response.get_json()["error"]["code"] == "STORE_NOT_MIGRATED"
        assert "db upgrade" in response.get_json()["error"]["details"]
    api.application.close()
    postgresql_server.drop_database(name)


def test_a_store_that_is_away_is_told_without_its_address(tmp_path: Path) -> None:
    """Requests get 503 with a pause, health says what is wrong, and the process still lives."""
    settings = Settings(
        data_dir=tmp_path,
        secret_key_file=tmp_path / "secret.key",
        archive_dir=tmp_path / "archive",
        database_url="postgresql://someone@127.0.0.1:1/away",
        redis_url="redis://127.0.0.1:1/0",
    )
    api = make_client(create_app(settings, announcer=FakeAnnouncer()))
    refused = api.get("/schemas")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert "127.0.0.1" not in refused.get_data(as_text=True)
    health = api.get("/health")
    assert health.status_code == 503
    assert health.get_json()["data"]["database"] == "unreachable"
    assert api.get("/health/live").status_code == 200
