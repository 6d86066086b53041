"""The main job through HTTP alone: a design becomes a database, changes and comes back."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.end_to_end.client import Api
from tests.end_to_end.designs import ROW_COUNTS, ROWS, small_design
from tests.end_to_end.stack import ROOT
from tests.end_to_end.watching import Watch

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("end_to_end_a")]

WAIT = 30


def test_the_blog_becomes_a_database_and_a_proven_backup(api: Api, watch: Watch) -> None:
    """Post the example, look at what was made, save it with rows, prove the backup, remove all."""
    blog = json.loads((ROOT / "examples" / "blog.json").read_text())
    schema = api.send("POST", "/schemas", {**blog, "name": f"blog {uuid4().hex}"}, wait=WAIT)

    assert schema["job"]["state"] == "succeeded"
    assert schema["status"] == "created"
    status = api.get(f"/schemas/{schema['id']}/database/status")
    assert (status["status"], status["tableCount"]) == ("healthy", len(blog["tables"]))
    watch.ask(schema["id"], (ROOT / "examples" / "blog_rows.sql").read_text())
    rows = watch.rows(schema["id"])
    assert {name.removeprefix("public.") for name in rows} == {
        each["name"] for each in blog["tables"]
    }

    backup = api.send("POST", f"/schemas/{schema['id']}/backups", wait=WAIT)
    assert backup["state"] == "available"
    assert backup["rowsByTable"] == rows
    path = f"/schemas/{schema['id']}/backups/{backup['id']}"
    verified = api.send("POST", f"{path}/verify", wait=WAIT)
    assert verified["state"] == "succeeded"
    assert api.get(path)["verification"]["state"] == "passed"
    assert watch.leftovers() == []

    deleted = api.send("DELETE", f"/schemas/{schema['id']}", wait=WAIT, dropDatabase="true")
    assert deleted["databaseDropped"] is True
    assert not watch.exists(schema["databaseName"])
    assert watch.leftovers() == []


def test_a_schema_without_rows_follows_its_design(api: Api, watch: Watch) -> None:
    """Add a column while the tables are empty."""
    schema = _created(api)
    changed = _changed(schema, extra_columns=1)

    answer = api.send("PUT", f"/schemas/{schema['id']}", changed, wait=WAIT)

    assert answer["job"]["state"] == "succeeded"
    assert (answer["status"], answer["version"]) == ("updated", "1.1")
    assert watch.columns(schema["id"], "orders") == ["id", "customer_id", "extra_0"]
    assert watch.backups(schema["id"]) == []
    assert watch.leftovers() == []


def test_rows_are_only_given_up_when_asked_for_and_can_be_brought_back(
    api: Api, watch: Watch
) -> None:
    """Change it in place with its rows; refuse to begin anew, allow it, and restore the rows."""
    schema = _created(api)
    path = f"/schemas/{schema['id']}"
    watch.ask(schema["id"], ROWS)

    changed = api.send("PUT", path, _changed(schema, extra_columns=1), wait=WAIT)
    assert (changed["job"]["kind"], changed["job"]["state"]) == ("migrate", "succeeded")
    assert watch.rows(schema["id"]) == ROW_COUNTS
    columns = watch.columns(schema["id"], "orders")
    assert len(columns) == 3

    refused = api.call("POST", f"{path}/database/regenerate")
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "DATA_WOULD_BE_LOST"
    assert watch.rows(schema["id"]) == ROW_COUNTS

    allowed = api.send("POST", f"{path}/database/regenerate", wait=WAIT, allowDataLoss="true")
    assert allowed["state"] == "succeeded"
    assert set(watch.rows(schema["id"]).values()) == {0}
    (backup,) = api.get(f"{path}/backups")
    assert (backup["id"], backup["rowsByTable"]) == (allowed["result"]["backupId"], ROW_COUNTS)

    restored = api.send("POST", f"{path}/backups/{backup['id']}/restore", wait=WAIT)
    assert restored["state"] == "succeeded"
    assert watch.rows(schema["id"]) == ROW_COUNTS
    assert watch.columns(schema["id"], "orders") == columns
    now = api.get(path)
    assert [table["name"] for table in now["tables"]] == ["customers", "orders"]
    assert len(now["tables"][1]["columns"]) == 3
    assert watch.leftovers() == []


def test_a_backup_comes_down_whole_and_in_parts(api: Api, watch: Watch) -> None:
    """Download the file, and again in two ranges."""
    schema = _created(api)
    watch.ask(schema["id"], ROWS)
    backup = api.send("POST", f"/schemas/{schema['id']}/backups", wait=WAIT)
    path = f"/schemas/{schema['id']}/backups/{backup['id']}/download"

    whole = api.call("GET", path)
    first = api.call("GET", path, headers={"Range": "bytes=0-99"})
    rest = api.call("GET", path, headers={"Range": "bytes=100-"})
    beyond = api.call("GET", path, headers={"Range": f"bytes={backup['sizeBytes']}-"})

    assert whole.status_code == 200
    assert hashlib.sha256(whole.content).hexdigest() == backup["sha256"]
    assert (first.status_code, rest.status_code, beyond.status_code) == (206, 206, 416)
    assert first.content + rest.content == whole.content


def test_a_damaged_backup_is_found_and_named(api: Api, watch: Watch) -> None:
    """Flip one byte of the file and ask for the proof."""
    schema = _created(api)
    watch.ask(schema["id"], ROWS)
    backup = api.send("POST", f"/schemas/{schema['id']}/backups", wait=WAIT)
    (file,) = (watch.stack.archive / schema["id"]).iterdir()
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    path = f"/schemas/{schema['id']}/backups/{backup['id']}"

    verified = api.send("POST", f"{path}/verify", wait=WAIT)
    restored = api.send("POST", f"{path}/restore", wait=WAIT)

    for job in (verified, restored):
        assert (job["state"], job["error"]["code"]) == ("failed", "BACKUP_DAMAGED")
    assert api.get(path)["verification"]["state"] == "failed"
    assert watch.rows(schema["id"]) == ROW_COUNTS
    assert watch.leftovers() == []


def _created(api: Api) -> Any:  # noqa: ANN401 - JSON
    schema = api.send("POST", "/schemas", small_design(), wait=WAIT)
    assert schema["job"]["state"] == "succeeded", schema["job"]
    return schema


def _changed(schema: Any, **changes: int) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return small_design(name=schema["name"], **changes)
