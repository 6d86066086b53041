"""The live API keeps every promise of its OpenAPI document, whatever it is sent."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

pytestmark = pytest.mark.servers

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 5
"""Inputs per operation and phase; more are worth a night."""


@pytest.fixture
def live_url(app: Flask) -> Iterator[str]:
    """Address of the app on a free port of loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.timeout(900)
def test_no_input_finds_a_promise_that_is_not_kept(live_url: str, tmp_path: Path) -> None:
    """Schemathesis sends what the document allows and what it forbids, with every check."""
    program = Path(sys.executable).with_name("st")
    outcome = subprocess.run(
        [
            program,
            "--config-file",
            CONFIGURATION,
            "run",
            f"{live_url}/openapi.json",
            "--checks=all",
            f"--max-examples={EXAMPLES}",
            "--workers=1",
            "--continue-on-failure",
            "--request-timeout=60",
            "--no-color",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=850,
    )
    assert outcome.returncode == 0, outcome.stdout[-20_000:] + outcome.stderr[-5_000:]
