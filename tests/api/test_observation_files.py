"""Alert rules and the dashboard: PromQL by its grammar, over measures that there are."""

from __future__ import annotations

import importlib
import json
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.conftest import make_settings
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

yaml: Any = importlib.import_module("yaml")  # comes with the tools, and ships no types

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observation"
RULES: list[Mapping[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alert-rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: Mapping[str, Any] = json.loads((FOLDER / "grafana-dashboard.json").read_text())
OF_PROMETHEUS = {"up"}
"""Measures that Prometheus makes itself."""


def queries() -> list[str]:
    """Return every query of both files, with what Grafana fills in."""
    of_panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    found = [*(rule["expr"] for rule in RULES), *of_panels]
    return [query.replace("$__rate_interval", "5m") for query in found]


def names_in(node: promql_parser.Expr) -> Iterator[str]:
    """Yield the names of all measures of a query."""
    found: list[str] = []

    def note(part: promql_parser.Expr) -> None:
        if isinstance(part, promql_parser.VectorSelector):
            found.append(str(part.name))
        if isinstance(part, promql_parser.MatrixSelector):
            found.append(str(part.vector_selector.name))

    promql_parser.walk(node, note)
    yield from found


@pytest.mark.parametrize("query", queries())
def test_a_query_keeps_to_the_grammar(query: str) -> None:
    """The parser is a port of Prometheus' own."""
    assert list(names_in(promql_parser.parse(query)))


def test_every_measure_of_a_query_is_served(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer, redis_url: str
) -> None:
    """A renamed measure would leave its alert silent for ever."""
    settings = replace(make_settings(store_url, tmp_path, postgresql_server), redis_url=redis_url)
    app = create_app(settings, announcer=FakeAnnouncer())
    client = app.test_client()
    client.get("/api/v1/health/live")
    text = client.get("/metrics").get_data(as_text=True)
    served = set(OF_PROMETHEUS)
    for family in text_string_to_metric_families(text):
        served |= {family.name, *(sample.name for sample in family.samples)}
    asked = {name for query in queries() for name in names_in(promql_parser.parse(query))}
    assert asked - served == set()
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    """Whoever is woken reads a sentence and a remedy."""
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        assert rule["annotations"].keys() == {"summary", "remedy"}
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        if "for" in rule:
            promql_parser.parse_duration(rule["for"])


def test_the_dashboard_is_the_one_that_the_script_writes() -> None:
    """Panels are changed in one place."""
    script = runpy.run_path(str(ROOT / "docs" / "generate_dashboard.py"))
    assert (FOLDER / "grafana-dashboard.json").read_text() == script["text"]()


def test_no_panel_covers_another() -> None:
    """Each has its own place on the grid."""
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
