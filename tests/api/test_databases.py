"""From a document to a live database and back, with the real runners behind the routes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg2
import pytest
from flask import Flask

from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner, insert_user
from web.context import WebContext

pytestmark = pytest.mark.servers


def test_a_created_database_is_healthy_and_measured(api: Api, work: Work) -> None:
    """Status and metrics come from the live database; the password never shows."""
    schema_id = created(api, work)
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert (status["status"], status["tableCount"]) == ("healthy", 1)
    assert status["connectionString"].startswith("postgresql://")
    assert ":" not in status["connectionString"].split("//")[1].split("@")[0]
    metrics = api.get(f"/schemas/{schema_id}/database/metrics").get_json()["data"]
    assert [table["name"] for table in metrics["tables"]] == ["public.users"]
    assert metrics["sizeBytes"] > 0


def test_a_new_build_that_would_lose_rows_is_refused_until_it_is_asked_for(
    api: Api, work: Work
) -> None:
    """409 names the tables; `allowDataLoss=true` goes on, with a backup before."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    path = f"/schemas/{schema_id}/database/regenerate"
    refused = api.post(path)
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "DATA_WOULD_BE_LOST"
    assert refused.get_json()["data"]["losses"] == ["public.users"]
    assert api.post(f"{path}?allowDataLoss=true").status_code == 202
    work()
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["status"] == "regenerated"
    backups = api.get(f"/schemas/{schema_id}/backups").get_json()["data"]
    assert [backup["reason"] for backup in backups] == ["before_regenerate"]


def test_a_backup_is_taken_proven_downloaded_restored_and_deleted(
    api: Api, work: Work, app: Flask
) -> None:
    """The whole life of a backup over the API."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    taken = api.post(f"/schemas/{schema_id}/backups", headers={"Idempotency-Key": "b"})
    assert taken.status_code == 202
    backup_id = taken.get_json()["data"]["id"]
    path = f"/schemas/{schema_id}/backups/{backup_id}"
    early = api.get(f"{path}/download")
    assert early.get_json()["error"]["code"] == "BACKUP_NOT_AVAILABLE"
    work()
    again = api.post(f"/schemas/{schema_id}/backups", headers={"Idempotency-Key": "b"})
    assert again.get_json()["data"]["id"] == backup_id

    assert api.post(f"{path}/verify").status_code == 202
    work()
    backup = api.get(path).get_json()["data"]
    assert backup["state"] == "available"
    assert backup["verification"]["state"] == "passed"
    assert backup["rowsByTable"] == {"public.users": 1}

    whole = api.get(f"{path}/download")
    assert hashlib.sha256(whole.data).hexdigest() == backup["sha256"]
    assert whole.headers["ETag"] == f'"{backup["sha256"]}"'
    size = backup["sizeBytes"]
    part = api.get(f"{path}/download", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206
    assert part.headers["Content-Range"] == f"bytes 10-19/{size}"
    assert part.data == whole.data[10:20]
    last = api.get(f"{path}/download", headers={"Range": "bytes=-5"})
    assert last.data == whole.data[-5:]
    beyond = api.get(f"{path}/download", headers={"Range": f"bytes={size}-"})
    assert beyond.status_code == 416
    assert beyond.headers["Content-Range"] == f"bytes */{size}"
    other = {"Range": "bytes=0-1", "If-Range": '"other"'}
    assert api.get(f"{path}/download", headers=other).status_code == 200
    same = {"Range": "bytes=0-1", "If-Range": whole.headers["ETag"]}
    assert api.get(f"{path}/download", headers=same).status_code == 206
    several = api.get(f"{path}/download", headers={"Range": "bytes=0-1,5-6"})
    assert several.status_code == 200
    had = api.get(f"{path}/download", headers={"If-None-Match": whole.headers["ETag"]})
    assert had.status_code == 304
    head = app.test_client().head(f"/api/v1{path}/download")
    assert (head.status_code, head.headers["Content-Length"], head.data) == (200, str(size), b"")

    assert api.post(f"{path}/restore").status_code == 202
    assert api.delete(path).get_json()["error"]["code"] == "BACKUP_IN_USE"
    work()
    restored = api.get(f"/schemas/{schema_id}").get_json()["data"]
    assert restored["job"]["state"] == "succeeded"
    assert api.delete(path).status_code == 200
    assert api.get(path).get_json()["error"]["code"] == "BACKUP_NOT_FOUND"


def test_a_client_that_has_the_file_is_told_so_and_no_more(api: Api, work: Work) -> None:
    """304 bears the tag, which a proxy may have weakened, and nothing of the file."""
    schema_id = created(api, work)
    backup_id = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]["id"]
    work()
    path = f"/schemas/{schema_id}/backups/{backup_id}/download"
    tag = api.get(path).headers["ETag"]
    had = api.get(path, headers={"If-None-Match": f"W/{tag}"})
    assert (had.status_code, had.headers["ETag"]) == (304, tag)
    assert not {"Repr-Digest", "Content-Disposition", "Accept-Ranges"} & set(had.headers.keys())


def test_downloads_leave_threads_for_other_requests(api: Api, work: Work, app: Flask) -> None:
    """Each takes a place until it is sent; without one left there is a 503 with a pause."""
    schema_id = created(api, work)
    backup_id = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]["id"]
    work()
    path = f"/schemas/{schema_id}/backups/{backup_id}/download"
    context: WebContext = app.extensions["schema_builder"]
    slow = []
    for _ in range(context.settings.web_threads // 4):
        slow.append(app.test_client().get(f"/api/v1{path}"))
        assert slow[-1].status_code == 200
    full = api.get(path)
    assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    assert full.get_json()["error"]["code"] == "TOO_MANY_DOWNLOADS"
    assert app.test_client().head(f"/api/v1{path}").status_code == 200
    slow.pop().close()
    for _ in range(2):
        again = api.get(path)
        assert again.status_code == 200
        again.close()


def test_a_file_that_was_tampered_with_is_not_handed_out(
    api: Api, work: Work, tmp_path: Path
) -> None:
    """A file of another size, and one that is gone, are named for what they are."""
    schema_id = created(api, work)
    backup_id = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]["id"]
    work()
    path = f"/schemas/{schema_id}/backups/{backup_id}/download"
    (file,) = [found for found in (tmp_path / "archive").rglob("*") if found.is_file()]
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1])
    for code in ("BACKUP_DAMAGED", "BACKUP_MISSING"):
        response = api.get(path)
        assert response.status_code == 409
        assert response.get_json()["error"]["code"] == code
        file.unlink(missing_ok=True)


def test_a_deleted_schema_can_take_its_database_with_it(api: Api, work: Work) -> None:
    """The drop job removes the database after a backup."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    job = api.delete(f"/schemas/{schema_id}?dropDatabase=true").get_json()["data"]["job"]
    work()
    ended = api.get(f"/jobs/{job['id']}").get_json()["data"]
    assert ended["state"] == "succeeded"
    assert api.get(f"/schemas/{schema_id}").status_code == 404


