"""Two real servers: databases are placed on both, one dies, and the other's jobs notice nothing."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from core.jobs.model import JobState
from embedded.postgresql import PROVISIONER, STORE, EmbeddedPostgresql
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer
from tests.end_to_end.client import Api
from tests.end_to_end.designs import large_design, small_design
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import Watch
from tests.freezing import frozen

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

FAR = {"place": "far"}
"""The label of the server that dies."""

NEAR = {"place": "near"}
"""The label of the one that lives."""

BROKEN_OFF_SECONDS = 120.0
"""Within which workers that hang on a frozen server are free again: two looks and some patience."""

HEALTHY_SECONDS = 30.0
"""Within which jobs of the living server end, however many the dead one has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A stack over two servers."""

    stack: Stack
    """The product; its store is on the near server."""
    near: PostgresqlServer
    """The one that lives."""
    far: PostgresqlServer
    """The one that is killed."""
    api: Api
    """A client."""
    ids: dict[str, str]
    """Ids of the two by their place."""

    def create(self, labels: dict[str, str], *, tables: int = 0, wait: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Ask for a schema whose database stands on a server with these labels."""
        document = large_design(tables) if tables else small_design()
        body = {**document, "placement": {"labels": labels}}
        return self.api.send("POST", "/schemas", body, wait=wait)

    def server(self, place: str) -> Any:  # noqa: ANN401 - JSON
        """Return what the API says of a server."""
        return self.api.get(f"/servers/{self.ids[place]}")

    def watch(self, server: PostgresqlServer) -> Watch:
        """Return eyes on one of the servers."""
        return Watch(stack=self.stack, server=server)


@pytest.fixture(scope="module")
def pair(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Pair]:
    """The whole product over two servers, each registered with its label."""
    store = f"store_{uuid4().hex}"
    postgresql_server.create_database(store, template=store_template)
    with (
        EmbeddedPostgresql(servers_folder / "far_postgresql") as embedded,
        Stack(
            servers_folder / "pair_stack",
            database_url=postgresql_server.url(STORE, store),
            server_url=postgresql_server.url(PROVISIONER),
            bin_dir=postgresql_server.bin_dir,
        ) as stack,
    ):
        far = PostgresqlServer(embedded=embedded)
        stack.start()
        stack.wait_until_ready()
        api = Api(stack.address)
        ids = {
            place: api.send(
                "POST",
                "/servers",
                {
                    "name": place,
                    "url": server.url(PROVISIONER),
                    "labels": {"place": place},
                    "capacity": {"databases": 100},
                },
            )["id"]
            for place, server in (("near", postgresql_server), ("far", far))
        }
        yield Pair(stack=stack, near=postgresql_server, far=far, api=api, ids=ids)
    postgresql_server.drop_database(store)


@contextmanager
def silent(port: int) -> Iterator[None]:
    """Listen on a port and never answer, as a server does whose machine hangs."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    try:
        yield
    finally:
        listener.close()


def stands_on(server: PostgresqlServer, schema: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether a schema's database is on a server."""
    query = f"SELECT FROM pg_database WHERE datname = '{schema['databaseName']}'"
    return len(server.execute(query)) == 1


def test_a_database_stands_where_its_labels_say_and_the_freest_takes_the_rest(pair: Pair) -> None:
    """Without labels the two take turns, as each is the fuller one after it took one."""
    far, near = pair.create(FAR, wait=25), pair.create(NEAR, wait=25)
    assert [each["job"]["state"] for each in (far, near)] == ["succeeded", "succeeded"]
    assert stands_on(pair.far, far)
    assert not stands_on(pair.near, far)
    assert stands_on(pair.near, near)
    before = {place: pair.server(place)["databases"] for place in pair.ids}
    for _ in range(4):
        assert pair.create({}, wait=25)["job"]["state"] == "succeeded"
    after = {place: pair.server(place)["databases"] for place in pair.ids}
    assert sum(after.values()) == sum(before.values()) + 4
    gap = abs(before["near"] - before["far"])  # as other tests left it
    assert abs(after["near"] - after["far"]) <= max(gap - 4, 1)


def test_a_database_stays_on_its_server_when_it_is_made_anew(pair: Pair) -> None:
    """Draining sends new ones elsewhere and leaves those alone that are there."""
    schema = pair.create(FAR, wait=25)
    pair.api.send("POST", f"/servers/{pair.ids['far']}/drain")
    try:
        path = f"/schemas/{schema['id']}/database/regenerate"
        assert pair.api.send("POST", path, wait=25)["state"] == "succeeded"
        assert stands_on(pair.far, schema)
        elsewhere = [pair.create({}, wait=25) for _ in range(2)]
        assert all(stands_on(pair.near, each) for each in elsewhere)
        refused = pair.create(FAR, wait=25)["job"]
        assert (refused["state"], refused["error"]["code"]) == ("failed", "NO_CAPACITY")
        assert "1 drained" in refused["error"]["details"]
    finally:
        pair.api.send("POST", f"/servers/{pair.ids['far']}/undrain")
    again = pair.api.send("POST", f"/jobs/{refused['id']}/retry", wait=25)
    assert again["state"] == "succeeded"


