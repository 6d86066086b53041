"""What becomes of backups and credentials when a server of databases is away or removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from core.databases.errors import LockTimeoutError, ServerUnavailableError
from core.jobs.model import JobState
from embedded.postgresql import SUPERUSER, EmbeddedPostgresql
from tests.api.client import Api
from tests.api.logging_in import gets_in, known, retire, reveal, rotate, run, session
from tests.api.registering import ELSEWHERE, added, created_elsewhere
from tests.api.working import Work, attempt, created, end_of
from tests.conftest import PostgresqlServer
from tests.end_to_end.holding import Moment, Place
from tests.fakes.announcer import FakeAnnouncer

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("second_server")]


def dropped_with_its_server(api: Api, work: Work, second: EmbeddedPostgresql) -> tuple[str, str]:
    """Return a schema and its backup, its database dropped and the server of it removed.

    No server has the labels that the schema asks for any more.
    """
    server = added(api, second, labels=ELSEWHERE)
    schema_id = created_elsewhere(api, work)
    backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
    work()
    api.delete(f"/schemas/{schema_id}?dropDatabase=true")
    work()
    assert api.delete(f"/servers/{server['id']}").status_code == 200
    return schema_id, backup["id"]


def verification(api: Api, schema_id: str, backup_id: str) -> str:
    """Ask for the proof of a backup; return the job's id."""
    response = api.post(f"/schemas/{schema_id}/backups/{backup_id}/verify")
    assert response.status_code == 202, response.get_json()
    job = response.get_json()["data"]
    return str(job["id"])


def leftovers(admin_url: str, job_id: str) -> list[str]:
    """Return what the attempts of a job left on a server."""
    prefix = f"sb_{job_id.replace('-', '')}"
    query = (
        f"SELECT datname FROM pg_database WHERE starts_with(datname, '{prefix}')"
        f" UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{prefix}')"
    )
    with session(admin_url) as connection:
        return [str(name) for (name,) in run(connection, query)]


def out_of_patience() -> None:
    """Find that others hold what is needed."""
    raise LockTimeoutError(database_name="scratch")


def test_a_backup_is_proven_wherever_it_could_be_restored_once_its_server_is_gone(
    api: Api, work: Work, second: EmbeddedPostgresql, postgresql_server: PostgresqlServer
) -> None:
    """On a server that fits: rows that must not leave a place do not leave it for a proof."""
    schema_id, backup_id = dropped_with_its_server(api, work, second)
    job = end_of(api, verification(api, schema_id, backup_id))
    assert job.error is not None
    assert (job.state, job.error.code) == (JobState.FAILED, "NO_CAPACITY")
    added(api, postgresql_server.embedded, name="first", labels=ELSEWHERE)
    job = end_of(api, verification(api, schema_id, backup_id))
    assert (job.state, job.error) == (JobState.SUCCEEDED, None)
    assert leftovers(postgresql_server.admin_url, job.id) == []


def test_a_proof_that_fails_elsewhere_leaves_nothing(
    api: Api, work: Work, second: EmbeddedPostgresql, postgresql_server: PostgresqlServer
) -> None:
    """Whatever the attempts made is found without a record of where it is."""
    schema_id, backup_id = dropped_with_its_server(api, work, second)
    added(api, postgresql_server.embedded, name="first", labels=ELSEWHERE)
    job_id = verification(api, schema_id, backup_id)
    seen = []

    def fail() -> None:
        seen.append(leftovers(postgresql_server.admin_url, job_id))
        out_of_patience()

    job = end_of(api, job_id, Place(moment=Moment.BEGIN, step="load"), fail)
    assert (job.state, job.attempt) == (JobState.FAILED, 3)
    assert [len(each) for each in seen] == [2, 2, 2], "each attempt has its own, and only that"
    assert leftovers(postgresql_server.admin_url, job_id) == []


