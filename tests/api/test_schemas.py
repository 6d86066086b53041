"""The routes of schemas over a real store."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.clock import SystemClock
from core.jobs.model import JobId, LeaseToken
from tests.api.client import Api
from tests.api.documents import document
from tests.fakes.announcer import FakeAnnouncer
from web.json_reading import read_json


def test_creating_answers_with_the_schema_and_its_job(api: Api, announcer: FakeAnnouncer) -> None:
    """POST stores version 1.0, queues `create` and says where both are."""
    response = api.post("/schemas", document("blog"))
    body = response.get_json()
    assert response.status_code == 201
    created = body["data"]
    assert created["version"] == "1.0"
    assert created["status"] == "creating"
    assert created["databaseName"] == "schema_" + created["id"].replace("-", "_")
    assert created["job"]["kind"] == "create"
    assert created["job"]["state"] == "queued"
    assert response.headers["Location"] == f"/api/v1/schemas/{created['id']}"
    assert response.headers["Operation-Location"] == f"/api/v1/jobs/{created['job']['id']}"
    assert response.headers["Retry-After"] == "2"
    assert announcer.ids == [created["job"]["id"]]


def test_a_document_comes_back_as_it_was_sent(api: Api) -> None:
    """What is stored is what was drawn, digits and layout included."""
    sent = document("exact")
    sent["tables"][0]["position"] = {"x": Decimal("1.25"), "y": -7}
    sent["tables"][0]["columns"].append(
        {
            "id": "u3",
            "name": "rate",
            "dataType": "DECIMAL",
            "precision": 30,
            "scale": 20,
            "defaultValue": Decimal("0.12345678901234567890"),
        }
    )
    made = api.post("/schemas", sent)
    found = read_json(api.get(f"/schemas/{made.get_json()['data']['id']}").data)["data"]
    assert found["tables"][0]["position"] == {"x": Decimal("1.25"), "y": -7}
    assert found["tables"][0]["columns"][2]["defaultValue"] == Decimal("0.12345678901234567890")


def test_a_schema_that_is_not_there_is_not_found(api: Api) -> None:
    """An unknown id and one that is no id lead to the same code."""
    for schema_id in (str(uuid4()), "no-uuid"):
        response = api.get(f"/schemas/{schema_id}")
        assert response.status_code == 404
        assert response.get_json()["error"]["code"] == "SCHEMA_NOT_FOUND"


def test_a_name_is_taken_once(api: Api) -> None:
    """A living schema keeps its name to itself, and gives it back when it goes."""
    first = api.post("/schemas", document("unique")).get_json()["data"]
    again = api.post("/schemas", document("unique"))
    assert again.status_code == 409
    assert again.get_json()["error"]["code"] == "DUPLICATE_NAME"
    assert api.delete(f"/schemas/{first['id']}").status_code == 200
    assert api.post("/schemas", document("unique")).status_code == 201


def test_every_error_of_a_document_is_told_at_once(api: Api) -> None:
    """Validation names each place, not only the first."""
    broken = document("broken")
    broken["tables"][0]["columns"][0]["dataType"] = "INTTT"
    broken["tables"][0]["colour"] = "red"
    response = api.post("/schemas", broken)
    body = response.get_json()
    assert response.status_code == 400
    assert body["message"] == "Schema validation failed"
    assert body["error"]["code"] == "VALIDATION_ERROR"
    places = {(error["field"], error["code"]) for error in body["data"]["errors"]}
    assert places == {
        ("tables[0].columns[0].dataType", "UNSUPPORTED_DATA_TYPE"),
        ("tables[0].colour", "UNKNOWN_KEY"),
    }


def test_the_list_is_paged_searched_and_sorted(api: Api) -> None:
    """Pages, search, status and order work together."""
    for name in ("alpha", "beta", "gamma_100%", "delta"):
        api.post("/schemas", document(name))
    page = api.get("/schemas?page=2&limit=3&sort=name").get_json()
    assert [item["name"] for item in page["data"]] == ["gamma_100%"]
    assert page["pagination"] == {"page": 2, "limit": 3, "total": 4, "totalPages": 2}
    found = api.get("/schemas?search=100%25&status=creating").get_json()["data"]
    assert [item["name"] for item in found] == ["gamma_100%"]
    assert api.get("/schemas?status=error").get_json()["pagination"]["total"] == 0


def test_a_page_links_to_its_neighbours(api: Api) -> None:
    """The header `Link` leads through the list with the same filters."""
    for name in ("a", "b", "c"):
        api.post("/schemas", document(name))
    link = api.get("/schemas?limit=1&page=2&sort=name").headers["Link"]
    assert '</api/v1/schemas?limit=1&page=3&sort=name>; rel="next"' in link
    assert '</api/v1/schemas?limit=1&page=1&sort=name>; rel="prev"' in link


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param("page=0", "page", id="page below one"),
        pytest.param("page=x", "page", id="no number"),
        pytest.param("page=%D9%A1", "page", id="digits of another script"),
        pytest.param("page=99999999999999999999", "page", id="beyond any list"),
        pytest.param("limit=101", "limit", id="limit too large"),
        pytest.param("limit=0", "limit", id="limit too small"),
        pytest.param("status=gone", "status", id="unknown status"),
        pytest.param("sort=size", "sort", id="unknown order"),
        pytest.param("search=%00", "search", id="NUL"),
        pytest.param("serach=x", "serach", id="unknown parameter"),
        pytest.param("page=1&page=2", "page", id="given twice"),
    ],
)
def test_parameters_that_cannot_be_used_are_named(api: Api, query: str, field: str) -> None:
    """Each wrong parameter is a 400 that names it."""
    response = api.get(f"/schemas?{query}")
    assert response.status_code == 400
    assert [error["field"] for error in response.get_json()["data"]["errors"]] == [field]


def test_a_client_that_has_the_schema_is_told_so(api: Api) -> None:
    """`If-None-Match` with the present tag is answered 304, without a body."""
    path = api.post("/schemas", document()).headers["Location"].removeprefix("/api/v1")
    tag = api.get(path).headers["ETag"]
    again = api.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.headers["ETag"] == tag


@pytest.mark.parametrize("given", ["W/{}", '"other", W/{}', "*"])
def test_a_weak_entity_tag_says_well_enough_what_a_client_has(api: Api, given: str) -> None:
    """Proxies that compress weaken tags; `If-None-Match` compares weakly (RFC 9110, 13.1.2)."""
    path = api.post("/schemas", document()).headers["Location"].removeprefix("/api/v1")
    tag = api.get(path).headers["ETag"]
    assert api.get(path, headers={"If-None-Match": given.format(tag)}).status_code == 304


def test_an_edit_makes_the_next_version(api: Api) -> None:
    """PUT stores version 2 and queues the change of the database."""
    made = api.post("/schemas", document()).get_json()["data"]
    changed = document()
    changed["tables"][0]["columns"].append({"id": "u3", "name": "age", "dataType": "INT"})
    response = api.put(f"/schemas/{made['id']}", changed)
    edited = response.get_json()["data"]
    assert response.status_code == 200
    assert (edited["versionNumber"], edited["version"]) == (2, "1.1")
    assert edited["job"]["kind"] == "migrate"
    assert response.headers["Operation-Location"] == edited["job"]["links"]["self"]


def test_a_schema_can_be_sent_back_as_it_was_read(api: Api) -> None:
    """What a client cannot change is ignored, and nothing changed makes no version."""
    made = api.post("/schemas", document()).get_json()["data"]
    path = f"/schemas/{made['id']}"
    again = api.put(path, api.get(path).get_json()["data"])
    assert again.status_code == 200
    assert again.get_json()["data"]["versionNumber"] == 1
    refused = api.put(path, document() | {"owner": "somebody"})
    assert refused.get_json()["data"]["errors"][0]["code"] == "UNKNOWN_KEY"


def test_an_edit_of_a_stale_version_is_refused(api: Api) -> None:
    """`If-Match` compares the version; progress of a job does not matter."""
    response = api.post("/schemas", document())
    made, tag = response.get_json()["data"], response.headers["ETag"]
    path = f"/schemas/{made['id']}"
    with api.application.open_store() as store:
        store.jobs.claim(JobId(made["job"]["id"]), LeaseToken(str(uuid4())), SystemClock().now())
        store.commit()
    changed = document(description="Other")
    assert api.put(path, changed, headers={"If-Match": tag}).status_code == 200
    stale = api.put(path, document(description="Third"), headers={"If-Match": tag})
    assert stale.status_code == 412
    assert stale.get_json()["error"]["code"] == "VERSION_STALE"
    foreign = api.delete(path, headers={"If-Match": '"somebody-elses"'})
    assert foreign.status_code == 412
    assert "was made for none of its versions" in foreign.get_json()["error"]["details"]
    assert api.delete(path, headers={"If-Match": "*"}).status_code == 200


def test_of_several_entity_tags_any_may_match(api: Api) -> None:
    """`If-Match` is a set; the newest version has to be in it, wherever it stands."""
    path = api.post("/schemas", document()).headers["Location"].removeprefix("/api/v1")
    several = {"If-Match": '"7.1", "1.2", "3"'}
    assert api.put(path, document(description="Two"), headers=several).status_code == 200
    assert api.put(path, document(description="Three"), headers=several).status_code == 412
    assert api.delete(path, headers=several).status_code == 412
    assert api.delete(path, headers={"If-Match": '"1", "2.9"'}).status_code == 200
    assert api.delete(path, headers=several).status_code == 404


def test_a_weak_entity_tag_matches_nothing_that_is_written(api: Api) -> None:
    """`If-Match` compares strongly, so a weak tag is not the same as any, itself included."""
    made = api.post("/schemas", document())
    path, tag = made.headers["Location"].removeprefix("/api/v1"), made.headers["ETag"]
    changed = document(description="Two")
    assert api.put(path, changed, headers={"If-Match": f"W/{tag}"}).status_code == 412
    assert api.put(path, changed, headers={"If-Match": f"W/{tag}, {tag}"}).status_code == 200


def test_a_change_of_the_layout_names_no_job_and_waits_for_none(api: Api) -> None:
    """The job that an earlier request queued is not this one's."""
    path = api.post("/schemas", document()).headers["Location"].removeprefix("/api/v1")
    moved = document()
    moved["tables"][0]["position"] = {"x": 5, "y": 5}
    began = time.monotonic()
    response = api.put(path, moved, headers={"Prefer": "wait=20"})
    assert response.status_code == 200
    assert time.monotonic() - began < 10
    assert "Operation-Location" not in response.headers
    assert "Preference-Applied" not in response.headers
    assert response.get_json()["data"]["job"]["kind"] == "create"


