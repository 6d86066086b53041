"""Credentials of a generated database are replaced, and no session is dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest

from core.databases.model import DatabaseState
from core.jobs.model import JobState
from tests.api.client import Api
from tests.api.logging_in import (
    ALL_ROLES,
    gets_in,
    known,
    retire,
    reveal,
    roles_of,
    rotate,
    run,
    session,
    wait_for_end_of,
)
from tests.api.working import Work, created, end_of, job_of
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer

pytestmark = pytest.mark.servers


def test_rotation_overlaps_and_drops_no_session(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Both logins are good until the old one expires; its open sessions outlive even that."""
    schema_id = created(api, work)
    old = reveal(api, schema_id, "read-write")
    with session(old["connectionString"]) as connection:
        job = rotate(api, work, schema_id, "read-write", overlapSeconds=3600)
        new = reveal(api, schema_id, "read-write")
        assert new["login"] != old["login"]
        assert new["password"] != old["password"]
        assert job["result"]["logins"] == {"read-write": new["login"]}
        assert gets_in(old["connectionString"])
        assert gets_in(new["connectionString"])
        (older,) = known(api, schema_id)["read-write"]["older"]
        assert (older["login"], older["state"]) == (old["login"], "overlapping")
        run(connection, "INSERT INTO users VALUES (1, 'a@example.org')")
        rotate(api, work, schema_id, "read-write", overlapSeconds=0)
        assert not gets_in(new["connectionString"])
        assert not gets_in(old["connectionString"])
        assert retire(api, work) == 1
        # Somebody is still there with the first login; nobody was with the second.
        assert roles_of(postgresql_server, schema_id) == {*ALL_ROLES, "rw_3"} - set()
        run(connection, "INSERT INTO users VALUES (2, 'b@example.org')")
    assert retire(api, work) == 0, "it is looked at again, but not at once"
    wait_for_end_of(postgresql_server, old["login"])
    assert retire(api, work, after=timedelta(minutes=11)) == 1
    assert roles_of(postgresql_server, schema_id) == (ALL_ROLES - {"rw_1"}) | {"rw_3"}
    assert known(api, schema_id)["read-write"]["older"] == []
    assert gets_in(reveal(api, schema_id, "read-write")["connectionString"])


def test_a_lost_password_can_be_made_worthless_at_once(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Without an overlap and with `endSessions`, whoever came in with it is put out."""
    schema_id = created(api, work)
    old = reveal(api, schema_id, "owner")
    with session(old["connectionString"]) as connection:
        rotate(api, work, schema_id, "owner", overlapSeconds=0, endSessions=True)
        with pytest.raises(psycopg2.OperationalError):
            run(connection, "SELECT 1")
    assert not gets_in(old["connectionString"])
    retire(api, work)
    assert roles_of(postgresql_server, schema_id) == (ALL_ROLES - {"owner_1"}) | {"owner_2"}


def test_what_a_login_made_belongs_to_the_owner_and_stays(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Even when somebody insisted on making it as the login itself."""
    schema_id = created(api, work)
    old = reveal(api, schema_id, "owner")
    with session(old["connectionString"]) as connection:
        run(connection, "CREATE TABLE usual (id int)")
        run(connection, "DISCARD ALL")
        run(connection, "CREATE TABLE after_discard (id int)")
        run(connection, "SET ROLE NONE")
        run(connection, "CREATE TABLE stubborn AS SELECT 7 AS id")
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    wait_for_end_of(postgresql_server, old["login"])
    retire(api, work)
    with session(reveal(api, schema_id, "owner")["connectionString"]) as connection:
        assert run(connection, "SELECT id FROM stubborn") == [(7,)]
        owners = run(
            connection,
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class"
            " WHERE relname IN ('usual', 'after_discard', 'stubborn')",
        )
    assert owners == [(old["login"].removesuffix("_1"),)]


def test_the_owners_own_role_gets_a_new_password_when_its_login_goes(api: Api, work: Work) -> None:
    """Whoever was given its password before there were logins is out after the first rotation."""
    schema_id = created(api, work)
    before = api.application.look_at_database.connection_uri(schema_id, owner="local")
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    assert gets_in(before)
    retire(api, work)
    assert not gets_in(before)
    after = api.application.look_at_database.connection_uri(schema_id, owner="local")
    assert gets_in(after)
    assert api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]["status"] == (
        "healthy"
    )


@pytest.mark.parametrize(
    "body",
    [{"overlapSeconds": -1}, {"overlapSeconds": 2_592_001}, {"overlapSeconds": "1"}, {"more": 1}],
    ids=["negative", "longer than a month", "text", "unknown key"],
)
def test_a_rotation_that_makes_no_sense_is_refused(api: Api, work: Work, body: object) -> None:
    """Nothing is queued."""
    schema_id = created(api, work)
    response = api.post(f"/schemas/{schema_id}/credentials/owner/rotate", body)
    assert response.status_code == 400
    assert len(api.get(f"/jobs?schemaId={schema_id}").get_json()["data"]) == 1


