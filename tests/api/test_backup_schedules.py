"""Backup schedules over the API, from the wish to a proven backup and the removal of old ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.backups.deletions import finish_deletions
from core.backups.firing import fire_due
from core.backups.tending import tend_schedules
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.servers

WANTED: dict[str, Any] = {
    "cron": "30 2 * * *",
    "timeZone": "Europe/Berlin",
    "verify": "each",
    "retention": {"days": 30, "generations": {"weekly": 4}, "maxBytes": 10**12},
    "maxAgeHours": 26,
}


def stored(api: Api) -> str:
    """Store a design; return the address of its schedule."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    return f"/schemas/{schema_id}/backup-schedule"


def test_a_schedule_is_set_read_changed_and_removed(api: Api) -> None:
    """What is not said has its default, and a change forgets nothing that it does not name."""
    address = stored(api)
    missing = api.get(address)
    assert missing.get_json()["error"]["code"] == "BACKUP_SCHEDULE_NOT_FOUND"
    made = api.put(address, WANTED).get_json()["data"]
    assert made == api.get(address).get_json()["data"]
    assert made["retention"] == {
        "days": 30,
        "count": None,
        "generations": {"hourly": 0, "daily": 0, "weekly": 4, "monthly": 0, "yearly": 0},
        "maxBytes": 10**12,
    }
    assert (made["enabled"], made["maxAgeHours"], made["lastFiredAt"]) == (True, 26, None)
    plainest = api.put(address, {"cron": "0 * * * *"}).get_json()["data"]
    assert (plainest["timeZone"], plainest["verify"]) == ("UTC", "daily")
    assert plainest["createdAt"] == made["createdAt"]
    stopped = api.put(address, {"cron": "0 * * * *", "enabled": False}).get_json()["data"]
    assert stopped["nextFireAt"] is None
    assert api.delete(address).status_code == 200
    assert api.delete(address).status_code == 404


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"cron": "every night"}, "CRON_INVALID", None),
        ({"cron": None}, "VALIDATION_ERROR", "cron"),
        ({"timeZone": "Mars/Olympus"}, "TIME_ZONE_UNKNOWN", None),
        ({"verify": "sometimes"}, "VALIDATION_ERROR", "verify"),
        ({"retention": {"days": 0}}, "VALIDATION_ERROR", "retention.days"),
        ({"retention": {"days": 1.5}}, "VALIDATION_ERROR", "retention.days"),
        ({"retention": {"maxBytes": 2**60}}, "VALIDATION_ERROR", "retention.maxBytes"),
        ({"retention": {"generations": {"daily": -1}}}, "VALIDATION_ERROR",
         "retention.generations.daily"),
        ({"retention": {"weeks": 1}}, "VALIDATION_ERROR", "retention.weeks"),
        ({"maxAgeHours": 0}, "VALIDATION_ERROR", "maxAgeHours"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_at_its_place(
    shared_api: Api, change: dict[str, Any], code: str, path: str | None
) -> None:
    """With the key that is wrong."""
    refused = shared_api.put(stored_once(shared_api), {**WANTED, **change})
    body = refused.get_json()
    assert (refused.status_code, body["error"]["code"]) == (400, code)
    if path is not None:
        assert [problem["field"] for problem in body["data"]["errors"]] == [path]


def stored_once(api: Api) -> str:
    """Return the address of a schedule of any schema there is, made if need be."""
    found = api.get("/schemas?search=scheduled").get_json()["data"]
    if found:
        return f"/schemas/{found[0]['id']}/backup-schedule"
    made = api.post("/schemas", {**document(), "name": "scheduled"}).get_json()["data"]
    return f"/schemas/{made['id']}/backup-schedule"


def test_a_schedule_takes_proves_and_removes_backups_of_a_real_database(
    api: Api, work: Work, announcer: FakeAnnouncer
) -> None:
    """Three nights: each backup is real and proven, and two are kept."""
    schema_id = created(api, work)
    wanted = {"cron": "0 0 * * *", "verify": "each", "retention": {"count": 2}}
    address = f"/schemas/{schema_id}/backup-schedule"
    assert api.put(address, wanted).status_code == 200
    clock = FakeClock(api.application.clock.now())
    ports: dict[str, Any] = {
        "open_store": api.application.open_store,
        "announcer": announcer,
        "clock": clock,
    }
    for _ in range(3):
        clock.advance(86_400)
        assert fire_due(**ports) == 1
        work()
        clock.advance(timedelta(hours=1).total_seconds())
        tend_schedules(**ports)
        work()
    clock.advance(3600)
    tend_schedules(**ports)
    finish_deletions(open_store=api.application.open_store, archive=api.application.archive)
    found = api.get(f"/schemas/{schema_id}/backups").get_json()
    assert found["pagination"]["total"] == 2
    assert {backup["reason"] for backup in found["data"]} == {"scheduled"}
    assert {backup["verification"]["state"] for backup in found["data"]} == {"passed"}
    status = api.get(f"/schemas/{schema_id}/backups/status").get_json()["data"]
    newest = found["data"][0]["id"]
    assert (status["available"], status["isTooOld"], status["alerts"]) == (2, False, [])
    assert (status["newest"]["id"], status["newestVerified"]["id"]) == (newest, newest)
    assert status["schedule"]["lastSkippedBecause"] is None


def test_a_schema_without_backups_has_a_status_too(api: Api) -> None:
    """Everything is absent, and nothing is wrong."""
    address = stored(api).replace("backup-schedule", "backups/status")
    status = api.get(address).get_json()["data"]
    assert (status["newest"], status["schedule"], status["alerts"]) == (None, None, [])
    assert (status["ageSeconds"], status["isTooOld"]) == (None, False)
