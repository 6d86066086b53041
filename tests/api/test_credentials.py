"""Credentials of a generated database: listed, revealed, tried, kept, and gone in the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg2
import pytest
from flask import Flask

from core.backups.model import BackupState
from core.settings import Settings
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.api.logging_in import (
    ALL_ROLES,
    ROLES,
    first_credentials,
    gets_in,
    known,
    make_as_before,
    reveal,
    roles_of,
    rotate,
    run,
    session,
    worked,
)
from tests.api.working import Work, created, execute_as_owner, insert_user
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app

pytestmark = pytest.mark.servers


def test_a_new_database_has_a_login_for_each_role(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """They are listed without secrets, and revealed one by one."""
    schema_id = created(api, work)
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES
    listed = known(api, schema_id)
    assert tuple(listed) == ROLES
    for role in ROLES:
        shown = reveal(api, schema_id, role)
        assert shown["login"] == listed[role]["login"]
        assert shown["password"] not in api.get(f"/schemas/{schema_id}/credentials").text
        assert shown["password"] in shown["connectionString"]
        assert gets_in(shown["connectionString"])
        assert listed[role]["connectionString"] == shown["connectionString"].replace(
            f":{shown['password']}", ""
        )
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["connectionString"] == listed["owner"]["connectionString"]


def test_each_role_may_do_what_it_is_for(api: Api, work: Work) -> None:
    """The trial says so, without anybody seeing a password."""
    schema_id = created(api, work)
    tables = len(document()["tables"])
    for role, writable, may_create in (
        ("owner", tables, True),
        ("read-write", tables, False),
        ("read-only", 0, False),
    ):
        response = api.post(f"/schemas/{schema_id}/credentials/{role}/test")
        trial = response.get_json()["data"]
        assert trial["succeeded"], trial
        found = trial["found"]
        assert (found["tables"], found["readableTables"]) == (tables, tables)
        assert (found["writableTables"], found["mayCreate"]) == (writable, may_create)
        assert found["sessionRole"] == trial["login"]
        assert found["actingRole"] == trial["login"].removesuffix("_1")


def test_a_refused_login_is_told_as_such(api: Api, work: Work) -> None:
    """As when somebody changed its password by hand."""
    schema_id = created(api, work)
    shown = reveal(api, schema_id, "read-write")
    with session(shown["connectionString"]) as connection:
        run(connection, f"SET ROLE NONE; ALTER ROLE {shown['login']} PASSWORD 'mine'")
    trial = api.post(f"/schemas/{schema_id}/credentials/read-write/test").get_json()["data"]
    assert (trial["succeeded"], trial["found"]) == (False, None)
    assert trial["failure"]["code"] == "LOGIN_REFUSED"


def test_credentials_outlive_regenerating_and_restoring(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """The database is another, the logins and what they may are the same."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    before = {role: reveal(api, schema_id, role) for role in ROLES}
    backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
    work()
    api.post(f"/schemas/{schema_id}/database/regenerate?allowDataLoss=true")
    work()
    with session(before["read-only"]["connectionString"]) as connection:
        assert run(connection, "SELECT count(*) FROM users") == [(0,)]
    api.post(f"/schemas/{schema_id}/backups/{backup['id']}/restore")
    work()
    assert {role: reveal(api, schema_id, role) for role in ROLES} == before
    with session(before["read-only"]["connectionString"]) as connection:
        assert run(connection, "SELECT count(*) FROM users") == [(1,)]
    with session(before["read-write"]["connectionString"]) as connection:
        run(connection, "INSERT INTO users VALUES (2, 'b@example.org')")
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES


def test_tables_of_migrations_can_be_read_and_written_too(api: Api, work: Work) -> None:
    """Those of new namespaces as well; and none of it counts as drift."""
    schema_id = created(api, work)
    design = document()
    column = {"id": "n1", "name": "id", "dataType": "INT", "primaryKey": True, "nullable": False}
    design["namespaces"] = [{"name": "elsewhere"}]
    design["tables"].append({"id": "notes", "name": "notes", "columns": [column]})
    design["tables"].append(
        {"id": "far", "name": "far", "namespace": "elsewhere", "columns": [{**column, "id": "n2"}]}
    )
    changed = api.put(f"/schemas/{schema_id}", design)
    assert changed.status_code == 200, changed.text
    work()
    with session(reveal(api, schema_id, "read-write")["connectionString"]) as connection:
        run(connection, "INSERT INTO notes VALUES (1)")
        run(connection, "INSERT INTO elsewhere.far VALUES (1)")
    with session(reveal(api, schema_id, "read-only")["connectionString"]) as connection:
        assert run(connection, "SELECT * FROM notes, elsewhere.far") == [(1, 1)]
        with pytest.raises(psycopg2.Error):
            run(connection, "INSERT INTO notes VALUES (2)")
    drift = api.get(f"/schemas/{schema_id}/database/drift").get_json()["data"]
    assert drift["state"] == "none", drift


