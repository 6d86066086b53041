"""An installation comes back from nothing but the archive and the key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine as StoreEngine
from sqlalchemy import text

from core.access.principal import LOCAL_WORKSPACE
from core.application import Application
from core.backups.errors import NoStoreCopyError, StoreCopyRunningError
from core.backups.recovering import Recovery
from core.bootstrap import build
from core.databases.engine import Engine
from core.databases.errors import ServerUnavailableError
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobId
from core.settings import Settings
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.api.working import Work, created, execute_as_owner
from tests.conftest import PostgresqlServer, new_empty_store
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app

pytestmark = pytest.mark.servers


@pytest.fixture
def bare_app(
    settings: Settings, postgresql_server: PostgresqlServer, announcer: FakeAnnouncer
) -> Iterator[Flask]:
    """An app with the same archive and key over a store that has not even tables."""
    name = f"recovered_{uuid4().hex}"
    url = new_empty_store(postgresql_server, name)
    app = create_app(replace(settings, database_url=url), announcer=announcer, patience=QUICK)
    yield app
    app.extensions["schema_builder"].application.close()
    postgresql_server.drop_database(name)


def lose_databases(api: Api, postgresql_server: PostgresqlServer, *schema_ids: str) -> None:
    """Drop databases behind our back."""
    for schema_id in schema_ids:
        status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
        postgresql_server.drop_database(status["databaseName"])


def carry_out(application: Application, announcer: FakeAnnouncer) -> None:
    """Be a worker of that application: carry every announced job to its end."""
    while announcer.announced:
        _, job_id = announcer.announced.pop(0)
        execute(
            JobId(job_id),
            open_store=application.open_store,
            runners=application.runners,
            clock=application.clock,
            announcer=announcer,
            limits=Limits(),
        )


def test_everything_comes_back_with_its_rows(
    api: Api,
    work: Work,
    bare_app: Flask,
    announcer: FakeAnnouncer,
    postgresql_server: PostgresqlServer,
) -> None:
    """Store, databases and rows; what has no backup is named, and what is there is left alone."""
    lost = created(api, work)
    execute_as_owner(api, lost, "INSERT INTO users (id, email) VALUES (1, 'ada@example.org')")
    backup = api.post(f"/schemas/{lost}/backups").get_json()["data"]
    work()
    living = api.post("/schemas", {**document(), "name": "living"}).get_json()["data"]["id"]
    unsaved = api.post("/schemas", {**document(), "name": "unsaved"}).get_json()["data"]["id"]
    work()
    api.application.store_copies.take()
    lose_databases(api, postgresql_server, lost, unsaved)

    recovered = bare_app.test_cli_runner().invoke(args=["recover"])

    assert recovered.exit_code == 0, recovered.output
    said = recovered.output.splitlines()
    assert any(line.startswith("store: loaded from store/") for line in said)
    assert f"loads backup {backup['id']}" in recovered.output
    assert "living: its database is there" in said
    assert any(line.startswith("unsaved: has no backup in the archive") for line in said)
    new_api = make_client(bare_app)
    application = new_api.application
    (audited,) = (
        application.audit_log.list_before(workspace_id=LOCAL_WORKSPACE, before=None, limit=1) or ()
    )
    assert (audited.operation, audited.status) == ("recover", 200)
    carry_out(application, announcer)
    for schema_id in (lost, living):
        status = new_api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]
        assert status["status"] == "healthy"
    metrics = new_api.get(f"/schemas/{lost}/backups").get_json()["data"]
    assert backup["id"] in {each["id"] for each in metrics}
    with application.open_store() as store:
        database = store.databases.get(lost)
    assert database is not None
    rows = postgresql_server.execute("SELECT email FROM users", database.name)
    assert rows == [("ada@example.org",)]


def test_a_store_that_is_there_is_not_replaced(app: Flask) -> None:
    """Whoever means it empties the database first."""
    copied = app.test_cli_runner().invoke(args=["store", "backup"])
    listed = app.test_cli_runner().invoke(args=["store", "copies"])
    assert (copied.exit_code, copied.output.split(":")[0]) == (0, listed.output.strip())
    refused = app.test_cli_runner().invoke(args=["recover"])
    assert refused.exit_code == 1
    assert "has tables already" in refused.output


def test_without_a_copy_nothing_is_recovered(bare_app: Flask) -> None:
    """And it is said what to look after."""
    copies = make_client(bare_app).application.store_copies
    with pytest.raises(NoStoreCopyError):
        copies.load()
    refused = bare_app.test_cli_runner().invoke(args=["recover"])
    assert (refused.exit_code, "no copy of the store" in refused.output) == (1, True)


def test_the_store_is_copied_when_it_is_due(api: Api) -> None:
    """Not while the newest copy is young enough."""
    copies = api.application.store_copies
    assert copies.take_if_due(timedelta(hours=1)) is not None
    assert copies.take_if_due(timedelta(hours=1)) is None
    assert copies.take_if_due(timedelta(0)) is not None
    assert len(copies.locations()) == 2
    with closing(copies.open_engine()) as engine:
        assert engine.marker(copies.database_name) is not None


def test_the_store_is_copied_once_by_two_at_once(api: Api, settings: Settings) -> None:
    """As by two schedule workers: the second comes while the first is in the middle of it."""
    copies = api.application.store_copies
    other = build(settings, announcer=FakeAnnouncer())
    second: list[object] = []

    def begin_again() -> Engine:
        second.append(other.store_copies.take_if_due(timedelta(hours=1)))
        with pytest.raises(StoreCopyRunningError):
            other.store_copies.take()
        return copies.open_engine()

    first = replace(copies, open_engine=begin_again).take_if_due(timedelta(hours=1))
    assert first is not None
    assert (second, list(copies.locations())) == ([None], [first.location])
    assert other.store_copies.take_if_due(timedelta(hours=1)) is None
    assert other.store_copies.take_if_due(timedelta(0)) is not None
    other.close()


def test_a_server_that_is_no_more_is_replaced(
    api: Api,
    work: Work,
    announcer: FakeAnnouncer,
    store_engine: StoreEngine,
    postgresql_server: PostgresqlServer,
) -> None:
    """Its databases come back on a server that is there; the store stays as it is."""
    schema_id = created(api, work)
    api.post(f"/schemas/{schema_id}/backups")
    work()
    lose_databases(api, postgresql_server, schema_id)
    with store_engine.begin() as connection:
        connection.execute(text("UPDATE servers SET system_identifier = 'melted'"))
    # As a process that starts anew, which has not met the server yet.
    fresh = build(api.application.settings, announcer=announcer)
    found = fresh.recover_databases()
    assert [each.recovery for each in found] == [Recovery.QUEUED]
    carry_out(fresh, announcer)
    fresh.close()
    with store_engine.connect() as connection:
        states = connection.execute(text("SELECT state FROM databases")).scalars().all()
    assert states == ["ready"]


def test_a_server_that_is_away_is_not_taken_for_lost(settings: Settings) -> None:
    """Its databases may be well, and newer than their backups."""
    away = replace(settings, servers=(*settings.servers, "postgresql://x@127.0.0.1:1/postgres"))
    application = build(away, announcer=FakeAnnouncer())
    with pytest.raises(ServerUnavailableError):
        application.recover_databases()
    application.close()