def test_a_repeated_rotation_is_done_once(api: Api, work: Work) -> None:
    """With the same key the first job is answered again."""
    schema_id = created(api, work)
    path = f"/schemas/{schema_id}/credentials/owner/rotate"
    again = {"Idempotency-Key": "once"}
    first = api.send("POST", path, headers=again)
    second = api.send("POST", path, headers=again)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.get_json()["data"]["id"] == second.get_json()["data"]["id"]


def test_logins_that_wait_for_their_end_have_a_bound(api: Api, work: Work) -> None:
    """Who rotates and never closes a session is told, and can make room by ending them."""
    schema_id = created(api, work)
    path = f"/schemas/{schema_id}/credentials/read-only/rotate"
    for _ in range(7):
        rotate(api, work, schema_id, "read-only")
    refused = api.post(path)
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "TOO_MANY_CREDENTIALS"
    rotate(api, work, schema_id, "read-only", overlapSeconds=0, endSessions=True)
    retire(api, work)
    assert known(api, schema_id)["read-only"]["older"] == []


def test_sessions_that_outlived_their_login_can_be_ended_too(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Room is made at once, by whoever needs it, and not when the schedule looks again."""
    schema_id = created(api, work)
    old = reveal(api, schema_id, "read-only")
    other = reveal(api, schema_id, "read-write")
    with session(old["connectionString"]) as connection, session(other["connectionString"]) as same:
        rotate(api, work, schema_id, "read-only", overlapSeconds=0)
        rotate(api, work, schema_id, "read-write", overlapSeconds=0)
        assert retire(api, work) == 1
        rotate(api, work, schema_id, "read-only", overlapSeconds=3600, endSessions=True)
        assert run(connection, "SELECT 1") == [(1,)], "only what expires from now on was meant"
        rotate(api, work, schema_id, "read-only", overlapSeconds=0, endSessions=True)
        with pytest.raises(psycopg2.OperationalError):
            run(connection, "SELECT 1")
        assert run(same, "SELECT 1") == [(1,)], "those of other roles are none of its affair"
        assert retire(api, work) == 1
    assert known(api, schema_id)["read-only"]["older"] == []
    assert "ro_1" not in roles_of(postgresql_server, schema_id)


def test_a_cancelled_rotation_changes_nothing(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """The old login is the one to use, for ever."""
    schema_id = created(api, work)
    before = reveal(api, schema_id, "owner")
    job = api.post(f"/schemas/{schema_id}/credentials/owner/rotate").get_json()["data"]
    assert api.post(f"/jobs/{job['id']}/cancel").status_code in {200, 202}
    work()
    assert api.get(f"/jobs/{job['id']}").get_json()["data"]["state"] == "cancelled"
    assert reveal(api, schema_id, "owner") == before
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES


def test_what_has_expired_goes_from_a_database_that_was_kept(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Its schema was deleted without it; whoever still uses it goes on."""
    schema_id = created(api, work)
    current = reveal(api, schema_id, "read-only")
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    owner = reveal(api, schema_id, "owner")
    assert api.delete(f"/schemas/{schema_id}").status_code == 200
    assert retire(api, work) == 1
    assert roles_of(postgresql_server, schema_id) == (ALL_ROLES - {"owner_1"}) | {"owner_2"}
    assert gets_in(current["connectionString"])
    assert gets_in(owner["connectionString"])
    assert retire(api, work, after=timedelta(days=1)) == 0


def test_a_kept_database_can_be_dropped_while_its_logins_are_about_to_be_removed(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer
) -> None:
    """The schedule's work is no reason to say that there is nothing any more."""
    schema_id = created(api, work)
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    api.delete(f"/schemas/{schema_id}")
    assert retire(api, lambda: None) == 1
    (_, retirement) = announcer.announced.pop()
    response = api.delete(f"/schemas/{schema_id}?dropDatabase=true")
    assert response.status_code == 200
    assert job_of(api, retirement).state is JobState.CANCELLED
    assert retire(api, lambda: None, after=timedelta(days=1)) == 0, "it is about to go"
    work()
    assert roles_of(postgresql_server, schema_id) == set()
    with api.application.open_store() as store:
        assert store.credentials.of_schema(schema_id) == []


def test_a_retirement_that_comes_after_the_drop_makes_nothing(
    api: Api, work: Work, announcer: FakeAnnouncer
) -> None:
    """No place is kept for the database of a deleted schema."""
    schema_id = created(api, work)
    rotate(api, work, schema_id, "owner", overlapSeconds=0)
    api.delete(f"/schemas/{schema_id}")
    retire(api, lambda: None)
    (_, retirement) = announcer.announced.pop()
    with api.application.open_store() as store:
        database = store.databases.get(schema_id)
        assert database is not None
        store.databases.put(replace(database, state=DatabaseState.DROPPED))
        store.commit()
    ended = end_of(api, retirement)
    assert ended.error is not None
    assert (ended.state, ended.error.code) == (JobState.FAILED, "SCHEMA_NOT_FOUND")
    with api.application.open_store() as store:
        assert store.databases.get(schema_id) == replace(database, state=DatabaseState.DROPPED)