def test_a_backup_with_credentials_is_proven_like_any_other(api: Api, work: Work) -> None:
    """The scratch database knows none of the roles that the dump grants something to."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
    work()
    api.post(f"/schemas/{schema_id}/backups/{backup['id']}/verify")
    work()
    found = api.get(f"/schemas/{schema_id}/backups/{backup['id']}").get_json()["data"]
    assert found["verification"]["state"] == "passed", found
    assert found["state"] == BackupState.AVAILABLE


def test_nothing_is_left_of_the_roles_of_a_dropped_database(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Whatever was rotated before, and although somebody is logged in."""
    schema_id = created(api, work)
    rotate(api, work, schema_id, "read-only", overlapSeconds=3600)
    with session(reveal(api, schema_id, "read-only")["connectionString"]):
        assert api.delete(f"/schemas/{schema_id}?dropDatabase=true").status_code == 200
        work()
    assert roles_of(postgresql_server, schema_id) == set()
    with api.application.open_store() as store:
        assert store.credentials.of_schema(schema_id) == []


def test_a_database_from_before_gets_its_credentials_by_itself(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """Until then its credentials are known to be missing, and rotating makes them at once."""
    schema_id = created(api, work)
    insert_user(api, schema_id)
    make_as_before(api, postgresql_server, schema_id)
    assert known(api, schema_id)["owner"]["login"] is None
    refused = api.post(f"/schemas/{schema_id}/credentials/owner/reveal")
    assert refused.get_json()["error"]["code"] == "CREDENTIAL_ABSENT"
    assert [first_credentials(api), first_credentials(api)] == [1, 0]
    work()
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES
    with session(reveal(api, schema_id, "read-only")["connectionString"]) as connection:
        assert run(connection, "SELECT count(*) FROM users") == [(1,)]
    make_as_before(api, postgresql_server, schema_id)
    rotate(api, work, schema_id, "read-only")
    for role in ROLES:
        assert gets_in(reveal(api, schema_id, role)["connectionString"])
    execute_as_owner(api, schema_id, "CREATE TABLE later (id int)")
    with session(reveal(api, schema_id, "read-write")["connectionString"]) as connection:
        run(connection, "INSERT INTO later VALUES (1)")


@pytest.mark.parametrize("act", ["reveal", "rotate", "test"])
def test_an_unknown_role_is_not_found(api: Api, work: Work, act: str) -> None:
    """The roles that there are, are named."""
    schema_id = created(api, work)
    response = api.post(f"/schemas/{schema_id}/credentials/superuser/{act}")
    assert response.status_code == 404
    assert response.get_json()["error"]["code"] == "CREDENTIAL_NOT_FOUND"
    assert "read-write" in response.get_json()["error"]["details"]


def test_a_schema_without_a_database_has_no_credentials(api: Api) -> None:
    """A conflict that passes once the database is there."""
    schema_id = api.post("/schemas", document()).get_json()["data"]["id"]
    for method, path in (
        ("GET", ""),
        ("POST", "/owner/reveal"),
        ("POST", "/owner/rotate"),
        ("POST", "/owner/test"),
    ):
        response = api.send(method, f"/schemas/{schema_id}/credentials{path}")
        assert response.status_code == 409
        assert response.get_json()["error"]["code"] == "DATABASE_ABSENT"


def test_passwords_of_a_recovered_store_are_the_ones_that_work(
    api: Api, work: Work, postgresql_server: PostgresqlServer, app: Flask
) -> None:
    """They may have been replaced after the copy of the store was taken."""
    schema_id = created(api, work)
    before = reveal(api, schema_id, "read-write")
    owner = f"schema_{schema_id.replace('-', '_')}_owner"
    postgresql_server.execute(f"ALTER ROLE {owner} PASSWORD 'later'")
    postgresql_server.execute(f"ALTER ROLE {before['login']} PASSWORD 'later'")
    with session(postgresql_server.provisioner_url) as account:
        run(account, f"CREATE ROLE {before['login'].removesuffix('_1')}_2 LOGIN")
    told = app.test_cli_runner().invoke(args=["recover", "--keep-store"])
    assert "its database is there" in told.output
    assert gets_in(before["connectionString"])
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
    assert status["status"] == "healthy"


def test_a_login_has_so_many_sessions_and_no_more(
    settings: Settings, announcer: FakeAnnouncer
) -> None:
    """One client with a leak does not use up the server for all the others."""
    app = create_app(
        replace(settings, connections_per_login=2), announcer=announcer, patience=QUICK
    )
    api = make_client(app)
    schema_id = created(api, lambda: worked(api, announcer))
    uri = reveal(api, schema_id, "read-only")["connectionString"]
    with session(uri), session(uri):
        assert not gets_in(uri)
        trial = api.post(f"/schemas/{schema_id}/credentials/read-only/test").get_json()["data"]
        assert trial["failure"]["code"] == "LOGIN_REFUSED"
        assert gets_in(reveal(api, schema_id, "read-write")["connectionString"])
    api.application.close()


def test_a_database_that_cannot_be_helped_is_left_alone_for_a_while(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """A server that is away does not make the schedule fail a job each minute."""
    schema_id = created(api, work)
    make_as_before(api, postgresql_server, schema_id)
    postgresql_server.drop_database(f"schema_{schema_id.replace('-', '_')}")
    assert first_credentials(api) == 1
    work()
    (job, _) = api.get(f"/jobs?schemaId={schema_id}").get_json()["data"]
    assert (job["kind"], job["state"]) == ("rotate", "failed")
    assert job["error"]["code"] == "DATABASE_MISSING"
    assert first_credentials(api) == 0
    assert first_credentials(api, after=timedelta(minutes=61)) == 1