def test_a_proof_elsewhere_waits_for_a_server_that_may_hold_something(
    api: Api, work: Work, second: EmbeddedPostgresql, postgresql_server: PostgresqlServer
) -> None:
    """It ends once that can be removed; a server that was away all along is not waited for."""
    schema_id, backup_id = dropped_with_its_server(api, work, second)
    server = added(api, second, labels=ELSEWHERE)
    job_id = verification(api, schema_id, backup_id)

    def lose() -> None:
        second.stop()
        raise ServerUnavailableError(address="second", reason="killed")

    try:
        attempt(api, job_id, Place(moment=Moment.BEGIN, step="load"), lose)
        assert leftovers(postgresql_server.admin_url, job_id) == []
        # One that it could go on with does not make what is on the other one go.
        added(api, postgresql_server.embedded, name="first", labels=ELSEWHERE)
        for _ in range(4):
            job = attempt(api, job_id)
        assert (job.state, job.cleanup_only) == (JobState.QUEUED, True)
        later = verification(api, schema_id, backup_id)
        assert end_of(api, later).state is JobState.SUCCEEDED
        failing = verification(api, schema_id, backup_id)
        place = Place(moment=Moment.BEGIN, step="load")
        assert end_of(api, failing, place, out_of_patience).state is JobState.FAILED
    finally:
        second.start()
    api.application.look_at_servers()
    assert api.get(f"/servers/{server['id']}").get_json()["data"]["state"] == "ready"
    assert len(leftovers(second.url(SUPERUSER), job_id)) == 2
    assert end_of(api, job_id).state is JobState.FAILED
    assert leftovers(second.url(SUPERUSER), job_id) == []


@pytest.mark.parametrize("kind", ["rotate", "retire"])
def test_credentials_on_a_server_that_is_away_hold_up_nothing(
    api: Api, work: Work, announcer: FakeAnnouncer, second: EmbeddedPostgresql, kind: str
) -> None:
    """Nothing was begun there, so the job ends and says why, and the next one has its turn."""
    added(api, second, labels=ELSEWHERE)
    schema_id = created_elsewhere(api, work)
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    before = reveal(api, schema_id, "owner")
    second.stop()
    try:
        if kind == "rotate":
            api.post(f"/schemas/{schema_id}/credentials/owner/rotate")
        else:
            assert retire(api, lambda: None) == 1
        (_, job_id) = announcer.announced.pop()
        job = end_of(api, job_id)
        assert job.error is not None
        assert (job.state, job.error.code) == (JobState.FAILED, "SERVER_UNAVAILABLE")
        assert job.attempt == job.max_attempts
        assert retire(api, lambda: None, after=timedelta(hours=2)) == 0, "it is known to be away"
    finally:
        second.start()
    assert reveal(api, schema_id, "owner") == before
    assert gets_in(before["connectionString"])
    api.application.look_at_servers()
    assert retire(api, work, after=timedelta(hours=2)) == 1
    assert known(api, schema_id)["owner"]["older"] == []


def test_a_kept_database_on_a_lost_server_is_left_alone(
    app: Flask, api: Api, work: Work, second: EmbeddedPostgresql
) -> None:
    """Nobody can remove logins there, and nobody is told every hour that it failed."""
    added(api, second, labels=ELSEWHERE)
    schema_id = created_elsewhere(api, work)
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    api.delete(f"/schemas/{schema_id}")
    told = app.test_cli_runner().invoke(args=["servers", "remove", "second", "--lost"])
    assert told.exit_code == 0, told.output
    assert retire(api, work, after=timedelta(days=1)) == 0


def test_a_server_whose_address_cannot_be_read_spoils_nothing_for_the_others(
    api: Api, work: Work, announcer: FakeAnnouncer, second: EmbeddedPostgresql
) -> None:
    """As when a key was lost; its own jobs say that it is out of reach."""
    server = added(api, second, labels=ELSEWHERE)
    there = created_elsewhere(api, work)
    here = created(api, work, "here")
    with api.application.open_store() as store:
        registration = store.registrations.get(server["id"])
        assert registration is not None
        store.registrations.put(replace(registration, encrypted_url="v9:unreadable"))
        store.commit()
    reachable = api.application.servers.all_reachable()
    assert server["id"] not in {each.server_id for each in reachable}
    assert len(reachable) == 1
    assert api.application.servers.any_server() == reachable[0].server_id
    assert api.application.measure_databases() == 1
    rotate(api, work, here, "owner")
    api.post(f"/schemas/{there}/credentials/owner/rotate")
    (_, job_id) = announcer.announced.pop()
    job = end_of(api, job_id)
    assert job.error is not None
    assert (job.state, job.error.code) == (JobState.FAILED, "SERVER_UNAVAILABLE")
    api.application.look_at_servers()
    states = {each["id"]: each["state"] for each in api.get("/servers").get_json()["data"]}
    assert states.pop(server["id"]) == "away"
    assert list(states.values()) == ["ready"]
    assert api.application.measure_databases() == 1
    created(api, work, "another")
