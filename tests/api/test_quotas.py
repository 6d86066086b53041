"""What workspaces may have: shown, held to, refused by name, and never overtaken by two at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.test import TestResponse

from core.access.roles import Role
from core.backups.firing import fire_due
from core.limits import Limits, QuotaLimits
from core.settings import Settings
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.api.guarded import guard
from tests.api.working import Work, created
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

SMALL = QuotaLimits(
    databases=2,
    database_bytes=10**9,
    backups=2,
    backup_bytes=10**9,
    queued_jobs=3,
    schema_bytes=2_000,
)
"""Quotas that a test reaches."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with small quotas."""
    return replace(settings, limits=Limits(quotas=SMALL))


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands of the operator."""
    return app.test_cli_runner()


def refusal(response: TestResponse) -> tuple[int, str, str]:
    """Return status, code and quota of a refusal."""
    answered = response.get_json()
    return response.status_code, answered["error"]["code"], answered["data"]["quota"]


def standing(api: Api) -> dict[str, tuple[int | None, int | None]]:
    """Return what there is and what there may be, by quota."""
    found = api.get("/quotas").get_json()["data"]
    return {each["name"]: (each["used"], each["limit"]) for each in found}


def test_quotas_show_what_there_is_and_what_there_may_be(api: Api, work: Work) -> None:
    """Each is counted as soon as it is there, and no more once it is gone."""
    assert standing(api) == {
        "databases": (0, 2),
        "database_bytes": (0, 10**9),
        "backups": (0, 2),
        "backup_bytes": (0, 10**9),
        "queued_jobs": (0, 3),
        "schema_bytes": (None, 2_000),
    }
    made = api.post("/schemas", document("one")).get_json()["data"]
    shown = standing(api)
    assert (shown["databases"], shown["queued_jobs"]) == ((1, 2), (1, 3))
    work()
    assert standing(api)["queued_jobs"] == (0, 3)
    api.post(f"/schemas/{made['id']}/backups")
    work()
    shown = standing(api)
    assert shown["backups"] == (1, 2)
    assert (shown["backup_bytes"][0] or 0) > 1_000
    api.delete(f"/schemas/{made['id']}?dropDatabase=true")
    work()
    shown = standing(api)
    assert shown["databases"] == (0, 2)
    assert shown["backups"] == (1, 2), "a backup outlives its schema, and counts as long"


def test_more_databases_than_may_be_are_refused_by_name(api: Api, work: Work) -> None:
    """Nothing of the refused one is left, and deleting makes room."""
    first = api.post("/schemas", document("one")).get_json()["data"]
    api.post("/schemas", document("two"))
    work()
    refused = api.post("/schemas", document("three"))
    assert refusal(refused) == (409, "QUOTA_EXCEEDED", "databases")
    assert "Retry-After" not in refused.headers
    assert "quota databases" in refused.get_json()["error"]["details"]
    problem = api.post(
        "/schemas", document("three"), headers={"Accept": "application/problem+json"}
    ).get_json()
    assert (problem["code"], problem["quota"], problem["limit"]) == (
        "QUOTA_EXCEEDED",
        "databases",
        2,
    )
    assert api.get("/schemas").get_json()["pagination"]["total"] == 2
    api.delete(f"/schemas/{first['id']}?dropDatabase=true")
    work()
    assert api.post("/schemas", document("three")).status_code == 201


def test_a_database_that_outlives_its_schema_counts_until_it_is_dropped(
    api: Api, work: Work
) -> None:
    """Deleting schemas alone makes no room, and there is a way to make it."""
    ids = []
    for name in ("one", "two"):
        ids.append(api.post("/schemas", document(name)).get_json()["data"]["id"])
        work()
        api.delete(f"/schemas/{ids[-1]}")
    assert standing(api)["databases"] == (2, 2)
    assert refusal(api.post("/schemas", document("three")))[2] == "databases"
    assert api.delete(f"/schemas/{ids[0]}").status_code == 404, "it is deleted already"
    dropped = api.delete(f"/schemas/{ids[0]}?dropDatabase=true")
    assert dropped.status_code == 200
    assert api.delete(f"/schemas/{ids[0]}?dropDatabase=true").status_code == 404
    work()
    assert standing(api)["databases"] == (1, 2)
    assert api.delete(f"/schemas/{ids[0]}?dropDatabase=true").status_code == 404
    assert api.post("/schemas", document("three")).status_code == 201


def test_a_drop_that_comes_to_nothing_brings_no_schema_of_before_back(api: Api, work: Work) -> None:
    """It was deleted long ago, without its database, and its name is free."""
    schema_id = api.post("/schemas", document("one")).get_json()["data"]["id"]
    work()
    api.delete(f"/schemas/{schema_id}")
    dropped = api.delete(f"/schemas/{schema_id}?dropDatabase=true").get_json()["data"]
    assert api.post(f"/jobs/{dropped['job']['id']}/cancel").status_code in {200, 202}
    work()
    assert api.get(f"/schemas/{schema_id}").status_code == 404
    assert api.delete(f"/schemas/{schema_id}?dropDatabase=true").status_code == 200


def test_two_at_once_do_not_both_get_the_last_place(api: Api, app: Flask) -> None:
    """However many ask at the same moment, as many are admitted as there is room for."""
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def make(number: int) -> None:
        client = app.test_client()
        barrier.wait()
        response = client.post("/api/v1/schemas", json=document(f"many_{number}"))
        statuses.append(response.status_code)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201, 201, *[409] * 6]
    assert standing(api)["databases"] == (2, 2)


def test_too_many_jobs_that_wait_are_refused_for_now(api: Api, work: Work) -> None:
    """Waiting helps, and the answer says so."""
    made = api.post("/schemas", document("one")).get_json()["data"]
    for _ in range(2):
        assert api.post(f"/schemas/{made['id']}/database/regenerate").status_code == 202
    refused = api.post(f"/schemas/{made['id']}/database/regenerate")
    assert refusal(refused) == (429, "QUOTA_EXCEEDED", "queued_jobs")
    assert int(refused.headers["Retry-After"]) > 0
    work()
    assert api.post(f"/schemas/{made['id']}/database/regenerate").status_code == 202


def test_backups_beyond_the_quota_are_refused_and_scheduled_ones_skipped(
    api: Api, work: Work, announcer: FakeAnnouncer
) -> None:
    """The schedule says why, and goes on when there is room again."""
    application = api.application
    schema_id = created(api, work)
    address = f"/schemas/{schema_id}/backups"
    api.put(f"/schemas/{schema_id}/backup-schedule", {"cron": "0 0 * * *"})
    for _ in range(2):
        assert api.post(address).status_code == 202
    work()
    assert refusal(api.post(address)) == (409, "QUOTA_EXCEEDED", "backups")
    clock = FakeClock(application.clock.now())

    def fire() -> int:
        clock.advance(86_400)
        return fire_due(
            open_store=application.open_store,
            announcer=announcer,
            clock=clock,
            admission=application.admission,
        )

    assert fire() == 0
    schedule = api.get(f"/schemas/{schema_id}/backup-schedule").get_json()["data"]
    assert "quota backups" in schedule["lastSkippedBecause"]
    oldest = api.get(address).get_json()["data"][-1]["id"]
    assert api.delete(f"{address}/{oldest}").status_code == 200
    assert fire() == 1
    schedule = api.get(f"/schemas/{schema_id}/backup-schedule").get_json()["data"]
    assert schedule["lastSkippedBecause"] is None


def test_databases_are_measured_and_no_more_made_once_they_are_too_large(
    api: Api, work: Work, runner: FlaskCliRunner
) -> None:
    """The size is the server's own, deleted schemas' databases included."""
    schema_id = created(api, work)
    assert api.application.measure_databases() == 1
    used, _ = standing(api)["database_bytes"]
    measured = api.get(f"/schemas/{schema_id}/database/metrics").get_json()["data"]["sizeBytes"]
    assert used is not None
    assert abs(used - measured) < 1_000_000
    runner.invoke(args=["workspaces", "quota", "database_bytes", str(used)])
    refused = api.post("/schemas", document("two"))
    assert refusal(refused) == (409, "QUOTA_EXCEEDED", "database_bytes")
    api.delete(f"/schemas/{schema_id}?dropDatabase=true")
    work()
    assert api.application.measure_databases() == 0
    assert standing(api)["database_bytes"][0] == 0
    assert api.post("/schemas", document("two")).status_code == 201


def test_a_document_longer_than_it_may_be_is_refused_in_every_way_in(api: Api, work: Work) -> None:
    """Made, edited or applied by plan."""
    long = document("long", description="x" * 400)
    long["tables"][0]["columns"] += [
        {"id": f"c{number}", "name": f"c{number}", "dataType": "INT", "description": "y" * 200}
        for number in range(8)
    ]
    assert refusal(api.post("/schemas", long)) == (409, "QUOTA_EXCEEDED", "schema_bytes")
    schema_id = created(api, work)
    assert refusal(api.put(f"/schemas/{schema_id}", long))[2] == "schema_bytes"
    planned = api.post(f"/schemas/{schema_id}/migrations", {"document": long})
    assert planned.status_code == 201, planned.get_data(as_text=True)
    migration_id = planned.get_json()["data"]["id"]
    applied = api.post(f"/schemas/{schema_id}/migrations/{migration_id}/apply")
    assert refusal(applied)[2] == "schema_bytes"
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["versionNumber"] == 1


def test_an_admin_holds_the_workspace_to_less_but_never_to_more(
    api: Api, runner: FlaskCliRunner
) -> None:
    """What the installation gives, only its operator changes."""
    assert api.put("/quotas", {"name": "databases", "limit": 1}).status_code == 200
    assert standing(api)["databases"] == (0, 1)
    refused = api.put("/quotas", {"name": "databases", "limit": 3})
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "QUOTA_ABOVE_GIVEN"
    given = runner.invoke(args=["workspaces", "quota", "databases", "9"])
    assert given.output == "databases  0 of 1 (given 9)\n"
    assert api.put("/quotas", {"name": "databases", "limit": 3}).status_code == 200
    assert api.put("/quotas", {"name": "databases", "limit": None}).status_code == 200
    assert standing(api)["databases"] == (0, 9)
    assert runner.invoke(args=["workspaces", "quota", "databases", "none"]).exit_code == 0
    assert standing(api)["databases"] == (0, None)
    assert api.put("/quotas", {"name": "databases", "limit": 1_000_000}).status_code == 200
    assert runner.invoke(args=["workspaces", "quota", "databases", "default"]).exit_code == 0
    assert standing(api)["databases"] == (0, 2), "what was chosen counts only where it is less"
    assert "queued_jobs  0 of 3\n" in runner.invoke(args=["workspaces", "quota"]).output


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "databases"}, "MISSING_REQUIRED_FIELD"),
        ({"limit": 1}, "MISSING_REQUIRED_FIELD"),
        ({"name": "coffee", "limit": 1}, "UNKNOWN_VALUE"),
        ({"name": "databases", "limit": 0}, "NUMBER_OUT_OF_RANGE"),
        ({"name": "databases", "limit": 1.5}, "NUMBER_OUT_OF_RANGE"),
        ({"name": "databases", "limit": 2**53}, "NUMBER_OUT_OF_RANGE"),
        ({"name": "databases", "limit": "1"}, "WRONG_TYPE"),
        ({"name": "databases", "limit": 1, "more": 1}, "UNKNOWN_KEY"),
        ([], "WRONG_TYPE"),
    ],
)
def test_what_is_no_limit_is_refused(api: Api, body: object, code: str) -> None:
    """With the place that is wrong."""
    response = api.put("/quotas", body)
    assert response.status_code == 400
    assert response.get_json()["data"]["errors"][0]["code"] == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["coffee", "1"],
        ["databases", "many"],
        ["databases", "0"],
        ["databases", "1", "--workspace", "nowhere"],
    ],
    ids=["no quota", "no number", "nothing at all", "no workspace"],
)
def test_the_operator_is_told_what_cannot_be_given(
    runner: FlaskCliRunner, arguments: list[str]
) -> None:
    """And nothing is changed."""
    assert runner.invoke(args=["workspaces", "quota", *arguments]).exit_code != 0


def test_what_one_workspace_has_takes_nothing_from_another(settings: Settings) -> None:
    """Each is counted by itself, and shown only its own."""
    app = create_app(
        replace(settings, authentication="required"), announcer=FakeAnnouncer(), patience=QUICK
    )
    guarded = guard(app)
    ours, theirs = guarded.keys[Role.ADMIN], guarded.other_key
    for name in ("one", "two"):
        assert guarded.send("POST", "/schemas", key=ours, body=document(name)).status_code == 201
    assert guarded.send("POST", "/schemas", key=ours, body=document("three")).status_code == 409
    assert guarded.send("POST", "/schemas", key=theirs, body=document("one")).status_code == 201
    shown = guarded.get("/quotas", key=theirs)["data"]
    assert {each["name"]: each["used"] for each in shown}["databases"] == 1
    chosen = guarded.send("PUT", "/quotas", key=theirs, body={"name": "databases", "limit": 1})
    assert chosen.status_code == 200
    kept = guarded.get("/quotas", key=guarded.keys[Role.VIEWER])["data"]
    assert {each["name"]: each["limit"] for each in kept}["databases"] == 2
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_a_full_queue_is_said_so(settings: Settings) -> None:
    """With 503 and a time to try again; reading goes on, and so does making room."""
    limits = Limits(most_queued_jobs=2)
    app = create_app(replace(settings, limits=limits), announcer=FakeAnnouncer(), patience=QUICK)
    api = make_client(app)
    ids = [api.post("/schemas", document(name)).get_json()["data"]["id"] for name in ("one", "two")]
    refused = api.post("/schemas", document("three"))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "QUEUE_FULL")
    assert int(refused.headers["Retry-After"]) > 0
    assert api.get("/schemas").get_json()["pagination"]["total"] == 2
    deleted = api.delete(f"/schemas/{ids[0]}?dropDatabase=true")
    assert deleted.status_code == 200
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()
