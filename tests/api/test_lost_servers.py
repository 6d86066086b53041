"""What becomes of backups and credentials when a server of databases is away or removed."""

from __future__ import annotations

import pytest

from core.databases.errors import LockTimeoutError, ServerUnavailableError
from core.jobs.model import JobState
from embedded.postgresql import SUPERUSER, EmbeddedPostgresql
from tests.api.client import Api
from tests.api.logging_in import run, session
from tests.api.registering import ELSEWHERE, added, created_elsewhere
from tests.api.working import Work, attempt, end_of
from tests.conftest import PostgresqlServer
from tests.end_to_end.holding import Moment, Place

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
        second.kill()
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
    assert end_of(api, job_id).state is JobState.FAILED
    assert leftovers(second.url(SUPERUSER), job_id) == []