def test_a_killed_server_fails_its_own_jobs_and_nobody_elses(pair: Pair) -> None:
    """Kill one of two servers while jobs run on both, then bring it back."""
    api = pair.api
    standing = [pair.create(FAR, wait=25) for _ in range(3)]
    with ThreadPoolExecutor(4) as clients:
        labels = [FAR, NEAR, FAR, NEAR, FAR, NEAR]
        made = list(clients.map(lambda each: pair.create(each, tables=60), labels))
    theirs, ours = made[0::2], made[1::2]
    running = pair.watch(pair.near)
    assert wait_until(
        lambda: (
            any(running.is_running(each["job"]["id"]) for each in theirs)
            and any(running.is_running(each["job"]["id"]) for each in ours)
        ),
        60.0,
    )

    pair.far.embedded.kill()
    began = time.monotonic()
    for schema in standing:
        api.send("POST", f"/schemas/{schema['id']}/backups")
        api.send("POST", f"/schemas/{schema['id']}/database/regenerate?allowDataLoss=true")
    ours += [pair.create(NEAR) for _ in range(4)]
    ends = api.ends_of([each["job"]["id"] for each in ours], seconds=HEALTHY_SECONDS)
    assert [job["state"] for job in ends] == ["succeeded"] * len(ours)
    assert time.monotonic() - began < HEALTHY_SECONDS

    # What was not begun there ends as failed, and says why, while the server is away still.
    for schema in standing:
        jobs = api.get("/jobs", schemaId=schema["id"])[:2]
        assert {job["kind"] for job in jobs} == {"backup", "regenerate"}
        for job in api.ends_of([job["id"] for job in jobs]):
            assert (job["state"], job["error"]["code"]) == ("failed", "SERVER_UNAVAILABLE")
    late = pair.create(FAR, wait=25)["job"]
    assert late["state"] == "failed"
    assert late["error"]["code"] == "NO_CAPACITY"
    assert "1 not answering" in late["error"]["details"]
    assert wait_until(lambda: pair.server("far")["state"] == "away", 40.0)
    ready = api.get("/health/ready")
    (check,) = (each for each in ready["checks"] if each["name"] == "servers")
    assert (check["state"], check["found"]) == (
        "warning",
        "1 of 2 servers of databases answer.",
    )

    pair.far.embedded.start()
    for schema in theirs:
        job = api.end_of(schema["job"]["id"], seconds=120.0)
        assert job["state"] in {"failed", "succeeded"}
        if job["state"] == "failed":
            # One for which no place was found says so in its own way.
            assert job["error"]["code"] in {"SERVER_UNAVAILABLE", "NO_CAPACITY"}
            assert not stands_on(pair.far, schema)
    assert wait_until(lambda: pair.server("far")["state"] == "ready", 40.0)
    assert pair.create(FAR, wait=25)["job"]["state"] == "succeeded"
    known = frozenset(pair.watch(pair.near).leftovers())
    assert replace(pair.watch(pair.far), known_leftovers=known).leftovers() == []


def test_jobs_do_not_wait_behind_those_of_a_server_that_hangs(pair: Pair) -> None:
    """Each try to connect takes seconds there, and there are more such jobs than workers."""
    api = pair.api
    standing = [pair.create(FAR, wait=25) for _ in range(12)]
    assert all(schema["job"]["state"] == "succeeded" for schema in standing)
    port = pair.far.port
    pair.far.embedded.kill()
    with silent(port):
        hanging = [
            api.send("POST", f"/schemas/{schema['id']}/backups")["job"] for schema in standing
        ]
        began = time.monotonic()
        ours = [pair.create(NEAR) for _ in range(6)]
        ends = api.ends_of([each["job"]["id"] for each in ours], seconds=HEALTHY_SECONDS)
        waited = time.monotonic() - began
        assert [job["state"] for job in ends] == ["succeeded"] * len(ours)
        assert waited < HEALTHY_SECONDS
        for job in api.ends_of([job["id"] for job in hanging], seconds=90.0):
            assert (job["state"], job["error"]["code"]) == (
                JobState.FAILED.value,
                "SERVER_UNAVAILABLE",
            )
    pair.far.embedded.start()
    assert wait_until(lambda: pair.server("far")["state"] == "ready", 40.0)


