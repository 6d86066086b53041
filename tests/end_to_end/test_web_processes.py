"""Several web processes behind one address, started as the product starts them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from embedded.ports import free_port
from embedded.processes import wait_until
from embedded.supervision import read_procfile
from tests.conftest import PostgresqlServer
from tests.end_to_end.stack import ROOT, Stack, own_stack
from tests.end_to_end.web_alone import web_alone

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

PATIENCE_SECONDS = 60.0
LEFT_BEHIND = "counter_1.db"
"""What a process measured that was there before."""


@pytest.fixture
def two(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """A web server of two processes, over a folder in which others left something."""
    folder = servers_folder / "two_web_processes"
    measures = folder / "measures"
    measures.mkdir(parents=True)
    (measures / LEFT_BEHIND).write_bytes(b"nothing that could be read")
    with web_alone(
        postgresql_server,
        store_template,
        folder,
        WEB_PROCESSES="2",
        PROMETHEUS_MULTIPROC_DIR=str(measures),
    ) as stack:
        yield stack


def serving(stack: Stack) -> list[psutil.Process]:
    """Return the processes that serve, once both do."""
    parent = psutil.Process(stack.process_id("web"))
    assert wait_until(lambda: len(parent.children()) == 2, PATIENCE_SECONDS)
    return parent.children()


def ask(stack: Stack, times: int, *, silent: psutil.Process) -> None:
    """Send requests that all but one process answer."""
    silent.send_signal(signal.SIGSTOP)
    try:
        for _ in range(times):
            assert requests.get(f"{stack.address}/schemas", timeout=30).ok
    finally:
        silent.send_signal(signal.SIGCONT)


def measured(stack: Stack, name: str, **labels: str) -> float:
    """Return the sum of a measure, whichever process is asked for it."""
    text = requests.get(f"{stack.address.removesuffix('/api/v1')}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == f"schema_builder_{name}" and labels.items() <= sample.labels.items()
    )


def test_whichever_process_is_asked_tells_what_all_of_them_measured(two: Stack) -> None:
    """Counts are added up and outlive their process; connections are those of the living."""
    first, second = serving(two)
    ask(two, 3, silent=first)
    ask(two, 4, silent=second)
    route = {"route": "/api/v1/schemas"}
    counted = [measured(two, "http_requests_total", **route) for _ in range(6)]
    assert counted == [7.0] * 6
    assert measured(two, "http_request_seconds_count", **route) == 7
    of_both = 2 * two.application.pool_use().size
    assert measured(two, "store_pool_size") == of_both > measured(two, "store_pool_used")
    first.kill()
    assert wait_until(lambda: first not in serving(two), PATIENCE_SECONDS)
    assert measured(two, "http_requests_total", **route) == 7
    assert measured(two, "store_pool_size") <= of_both


def test_gunicorn_serves_nobody_else_whatever_its_command_says(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> None:
    """An address on the command line wins over HOST, and is looked at before anybody serves."""
    folder = servers_folder / "bound_elsewhere"
    with own_stack(postgresql_server, store_template, folder) as stack:
        command = read_procfile(ROOT / "Procfile")["web"]
        bind = f"--bind 0.0.0.0:{free_port()}"
        stack.spawn("web", ["/bin/sh", "-c", f"exec {command} {bind}"])
        assert wait_until(lambda: not stack.is_running("web"), PATIENCE_SECONDS)
        said = stack.log_file("web").read_text()
    assert "gunicorn listens on 0.0.0.0" in said
    assert "AUTHENTICATION=required" in said
