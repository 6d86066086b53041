"""Request ids, security headers, origins and host names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.settings import Settings
from tests.api.client import Api
from tests.api.documents import document
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app


def test_a_sane_request_id_is_kept_and_a_strange_one_replaced(shared_api: Api) -> None:
    """Ids go into logs, so they are letters and digits."""
    assert (
        shared_api.get("/schemas", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"]
        == "abc-1"
    )
    for strange in ("", "a b", "x" * 200, '{"a":1}'):
        given = shared_api.get("/schemas", headers={"X-Request-ID": strange}).headers[
            "X-Request-ID"
        ]
        assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_a_job_remembers_the_request_that_asked_for_it(shared_api: Api) -> None:
    """The id leads from the answer to the job and to the worker's logs."""
    response = shared_api.post(
        "/schemas", document(uuid4().hex), headers={"X-Request-ID": "from-me"}
    )
    made = response.get_json()["data"]
    assert made["job"]["requestId"] == "from-me"


@pytest.mark.parametrize("path", ["/docs", "/nothing", "/api/v1/schemas", "/health/live"])
def test_every_answer_has_the_security_headers(shared_app: Flask, path: str) -> None:
    """Errors included."""
    headers = shared_app.test_client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_a_configured_origin_may_call_and_another_may_not(shared_api: Api) -> None:
    """CORS is for the origins of the settings only."""
    allowed = shared_api.get("/schemas", headers={"Origin": "https://designer.example"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://designer.example"
    assert "ETag" in allowed.headers["Access-Control-Expose-Headers"]
    other = shared_api.get("/schemas", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


def test_a_preflight_is_answered_for_a_configured_origin_only(shared_app: Flask) -> None:
    """A browser asks before it sends JSON."""
    client = shared_app.test_client()
    asked = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}
    good = client.options(
        "/api/v1/schemas", headers={"Origin": "https://designer.example", **asked}
    )
    assert "PUT" in good.headers["Access-Control-Allow-Methods"]
    bad = client.options("/api/v1/schemas", headers={"Origin": "https://evil.example", **asked})
    assert "Access-Control-Allow-Origin" not in bad.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999"])
def test_a_page_of_another_origin_changes_nothing(shared_api: Api, origin: str) -> None:
    """A visited page must not write to a server on loopback."""
    name = uuid4().hex
    response = shared_api.post("/schemas", document(name), headers={"Origin": origin})
    assert response.status_code == 403
    assert shared_api.get(f"/schemas?search={name}").get_json()["pagination"]["total"] == 0


def test_our_own_page_may_write(shared_api: Api) -> None:
    """The page at /docs is of this origin."""
    response = shared_api.post(
        "/schemas", document(uuid4().hex), headers={"Origin": "http://localhost"}
    )
    assert response.status_code == 201


def test_a_name_that_leads_here_from_elsewhere_is_refused(shared_api: Api) -> None:
    """DNS rebinding gives a stranger's name our address."""
    response = shared_api.get("/schemas", headers={"Host": "evil.example"})
    assert response.status_code == 400
    for name in ("127.0.0.1:8080", "localhost", "[::1]:8080"):
        assert shared_api.get("/schemas", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    ("chosen", "address", "status"),
    [
        ({}, "127.0.0.2", 200),
        ({}, "::1", 200),
        ({}, "", 200),
        ({}, "192.0.2.1", 403),
        ({"trusted_proxies": 1}, "127.0.0.1", 200),
        ({"trusted_proxies": 1}, "192.0.2.1", 403),
        ({"trust_network": True}, "192.0.2.1", 200),
        ({"published_on_loopback": True}, "192.0.2.1", 200),
        ({"authentication": "required"}, "192.0.2.1", 200),
    ],
    ids=[
        "loopback",
        "loopback-of-ipv6",
        "a-file",
        "another-machine",
        "behind-a-proxy-here",
        "behind-a-proxy-elsewhere",
        "a-trusted-network",
        "a-container",
        "asked-who-they-are",
    ],
)
def test_other_machines_are_served_only_where_somebody_said_so(
    settings: Settings, chosen: dict[str, Any], address: str, status: int
) -> None:
    """However the server was told to listen: `gunicorn --bind` asks nobody for HOST."""
    client = create_app(replace(settings, **chosen), announcer=FakeAnnouncer()).test_client()
    forwarded = {"X-Forwarded-For": "198.51.100.7"} if "trusted_proxies" in chosen else {}
    answer = client.get("/health/live", headers=forwarded, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status
    if status != 200:
        error = answer.get_json()["error"]
        assert error["code"] == "MACHINE_REFUSED"
        assert "AUTHENTICATION=required" in error["details"]


def test_trusting_the_network_trusts_no_strange_name(settings: Settings) -> None:
    """Names are checked always; HOST and ALLOWED_HOSTS say which ones are ours."""
    chosen = replace(
        settings, trust_network=True, host="0.0.0.0", allowed_hosts=("api.example", "[fd00::1]")
    )
    client = create_app(chosen, announcer=FakeAnnouncer()).test_client()
    for name, status in (
        ("evil.example", 400),
        ("API.example:8080", 200),
        ("[fd00::1]:8080", 200),
        ("localhost:8080", 200),
        ("0.0.0.0:8080", 200),
    ):
        assert client.get("/health/live", headers={"Host": name}).status_code == status, name


def test_the_docs_page_needs_nothing_from_elsewhere(shared_app: Flask) -> None:
    """Its scripts and styles are its own, each under this answer's nonce."""
    response = shared_app.test_client().get("/docs")
    page = response.get_data(as_text=True)
    nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
    assert nonce is not None
    assert page.count(f'nonce="{nonce[1]}"') == 2
    assert not re.search(r"(src|href)=\"https?://", page)
    assert " style=" not in page
    assert " onclick=" not in page


@pytest.mark.parametrize("path", ["/", "/api/v1/"])
def test_the_root_leads_to_the_docs(shared_app: Flask, path: str) -> None:
    """Whoever opens the address in a browser finds the page."""
    assert shared_app.test_client().get(path).headers["Location"] == "/docs"
