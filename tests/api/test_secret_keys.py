"""Replacing the keys that encrypt what is stored, by the commands of the operator."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import Engine

from core.backups.store_copies import STORE_COPIES
from core.jobs.model import JobState
from core.key_file import forget_key
from core.secrets import SecretBox
from core.settings import Settings
from core.store import metadata
from core.store.stored_secrets import SqlStoredSecretRepository
from core.store.turns import turn
from tests.api.client import Api
from tests.api.logging_in import gets_in, reveal, rotate
from tests.api.working import Work, attempt, created, end_of
from tests.end_to_end.holding import Moment, Place
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app

pytestmark = pytest.mark.servers

MIDDLE_OF_DUMP = Place(moment=Moment.MIDDLE, step="dump")


def command(app: Flask, *args: str, fails: bool = False) -> str:
    """Run a command of the operator and return what it printed."""
    outcome = app.test_cli_runner().invoke(args=["secrets", *args])
    assert (outcome.exit_code != 0) == fails, outcome.output
    return outcome.output


def stored_versions(engine: Engine) -> dict[str, int]:
    """Return how many secrets the store has by the version of their key."""
    with engine.connect() as connection:
        return dict(SqlStoredSecretRepository(connection).count_by_version())


def test_every_column_with_a_secret_is_encrypted_anew(store_engine: Engine) -> None:
    """A new one that nobody thought of here would keep its old key for ever."""
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.name.startswith("encrypted_")
    }
    with store_engine.connect() as connection:
        assert set(SqlStoredSecretRepository(connection).places()) == columns


def test_a_rotation_leaves_no_secret_with_the_old_key(
    api: Api, work: Work, app: Flask, store_engine: Engine
) -> None:
    """All is as good as before, also for the process that has run all the time."""
    schema_id = created(api, work)
    webhook = {"url": "https://example.org/hook", "events": ["job.failed"]}
    assert api.post("/webhooks", webhook).status_code == 201
    before = {role: reveal(api, schema_id, role) for role in ("owner", "read-only")}
    api.application.look_at_servers()  # those of the settings are recorded without an address
    assert stored_versions(store_engine) == {"v1": 5}
    assert "v2: in use; 5 stored secret(s) encrypted anew" in command(app, "rotate")
    assert stored_versions(store_engine) == {"v2": 5}
    assert {role: reveal(api, schema_id, role) for role in ("owner", "read-only")} == before
    assert api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]["status"] == (
        "healthy"
    )
    rotate(api, work, schema_id, "read-only")
    assert stored_versions(store_engine) == {"v2": 6}
    assert gets_in(reveal(api, schema_id, "read-only")["connectionString"])


def test_a_record_read_before_a_rotation_brings_no_old_secret_back(
    api: Api, work: Work, app: Flask, store_engine: Engine
) -> None:
    """As that of a job that has run since."""
    schema_id = created(api, work)
    with api.application.open_store() as store:
        stale = store.databases.get(schema_id)
        credentials = store.credentials.of_schema(schema_id)
    assert stale is not None
    command(app, "rotate")
    with api.application.open_store() as store:
        store.databases.put(stale)
        for credential in credentials:
            store.credentials.put(credential)
        store.commit()
    assert stored_versions(store_engine) == {"v2": 4}


def test_backups_of_before_keep_their_key(api: Api, work: Work, app: Flask) -> None:
    """The old key is kept for as long as anything needs it, and then it can go."""
    schema_id = created(api, work)
    backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
    work()
    command(app, "rotate")
    assert "v1: read with; 0 stored secret(s), 1 file(s) of the archive" in command(
        app, "status", "--archive"
    )
    assert "1 file(s) of the archive" in command(app, "forget", "v1", fails=True)
    api.post(f"/schemas/{schema_id}/backups/{backup['id']}/verify")
    work()
    proven = api.get(f"/schemas/{schema_id}/backups/{backup['id']}").get_json()["data"]
    assert proven["verification"]["state"] == "passed"
    assert api.delete(f"/schemas/{schema_id}/backups/{backup['id']}").status_code == 200
    assert "removed" in command(app, "forget", "v1")
    assert command(app, "status").splitlines() == ["v2: in use; 4 stored secret(s)"]
    assert gets_in(reveal(api, schema_id, "owner")["connectionString"])


def asked_for_backup(api: Api, schema_id: str) -> tuple[str, str]:
    """Ask for a backup; return its id and that of its job."""
    backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
    return str(backup["id"]), str(backup["job"]["id"])


def proven(api: Api, schema_id: str, backup_id: str) -> bool:
    """Tell whether a backup passes its proof now."""
    proof = api.post(f"/schemas/{schema_id}/backups/{backup_id}/verify").get_json()["data"]
    return end_of(api, proof["id"]).state is JobState.SUCCEEDED


def test_a_key_is_not_forgotten_while_a_backup_is_being_written_with_it(
    api: Api, work: Work, app: Flask
) -> None:
    """Its file is in no archive yet, and would be one that nobody can read."""
    schema_id = created(api, work)
    backup_id, job_id = asked_for_backup(api, schema_id)

    def replace_the_key() -> None:
        command(app, "rotate")
        refused = command(app, "forget", "v1", fails=True)
        assert f"the job {job_id}" in refused

    job = attempt(api, job_id, MIDDLE_OF_DUMP, replace_the_key)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 1)
    assert "1 file(s) of the archive" in command(app, "forget", "v1", fails=True)
    assert proven(api, schema_id, backup_id)


def test_a_backup_whose_key_is_gone_when_it_ends_is_taken_again(
    api: Api, work: Work, settings: Settings
) -> None:
    """As where this host gets a copy of the key file from which the key is gone."""
    schema_id = created(api, work)
    backup_id, job_id = asked_for_backup(api, schema_id)

    def lose_the_key() -> None:
        api.application.secret_keys.rotate()
        forget_key(settings.secret_key_file, "v1")

    job = attempt(api, job_id, MIDDLE_OF_DUMP, lose_the_key)
    assert job.error is not None
    assert (job.state, job.error.code) == (JobState.QUEUED, "ARCHIVE_KEY_GONE")
    assert list(api.application.archive.locations("")) == []
    assert end_of(api, job_id).state is JobState.SUCCEEDED
    assert proven(api, schema_id, backup_id)


def test_a_key_is_not_forgotten_while_the_store_is_copied(app: Flask, store_engine: Engine) -> None:
    """A copy of the store has no job."""
    command(app, "rotate")
    with turn(store_engine, STORE_COPIES) as is_ours:
        assert is_ours
        assert "a copy of the store" in command(app, "forget", "v1", fails=True)
    assert "removed" in command(app, "forget", "v1")


def test_a_key_comes_in_steps_where_hosts_have_copies(
    api: Api, work: Work, app: Flask, store_engine: Engine
) -> None:
    """Added, used, and then what is stored follows; a second run finds nothing to do."""
    created(api, work)
    command(app, "add")
    assert "0 stored" in command(app, "reencrypt")
    command(app, "use", "v2")
    assert stored_versions(store_engine) == {"v1": 4}
    assert "4 stored" in command(app, "reencrypt")
    assert "0 stored" in command(app, "reencrypt")
    assert "no version v7" in command(app, "use", "v7", fails=True)
    assert "The key v2 is needed" in command(app, "forget", "v2", fails=True)


def test_a_run_that_was_broken_off_goes_on_where_it_was(
    api: Api, work: Work, app: Flask, store_engine: Engine, settings: Settings
) -> None:
    """Some secrets have the new key already; the others follow."""
    created(api, work)
    command(app, "add")
    command(app, "use", "v2")
    box = SecretBox(settings.secret_key_file)
    with store_engine.begin() as connection:
        secrets = SqlStoredSecretRepository(connection)
        (first, *_) = secrets.list_after(
            "credentials.encrypted_password", None, except_version="v2", limit=1
        )
        assert secrets.replace(first, box.encrypt(box.decrypt(first.secret)))
        assert not secrets.replace(first, "v2:late"), "somebody was quicker"
    assert stored_versions(store_engine) == {"v1": 3, "v2": 1}
    assert "3 stored" in command(app, "reencrypt")
    assert stored_versions(store_engine) == {"v2": 4}


def test_a_secret_that_no_key_opens_is_named_and_left(
    api: Api, work: Work, app: Flask, store_engine: Engine
) -> None:
    """Everything else is encrypted anew all the same."""
    schema_id = created(api, work)
    with store_engine.begin() as connection:
        secrets = SqlStoredSecretRepository(connection)
        (database,) = secrets.list_after(
            "databases.encrypted_password", None, except_version="", limit=9
        )
        lost = f"v0:{database.secret.partition(':')[2]}"
        secrets.replace(database, lost)
    told = command(app, "rotate", fails=True)
    assert f"databases.encrypted_password {schema_id}: no key here opens it" in told
    assert stored_versions(store_engine) == {"v0": 1, "v2": 3}
    assert "v0: MISSING; 1 stored secret(s)" in command(app, "status")


def test_the_command_prints_the_address_for_any_role(api: Api, work: Work, app: Flask) -> None:
    """`flask connection-uri` for those who have no HTTP client at hand."""
    schema_id = created(api, work)
    for role in ("owner", "read-write", "read-only"):
        outcome = app.test_cli_runner().invoke(args=["connection-uri", schema_id, "--role", role])
        assert gets_in(outcome.output.strip())
    outcome = app.test_cli_runner().invoke(args=["connection-uri", schema_id, "--role", "root"])
    assert outcome.exit_code == 1
    assert "read-write" in outcome.output


def without_its_key(settings: Settings) -> Flask:
    """Return the app as it starts where the key file is gone."""
    settings.secret_key_file.rename(settings.secret_key_file.with_name("lost"))
    return create_app(settings, announcer=FakeAnnouncer())


def doctor_on_secrets(app: Flask) -> dict[str, str]:
    """Return what the doctor says of secrets."""
    outcome = app.test_cli_runner().invoke(args=["doctor", "--json"])
    (found,) = [each for each in json.loads(outcome.output)["checks"] if each["name"] == "secrets"]
    return dict(found)


def test_a_key_file_that_was_lost_is_missed_and_not_made_anew(
    api: Api, work: Work, settings: Settings
) -> None:
    """Everything says so, and all is well once it is back."""
    created(api, work)
    lost = without_its_key(settings)
    found = doctor_on_secrets(lost)
    assert (found["state"], "is not there" in found["found"]) == ("failed", True)
    assert "start-afresh" in found["remedy"]
    for args in (["status"], ["rotate"], ["add"]):
        assert "is not there" in command(lost, *args, fails=True)
    assert not settings.secret_key_file.exists()
    settings.secret_key_file.with_name("lost").rename(settings.secret_key_file)
    assert doctor_on_secrets(lost)["state"] == "ok"
    lost.extensions["schema_builder"].application.close()


def test_another_key_file_of_the_same_version_is_noticed(
    api: Api, work: Work, settings: Settings
) -> None:
    """Whatever its key is called, it opens nothing."""
    created(api, work)
    lost = without_its_key(settings)
    SecretBox(settings.secret_key_file)
    found = doctor_on_secrets(lost)
    assert found["state"] == "failed"
    assert "databases.encrypted_password" in found["found"]
    assert "credentials.encrypted_password" in found["found"]
    assert "webhooks" not in found["found"]
    assert "Put the secret key file back" in found["remedy"]
    assert "databases.encrypted_password: no key here opens" in command(lost, "status")
    lost.extensions["schema_builder"].application.close()


def test_whoever_lost_the_key_for_good_starts_afresh(
    api: Api, work: Work, settings: Settings
) -> None:
    """With a version of which nothing that was lost can be taken."""
    created(api, work)
    lost = without_its_key(settings)
    assert "v2: made" in command(lost, "start-afresh")
    assert "is there already" in command(lost, "start-afresh", fails=True)
    assert "v1: MISSING; 4 stored secret(s)\nv2: in use" in command(lost, "status")
    assert SecretBox(settings.secret_key_file).versions == ("v2",)
    lost.extensions["schema_builder"].application.close()
