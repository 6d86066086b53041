"""Servers that froze or have no room: work on the others goes on, and nothing is kept for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from core.databases.engine import Credentials
from core.databases.errors import ServerUnavailableError
from core.databases.names import owner_role_of, staging_name
from core.databases.servers import TRY_PAUSE_SECONDS
from core.jobs.model import Job, JobId, JobKind, LeaseToken
from core.jobs.repairing import repair
from core.jobs.stopping import Stopping
from core.secrets import make_password
from embedded.postgresql import PROVISIONER, EmbeddedPostgresql
from embedded.processes import wait_until
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from tests.freezing import frozen

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(180),
    pytest.mark.xdist_group("second_server"),
]

BOUND_SECONDS = 60.0
"""Far less than for ever, and far more than any of this takes on a busy machine."""

FAR = {"place": "far"}
"""The label of the server that is away."""


@pytest.fixture(scope="module")
def far(servers_folder: Path) -> Iterator[PostgresqlServer]:
    """Another server than the one that SERVERS names."""
    with EmbeddedPostgresql(servers_folder / "away_postgresql", is_durable=False) as embedded:
        yield PostgresqlServer(embedded=embedded)


def register(api: Api, server: PostgresqlServer) -> str:
    """Register the far server with its label; return its id."""
    body = {"name": "far", "url": server.url(PROVISIONER), "labels": FAR}
    response = api.post("/servers", body)
    assert response.status_code == 201, response.get_json()
    return str(response.get_json()["data"]["id"])


def create_far(api: Api, work: Work, name: str = "far away") -> str:
    """Return the id of a schema for which a database was asked for on the far server."""
    wanted = {**document(name), "placement": {"labels": FAR}}
    schema_id = api.post("/schemas", wanted).get_json()["data"]["id"]
    work()
    return str(schema_id)


def look_up(api: Api, job_id: str) -> Job:
    """Return a job as it stands."""
    with api.application.open_store() as store:
        job = store.jobs.get(JobId(job_id))
    assert job is not None
    return job


def has_record(api: Api, schema_id: str) -> bool:
    """Whether a place is kept for a schema's database."""
    with api.application.open_store() as store:
        return store.databases.get(schema_id) is not None


def leave_behind(api: Api, server_id: str, job: Job, database_name: str) -> None:
    """Make on a server what an attempt at a creation makes before it publishes."""
    owner = Credentials(role=owner_role_of(database_name), password=make_password())
    engine = api.application.servers.engine(server_id, application_name="schema_builder:test")
    try:
        engine.ensure_role(owner)
        engine.create_database(staging_name(job), owner=owner.role, marker="m")
    finally:
        engine.close()


def left_on(server: PostgresqlServer, job: Job, database_name: str) -> list[object]:
    """Return the names of what such an attempt left on a server."""
    names = f"('{staging_name(job)}', '{owner_role_of(database_name)}')"
    found = server.execute(
        f"SELECT datname FROM pg_database WHERE datname IN {names}"
        f" UNION ALL SELECT rolname FROM pg_roles WHERE rolname IN {names}"
    )
    return [name for (name,) in found]


@pytest.fixture
def fallen(api: Api, announcer: FakeAnnouncer) -> tuple[Job, str]:
    """A creation that has ended without a place for its database, and the database's name."""
    made = api.post("/schemas", document("fallen")).get_json()["data"]
    announcer.announced.clear()
    assert api.post(f"/jobs/{made['job']['id']}/cancel").status_code in {200, 202}
    job = look_up(api, made["job"]["id"])
    assert job.state.is_final
    assert not has_record(api, made["id"])
    return job, made["databaseName"]


def test_what_an_overtaken_creation_left_is_removed_from_whichever_server(
    api: Api,
    far: PostgresqlServer,
    postgresql_server: PostgresqlServer,
    fallen: tuple[Job, str],
) -> None:
    """Nobody knows any more where it worked, as a creation that failed keeps no place."""
    far_id = register(api, far)
    api.application.look_at_servers()
    job, name = fallen
    for each in api.application.servers.registrations():
        leave_behind(api, each.id, job, name)
    assert {each.id for each in api.application.servers.registrations()} > {far_id}
    assert all(len(left_on(each, job, name)) == 2 for each in (far, postgresql_server))
    api.application.runners[JobKind.CREATE].abandon(job, Stopping())
    assert [left_on(each, job, name) for each in (far, postgresql_server)] == [[], []]


def test_a_server_that_is_away_keeps_nothing_on_the_others(
    api: Api,
    far: PostgresqlServer,
    postgresql_server: PostgresqlServer,
    fallen: tuple[Job, str],
) -> None:
    """It is said that something may be left, for the log."""
    register(api, far)
    api.application.look_at_servers()
    job, name = fallen
    for each in api.application.servers.registrations():
        leave_behind(api, each.id, job, name)
    create = api.application.runners[JobKind.CREATE]
    with frozen(far), pytest.raises(ServerUnavailableError):
        create.abandon(job, Stopping())
    assert left_on(postgresql_server, job, name) == []
    api.application.look_at_servers()
    create.abandon(job, Stopping())
    assert left_on(far, job, name) == []


