"""Logs are JSON lines without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from core.logs import configure_logs, mask_secrets


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Put the root logger back as it was."""
    root = logging.getLogger()
    kept = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = kept[0], kept[1]


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("password", "hunter2", "***", id="a field named so"),
        pytest.param("Token", 7, "***", id="case aside"),
        pytest.param("password", None, None, id="nothing to hide"),
        pytest.param("url", "redis://:pw@h:1/0", "redis://:***@h:1/0", id="no user"),
        pytest.param(
            "event", "to postgresql://a:b%40@h/d now", "to postgresql://a:***@h/d now", id="in text"
        ),
        pytest.param("event", "password='a b' host=h", "password=*** host=h", id="a setting"),
        pytest.param("event", "PGPASSWORD=abc psql", "PGPASSWORD=*** psql", id="a variable"),
        pytest.param(
            "event", "{'password': 'a\\'bc', 'n': 1}", "{'password': ***, 'n': 1}", id="repr"
        ),
        pytest.param(
            "event", '{"password": "a b", "n": 1}', '{"password": ***, "n": 1}', id="JSON"
        ),
        pytest.param(
            "event",
            '"{\\"password\\": \\"a b\\", 1}"',
            '"{\\"password\\": ***, 1}"',
            id="JSON in JSON",
        ),
        pytest.param("event", "ROLE r PASSWORD 'a''b c' X", "ROLE r PASSWORD *** X", id="SQL"),
        pytest.param(
            "event", "ROLE r PASSWORD E'a\\'b c' X", "ROLE r PASSWORD *** X", id="SQL escape"
        ),
        pytest.param("event", "password = 'cut o", "password = ***", id="cut off"),
        pytest.param("event", "password=", "password=", id="no value"),
        pytest.param(
            "event",
            'password authentication failed for user "u"',
            'password authentication failed for user "u"',
            id="a word only",
        ),
        pytest.param("url", "postgresql://u:p@ss@host/d", "postgresql://u:***@host/d", id="two @"),
        pytest.param(
            "url", "postgresql://u:p/ss@host/d", "postgresql://u:***@host/d", id="a slash"
        ),
        pytest.param(
            "servers",
            "postgresql://a:p@ss@h/d,postgresql://b:q@i/d",
            "postgresql://a:***@h/d,postgresql://b:***@i/d",
            id="two addresses",
        ),
        pytest.param("url", "http://h:8080/x?to=a@b", "http://h:8080/x?to=a@b", id="a port"),
        pytest.param(
            "url", "http://u@h:8080/x?to=a@b", "http://u@h:8080/x?to=a@b", id="user, port"
        ),
        pytest.param("store_password", "x", "***", id="a field that ends so"),
        pytest.param("servers", ["http://a:b@h"], ["http://a:***@h"], id="in a list"),
        pytest.param("facts", {"secret": "x", "n": 1}, {"secret": "***", "n": 1}, id="nested"),
        pytest.param("count", 3, 3, id="a number"),
        pytest.param("error", ValueError("http://a:b@h"), "http://a:***@h", id="an error"),
    ],
)
def test_secrets_are_masked(key: str, value: object, shown: object) -> None:
    """Neither fields named after secrets nor addresses give a password away."""
    assert mask_secrets(None, "info", {key: value}) == {key: shown}


@pytest.mark.usefixtures("restored_logging")
def test_a_line_has_the_bound_ids_and_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """What the standard library logs comes out as one JSON object per line."""
    configure_logs("INFO")
    logger = logging.getLogger("core.jobs.attempts")
    with structlog.contextvars.bound_contextvars(job_id="j1"):
        logger.info("job_started", extra={"attempt": 1, "dsn": "secret"})
        logger.debug("not_shown")
        try:
            _ = 1 // 0
        except ZeroDivisionError:
            logger.exception("attempt_broke")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    first, second = lines
    assert first.pop("at").endswith("Z")
    assert first == {
        "event": "job_started",
        "job_id": "j1",
        "attempt": 1,
        "dsn": "***",
        "level": "info",
        "logger": "core.jobs.attempts",
    }
    assert "ZeroDivisionError" in second["exception"]
