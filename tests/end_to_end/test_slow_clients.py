"""Clients that are slow, on purpose or not, against the real web server with few threads."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.conftest import PostgresqlServer
from tests.end_to_end.sockets import Client
from tests.end_to_end.stack import Stack
from tests.end_to_end.web_alone import web_alone
from web.gunicorn_worker import WAITING_PER_THREAD

pytestmark = pytest.mark.servers

THREADS = 3
SECONDS = 2
PATIENCE_SECONDS = SECONDS + 8
"""Within which anybody is served in spite of all; much of it is for machines that do much else."""


@pytest.fixture(scope="module")
def web(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """A web process with few threads and little patience."""
    with web_alone(
        postgresql_server,
        store_template,
        tmp_path_factory.mktemp("slow"),
        WEB_THREADS=str(THREADS),
        REQUEST_SECONDS=str(SECONDS),
    ) as stack:
        yield stack


@contextlib.contextmanager
def dripping(clients: list[Client], text: Callable[[], str]) -> Iterator[None]:
    """Let clients send a little every now and then while inside."""
    is_over = threading.Event()

    def drip() -> None:
        while not is_over.wait(0.2):
            for client in clients:
                client.send(text())

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        for client in clients:
            client.socket.close()


def answered_within(stack: Stack) -> float:
    """Return how long a quick client waits for its answer."""
    began = time.monotonic()
    response = requests.get(f"{stack.address}/health/live", timeout=60)
    assert response.status_code == 200
    return time.monotonic() - began


def test_clients_that_say_nothing_are_in_nobodys_way(web: Stack) -> None:
    """However many there are."""
    with ExitStack() as exits:
        for _ in range(3 * THREADS):
            exits.callback(Client(web).socket.close)
        assert answered_within(web) < PATIENCE_SECONDS


def test_a_head_that_comes_in_drips_is_given_up(web: Stack) -> None:
    """Its sender is told so, and others are served meanwhile."""
    clients = [Client(web) for _ in range(THREADS)]
    for client in clients:
        client.send("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
    with dripping(clients, lambda: "z"):
        time.sleep(0.5)
        assert answered_within(web) < PATIENCE_SECONDS
        for client in clients:
            status, headers, body = client.answer()
            assert status == 408
            assert headers["connection"] == "close"
            assert json.loads(body)["error"]["code"] == "REQUEST_TIMEOUT"


def test_a_body_that_comes_in_drips_is_given_up(web: Stack) -> None:
    """With 408 and a sentence, whether its length was told before or not."""
    lengths = ["Content-Length: 100000\r\n\r\n"] * (THREADS - 1) + [
        "Transfer-Encoding: chunked\r\n\r\n"
    ]
    clients = [Client(web) for _ in lengths]
    for client, length in zip(clients, lengths, strict=True):
        client.send(
            "POST /api/v1/schemas/validate HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json\r\n{length}"
        )
    with dripping(clients[:-1], lambda: " "), dripping(clients[-1:], lambda: "1\r\n \r\n"):
        time.sleep(0.5)
        assert answered_within(web) < PATIENCE_SECONDS
        for client in clients:
            status, _, body = client.answer()
            assert status == 408
            error = json.loads(body)["error"]
            assert error["code"] == "REQUEST_TIMEOUT"
            assert f"within {SECONDS} seconds" in error["details"]


def test_an_answer_that_nobody_takes_is_given_up(web: Stack) -> None:
    """A client that asks and asks and reads nothing keeps no thread."""
    clients = [Client(web, room_bytes=4_096) for _ in range(THREADS)]
    asked = "GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for client in clients:
        client.send(asked * 60)
    time.sleep(1)
    waited = [answered_within(web) for _ in range(3)]
    assert max(waited) < 3 * PATIENCE_SECONDS
    ended = time.monotonic() + 60
    while time.monotonic() < ended and any(client.send("\r\n") for client in clients):
        time.sleep(0.2)
    assert not any(client.send("\r\n") for client in clients)
    for client in clients:
        client.socket.close()


def test_when_too_many_wait_the_next_is_told_so_at_once(web: Stack) -> None:
    """With 503 and a time to try again, and served again soon after."""
    most = THREADS * (1 + WAITING_PER_THREAD)
    clients = [Client(web) for _ in range(most)]
    with dripping(clients, lambda: "G"):
        time.sleep(0.5)
        began = time.monotonic()
        refused = requests.get(f"{web.address}/health/live", timeout=30)
        assert time.monotonic() - began < SECONDS
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["Content-Type"] == "application/json"
        assert refused.json()["error"]["code"] == "TOO_BUSY"
        assert refused.headers["X-Request-ID"] == refused.json()["error"]["requestId"]
    assert answered_within(web) < 6 * PATIENCE_SECONDS


def test_nothing_of_all_that_is_an_error_of_ours(web: Stack) -> None:
    """The log has no failure to look after."""
    text = web.log_file("web").read_text()
    assert "Traceback" not in text
    assert '"level": "error"' not in text