def edited(api: Api, schema_id: str) -> Job:
    """Store another version and return the job that leads to it."""
    wanted: dict[str, Any] = document("far away")
    wanted["tables"][0]["description"] = "changed"
    wanted["tables"][0]["columns"].append({"id": "more", "name": "more", "dataType": "TEXT"})
    made = api.put(f"/schemas/{schema_id}", wanted).get_json()["data"]
    assert made["job"]["kind"] == "migrate"
    return look_up(api, made["job"]["id"])


def test_a_migration_of_what_has_no_place_ends_as_the_creation_did(api: Api, work: Work) -> None:
    """At once, although nobody can look whether it is in effect: there is nothing to look at."""
    schema_id = create_far(api, work)
    assert not has_record(api, schema_id)
    job = edited(api, schema_id)
    work()
    ended = look_up(api, job.id)
    assert (ended.state.value, ended.error and ended.error.code) == ("failed", "NO_CAPACITY")
    assert not has_record(api, schema_id)


def test_a_cancelled_migration_of_what_has_no_place_takes_none(
    api: Api, work: Work, far: PostgresqlServer
) -> None:
    """Not even where there is room by now."""
    schema_id = create_far(api, work)
    job = edited(api, schema_id)
    application = api.application
    with application.open_store() as store:
        assert store.jobs.claim(job.id, LeaseToken(str(uuid4())), application.clock.now())
        store.commit()
    assert api.post(f"/jobs/{job.id}/cancel").status_code in {200, 202}
    repair(
        open_store=application.open_store,
        announcer=application.announcer,
        clock=application.clock,
        lease_seconds=-1,
        announce_grace_seconds=3600,
    )
    register(api, far)
    work()
    assert look_up(api, job.id).state.value == "cancelled"
    assert not has_record(api, schema_id)


def test_databases_beside_a_server_that_froze_are_measured(
    api: Api, work: Work, far: PostgresqlServer
) -> None:
    """Those on it keep what was measured before, and are measured again once it is back."""
    near = created(api, work)
    register(api, far)
    away = create_far(api, work)
    with frozen(far):
        began = time.monotonic()
        assert api.application.measure_databases() == 1
        near_metrics = api.get(f"/schemas/{near}/database/metrics")
        assert near_metrics.status_code == 200
        assert near_metrics.get_json()["data"]["sizeBytes"] > 0
        assert api.get(f"/schemas/{away}/database/metrics").status_code == 503
        assert time.monotonic() - began < BOUND_SECONDS
    assert _measured_once_back(api) == 2


def test_a_server_that_freezes_while_it_is_measured_keeps_nobody(
    api: Api, work: Work, far: PostgresqlServer
) -> None:
    """The schedule's worker measures the others, and goes on to what else is due."""
    created(api, work)
    register(api, far)
    create_far(api, work)
    measure = replace(api.application.measure_databases, longest_seconds=10.0)
    with ThreadPoolExecutor(1) as pool, closing(psycopg2.connect(far.admin_url)) as keeper:
        cursor = keeper.cursor()
        cursor.execute("SELECT count(*) FROM pg_database; LOCK TABLE pg_catalog.pg_database")
        measuring = pool.submit(measure)

        def is_waiting() -> bool:
            cursor.execute("SELECT FROM pg_locks WHERE NOT granted")
            return cursor.rowcount > 0

        assert wait_until(is_waiting, BOUND_SECONDS)
        with frozen(far):
            assert measuring.result(BOUND_SECONDS) == 1


def _measured_once_back(api: Api) -> int:
    """Measure once the far server is known to be back."""
    api.application.look_at_servers()
    return api.application.measure_databases()


def test_looks_at_servers_end_beside_one_that_froze(
    api: Api, work: Work, far: PostgresqlServer
) -> None:
    """It is known to hang, and whoever comes while somebody tries it is refused at once."""
    near = created(api, work)
    far_id = register(api, far)
    away = create_far(api, work)
    servers = api.application.servers
    with frozen(far):
        began = time.monotonic()
        api.application.look_at_servers()
        assert time.monotonic() - began < BOUND_SECONDS
        states = {
            each["name"]: (each["state"], each["health"]["hangsSince"] is None)
            for each in api.get("/servers").get_json()["data"]
        }
        assert states.pop("far") == ("away", False)
        assert list(states.values()) == [("ready", True)]
        for _ in range(5):  # which a busy machine may be too slow for
            began = time.monotonic()
            with api.application.open_store() as store:
                store.registrations.take_try(far_id, 0)  # as another process does that tries it
                store.commit()
            with pytest.raises(ServerUnavailableError) as refused:
                servers.engine(far_id, application_name="schema_builder:test")
            if time.monotonic() - began < TRY_PAUSE_SECONDS:
                break
        assert "a moment ago" in refused.value.log_text
        assert _health(api, near) == "healthy"
        assert _health(api, away) != "healthy"
    api.application.look_at_servers()
    assert {each["state"] for each in api.get("/servers").get_json()["data"]} == {"ready"}
    assert _health(api, away) == "healthy"


def _health(api: Api, schema_id: str) -> str:
    status = api.get(f"/schemas/{schema_id}/database/status").get_json()["data"]["status"]
    return str(status)