def test_a_schema_deleted_while_its_creation_is_waited_for_was_created_all_the_same(
    app: Flask, api: Api, announcer: FakeAnnouncer
) -> None:
    """The answer is what is at hand, with the job as it ended."""

    def create() -> TestResponse:
        with app.test_client() as client:
            return client.post("/api/v1/schemas", json=document(), headers={"Prefer": "wait=20"})

    with ThreadPoolExecutor(max_workers=1) as clients:
        creation = clients.submit(create)
        while not announcer.ids:
            time.sleep(0.01)
        (made,) = api.get("/schemas").get_json()["data"]
        assert api.delete(f"/schemas/{made['id']}").status_code == 200
        response = creation.result()
    assert response.status_code == 201
    assert response.get_json()["data"]["job"]["state"] == "cancelled"
    assert "Retry-After" not in response.headers


def test_deleting_with_the_database_queues_its_drop(api: Api) -> None:
    """DELETE hides the schema at once; the job removes the database."""
    made = api.post("/schemas", document()).get_json()["data"]
    response = api.delete(f"/schemas/{made['id']}?dropDatabase=true")
    deleted = response.get_json()["data"]
    assert deleted["id"] == made["id"]
    assert deleted["databaseDropped"] is False
    assert deleted["job"]["kind"] == "drop"
    assert api.get(f"/schemas/{made['id']}").status_code == 404
    assert api.get(f"/jobs/{deleted['job']['id']}").status_code == 200


