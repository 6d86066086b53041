"""What the web process logs: JSON lines, ids bound, secrets masked."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from core.logs import configure_logs

Capture = pytest.CaptureFixture[str]


@contextmanager
def logging_as_served() -> Iterator[None]:
    """Log as the entry point sets it up, to what is standard error just now."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    configure_logs("INFO")
    try:
        yield
    finally:
        root.handlers[:], level = before
        root.setLevel(level)


def lines(capsys: Capture) -> list[dict[str, object]]:
    """Return what was logged."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_request_is_one_line_under_its_id(shared_app: Flask, capsys: Capture) -> None:
    """Method, path, status and duration are fields."""
    with logging_as_served():
        shared_app.test_client().get("/api/v1/nothing", headers={"X-Request-ID": "seen-1"})
    (line,) = lines(capsys)
    assert line["event"] == "request_served"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/nothing", 404)
    assert line["request_id"] == "seen-1"
    assert isinstance(line["duration_seconds"], float)


def test_probes_of_health_do_not_fill_the_log(shared_app: Flask, capsys: Capture) -> None:
    """They come every few seconds."""
    with logging_as_served():
        for path in ("/health/live", "/api/v1/health/live"):
            shared_app.test_client().get(path)
    assert lines(capsys) == []


def test_passwords_never_reach_the_log(capsys: Capture) -> None:
    """Neither in fields, nor in addresses, nor in the words of an error."""
    secret = "hunter2"
    error = RuntimeError(f"postgresql://someone:{secret}@host/db refused password={secret}")
    facts = {"password": secret, "urls": [f"redis://:{secret}@h"]}
    with logging_as_served():
        logging.getLogger("test").error("failed", extra=facts, exc_info=error)
    text = capsys.readouterr().err
    assert secret not in text
    assert "someone" in text