def test_workers_that_hang_on_a_frozen_server_are_free_again_before_long(pair: Pair) -> None:
    """All of them work there when it freezes, and their connections stay open."""
    api, watch = pair.api, pair.watch(pair.near)
    theirs = [pair.create(FAR, wait=25) for _ in range(3)]
    blockers = [psycopg2.connect(pair.far.url(database=each["databaseName"])) for each in theirs]
    for blocker in blockers:
        blocker.cursor().execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
    jobs = [
        api.send("POST", f"/schemas/{each['id']}/database/regenerate?allowDataLoss=true")["id"]
        for each in theirs
    ]
    assert wait_until(lambda: all(_is_in(watch, job, "back_up") for job in jobs), 30.0)
    with frozen(pair.far):
        began = time.monotonic()
        ours = [pair.create(NEAR) for _ in range(3)]
        ends = api.ends_of([each["job"]["id"] for each in ours], seconds=BROKEN_OFF_SECONDS)
        assert [job["state"] for job in ends] == ["succeeded"] * len(ours)
        assert time.monotonic() - began < BROKEN_OFF_SECONDS
        assert pair.server("far")["health"]["hangsSince"] is not None
        assert wait_until(lambda: all(api.job(job)["error"] for job in jobs), 60.0)
        codes = {api.job(job)["error"]["code"] for job in jobs}
        assert codes <= {"SERVER_HANGS", "SERVER_UNAVAILABLE"}
    for blocker in blockers:
        blocker.close()
    for job in api.ends_of(jobs, seconds=BROKEN_OFF_SECONDS):
        assert job["state"] in {"failed", "succeeded"}
    assert all(stands_on(pair.far, each) for each in theirs)
    assert wait_until(lambda: pair.server("far")["state"] == "ready", 40.0)
    assert pair.server("far")["health"]["hangsSince"] is None
    known = frozenset(pair.watch(pair.near).leftovers())
    assert replace(pair.watch(pair.far), known_leftovers=known).leftovers() == []


def test_workers_that_clean_up_on_a_server_when_it_freezes_are_free_again_before_long(
    pair: Pair,
) -> None:
    """All of them are in a statement of their clean-up; what is left goes once it answers."""
    api, watch = pair.api, pair.watch(pair.near)
    theirs = [pair.create(FAR, wait=25) for _ in range(3)]
    blockers = [psycopg2.connect(pair.far.url(database=each["databaseName"])) for each in theirs]
    for blocker in blockers:
        blocker.cursor().execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")
    jobs = [
        api.send("POST", f"/schemas/{each['id']}/database/regenerate?allowDataLoss=true")["id"]
        for each in theirs
    ]
    assert wait_until(lambda: all(_is_in(watch, job, "back_up") for job in jobs), 30.0)
    with closing(psycopg2.connect(pair.far.url())) as keeper, keeper.cursor() as cursor:
        # Nobody removes a database meanwhile, and everybody who wants to waits for the lock.
        cursor.execute("LOCK TABLE pg_catalog.pg_database IN SHARE MODE")
        for job in jobs:
            api.send("POST", f"/jobs/{job}/cancel")
        assert wait_until(lambda: _cleaning(pair.far) == len(jobs), 60.0)
        with frozen(pair.far):
            began = time.monotonic()
            ours = [pair.create(NEAR) for _ in range(3)]
            ends = api.ends_of([each["job"]["id"] for each in ours], seconds=BROKEN_OFF_SECONDS)
            assert [job["state"] for job in ends] == ["succeeded"] * len(ours)
            assert time.monotonic() - began < BROKEN_OFF_SECONDS
            # Something of theirs is left, so they have not ended, and nobody forgets them.
            assert {api.job(job)["state"] for job in jobs} <= {"queued", "running"}
    for blocker in blockers:
        blocker.close()
    ends = api.ends_of(jobs, seconds=BROKEN_OFF_SECONDS)
    assert [job["state"] for job in ends] == ["cancelled"] * len(jobs)
    assert all(stands_on(pair.far, each) for each in theirs)
    known = frozenset(pair.watch(pair.near).leftovers())
    assert replace(pair.watch(pair.far), known_leftovers=known).leftovers() == []


def _cleaning(server: PostgresqlServer) -> int:
    """Return how many sessions wait to remove a database."""
    query = """
        SELECT FROM pg_stat_activity
         WHERE query LIKE 'DROP DATABASE%' AND wait_event_type = 'Lock'"""
    return len(server.execute(query))


def _is_in(watch: Watch, job_id: str, step: str) -> bool:
    job = watch.job(job_id)
    return job.current_step is not None and job.current_step.name == step
