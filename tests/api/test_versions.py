"""Versions over the API, and what differs between states."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner

pytestmark = pytest.mark.servers


def _edited(**column: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on
    edited = document()
    edited["tables"][0]["columns"].append({"id": "u3", "name": "age", "dataType": "INT", **column})
    return edited


def test_every_stored_version_is_listed_and_can_be_read(api: Api, work: Work) -> None:
    """Newest first; each with author, message, both fingerprints and, by itself, its document."""
    schema_id = created(api, work)
    assert api.put(f"/schemas/{schema_id}?message=why", _edited()).status_code == 200
    listed = api.get(f"/schemas/{schema_id}/versions").get_json()
    assert [(each["version"], each["message"]) for each in listed["data"]] == [
        ("1.1", "why"),
        ("1.0", ""),
    ]
    assert listed["pagination"]["total"] == 2
    assert {each["author"] for each in listed["data"]} == {"local"}  # nobody had to say who
    first = api.get(f"/schemas/{schema_id}/versions/1").get_json()["data"]
    assert first["document"]["tables"][0]["name"] == "users"
    assert first["structureFingerprint"] != listed["data"][0]["structureFingerprint"]


@pytest.mark.parametrize("number", ["9", "0", "x", "99999999999999999999"])
def test_a_version_that_is_not_there_is_not_found(api: Api, work: Work, number: str) -> None:
    """Under its own code, whatever stands in the address."""
    schema_id = created(api, work)
    answered = api.get(f"/schemas/{schema_id}/versions/{number}")
    assert (answered.status_code, answered.get_json()["error"]["code"]) == (
        404,
        "VERSION_NOT_FOUND",
    )


def test_an_old_version_becomes_the_newest_again(api: Api, work: Work) -> None:
    """With a message that says so, and a job that changes the database."""
    schema_id = created(api, work)
    api.put(f"/schemas/{schema_id}", _edited())
    work()
    restored = api.post(f"/schemas/{schema_id}/versions/1/restore")
    assert restored.status_code == 200
    assert restored.get_json()["data"]["versionNumber"] == 3
    assert "Operation-Location" in restored.headers
    work()
    newest = api.get(f"/schemas/{schema_id}/versions").get_json()["data"][0]
    assert newest["message"] == "Restored version 1.0"
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["status"] == "updated"


def test_two_versions_differ_by_changes_sentences_and_sql(api: Api, work: Work) -> None:
    """By number or by label, in either direction."""
    schema_id = created(api, work)
    api.put(f"/schemas/{schema_id}", _edited())
    found = api.get(f"/schemas/{schema_id}/diff?from=1&to=1.1").get_json()["data"]
    assert [change["type"] for change in found["changes"]] == ["AddColumn"]
    assert found["changes"][0]["column"]["name"] == "age"
    assert any("age" in sentence for sentence in found["sentences"])
    assert any("ADD COLUMN" in statement.upper() for statement in found["sql"])
    back = api.get(f"/schemas/{schema_id}/diff?from=2&to=1").get_json()["data"]
    assert [change["type"] for change in back["changes"]] == ["DropColumn"]
    same = api.get(f"/schemas/{schema_id}/diff?from=2&to=2").get_json()["data"]
    assert (same["isEmpty"], same["changes"]) == (True, [])


def test_expressions_that_mean_the_same_do_not_differ(api: Api, work: Work) -> None:
    """However they are spelled: the server decides."""
    schema_id = created(api, work)
    before, after = _edited(), _edited()
    before["tables"][0]["checks"] = [{"id": "c", "expression": "age in (1, 2)"}]
    after["tables"][0]["checks"] = [{"id": "c", "expression": "age = ANY (ARRAY[1, 2])"}]
    body = {"from": before, "to": after}
    found = api.post(f"/schemas/{schema_id}/diff", body).get_json()["data"]
    assert (found["isEmpty"], found["isNormalised"]) == (True, True)


def test_a_document_sent_along_is_compared_with_the_live_database(api: Api, work: Work) -> None:
    """Things without ids take those of the same name."""
    schema_id = created(api, work)
    wanted = document(description="other")
    for column in wanted["tables"][0]["columns"]:
        del column["id"]
    body = {"from": "live", "to": wanted}
    assert api.post(f"/schemas/{schema_id}/diff", body).get_json()["data"]["isEmpty"] is True


def test_a_rename_in_the_live_database_is_suggested_and_can_be_confirmed(
    api: Api, work: Work
) -> None:
    """Unconfirmed it is a drop and an addition."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "ALTER TABLE users RENAME COLUMN email TO mail")
    found = api.get(f"/schemas/{schema_id}/diff?from=1&to=live").get_json()["data"]
    assert sorted(change["type"] for change in found["changes"]) == ["AddColumn", "DropColumn"]
    [suggestion] = found["renameSuggestions"]
    rename = {key: suggestion[key] for key in ("kind", "before", "after")}
    body = {"from": 1, "to": "live", "renames": [rename]}
    confirmed = api.post(f"/schemas/{schema_id}/diff", body).get_json()["data"]
    assert [change["type"] for change in confirmed["changes"]] == ["RenameColumn"]
    strange = {**body, "renames": [{**rename, "after": "public.users.x"}]}
    refused = api.post(f"/schemas/{schema_id}/diff", strange)
    assert refused.get_json()["error"]["code"] == "RENAME_NOT_SUGGESTED"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"from": "live"}, "VALIDATION_ERROR"),
        ({"from": 1, "to": "one"}, "VERSION_UNREADABLE"),
        ({"from": 1, "to": 7}, "VERSION_NOT_FOUND"),
        ({"from": 1, "to": "3.4"}, "VERSION_NOT_FOUND"),
        ({"from": 1, "to": 1, "more": 1}, "VALIDATION_ERROR"),
        ({"from": 1, "to": {"name": "x"}}, "VALIDATION_ERROR"),
        ({"from": 1, "to": 1, "renames": [{"kind": "x"}]}, "VALIDATION_ERROR"),
        ({"from": 1, "to": 1, "renamedValues": {"mood": {"a": "b"}}}, "ENUM_UNKNOWN"),
        ({"from": 1, "to": 1, "renamedValues": {"mood": {"a": 1}}}, "VALIDATION_ERROR"),
        ([], "VALIDATION_ERROR"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(
    api: Api, work: Work, body: object, code: str
) -> None:
    """With the place that is wrong."""
    schema_id = created(api, work)
    refused = api.post(f"/schemas/{schema_id}/diff", body)
    assert refused.status_code in {400, 404}
    assert refused.get_json()["error"]["code"] == code