def test_validating_stores_nothing(api: Api) -> None:
    """A good document gets its SQL and its warnings; nothing is made."""
    response = api.post("/schemas/validate", document())
    checked = response.get_json()["data"]
    assert response.status_code == 200
    assert checked["valid"] is True
    assert any("CREATE TABLE public.users" in statement for statement in checked["generatedSQL"])
    assert api.get("/schemas").get_json()["pagination"]["total"] == 0


def test_validating_a_bad_document_names_the_errors(api: Api) -> None:
    """A rule that is broken is a 400 with its place."""
    bad = document()
    bad["tables"].append({**bad["tables"][0], "id": "users2", "columns": []})
    response = api.post("/schemas/validate", bad)
    body = response.get_json()
    assert response.status_code == 400
    assert body["data"]["valid"] is False
    assert "DUPLICATE_TABLE_NAME" in {error["code"] for error in body["data"]["errors"]}


def test_a_schema_is_exported_as_sql_and_analysed(api: Api) -> None:
    """Export and analysis speak of the newest version."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    exported = api.get(f"/schemas/{schema_id}/export/sql").get_json()["data"]
    assert "CREATE TABLE public.users" in exported["sql"]
    analysed = api.get(f"/schemas/{schema_id}/analysis").get_json()["data"]
    assert analysed["measures"]["tableCount"] == 1


def test_a_database_that_is_not_made_yet_has_a_status_and_no_metrics(api: Api) -> None:
    """Status is always answered; measures need a database."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["status"] == "absent"
    metrics = api.get(f"/schemas/{schema_id}/database/metrics")
    assert metrics.status_code == 409
    assert metrics.get_json()["error"]["code"] == "DATABASE_ABSENT"


def test_a_broker_that_is_away_delays_and_loses_nothing(api: Api, announcer: FakeAnnouncer) -> None:
    """The job is recorded whatever the broker does."""
    announcer.is_away = True
    response = api.post("/schemas", document())
    assert response.status_code == 201
    assert api.get(f"/jobs/{response.get_json()['data']['job']['id']}").status_code == 200


def test_hundred_schemas_at_once_all_succeed(api: Api) -> None:
    """Many clients at a time get neither conflicts nor failures."""

    def create(number: int) -> int:
        with api.client.application.test_client() as client:
            return client.post("/api/v1/schemas", json=document(f"many {number}")).status_code

    with ThreadPoolExecutor(max_workers=20) as clients:
        statuses = list(clients.map(create, range(100)))
    assert statuses == [201] * 100
