"""What answers tell: the remedy of each error, and nothing of where our servers stand."""

from __future__ import annotations

import logging
from typing import NoReturn

import pytest
from flask import Flask

from core.databases.errors import ServerUnavailableError, ServerUnknownError
from core.errors import SchemaBuilderError
from tests.api.client import Api
from tests.api.documents import document

pytestmark = pytest.mark.servers

TWINS = [{"id": "t1", "name": "twin", "columns": []}, {"id": "t2", "name": "twin", "columns": []}]
"""Tables that nobody can tell apart, and without columns."""


def test_every_broken_rule_comes_with_its_remedy(shared_api: Api) -> None:
    """The remedy stands beside the message, in both forms of an answer."""
    broken = document(tables=TWINS)
    errors = shared_api.post("/schemas/validate", broken).get_json()["data"]["errors"]
    assert errors
    assert all(set(error) == {"field", "message", "code", "hint"} for error in errors)
    assert any(error["hint"].endswith(".") for error in errors)
    as_problem = shared_api.post(
        "/schemas/validate", broken, headers={"Accept": "application/problem+json"}
    )
    assert [each["hint"] for each in as_problem.get_json()["errors"]] == [
        error["hint"] for error in errors
    ]


@pytest.mark.parametrize(
    "error",
    [
        ServerUnavailableError(address="10.1.2.3:5432", reason="no entry for host 10.1.2.3"),
        ServerUnknownError(address="10.1.2.3:5432"),
    ],
    ids=["away", "unknown"],
)
@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_where_a_server_stands_is_for_the_log_alone(
    app: Flask, error: SchemaBuilderError, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A client learns that it is away; who runs it learns which one."""

    def fail() -> NoReturn:
        raise error

    app.add_url_rule("/api/v1/fail", view_func=fail)
    with caplog.at_level(logging.WARNING):
        response = app.test_client().get("/api/v1/fail", headers={"Accept": accept})
    assert response.status_code == 503
    assert "10.1.2.3" not in response.get_data(as_text=True)
    assert any("10.1.2.3" in str(vars(record).get("reason")) for record in caplog.records)
    assert "10.1.2.3" not in error.sentence


def test_the_measures_of_a_design_are_described_one_by_one(shared_api: Api) -> None:
    """Each measure that comes back is in the description, and the score with its formula."""
    made = shared_api.post("/schemas", document("measured")).get_json()["data"]
    measures = shared_api.get(f"/schemas/{made['id']}/analysis").get_json()["data"]["measures"]
    described = shared_api.description["components"]["schemas"]["Measures"]["properties"]
    assert set(measures) == set(described)
    assert "columns / 10" in described["complexity"]["description"]
    assert measures["complexityBand"] in described["complexityBand"]["enum"]
