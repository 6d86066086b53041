"""Servers over the API and the command line: registered, listed, drained and removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from click.testing import Result
from flask import Flask

from core.databases.registration import Capacity
from core.databases.server_errors import ServerAddressError
from embedded.ports import free_port
from embedded.postgresql import PROVISIONER, STORE, SUPERUSER, EmbeddedPostgresql
from tests.api.client import Api
from tests.api.conftest import make_settings
from tests.api.documents import document
from tests.api.guarded import guard
from tests.api.registering import added, body_of
from tests.api.working import Work, created
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("second_server")]

PASSWORD = "hunter2hunter2"


def listed(api: Api) -> dict[str, Any]:
    """Return all servers by name."""
    return {each["name"]: each for each in api.get("/servers").get_json()["data"]}


def run(app: Flask, *args: str, stdin: str = "") -> Result:
    """Run a command of `flask servers`."""
    return app.test_cli_runner().invoke(args=["servers", *args], input=stdin)


def test_a_server_is_looked_at_registered_and_never_shows_its_account(
    api: Api, app: Flask, second: EmbeddedPostgresql
) -> None:
    """The password is encrypted in the store and nowhere in any answer."""
    server = added(
        api, second, labels={"disk": "ssd"}, capacity={"databases": 3, "sizeBytes": 2**40}
    )
    assert (server["state"], server["isRegistered"], server["databases"]) == ("ready", True, 0)
    assert server["labels"] == {"disk": "ssd"}
    assert server["capacity"] == {"databases": 3, "sizeBytes": 2**40, "connections": None}
    password = second.url(PROVISIONER).split(":")[2].split("@")[0]
    shown = [
        api.get(path).get_data(as_text=True)
        for path in ("/servers", f"/servers/{server['id']}", "/audit")
    ]
    shown += [run(app, "list").output, run(app, "list", "--json").output]
    assert all(password not in text and PROVISIONER not in text for text in shown)
    with api.application.open_store() as store:
        known = store.registrations.get(server["id"])
    assert known is not None
    assert known.encrypted_url is not None
    assert password not in known.encrypted_url


def test_servers_of_the_settings_are_listed_once_they_were_looked_at(
    api: Api, postgresql_server: PostgresqlServer
) -> None:
    """The schedule looks soon after the start."""
    assert listed(api) == {}
    api.application.look_at_servers()
    (server,) = listed(api).values()
    assert server["name"] == f"127.0.0.1:{postgresql_server.port}"
    assert (server["isRegistered"], server["state"]) == (False, "ready")
    assert server["health"]["sizeBytes"] > 0
    assert server["health"]["freeConnections"] > 0


def test_a_database_is_placed_by_label_and_refused_where_none_fits(
    api: Api, work: Work, second: EmbeddedPostgresql
) -> None:
    """What is asked for is kept with the schema, and unknown wishes are refused."""
    server = added(api, second, labels={"disk": "ssd"}, capacity={"databases": 1})
    wanted = {**document("one"), "placement": {"labels": {"disk": "ssd"}}}
    schema = api.post("/schemas", wanted).get_json()["data"]
    work()
    status = api.get(f"/schemas/{schema['id']}/database/status").get_json()["data"]
    assert f":{second.port}/" in status["connectionString"]
    assert listed(api)["second"]["databases"] == 1
    assert listed(api)["second"]["state"] == "full"

    late = api.post("/schemas", {**wanted, "name": "two"}).get_json()["data"]
    work()
    job = api.get(f"/jobs/{late['job']['id']}").get_json()["data"]
    assert (job["state"], job["error"]["code"]) == ("failed", "NO_CAPACITY")
    assert "1 full, " in job["error"]["details"] or "1 full." in job["error"]["details"]
    # Nothing is kept for it, so what it waits for can come and it can be tried again.
    api.put(f"/servers/{server['id']}", {"name": "second", "labels": {"disk": "ssd"}})
    api.post(f"/jobs/{job['id']}/retry")
    work()
    assert api.get(f"/schemas/{late['id']}").get_json()["data"]["status"] == "created"

    unknown = api.post("/schemas", {**document("three"), "placement": {"server": "second"}})
    assert unknown.status_code == 400
    (problem,) = unknown.get_json()["data"]["errors"]
    assert (problem["field"], problem["code"]) == ("placement.server", "UNKNOWN_KEY")
    checked = api.post("/schemas/validate", {**document("x"), "placement": {"labels": {"a": "b"}}})
    assert checked.status_code == 200
    moved = api.put(f"/schemas/{schema['id']}", wanted)
    assert moved.status_code == 400


def test_a_drained_server_takes_no_new_databases_and_keeps_its_own(
    api: Api, work: Work, second: EmbeddedPostgresql
) -> None:
    """It is removed only once nothing stands on it."""
    server = added(api, second, labels={"disk": "ssd"})
    wanted = {**document("one"), "placement": {"labels": {"disk": "ssd"}}}
    schema = api.post("/schemas", wanted).get_json()["data"]
    work()
    path = f"/servers/{server['id']}"
    drained = api.post(f"{path}/drain").get_json()["data"]
    assert (drained["state"], drained["databases"]) == ("drained", 1)
    assert api.post(f"{path}/drain").get_json()["data"]["drainedAt"] == drained["drainedAt"]
    api.post(f"/schemas/{schema['id']}/database/regenerate")
    elsewhere = created(api, work)
    status = api.get(f"/schemas/{elsewhere}/database/status").get_json()["data"]
    assert f":{second.port}/" not in status["connectionString"]
    refused = api.delete(path)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "SERVER_IN_USE")
    api.delete(f"/schemas/{schema['id']}?dropDatabase=true")
    work()
    assert api.post(f"{path}/undrain").get_json()["data"]["state"] == "ready"
    assert api.delete(path).status_code == 200
    assert api.get(path).status_code == 404
    assert "second" not in listed(api)
    assert added(api, second)["databases"] == 0


def test_a_deletion_is_taken_back_where_there_is_room(
    api: Api, work: Work, second: EmbeddedPostgresql
) -> None:
    """The server that the database stood on may be gone by then."""
    server = added(api, second, labels={"disk": "ssd"})
    wanted = {**document("one"), "placement": {"labels": {"disk": "ssd"}}}
    schema = api.post("/schemas", wanted).get_json()["data"]
    work()
    path = f"/schemas/{schema['id']}"
    api.post(f"{path}/backups")
    work()
    api.post(f"/servers/{server['id']}/drain")
    api.delete(f"{path}?dropDatabase=true")
    work()
    (backup,) = api.get(f"{path}/backups").get_json()["data"]
    restored = api.post(f"{path}/backups/{backup['id']}/restore").get_json()["data"]
    work()
    job = api.get(f"/jobs/{restored['id']}").get_json()["data"]
    assert (job["state"], (job["error"] or {}).get("code")) == ("failed", "NO_CAPACITY")
    api.post(f"/servers/{server['id']}/undrain")
    again = api.post(f"/jobs/{restored['id']}/retry").get_json()["data"]
    work()
    assert api.get(f"/jobs/{again['id']}").get_json()["data"]["state"] == "succeeded"


def test_a_server_that_settings_name_stays_as_long_as_they_do(api: Api) -> None:
    """Removing it would last until the next look."""
    api.application.look_at_servers()
    (server,) = listed(api).values()
    refused = api.delete(f"/servers/{server['id']}")
    assert refused.status_code == 409
    assert "SERVERS" in refused.get_json()["error"]["details"]


def test_what_cannot_be_used_is_refused_with_the_remedy(
    api: Api, second: EmbeddedPostgresql
) -> None:
    """Rights, addresses, names, and a server that is there already."""
    weak = second.url(STORE)
    refused = api.post("/servers", {"name": "weak", "url": weak})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (409, "SERVER_UNFIT")
    assert "CREATEDB CREATEROLE" in refused.get_json()["error"]["details"]
    away = f"postgresql://account:{PASSWORD}@127.0.0.1:{free_port()}/postgres"
    silent = api.post("/servers", {"name": "away", "url": away})
    assert (silent.status_code, silent.get_json()["error"]["code"]) == (503, "SERVER_UNAVAILABLE")
    wrong = second.url(PROVISIONER).replace(
        second.url(PROVISIONER).split(":")[2], PASSWORD + "@127"
    )
    for url in ("http://example.org/", "postgresql://a@169.254.169.254/postgres", wrong):
        answer = api.post("/servers", {"name": "odd", "url": url})
        assert answer.status_code in {400, 503}, url
        assert PASSWORD not in answer.get_data(as_text=True)
    for given, field in (
        ({"name": " ", "url": weak}, "name"),
        ({"name": "x"}, "url"),
        ({"name": "x", "url": weak, "capacity": {"databases": 0}}, "capacity.databases"),
        ({"name": "x", "url": weak, "labels": {"A": "b"}}, "labels"),
        ({"name": "x", "url": weak, "password": "y"}, "password"),
    ):
        problems = api.post("/servers", given).get_json()["data"]["errors"]
        assert [problem["field"] for problem in problems] == [field]
    server = added(api, second)
    again = api.post("/servers", body_of(second, name="again"))
    assert (again.status_code, again.get_json()["error"]["code"]) == (409, "SERVER_EXISTS")
    assert listed(api).keys() == {"second"}
    nowhere = f"/servers/{uuid4()}"
    assert api.put(nowhere, {"name": "x"}).status_code == 404
    assert api.get("/servers/no-id").get_json()["error"]["code"] == "SERVER_NOT_FOUND"
    assert api.post(f"{nowhere}/drain").status_code == 404
    assert server["name"] == "second"


def test_a_name_that_leads_to_a_refused_address_is_not_registered(api: Api) -> None:
    """It is looked up before anything is connected to."""
    register = replace(
        api.application.register_servers, resolve=lambda _host, _port: ("169.254.169.254",)
    )
    with pytest.raises(ServerAddressError, match="name leads"):
        register.add(name="odd", url="postgresql://a@127.0.0.1:1/x", labels={}, capacity=Capacity())


def test_an_address_changes_only_to_one_of_the_same_server(
    api: Api, second: EmbeddedPostgresql, postgresql_server: PostgresqlServer
) -> None:
    """A rotated password, say; databases do not move with an address."""
    server = added(api, second)
    path = f"/servers/{server['id']}"
    other = api.put(path, {"name": "second", "url": postgresql_server.provisioner_url})
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "SERVER_IS_ANOTHER")
    connection = psycopg2.connect(second.url(SUPERUSER))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP ROLE IF EXISTS other_account;"
            f" CREATE ROLE other_account LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORD}';"
            " GRANT CONNECT ON DATABASE postgres TO other_account"
        )
    connection.close()
    moved = f"postgresql://other_account:{PASSWORD}@127.0.0.1:{second.port}/postgres"
    changed = api.put(path, {"name": "renamed", "url": moved, "labels": {"a": "b"}})
    assert changed.status_code == 200
    assert (changed.get_json()["data"]["name"], changed.get_json()["data"]["labels"]) == (
        "renamed",
        {"a": "b"},
    )
    api.application.look_at_servers()
    assert listed(api)["renamed"]["state"] == "ready"


def test_the_command_line_does_the_same(
    app: Flask, api: Api, second: EmbeddedPostgresql, tmp_path: Path
) -> None:
    """The address comes from a file or the standard input, never from the command line."""
    file = tmp_path / "address"
    file.write_text(second.url(PROVISIONER) + "\n")
    result = run(
        app,
        "add",
        "second",
        "--url-file",
        str(file),
        "--label",
        "disk=ssd",
        "--most-databases",
        "2",
    )
    assert result.exit_code == 0, result.output
    assert "registered as" in result.output
    shown = run(app, "list").output
    assert "second  ready  0 of 2 databases, 100% free" in shown
    assert "(SERVERS)" in shown
    assert run(app, "set", "second", "--no-labels", "--most-connections", "50").exit_code == 0
    assert run(app, "set", "second", "--name", "b", "--label", "x=y", "--no-limits").exit_code == 0
    assert "takes no new databases" in run(app, "drain", "b").output
    found = {each["name"]: each for each in json.loads(run(app, "list", "--json").output)}
    assert (found["b"]["state"], found["b"]["labels"]) == ("drained", {"x": "y"})
    assert found["b"]["capacity"] == {"databases": None, "sizeBytes": None, "connections": None}
    assert "takes new databases" in run(app, "undrain", found["b"]["id"]).output
    assert run(app, "set", "b", "--new-url", stdin=second.url(PROVISIONER)).exit_code == 0
    assert "b: removed" in run(app, "remove", "b").output
    assert run(app, "add", "c", stdin=second.url(PROVISIONER)).exit_code == 0
    assert "second" not in listed(api)


def test_the_command_line_says_what_is_wrong_and_shows_no_password(
    app: Flask, second: EmbeddedPostgresql
) -> None:
    """Where a server is not to be had, it may say the reason: who runs it reads the log too."""
    away = f"postgresql://account:{PASSWORD}@127.0.0.1:{free_port()}/postgres"
    result = run(app, "add", "away", stdin=away)
    assert result.exit_code == 1
    assert "refused" in result.output
    assert PASSWORD not in result.output
    weak = run(app, "add", "weak", stdin=second.url(STORE))
    assert "ALTER ROLE" in weak.output
    assert "There is no server" in run(app, "drain", "nobody").output
    assert run(app, "add", " ", stdin=away).exit_code == 2
    assert run(app, "add", "x", "--label", "nothing", stdin=away).exit_code == 2
    assert run(app, "add", "x", "--label", "A=b", stdin=away).exit_code == 2
    many = [part for number in range(17) for part in ("--label", f"a{number}=b")]
    assert run(app, "add", "x", *many, stdin=away).exit_code == 2


def test_a_lost_server_can_be_removed_with_what_stood_on_it(
    app: Flask, api: Api, work: Work, second: EmbeddedPostgresql
) -> None:
    """Recovery then knows that the databases are gone."""
    added(api, second, labels={"disk": "ssd"})
    wanted = {**document("one"), "placement": {"labels": {"disk": "ssd"}}}
    schema = api.post("/schemas", wanted).get_json()["data"]
    work()
    assert run(app, "remove", "second").exit_code == 1
    assert run(app, "remove", "second", "--lost").exit_code == 0
    status = api.get(f"/schemas/{schema['id']}/database/status").get_json()["data"]
    assert status["status"] == "unreachable"


def test_servers_are_measured_and_looked_after(
    app: Flask, api: Api, second: EmbeddedPostgresql
) -> None:
    """Metrics and the doctor go by name; readiness counts and tells no address."""
    added(api, second, capacity={"databases": 4})
    api.application.look_at_servers()
    text = api.client.get("/metrics").get_data(as_text=True)
    assert 'schema_builder_server_up{server="second"} 1.0' in text
    assert 'schema_builder_server_free_ratio{server="second"} 1.0' in text
    assert 'schema_builder_server_bytes{server="second"}' in text
    ready = api.get("/health/ready").get_json()["data"]["checks"]
    (check,) = (each for each in ready if each["name"] == "servers")
    assert check["found"] == "2 of 2 servers of databases answer, 2 with room."
    doctor = app.test_cli_runner().invoke(args=["doctor", "--json"])
    names = {each["name"] for each in json.loads(doctor.output)["checks"]}
    assert {"server:second", "server:second:rights", "server:second:programs"} <= names
    with api.application.open_store() as store:
        for each in store.registrations.list_all():
            store.registrations.note_away(each.id, api.application.clock.now())
        store.commit()
    ready = api.get("/health/ready").get_json()["data"]["checks"]
    (check,) = (each for each in ready if each["name"] == "servers")
    assert (check["state"], "0 of 2" in check["found"]) == ("warning", True)


@pytest.fixture
def guarded_app(
    store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer
) -> Iterator[Flask]:
    """An app that asks who is there."""
    settings = replace(
        make_settings(store_url, tmp_path, postgresql_server), authentication="required"
    )
    app = create_app(settings, announcer=FakeAnnouncer())
    yield app
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()


def test_servers_are_no_affair_of_another_workspace(
    guarded_app: Flask, second: EmbeddedPostgresql
) -> None:
    """An admin of a tenant neither sees, changes nor adds one."""
    guarded = guard(guarded_app)
    guarded.api.application.look_at_servers()
    (server,) = guarded.api.application.servers.registrations()
    key = guarded.other_key
    assert guarded.get("/servers", key=key)["data"] == []
    assert guarded.send("GET", f"/servers/{server.id}", key=key).status_code == 404
    assert guarded.send("POST", f"/servers/{server.id}/drain", key=key).status_code == 404
    refused = guarded.send("POST", "/servers", key=key, body=body_of(second))
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "INSTALLATION_ONLY")
