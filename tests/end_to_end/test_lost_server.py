"""PostgreSQL goes away in the middle: the store and the databases are on it, and jobs still end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import flask_migrate
import pytest

from core.jobs.model import JobKind, JobState
from core.store import make_engine
from embedded.postgresql import PROVISIONER, STORE, EmbeddedPostgresql
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer, migration_app
from tests.end_to_end.attempts import making_attempts
from tests.end_to_end.client import Api
from tests.end_to_end.designs import large_design
from tests.end_to_end.holding import places
from tests.end_to_end.scenes import Stage
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import Watch

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(500),
    pytest.mark.xdist_group("end_to_end_a"),
]

ALL_SECONDS = 120.0


@pytest.fixture(scope="module")
def own_server(servers_folder: Path) -> Iterator[PostgresqlServer]:
    """A server of this module's own, durable, so that it may be killed."""
    with EmbeddedPostgresql(servers_folder / "own_postgresql") as embedded:
        yield PostgresqlServer(embedded=embedded)


@pytest.fixture(scope="module")
def own_stack(own_server: PostgresqlServer, servers_folder: Path) -> Iterator[Stack]:
    """The whole product over that server."""
    store = make_engine(own_server.url(STORE, STORE))
    with migration_app(store).app_context():
        flask_migrate.upgrade()
    store.dispose()
    with Stack(
        servers_folder / "own_stack",
        database_url=own_server.url(STORE, STORE),
        server_url=own_server.url(PROVISIONER),
        bin_dir=own_server.bin_dir,
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack


@pytest.fixture
def stage(own_stack: Stack, own_server: PostgresqlServer) -> Stage:
    """Prepares scenes on that server and judges them."""
    watch = Watch(stack=own_stack, server=own_server)
    watch = replace(watch, known_leftovers=frozenset(watch.leftovers()))
    return Stage(api=Api(own_stack.address), watch=watch)


def restart(server: PostgresqlServer) -> None:
    """Stop the server as an administrator does, and start it again."""
    server.embedded.stop()
    server.embedded.start()


def crash(server: PostgresqlServer) -> None:
    """Kill the server as a power cut does, and start it again."""
    server.embedded.kill()
    server.embedded.start()


@pytest.mark.parametrize("interrupt", [restart, crash], ids=["restart", "crash"])
def test_creations_that_were_running_while_the_server_went_away_are_done_once(
    interrupt: Callable[[PostgresqlServer], None], own_server: PostgresqlServer, stage: Stage
) -> None:
    """Interrupt the real worker in the middle of many tables."""
    api, watch = stage.api, stage.watch
    with ThreadPoolExecutor(4) as clients:
        designs = [large_design(60) for _ in range(4)]
        schemas = list(clients.map(lambda each: api.send("POST", "/schemas", each), designs))
    assert wait_until(
        lambda: any(_is_in(watch, schema["job"]["id"], "apply_ddl") for schema in schemas), 60.0
    )

    interrupt(own_server)

    for schema in schemas:
        job = watch.end_of(schema["job"]["id"], seconds=ALL_SECONDS)
        assert (job.state, job.error) == (JobState.SUCCEEDED, None)
        assert watch.events(job.id).count("succeeded") == 1
        assert len(watch.rows(schema["id"])) == len(schema["tables"])
    assert watch.leftovers() == []


@pytest.mark.parametrize("kind", list(JobKind), ids=str)
def test_a_job_at_any_place_outlives_a_restart_of_the_server(
    kind: JobKind, own_stack: Stack, own_server: PostgresqlServer, stage: Stage
) -> None:
    """Hold attempts at every place while the server restarts, then let them go on."""
    where = places(kind)
    schemas = stage.prepare(kind, len(where))
    with making_attempts(own_stack) as attempts:
        with own_stack.paused("schedule"):
            scenes = stage.queue(kind, schemas)
            held = [
                attempts.make(scene.job_id, place)
                for scene, place in zip(scenes, where, strict=True)
            ]
            for attempt in held:
                attempt.wait_until_held()
            restart(own_server)
            for attempt in held:
                attempt.release()
        wrong = []
        for scene, place in zip(scenes, where, strict=True):
            job = stage.watch.end_of(scene.job_id, seconds=ALL_SECONDS)
            wrong += [f"{place}: {sentence}" for sentence in stage.ended_well(scene, job)]
    assert wrong == []
    assert stage.watch.leftovers() == []


def _is_in(watch: Watch, job_id: str, step: str) -> bool:
    job = watch.job(job_id)
    return job.current_step is not None and job.current_step.name == step
