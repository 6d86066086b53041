"""Traces: spans reach a collector in their order, and nothing needs the packages that send them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.observation.traces import start_traces
from core.settings import Settings
from core.tracing import Role, end_traces, note, present_span, span
from tests.collecting import Collector, running_collector

ROOT = Path(__file__).parents[3]
ASKED_BY = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
"""A span elsewhere. Source: W3C Trace Context, section 3.2.2."""

WITHOUT_PACKAGES = """
import sys
sys.modules["opentelemetry"] = None
from core.logs import configure_logs
configure_logs("INFO")
from core.observation.traces import start_traces
from core.settings import Settings
from core.tracing import present_span, span
from web.app import create_app
from worker.app import make_app
settings = Settings(otel_exporter_otlp_endpoint="http://127.0.0.1:1")
start_traces(settings, process="web")
make_app(settings)
client = create_app(settings).test_client()
with span("work"):
    assert present_span() is None
print(client.get("/health/live").status_code)
"""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that this process tells its spans."""
    with running_collector() as collector:
        settings = replace(Settings(), otel_exporter_otlp_endpoint=collector.url)
        start_traces(settings, process="web")
        yield collector
        end_traces()


def test_spans_belong_to_those_around_them_and_to_who_asked(collector: Collector) -> None:
    """The trace of the client goes on, and a later span elsewhere can belong to one of ours."""
    with span("request", role=Role.ANSWER, parent=ASKED_BY, http__route="/schemas"):
        note(name="POST /schemas", http__response__status_code=201)
        with span("inner"):
            asked = present_span()
    with span("job", role=Role.LATER, parent=asked):
        pass
    end_traces()

    told = {each.name: each for each in collector.spans}
    assert set(told) == {"POST /schemas", "inner", "job"}
    assert {each.trace_id for each in told.values()} == {ASKED_BY.split("-")[1]}
    assert told["POST /schemas"].parent_id == ASKED_BY.split("-")[2]
    assert told["inner"].parent_id == told["POST /schemas"].span_id
    assert told["job"].parent_id == told["inner"].span_id
    facts = {"http.route": "/schemas", "http.response.status_code": 201}
    assert told["POST /schemas"].facts == facts
    assert {each.service for each in told.values()} == {"schema-builder-web"}


@pytest.mark.parametrize(
    "parent", ["", "x", "00-0-0-01", f"{ASKED_BY}\r\nA: b", "ff" + ASKED_BY[2:], "\u00e4" * 9999]
)
def test_a_parent_that_makes_no_sense_is_none(collector: Collector, parent: str) -> None:
    """Whatever a client sends, the request begins a trace of its own then."""
    with span("request", parent=parent):
        pass
    end_traces()
    (told,) = collector.spans
    assert told.parent_id == ""
    assert told.trace_id != ASKED_BY.split("-")[1]


def test_an_error_that_leaves_a_span_marks_it(collector: Collector) -> None:
    """Whoever looks for failures finds them by their class, and none of their words."""
    with pytest.raises(ValueError, match="hunter2"), span("fails"):
        raise ValueError("Key (password)=(hunter2) already exists")
    end_traces()
    (told,) = collector.spans
    assert told.has_failed
    assert told.facts["error.type"] == "ValueError"
    assert b"hunter2" not in collector.bodies[-1]


def test_a_collector_that_is_away_keeps_nobody(collector: Collector) -> None:
    """Spans are lost then, and work goes on."""
    assert collector.url
    end_traces()
    settings = replace(Settings(), otel_exporter_otlp_endpoint="http://127.0.0.1:1")
    start_traces(settings, process="web")
    with span("work"):
        assert present_span() is not None


def test_nothing_is_told_where_nothing_is_set_up() -> None:
    """By default there are no spans, and what would tell of them does nothing."""
    start_traces(Settings(), process="web")
    with span("work"):
        note(name="better", fact=1)
        assert present_span() is None
    end_traces()


def test_the_product_runs_without_the_packages() -> None:
    """With a collector named and nothing installed to reach it, the log says so and all goes on."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, "200"), ended.stderr
    assert "traces_unavailable" in ended.stderr


def test_the_product_asks_for_no_package_of_the_traces() -> None:
    """They stand in a list of their own, pinned with hashes like the others."""
    assert "opentelemetry" not in (ROOT / "requirements.txt").read_text()
    extra = (ROOT / "requirements-otel.txt").read_text()
    assert "opentelemetry-sdk==" in extra
    assert "--hash=sha256:" in extra
    (pinned,) = {line for line in extra.splitlines() if line.startswith("opentelemetry-sdk==")}
    assert pinned in (ROOT / "requirements-dev.txt").read_text(), "or tests would try another"
