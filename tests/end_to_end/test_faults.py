"""Faults that nobody dies of: a broker that stalls or forgets, a full disk, a clock that jumps."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
import redis
from sqlalchemy import text

from core.jobs.model import JobState
from core.store import make_engine
from embedded.processes import wait_until
from tests.end_to_end.client import Api
from tests.end_to_end.designs import large_design, small_design
from tests.end_to_end.stack import PROCESSES, Stack
from tests.end_to_end.watching import Watch
from worker.app import SOCKET_TIMEOUT_SECONDS

pytestmark = [
    pytest.mark.servers,
    pytest.mark.timeout(300),
    pytest.mark.xdist_group("end_to_end_b"),
]

CLIENTS = 6
ALL_SECONDS = 150.0
STALL_SECONDS = SOCKET_TIMEOUT_SECONDS + 5
"""Longer than anybody waits for an answer of the broker, so that every connection breaks."""
LONGEST_FILE_BYTES = 200_000
"""What fits on the disk that is full; less than the dump."""
ROWS_OF_NOISE = (
    "INSERT INTO customers SELECT n, (SELECT string_agg(md5(random()::text || n || m), '')"
    " FROM generate_series(1, 20) AS m) FROM generate_series(1, 8000) AS n"
)
"""Five megabytes, of which a dump has about half."""


@pytest.fixture(autouse=True)
def everything_runs(stack: Stack) -> Iterator[None]:
    """Leave the stack to the next test as it was found."""
    yield
    missing = [name for name in PROCESSES if not stack.is_running(name)]
    if missing:
        stack.start(missing)
        stack.wait_until_ready()


def test_a_broker_that_stalls_delays_jobs_and_loses_none(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """Redis is frozen for longer than any socket waits, with jobs running, queued and posted."""
    schemas = _posted(api, [large_design(20) for _ in range(4)])
    os.kill(stack.redis.process_id, signal.SIGSTOP)
    try:
        began = time.monotonic()
        schemas = [*schemas, *_posted(api, [small_design() for _ in range(4)])]
        time.sleep(max(0.0, STALL_SECONDS - (time.monotonic() - began)))
    finally:
        os.kill(stack.redis.process_id, signal.SIGCONT)
    _all_are_done_once(watch, schemas)
    _all_are_done_once(watch, _posted(api, [small_design()]))


def test_a_broker_that_forgets_everything_delays_jobs_and_loses_none(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """FLUSHALL under open connections, with jobs in the queue and more to come."""
    with stack.paused("worker"):
        schemas = _posted(api, [small_design() for _ in range(6)])
        client = redis.Redis.from_url(stack.redis.url())
        client.flushall()
        client.close()
        schemas = [*schemas, *_posted(api, [small_design() for _ in range(2)])]
    _all_are_done_once(watch, schemas)
    _all_are_done_once(watch, _posted(api, [small_design() for _ in range(4)]))


def test_a_disk_that_is_full_fails_the_backup_and_nothing_else(
    stack: Stack, api: Api, watch: Watch
) -> None:
    """The kernel refuses to write; the job says so, leaves no file, and can be tried again."""
    schema = api.send("POST", "/schemas", small_design())
    watch.end_of(schema["job"]["id"])
    watch.ask(schema["id"], ROWS_OF_NOISE)
    before = watch.rows(schema["id"])
    with _files_no_longer_than(LONGEST_FILE_BYTES, stack):
        backup = api.send("POST", f"/schemas/{schema['id']}/backups")
        (listed,) = api.get("/jobs", schemaId=schema["id"], kind="backup")
        failed = watch.end_of(listed["id"])
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert failed.error.code == "ARCHIVE_UNAVAILABLE"
    assert watch.leftovers() == []
    assert watch.rows(schema["id"]) == before
    assert api.get(f"/schemas/{schema['id']}/backups/{backup['id']}")["state"] == "failed"

    again = api.send("POST", f"/jobs/{failed.id}/retry", wait=30)
    assert watch.end_of(again["id"]).state is JobState.SUCCEEDED
    (available,) = [b for b in watch.backups(schema["id"]) if b.state.value == "available"]
    assert available.size_bytes is not None
    assert available.size_bytes > LONGEST_FILE_BYTES


@pytest.mark.parametrize("hours", [1, -1], ids=["forwards", "back"])
def test_a_clock_that_jumps_by_an_hour_loses_no_job(
    stack: Stack, api: Api, watch: Watch, hours: int
) -> None:
    """To whoever reads it, a jump makes all that was written before an hour older or younger.

    A worker is killed in the same moment, so that the repair has to tell its silence too.
    """
    schemas = _posted(api, [large_design(40) for _ in range(6)])
    assert wait_until(lambda: any(watch.is_running(s["job"]["id"]) for s in schemas), 60.0)
    stack.kill("worker")
    engine = make_engine(stack.settings.database_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE jobs SET heartbeat_at = heartbeat_at - make_interval(hours => :hours),"
                " announced_at = announced_at - make_interval(hours => :hours),"
                " created_at = created_at - make_interval(hours => :hours)"
                " WHERE state IN ('queued', 'running')"
            ),
            {"hours": hours},
        )
    engine.dispose()
    stack.start(["worker"])
    _all_are_done_once(watch, schemas)


def _posted(api: Api, designs: Sequence[Any]) -> list[Any]:
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(lambda design: api.send("POST", "/schemas", design), designs))


def _all_are_done_once(watch: Watch, schemas: Sequence[Any]) -> None:
    jobs = [watch.end_of(schema["job"]["id"], seconds=ALL_SECONDS) for schema in schemas]
    assert [job.error for job in jobs if job.state is not JobState.SUCCEEDED] == []
    assert all(watch.events(job.id).count("succeeded") == 1 for job in jobs)
    assert watch.leftovers() == []


@contextlib.contextmanager
def _files_no_longer_than(size: int, stack: Stack) -> Iterator[None]:
    """Let the kernel refuse the worker's processes to write longer files, as on a full disk.

    Their logs are longer than nothing by then, so they are left what they have and some more.
    """
    worker = psutil.Process(stack.process_id("worker"))
    processes = [worker, *worker.children(recursive=True)]
    log = stack.log_file("worker").stat().st_size
    most = max(size, log + 100_000)
    assert most < 2_000_000, "the dump would fit"
    for process in processes:
        process.rlimit(psutil.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.rlimit(
                    psutil.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
                )
