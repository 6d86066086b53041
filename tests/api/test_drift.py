"""Drift over the API, what a change would reach, and lint policies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner
from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers


def test_a_database_as_it_was_made_has_not_drifted(api: Api, work: Work) -> None:
    """The status says when somebody looked."""
    schema_id = created(api, work)
    found = api.get(f"/schemas/{schema_id}/database/drift").get_json()["data"]
    assert (found["state"], found["objects"], found["unknown"]) == ("none", [], [])
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert (status["driftState"], status["driftCheckedAt"]) == ("none", found["checkedAt"])


def test_a_schema_without_a_database_cannot_drift(api: Api) -> None:
    """It says that there is none."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    refused = api.get(f"/schemas/{schema_id}/database/drift")
    assert refused.get_json()["error"]["code"] == "DATABASE_ABSENT"
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["driftState"] == "unknown"


def test_drift_is_told_object_by_object_both_ways(api: Api, work: Work) -> None:
    """What is missing, what is unexpected, what differs, and what no definition can hold."""
    schema_id = created(api, work)
    for statement in (
        "ALTER TABLE users ALTER COLUMN email SET NOT NULL",
        "ALTER TABLE users ADD COLUMN age integer",
        "CREATE VIEW grown_ups AS SELECT * FROM users",
    ):
        execute_as_owner(api, schema_id, statement)
    found = api.get(f"/schemas/{schema_id}/database/drift").get_json()["data"]
    assert found["isDrifted"] is True
    told = {each["subject"]["label"]: each["difference"] for each in found["objects"]}
    assert told == {"public.users.age": "unexpected", "public.users.email": "different"}
    assert [change["type"] for change in found["toStored"]] != []
    assert {change["type"] for change in found["toLive"]} == {
        "AddColumn",
        "ChangeColumnNullability",
    }
    assert found["unknown"] == [{"kind": "view", "name": "public.grown_ups"}]
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["driftState"] == "drifted"


def test_what_is_live_becomes_the_next_version_with_ids_and_places(api: Api, work: Work) -> None:
    """A rename that is confirmed keeps the id of the column; the database is not touched."""
    placed = document()
    placed["tables"][0] |= {"position": {"x": 3, "y": 4}, "color": "#123456"}
    placed["tables"][0]["columns"][0]["description"] = "Its number"
    schema_id = str(api.post("/schemas", placed).get_json()["data"]["id"])
    work()
    for statement in (
        "ALTER TABLE users RENAME COLUMN email TO mail",
        "CREATE TABLE notes (id integer PRIMARY KEY, text text DEFAULT 'none')",
    ):
        execute_as_owner(api, schema_id, statement)
    rename = {"kind": "column", "before": "public.users.email", "after": "public.users.mail"}
    body = {"renames": [rename], "message": "by hand"}
    path = f"/schemas/{schema_id}/database/drift/adopt"
    headers = {"Idempotency-Key": "once"}
    adopted = api.post(path, body, headers=headers)
    assert adopted.status_code == 200
    schema = adopted.get_json()["data"]
    users, notes = schema["tables"]
    assert schema["versionNumber"] == 2
    assert [(column["id"], column["name"]) for column in users["columns"]] == [
        ("u1", "id"),
        ("u2", "mail"),
    ]
    assert (users["position"], users["color"]) == ({"x": 3, "y": 4}, "#123456")
    assert users["columns"][0]["description"] == "Its number"
    assert notes["name"] == "notes"
    assert api.post(path, body, headers=headers).get_json() == adopted.get_json()
    found = api.get(f"/schemas/{schema_id}/database/drift").get_json()["data"]
    assert (found["state"], found["versionNumber"]) == ("none", 2)
    refused = api.post(path)
    assert refused.get_json()["error"]["code"] == "NOTHING_DRIFTED"


