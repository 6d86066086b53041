"""Requests that are no HTTP, or more of it than is taken, against the real web server."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import PostgresqlServer
from tests.end_to_end.sockets import Client
from tests.end_to_end.stack import Stack
from tests.end_to_end.web_alone import web_alone

pytestmark = pytest.mark.servers

PATH = "/api/v1/schemas"
GET = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
POST = (
    "POST /api/v1/schemas/validate HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    "Content-Type: application/json\r\n"
)
CHUNKED = f"{POST}Transfer-Encoding: chunked\r\n\r\n"
KILOBYTES_100 = "x" * 100_000


@pytest.fixture(scope="module")
def web(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """The web process alone."""
    folder = tmp_path_factory.mktemp("unreadable")
    with web_alone(postgresql_server, store_template, folder) as stack:
        yield stack


@pytest.mark.parametrize(
    ("request_text", "status", "code"),
    [
        pytest.param("hello\r\n\r\n", 400, "BAD_REQUEST", id="no request line"),
        pytest.param(f"GET {PATH}\r\n\r\n", 400, "BAD_REQUEST", id="no version"),
        pytest.param(f"get {GET[4:]}\r\n", 400, "BAD_REQUEST", id="small letters"),
        pytest.param(
            f"GET {PATH} HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400, "BAD_REQUEST", id="version 9.9"
        ),
        pytest.param(f"{GET}Host: other\r\n\r\n", 400, "BAD_REQUEST", id="two hosts"),
        pytest.param(f"{GET}X A: b\r\n\r\n", 400, "BAD_REQUEST", id="blank in a name"),
        pytest.param(f"{GET}X-A: b\0c\r\n\r\n", 400, "BAD_REQUEST", id="zero in a value"),
        pytest.param(f"{GET}X-A: b\r\n c\r\n\r\n", 400, "BAD_REQUEST", id="folded line"),
        pytest.param(f"{POST}Content-Length: -1\r\n\r\n", 400, "BAD_REQUEST", id="length below 0"),
        pytest.param(
            f"{POST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "BAD_REQUEST",
            id="length and chunks",
        ),
        pytest.param(f"{GET}Expect: much\r\n\r\n", 417, "BAD_REQUEST", id="expectation"),
        pytest.param(f"{GET}X-A: {KILOBYTES_100}\r\n\r\n", 431, "HEADERS_TOO_LARGE", id="header"),
        pytest.param(
            GET + "".join(f"X-{number}: 1\r\n" for number in range(300)) + "\r\n",
            431,
            "HEADERS_TOO_LARGE",
            id="headers",
        ),
        pytest.param(
            f"GET {PATH}?search={KILOBYTES_100} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            414,
            "URI_TOO_LONG",
            id="address",
        ),
    ],
)
def test_what_the_server_cannot_read_is_refused_in_the_shape_of_all_errors(
    web: Stack, request_text: str, status: int, code: str
) -> None:
    """Not with gunicorn's page, which no client of JSON can read."""
    assert refusal(web, request_text) == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-1\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}xx0\r\n\r\n",
        "2;=\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["no number", "below zero", "no end of the line", "no extension"],
)
def test_chunks_that_are_none_are_the_clients_fault(web: Stack, body: str) -> None:
    """They are no failure of ours, and what follows them is not taken for a request."""
    hidden = f"GET {PATH}/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert refusal(web, CHUNKED + body + hidden) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "sent",
    [f"{POST}Content-Length: 200\r\n\r\n{{}}", f"{CHUNKED}5\r\n{{}}"],
    ids=["length", "chunk"],
)
def test_a_body_that_ends_early_is_not_taken_for_the_whole(web: Stack, sent: str) -> None:
    """Though what there is of it may be JSON."""
    assert refusal(web, sent, ends=True) == (400, "BAD_REQUEST")


def refusal(web: Stack, request_text: str, *, ends: bool = False) -> tuple[int, str]:
    """Return status and code of the only answer, after which the server hangs up."""
    client = Client(web)
    client.send(request_text)
    if ends:
        client.socket.shutdown(socket.SHUT_WR)
    status, headers, body = client.answer()
    client.socket.close()
    assert headers["content-type"] == "application/json"
    envelope = json.loads(body)
    assert (envelope["success"], envelope["data"]) == (False, None)
    assert envelope["message"] in envelope["error"]["details"]
    assert envelope["error"]["requestId"] == headers["x-request-id"]
    assert '"level": "error"' not in web.log_file("web").read_text()
    return status, envelope["error"]["code"]