def test_a_deletion_is_taken_back_by_restoring_its_last_backup(api: Api, work: Work) -> None:
    """The backups of a deleted schema can be reached, and one brings it back with its rows."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    api.delete(f"/schemas/{schema_id}?dropDatabase=true")
    work()
    backups = api.get(f"/schemas/{schema_id}/backups").get_json()["data"]
    assert [backup["reason"] for backup in backups] == ["before_drop"]
    restored = api.post(f"/schemas/{schema_id}/backups/{backups[0]['id']}/restore")
    assert restored.status_code == 202
    work()
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert (status["status"], status["tableCount"]) == ("healthy", 1)
    refused = api.post(f"/schemas/{schema_id}/database/regenerate")
    assert refused.get_json()["data"]["losses"] == ["public.users"]


def test_things_made_by_hand_are_not_thrown_away_unasked(api: Api, work: Work) -> None:
    """A view is not in the definition, so making the database anew would lose it."""
    schema_id = created(api, work)
    execute_as_owner(api, schema_id, "CREATE VIEW names AS SELECT email FROM users")
    refused = api.post(f"/schemas/{schema_id}/database/regenerate")
    assert refused.status_code == 409
    assert refused.get_json()["data"]["losses"] == ["view public.names"]


def test_the_address_with_its_password_comes_from_the_command_line(
    api: Api, work: Work, app: Flask
) -> None:
    """`flask connection-uri` prints what the API never shows."""
    schema_id = created(api, work)
    uri = app.test_cli_runner().invoke(args=["connection-uri", schema_id]).output.strip()
    connection = psycopg2.connect(uri)
    connection.close()


def test_examples_are_stored_once(api: Api, app: Flask) -> None:
    """`flask seed` is harmless a second time."""
    first = app.test_cli_runner().invoke(args=["seed"])
    assert (first.exit_code, first.output.count("stored as")) == (0, 2)
    again = app.test_cli_runner().invoke(args=["seed"])
    assert (again.exit_code, again.output.count("there already")) == (0, 2)
    assert api.get("/schemas").get_json()["pagination"]["total"] == 2


def test_the_address_of_a_database_that_is_not_there_is_a_plain_failure(
    api: Api, app: Flask
) -> None:
    """The command says why, without a traceback."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    outcome = app.test_cli_runner().invoke(args=["connection-uri", schema_id])
    assert outcome.exit_code == 1
    assert "has no database" in outcome.output
