"""Credentials of a generated database: listed, revealed, tried, replaced, and gone in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 a class in disguise

from core.backups.model import BackupState
from core.databases.retiring import queue_retirements
from core.databases.rotating import queue_first_credentials
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner, insert_user
from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers

ROLES = ("owner", "read-write", "read-only")


def reveal(api: Api, schema_id: str, role: str) -> Any:  # noqa: ANN401 - JSON
    """Return a credential with its password."""
    response = api.post(f"/schemas/{schema_id}/credentials/{role}/reveal")
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()["data"]


def rotate(api: Api, work: Work, schema_id: str, role: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    """Replace a credential, and return the ended job."""
    response = api.post(f"/schemas/{schema_id}/credentials/{role}/rotate", body)
    assert response.status_code == 202, response.get_data(as_text=True)
    work()
    job = api.get(f"/jobs/{response.get_json()['data']['id']}").get_json()["data"]
    assert job["state"] == "succeeded", job
    return job


def known(api: Api, schema_id: str) -> dict[str, Any]:
    """Return what is known of a database's credentials, by role."""
    listed = api.get(f"/schemas/{schema_id}/credentials").get_json()
    assert listed["pagination"]["total"] == 3
    return {each["role"]: each for each in listed["data"]}


@contextmanager
def session(uri: str) -> Iterator[Connection]:
    """Log in as a client would, in autocommit mode."""
    with closing(psycopg2.connect(uri)) as connection:
        connection.autocommit = True
        yield connection


def run(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description is not None else []


def gets_in(uri: str) -> bool:
    """Tell whether somebody gets in with an address."""
    try:
        psycopg2.connect(uri).close()
    except psycopg2.OperationalError:
        return False
    return True


def roles_of(server: PostgresqlServer, schema_id: str) -> set[str]:
    """Return the suffixes of all roles that the server has for a schema's database."""
    name = f"schema_{schema_id.replace('-', '_')}"
    rows = server.execute(f"SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{name}')")
    return {str(row[0]).removeprefix(f"{name}_") for row in rows}


ALL_ROLES = {"owner", "rw", "ro", "owner_1", "rw_1", "ro_1"}
"""What a database has whose credentials were never replaced."""


def retire(api: Api, work: Work, *, after: timedelta = timedelta()) -> int:
    """Do what the schedule does, as if so much time had passed."""

    class Later:
        """A clock that is ahead."""

        def now(self) -> Any:  # noqa: ANN401 - a time
            return api.application.clock.now() + after

    count = queue_retirements(
        open_store=api.application.open_store,
        announcer=api.application.announcer,
        clock=Later(),
    )
    work()
    return count


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


def wait_for_end_of(server: PostgresqlServer, login: str) -> None:
    """Wait until the server has noticed that a client is gone."""
    query = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{login}'"
    for _ in range(200):
        if server.execute(query) == [(0,)]:
            return
    raise AssertionError


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
    application = api.application
    for wanted in (1, 0):
        queued = queue_first_credentials(
            open_store=application.open_store,
            announcer=application.announcer,
            clock=application.clock,
        )
        assert queued == wanted
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


def make_as_before(api: Api, server: PostgresqlServer, schema_id: str) -> None:
    """Bring a database into the state in which all were before there were credentials."""
    name = f"schema_{schema_id.replace('-', '_')}"
    listed = ", ".join(f"{name}_{each}" for each in ("owner_1", "rw_1", "ro_1", "rw", "ro"))
    server.execute(f"DROP OWNED BY {listed}", name)
    server.execute(f"DROP ROLE {listed}")
    with api.application.open_store() as store:
        store.credentials.forget_schema(schema_id)
        store.commit()


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
