"""SIGKILL and outages in the lines of long plans: the job ends once, with every value in place."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import psycopg2
import pytest

from core.databases.names import Direction, Marker, MigrationProgress
from core.jobs.model import JobState
from core.jobs.repairing import repair
from core.planning.codec import plan_from_json
from core.store import make_engine
from embedded.postgresql import PROVISIONER, STORE, EmbeddedPostgresql
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer, migration_app
from tests.end_to_end.attempts import Attempt, Attempts, making_attempts
from tests.end_to_end.client import Api
from tests.end_to_end.holding import Moment, Place
from tests.end_to_end.long_plans import (
    ROWS,
    VALUES_AFTER,
    VALUES_BEFORE,
    design_after,
    design_before,
)
from tests.end_to_end.stack import SilentAnnouncer, Stack
from tests.end_to_end.watching import OWNER, Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(600),
    pytest.mark.xdist_group("end_to_end_a"),
]

WAIT = 30
"""Seconds that the API is asked to hold an answer."""

HERD = 3
"""Databases whose jobs are killed at the same time, each in another line."""

LONG_SECONDS = 180.0
"""How long a long plan may take on a busy machine."""


@pytest.fixture(scope="module")
def large_server(servers_folder: Path) -> Iterator[PostgresqlServer]:
    """A server of this module's own, durable, so that it may be restarted."""
    with EmbeddedPostgresql(servers_folder / "plans_postgresql") as embedded:
        yield PostgresqlServer(embedded=embedded)


@pytest.fixture(scope="module")
def large_stack(large_server: PostgresqlServer, servers_folder: Path) -> Iterator[Stack]:
    """The whole product over that server, to which every table with rows is a large one."""
    store = make_engine(large_server.url(STORE, STORE))
    with migration_app(store).app_context():
        flask_migrate.upgrade()
    store.dispose()
    with Stack(
        servers_folder / "plans_stack",
        database_url=large_server.url(STORE, STORE),
        server_url=large_server.url(PROVISIONER),
        bin_dir=large_server.bin_dir,
        ONLINE_FROM_BYTES="1",
        LOCK_PATIENCE_SECONDS="3",
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack


@pytest.fixture
def watch(large_stack: Stack, large_server: PostgresqlServer) -> Watch:
    """Eyes on what really is on that server."""
    return Watch(stack=large_stack, server=large_server)


@pytest.fixture
def api(large_stack: Stack) -> Api:
    """A client of that stack."""
    return Api(large_stack.address)


@pytest.fixture
def attempts(large_stack: Stack) -> Iterator[Attempts]:
    """Attempts at that stack's jobs, in processes that can be killed one by one."""
    with making_attempts(large_stack) as made:
        yield made
        made.kill_all()


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A schema whose database has rows, and what it looked like."""

    id: str
    """Of the schema."""
    name: str
    """Of the schema."""
    database_name: str
    """Its database."""
    values: list[tuple[str, ...]]
    """What `VALUES_BEFORE` said."""


def opened(api: Api, watch: Watch) -> Shop:
    """Make a schema with rows."""
    name = f"shop {uuid4().hex}"
    schema = api.send("POST", "/schemas", design_before(name), wait=WAIT)
    watch.ask(schema["id"], ROWS)
    return Shop(
        id=schema["id"],
        name=name,
        database_name=schema["databaseName"],
        values=watch.ask(schema["id"], VALUES_BEFORE),
    )


def edited(api: Api, shop: Shop) -> str:
    """Ask for the design after; return the job."""
    job = api.send("PUT", f"/schemas/{shop.id}?allowDataLoss=true", design_after(shop.name))["job"]
    return str(job["id"])


def reverted(api: Api, shop: Shop) -> str:
    """Ask for the newest migration to be taken back; return the job."""
    found = api.get(f"/schemas/{shop.id}/migrations")[0]
    path = f"/schemas/{shop.id}/migrations/{found['id']}/revert?allowDataLoss=true"
    return str(api.send("POST", path)["id"])


def lines_of(watch: Watch, shop: Shop) -> tuple[int, int]:
    """Return how many lines the newest plan has, up and down."""
    migrations = watch.stack.application.migrations
    (found, *_), _ = migrations.list_page(shop.id, owner=OWNER)
    plan = plan_from_json(found.plan)
    return len(plan.up), len(plan.down)


@contextmanager
def journal(server: PostgresqlServer) -> Iterator[psycopg2.extensions.cursor]:
    """Open what reads the journals of databases from outside of them."""
    connection = psycopg2.connect(server.admin_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def progress(cursor: psycopg2.extensions.cursor, shop: Shop) -> MigrationProgress | None:
    """Read how far a database's plan is."""
    cursor.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        (shop.database_name,),
    )
    row = cursor.fetchone()
    text = None if row is None else row[0]
    said = json.loads(text) if text else {}
    said.pop("stretch", None)
    marker = Marker.read(json.dumps(said))
    return None if marker is None else marker.progress


