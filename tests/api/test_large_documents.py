"""Documents as large as they may be, and one that is larger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from core.settings import Settings
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext
from web.json_writing import write_json

pytestmark = pytest.mark.servers

LONGEST = Settings().max_body_bytes
"""The longest body unless somebody sets another, which no test of this page does."""


@pytest.fixture
def roomy_app(settings: Settings) -> Iterator[Flask]:
    """The app with the limit that it has when nobody sets one."""
    app = create_app(
        replace(settings, max_body_bytes=LONGEST), announcer=FakeAnnouncer(), patience=QUICK
    )
    yield app
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


@pytest.fixture
def roomy_api(roomy_app: Flask) -> Api:
    """A client of that app."""
    return make_client(roomy_app)


def wordy(length: int) -> bytes:
    """Return a document of exactly so many bytes, most of them in its columns' descriptions."""
    words = "what this column means to those who fill it; " * 50
    columns: list[dict[str, Any]] = [
        {"name": f"c{number}", "dataType": "TEXT", "description": words} for number in range(45)
    ]
    key = {"name": "id", "dataType": "INT", "primaryKey": True}
    tables: list[dict[str, Any]] = [
        {"name": f"t{number}", "columns": [key, *columns]} for number in range(104)
    ]
    while len(text := write_json(document("wordy", tables=tables)).encode()) > length:
        tables.pop()
    return text.ljust(length)


def test_a_document_of_ten_megabytes_is_stored_and_read_back(roomy_api: Api) -> None:
    """The limit itself is allowed, and what comes back is what was sent."""
    body = wordy(LONGEST)
    assert len(body) == 10 * 1024 * 1024
    assert len(body.rstrip()) > 0.98 * LONGEST
    made = roomy_api.send("POST", "/schemas", data=body, content_type="application/json")
    assert made.status_code == 201
    read = roomy_api.get(f"/schemas/{made.get_json()['data']['id']}")
    columns = [each for table in read.get_json()["data"]["tables"] for each in table["columns"]]
    assert len(columns) == body.count(b'"dataType"')
    assert columns[-1]["description"].encode() in body


def test_a_document_that_is_a_byte_too_long_is_refused(roomy_api: Api) -> None:
    """The answer says so, whatever is in the rest of it."""
    body = wordy(LONGEST + 1)
    refused = roomy_api.send("POST", "/schemas", data=body, content_type="application/json")
    assert refused.status_code == 413
    assert refused.get_json()["error"]["code"] == "PAYLOAD_TOO_LARGE"
    assert roomy_api.get("/schemas").get_json()["pagination"]["total"] == 0


def test_a_design_of_a_thousand_tables_is_taken(roomy_api: Api) -> None:
    """Each refers to the one before; the answer holds them all, with a job."""
    tables = [
        {
            "id": f"t{number}",
            "name": f"table_{number}",
            "columns": [
                {"id": f"t{number}_id", "name": "id", "dataType": "BIGINT", "primaryKey": True},
                {"id": f"t{number}_before", "name": "before_id", "dataType": "BIGINT"},
            ],
        }
        for number in range(1_000)
    ]
    keys = [
        {
            "id": f"k{number}",
            "sourceTableId": f"t{number}",
            "sourceColumnId": f"t{number}_before",
            "targetTableId": f"t{number - 1}",
            "targetColumnId": f"t{number - 1}_id",
        }
        for number in range(1, 1_000)
    ]
    made = roomy_api.post("/schemas", document("large", tables=tables, foreignKeys=keys))
    assert made.status_code == 201
    schema = made.get_json()["data"]
    assert [table["name"] for table in schema["tables"]] == [table["name"] for table in tables]
    assert len(schema["foreignKeys"]) == len(keys)
    assert schema["job"]["state"] == "queued"
    (item,) = roomy_api.get("/schemas").get_json()["data"]
    assert item["tableCount"] == 1_000
