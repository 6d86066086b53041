"""The live API keeps every promise of its OpenAPI document, whatever it is sent."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Scope
from core.settings import Settings
from tests.api.conftest import QUICK
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
APART = ("--exclude-operation-id=chooseQuota", "--exclude-operation-id=revokeKey")
"""Leaves out what would bar the way to others. Schemathesis takes ids from answers, its own key's
among them, and with a quota of nothing no route makes anything any more."""
ALONE = ("--include-operation-id=chooseQuota", "--include-operation-id=revokeKey")
"""Asks for that, once all others were asked for."""
AUTHENTICATED_EXAMPLES = 2
"""The same, where every request is asked whose it is."""

EXAMPLES = 5
"""Inputs per operation and phase; more are worth a night."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an app on a free port of loopback; yield its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def findings(url: str, folder: Path, *options: str) -> str:
    """Return what schemathesis has to say against an API; nothing if all is well."""
    program = Path(sys.executable).with_name("st")
    outcome = subprocess.run(
        [
            program,
            "--config-file",
            CONFIGURATION,
            "run",
            f"{url}/openapi.json",
            "--checks=all",
            "--workers=1",
            "--continue-on-failure",
            "--request-timeout=60",
            # How long data take to make says how much else the machine has to do.
            "--suppress-health-check=too_slow",
            "--no-color",
            *options,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=1400,
    )
    return "" if outcome.returncode == 0 else outcome.stdout[-20_000:] + outcome.stderr[-5_000:]


@pytest.mark.timeout(1500)
def test_no_input_finds_a_promise_that_is_not_kept(app: Flask, tmp_path: Path) -> None:
    """Schemathesis sends what the document allows and what it forbids, with every check."""
    with served(app) as url:
        found = findings(url, tmp_path, *APART, f"--max-examples={EXAMPLES}")
        found += findings(url, tmp_path, *ALONE, f"--max-examples={EXAMPLES}")
    assert not found, found


@pytest.mark.timeout(1500)
def test_no_input_gets_past_the_question_whose_it_is(
    settings: Settings, announcer: FakeAnnouncer, tmp_path: Path
) -> None:
    """With a key all is as described, and no route is served without one or with a wrong one."""
    chosen = replace(settings, authentication="required")
    app = create_app(chosen, announcer=announcer, patience=QUICK)
    context: WebContext = app.extensions["schema_builder"]
    _, key = context.application.keys.create(
        workspace_id=LOCAL_WORKSPACE, name="fuzz", scopes={Scope.ADMIN}, created_by="test"
    )
    proof = {"Authorization": f"Bearer {key}"}
    options = (
        f"--max-examples={AUTHENTICATED_EXAMPLES}",
        "--phases=fuzzing",
        f"--header=Authorization: {proof['Authorization']}",
    )
    with served(app) as url:
        found = findings(url, tmp_path, *APART, *options)
        last = app.test_client().get("/api/v1/keys", headers=proof)
        found += findings(url, tmp_path, *ALONE, *options)
    context.application.close()
    assert not found, found
    assert last.status_code == HTTPStatus.OK