@dataclass(frozen=True, kw_only=True)
class Hunt:
    """Kills attempts at jobs while they run lines."""

    stack: Stack
    """Whose jobs they are."""
    server: PostgresqlServer
    """Where the databases are."""
    attempts: Attempts
    """Makes them."""

    def kill(self, prey: Sequence[tuple[Shop, str]], direction: Direction, line: int) -> set[int]:
        """Kill an attempt at each job, each in another line; return the lines they had done."""
        step = "apply" if direction is Direction.UP else "revert"
        place = Place(moment=Moment.BEGIN, step=step)
        held = [self.attempts.make(job_id, place, rest_seconds=0) for _, job_id in prey]
        for attempt in held:
            attempt.wait_until_held()
        with ThreadPoolExecutor(len(prey)) as pool:
            ended = [
                pool.submit(self._kill_in_line, attempt, shop, direction, line + which)
                for which, (attempt, (shop, _)) in enumerate(zip(held, prey, strict=True))
            ]
            found = {each.result() for each in ended}
        self._take_back(job_id for _, job_id in prey)
        return found

    def _kill_in_line(self, attempt: Attempt, shop: Shop, direction: Direction, line: int) -> int:
        with journal(self.server) as cursor:
            attempt.release()
            wait_in_line(cursor, shop, direction, line)
            attempt.kill()
            found = progress(cursor, shop)
            return -1 if found is None else found.line

    def _take_back(self, job_ids: Iterable[str]) -> None:
        """Do at once what the schedule does when the lease has run out."""
        application, missing = self.stack.application, set(job_ids)

        def are_all_back() -> bool:
            found = repair(
                open_store=application.open_store,
                announcer=SilentAnnouncer(),
                clock=application.clock,
                lease_seconds=-1,
                announce_grace_seconds=3600,
            )
            missing.difference_update(found.requeued)
            return not missing

        assert wait_until(are_all_back, 20.0)


def wait_in_line(
    cursor: psycopg2.extensions.cursor, shop: Shop, direction: Direction, line: int
) -> None:
    """Wait until so many lines of a plan were run in one direction."""
    deadline = time.monotonic() + LONG_SECONDS
    while time.monotonic() < deadline:
        found = progress(cursor, shop)
        if found is not None and found.direction is direction and found.line >= line:
            return
        time.sleep(0.005)
    raise AssertionError(progress(cursor, shop))


def shape(watch: Watch, shop: Shop) -> list[tuple[str, ...]]:
    """Return what is there of columns, constraints, indexes, triggers and types."""
    return watch.ask(
        shop.id,
        """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod) FROM pg_attribute
          JOIN pg_class c ON c.oid = attrelid WHERE relkind = 'r' AND attnum > 0
           AND relnamespace = 'public'::regnamespace AND NOT attisdropped
        UNION ALL SELECT conrelid::regclass::text, conname, convalidated::text FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexrelid::regclass::text, '', indisvalid::text FROM pg_index
          JOIN pg_class c ON c.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT tgrelid::regclass::text, tgname, '' FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname, '', '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT typname, enumlabel, '' FROM pg_enum JOIN pg_type t ON t.oid = enumtypid
        UNION ALL SELECT relname, '', '' FROM pg_class
         WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
         ORDER BY 1, 2, 3""",
    )


def test_workers_killed_in_lines_all_over_a_plan_and_its_way_back_lose_nothing(
    large_stack: Stack,
    large_server: PostgresqlServer,
    attempts: Attempts,
    api: Api,
    watch: Watch,
) -> None:
    """Two attempts of each job are killed, each in another line; the real worker ends the job."""
    hunt = Hunt(stack=large_stack, server=large_server, attempts=attempts)
    with ThreadPoolExecutor(HERD) as pool:
        shops = list(pool.map(lambda _: opened(api, watch), range(HERD)))
    shapes = [shape(watch, shop) for shop in shops]
    killed: set[tuple[Direction, int]] = set()
    for turn in range(2):
        for ask, direction in ((edited, Direction.UP), (reverted, Direction.DOWN)):
            with large_stack.paused("schedule"), large_stack.paused("worker"):
                jobs = [ask(api, shop) for shop in shops]
                prey = list(zip(shops, jobs, strict=True))
                for line in (1 + turn * HERD, 13 + turn * HERD):
                    killed |= {(direction, found) for found in hunt.kill(prey, direction, line)}
            for shop, job_id, before in zip(shops, jobs, shapes, strict=True):
                job = watch.end_of(job_id, seconds=LONG_SECONDS)
                assert (job.state, job.error, job.attempt) == (JobState.SUCCEEDED, None, 3)
                if direction is Direction.DOWN:
                    assert shape(watch, shop) == before
                    assert watch.ask(shop.id, VALUES_BEFORE) == shop.values
                else:
                    (found,) = watch.ask(shop.id, VALUES_AFTER)
                    assert [str(each) for each in found[:2]] == ["4000", "4000"]
    assert min(lines_of(watch, shops[0])) > 20
    assert len(killed) > 2 * HERD
    assert watch.leftovers() == []