def test_a_database_that_was_proven_since_the_last_look_has_not_drifted(
    api: Api, work: Work
) -> None:
    """Nobody has to look again after it was made anew."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "ALTER TABLE users ADD COLUMN age integer")
    assert api.get(f"/schemas/{schema_id}/database/drift").get_json()["data"]["isDrifted"]
    api.post(f"/schemas/{schema_id}/database/regenerate")
    work()
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["driftState"] == "none"


def test_the_schedule_looks_at_databases_that_are_due_for_it(api: Api, work: Work) -> None:
    """Once in an interval; what was changed by hand shows in the status, without anybody asking."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "ALTER TABLE users ADD COLUMN age integer")
    detect = api.application.detect_drift
    assert detect.check_due(interval=timedelta(0)) == 1
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["driftState"] == "drifted"
    assert detect.check_due(interval=timedelta(hours=1)) == 0
    assert detect.check_due(interval=timedelta(0), budget=timedelta(seconds=-1)) == 0


def test_a_database_that_is_gone_or_has_a_job_is_no_reason_to_stop_the_round(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """It counts as drifted, and the other one is looked at all the same."""
    gone = created(api, work)
    name = api.get(f"/schemas/{gone}").get_json()["data"]["databaseName"]
    postgresql_server.drop_database(name)
    other = str(api.post("/schemas", document("other")).get_json()["data"]["id"])
    work()
    assert api.application.detect_drift.check_due(interval=timedelta(0)) == 2
    states = [
        api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]["driftState"]
        for schema_id in (gone, other)
    ]
    assert states == ["drifted", "none"]


def test_nothing_is_adopted_while_a_job_works_on_the_database(api: Api, work: Work) -> None:
    """Nor when the schema is ahead of its database."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "ALTER TABLE users ADD COLUMN age integer")
    assert api.post(f"/schemas/{schema_id}/database/regenerate").status_code == 202
    refused = api.post(f"/schemas/{schema_id}/database/drift/adopt")
    assert refused.get_json()["error"]["code"] == "DATABASE_BUSY"


def test_a_column_is_reached_by_what_uses_it_in_design_and_database(api: Api, work: Work) -> None:
    """Indexes of the design, views of the live database."""
    indexed = document()
    indexed["tables"][0]["indexes"] = [{"name": "by_mail", "columns": ["email"]}]
    schema_id = str(api.post("/schemas", indexed).get_json()["data"]["id"])
    asked = f"/schemas/{schema_id}/impact?object=users.email"
    assert api.get(asked).get_json()["data"]["databaseStatus"] == "absent"
    work()
    execute_as_owner(api, schema_id, "CREATE VIEW mails AS SELECT email FROM users")
    execute_as_owner(api, schema_id, "CREATE VIEW numbers AS SELECT id FROM users")
    found = api.get(asked).get_json()["data"]
    assert found["object"]["name"] == "public.users.email"
    assert [(use["kind"], use["name"]) for use in found["inDefinition"]] == [
        ("index", "public.users.by_mail")
    ]
    assert [(each["kind"], each["name"]) for each in found["inDatabase"]] == [
        ("view", "public.mails")
    ]
    assert found["databaseStatus"] == "healthy"
    table = api.get(f"/schemas/{schema_id}/impact?object=users").get_json()["data"]
    assert len(table["inDatabase"]) == 2


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ("?object=nothing", 404, "OBJECT_NOT_FOUND"),
        ("?object=a..b", 400, "OBJECT_NAME_UNREADABLE"),
        ("", 400, "VALIDATION_ERROR"),
    ],
)
def test_the_impact_of_nothing_is_refused(api: Api, asked: str, status: int, code: str) -> None:
    """Each with its own code."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    refused = api.get(f"/schemas/{schema_id}/impact{asked}")
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (status, code)


def test_a_lint_policy_is_kept_and_unknown_codes_are_refused(api: Api) -> None:
    """Codes that it does not name keep their own level."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    path = f"/schemas/{schema_id}/lint-policy"
    before = api.get(path).get_json()["data"]
    assert before["policy"] == {}
    code = before["rules"][0]["code"]
    written = api.put(path, {code: "silent"}).get_json()["data"]
    assert written["policy"] == {code: "silent"}
    assert written["rules"][0]["treatment"] == "silent"
    assert api.get(path).get_json()["data"] == written
    assert api.put(path, {"NO_SUCH_RULE": "warn"}).status_code == 400
    assert api.put(path, {code: "shout"}).status_code == 400
    assert api.put(path, []).status_code == 400
