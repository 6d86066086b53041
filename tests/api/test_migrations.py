"""Migrations over the API: planned, read, applied, taken back, discarded."""

from __future__ import annotations

from typing import Any

import pytest

from core.databases.losses import without_row_keys
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner, insert_user

pytestmark = pytest.mark.servers


def _without_email() -> dict[str, Any]:
    edited = document()
    edited["tables"][0]["columns"].pop()
    edited["tables"][0]["columns"].append({"id": "u3", "name": "age", "dataType": "INT"})
    return edited


def _planned(api: Api, schema_id: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    answered = api.post(f"/schemas/{schema_id}/migrations", {"document": _without_email(), **body})
    assert answered.status_code == 201, answered.get_json()
    planned: dict[str, Any] = answered.get_json()["data"]
    assert answered.headers["Location"] == planned["links"]["self"]
    return planned


def test_a_plan_says_what_it_does_to_how_many_rows(api: Api, work: Work) -> None:
    """Statements with their effects, findings, impact in numbers, and the way back."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    planned = _planned(api, schema_id, note="tidy up")
    assert (planned["state"], planned["note"], planned["toVersion"]) == ("planned", "tidy up", 2)
    assert {change["type"] for change in planned["changes"]} == {"AddColumn", "DropColumn"}
    assert all(statement["effect"]["source"] for statement in planned["up"])
    assert planned["down"]
    assert planned["reversibility"] == "exact"
    assert [loss["rows"] for loss in planned["impact"]["losses"]] == [1]
    assert planned["impact"]["items"]
    read = api.get(f"/schemas/{schema_id}/migrations/{planned['id']}").get_json()["data"]
    assert read == planned | {"impact": without_row_keys(planned["impact"])}
    listed = api.get(f"/schemas/{schema_id}/migrations").get_json()
    assert [each["id"] for each in listed["data"]] == [planned["id"]]
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["versionNumber"] == 1


def test_a_plan_is_applied_and_taken_back_with_its_values(api: Api, work: Work) -> None:
    """What would lose values is refused until it is allowed by name."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    planned = _planned(api, schema_id)
    path = f"/schemas/{schema_id}/migrations/{planned['id']}"
    refused = api.post(f"{path}/apply")
    assert refused.status_code == 409
    assert refused.get_json()["data"]["losses"][0]["subject"] == "public.users.email"
    applied = api.post(f"{path}/apply?allowLoss=users.email")
    assert applied.status_code == 202
    work()
    job = api.get(f"/jobs/{applied.get_json()['data']['id']}").get_json()["data"]
    assert (job["state"], job["error"]) == ("succeeded", None)
    read = api.get(path).get_json()["data"]
    assert (read["state"], read["jobId"]) == ("applied", job["id"])
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["versionNumber"] == 2
    assert api.post(f"{path}/revert").status_code == 202
    work()
    assert api.get(path).get_json()["data"]["state"] == "reverted"
    execute_as_owner(api, schema_id, "SELECT 1 / count(email) FROM users WHERE email LIKE 'a@%'")


def test_a_plan_can_be_given_up_and_is_not_applied_then(api: Api, work: Work) -> None:
    """The record stays and says so."""
    schema_id = created(api, work)
    planned = _planned(api, schema_id)
    path = f"/schemas/{schema_id}/migrations/{planned['id']}"
    assert api.delete(path).get_json()["data"]["state"] == "discarded"
    for refused in (api.delete(path), api.post(f"{path}/apply"), api.post(f"{path}/revert")):
        assert refused.get_json()["error"]["code"] == "MIGRATION_STATE"


def test_planning_again_with_the_same_key_gives_the_first_plan(api: Api, work: Work) -> None:
    """Nothing is planned twice."""
    schema_id = created(api, work)
    headers = {"Idempotency-Key": "k"}
    path = f"/schemas/{schema_id}/migrations"
    answers = [api.post(path, {"document": _without_email()}, headers=headers) for _ in range(2)]
    assert answers[0].get_json() == answers[1].get_json()
    assert answers[1].headers["Location"] == answers[0].headers["Location"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (None, 409, "NOTHING_TO_MIGRATE"),
        ({"toVersion": 1}, 409, "NOTHING_TO_MIGRATE"),
        ({"toVersion": 7}, 404, "VERSION_NOT_FOUND"),
        ({"toVersion": 0}, 400, "VALIDATION_ERROR"),
        ({"toVersion": 1, "document": {}}, 400, "VALIDATION_ERROR"),
        ({"document": {"name": "x"}}, 400, "VALIDATION_ERROR"),
        ({"allowLoss": "all"}, 400, "VALIDATION_ERROR"),
    ],
)
def test_a_request_for_a_plan_that_makes_no_sense_is_refused(
    api: Api, work: Work, body: object, status: int, code: str
) -> None:
    """Each with its own code."""
    schema_id = created(api, work)
    refused = api.post(f"/schemas/{schema_id}/migrations", body)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (status, code)


def test_an_edit_that_would_lose_values_tells_the_plan_and_the_rows(api: Api, work: Work) -> None:
    """409 with the statements; allowed by name it goes on."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    refused = api.put(f"/schemas/{schema_id}", _without_email())
    assert refused.status_code == 409
    told = refused.get_json()["data"]
    assert (told["losses"][0]["column"], told["losses"][0]["rows"]) == ("email", 1)
    assert told["migration"]["sql"]
    assert (
        api.put(f"/schemas/{schema_id}?allowLoss=users.email", _without_email()).status_code == 200
    )
    work()
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["status"] == "updated"


def test_rows_that_do_not_fit_are_named(api: Api, work: Work) -> None:
    """A NOT NULL over NULLs is refused before anything is changed."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "INSERT INTO users VALUES (7, NULL)")
    strict = document()
    strict["tables"][0]["columns"][1]["nullable"] = False
    refused = api.put(f"/schemas/{schema_id}", strict)
    assert refused.get_json()["error"]["code"] == "ROWS_DO_NOT_FIT"
    misfit = refused.get_json()["data"]["misfits"][0]
    assert misfit["rows"] == 1
    assert "7" in misfit["samples"][0]


def test_a_refused_plan_tells_every_finding_with_its_remedy(api: Api, work: Work) -> None:
    """In both forms of an answer, those that block it first, and those that do not as well."""
    schema_id = created(api, work)
    names = [f"Odd{number}" for number in range(7)]
    edited = document()
    edited["tables"][0]["columns"] += [
        {"id": name, "name": name, "dataType": "INT", "nullable": False} for name in names
    ]
    code = "BC_ADD_REQUIRED_COLUMN"
    api.put(f"/schemas/{schema_id}/lint-policy", {code: "block"})
    refused = api.put(f"/schemas/{schema_id}", edited)
    told = refused.get_json()
    assert (refused.status_code, told["error"]["code"]) == (409, "PLAN_REFUSED")
    blocking = [each for each in told["data"]["findings"] if each["level"] == "block"]
    assert {each["subject"]["id"] for each in blocking} == set(names)
    assert all(each["code"] == code and each["remedy"] for each in blocking)
    assert told["data"]["findings"][: len(blocking)] == blocking
    assert {each["code"] for each in told["data"]["findings"]} >= {code, "NM_COLUMN"}
    problem = api.send(
        "PUT",
        f"/schemas/{schema_id}",
        body=edited,
        headers={"Accept": "application/problem+json"},
    ).get_json()
    assert problem["findings"] == told["data"]["findings"]