def test_a_long_plan_outlives_a_restart_of_the_server_in_its_middle(
    large_server: PostgresqlServer, api: Api, watch: Watch
) -> None:
    """The real worker loses store and database at once, on the way up and on the way back."""
    shop = opened(api, watch)
    before = shape(watch, shop)
    for ask, direction in ((edited, Direction.UP), (reverted, Direction.DOWN)):
        job_id = ask(api, shop)
        with journal(large_server) as cursor:
            wait_in_line(cursor, shop, direction, 5)
        large_server.embedded.stop()
        large_server.embedded.start()
        job = watch.end_of(job_id, seconds=LONG_SECONDS)
        assert (job.state, job.error) == (JobState.SUCCEEDED, None)
    assert shape(watch, shop) == before
    assert watch.ask(shop.id, VALUES_BEFORE) == shop.values
    assert watch.leftovers() == []


def test_a_session_that_holds_a_lock_for_ever_is_named_and_holds_up_nobody(
    api: Api, watch: Watch
) -> None:
    """The job tries again with pauses, in which others get through, and nothing is half done."""
    shop = opened(api, watch)
    before = shape(watch, shop)
    uri = watch.stack.application.look_at_database.connection_uri(shop.id, owner=OWNER)
    holder = psycopg2.connect(uri, application_name="forgotten report")
    longest, deadline = 0.0, time.monotonic() + LONG_SECONDS
    try:
        with holder.cursor() as cursor:
            cursor.execute("LOCK TABLE people IN ACCESS SHARE MODE")
        job_id = edited(api, shop)
        while not (job := watch.job(job_id)).state.is_final:
            began = time.monotonic()
            watch.ask(shop.id, "INSERT INTO orders SELECT max(id) + 1 FROM orders RETURNING id")
            watch.ask(shop.id, "UPDATE people SET nick = nick WHERE id = 1 RETURNING id")
            longest = max(longest, time.monotonic() - began)
            assert time.monotonic() < deadline
    finally:
        holder.close()
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "LOCK_TIMEOUT"
    assert "forgotten report" in job.error.details
    assert longest < 3.0  # a lock is waited for a second at a time
    assert shape(watch, shop) == before
    assert watch.ask(shop.id, VALUES_BEFORE) == shop.values
    again = api.send("POST", f"/jobs/{job_id}/retry")
    assert api.end_of(again["id"], seconds=LONG_SECONDS)["state"] == "succeeded"


def test_two_edits_and_two_plans_at_once_end_in_one_known_state(api: Api, watch: Watch) -> None:
    """Of plans for one state one is applied; edits follow each other; what is live is known."""
    shop = opened(api, watch)
    path = f"/schemas/{shop.id}"
    with ThreadPoolExecutor(2) as pool:
        documents = [design_after(shop.name), design_before(shop.name) | {"description": "other"}]
        answers = list(
            pool.map(lambda each: api.call("PUT", f"{path}?allowDataLoss=true", each), documents)
        )
    assert {answer.status_code for answer in answers} <= {200, 409, 412}
    assert any(answer.ok for answer in answers)
    _settle(api, watch, shop)
    plans = [api.send("POST", f"{path}/migrations", {"document": _grown(shop, n)}) for n in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        applied = list(
            pool.map(lambda each: api.call("POST", f"{path}/migrations/{each['id']}/apply"), plans)
        )
    assert sorted(answer.status_code for answer in applied) == [202, 409]
    _settle(api, watch, shop)


def _grown(shop: Shop, number: int) -> dict[str, Any]:
    document = design_after(shop.name)
    document["tables"][1]["columns"].append(
        {"id": f"extra_{number}", "name": f"extra_{number}", "dataType": "TEXT"}
    )
    return document


def _settle(api: Api, watch: Watch, shop: Shop) -> None:
    """Wait for all jobs, and see that the database is what the schema says."""
    jobs = api.get("/jobs", schemaId=shop.id, limit="50")
    api.ends_of([job["id"] for job in jobs], seconds=LONG_SECONDS)
    drift = api.get(f"/schemas/{shop.id}/database/drift")
    assert drift["isDrifted"] is False, drift
    assert watch.ask(shop.id, "SELECT count(*) FROM people")[0][0] in {4000, "4000"}
