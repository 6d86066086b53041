"""Memory of the web and worker processes: idle, after many jobs, during a big backup.

Proportional set sizes (a page that n processes share counts 1/n for each), summed over the
process and its children. Run it with `python -m benchmarks memory`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psutil

from benchmarks.backup import make_filled
from benchmarks.client import Client
from benchmarks.comparing import Comparison, Plan
from benchmarks.designs import make_document
from benchmarks.laboratory import JOB_SECONDS, Laboratory, LaboratoryError

WATCHED = ("web", "worker")
OWN = ("gunicorn", "celery", "python")
"""What begins the names of processes of ours; pg_dump is none of them."""

MEGABYTE = 1_000_000
TABLES = 5
SCHEMAS = 8
LOOK_SECONDS = 0.2
REQUESTS = 2000


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure at each of the three times; the second and third against the first."""
    jobs, megabytes = plan.choose(1000, 80), plan.choose(1000, 60)
    with Laboratory() as laboratory:
        laboratory.start()
        idle = {name: bytes_of(laboratory, name) for name in WATCHED}
        yield from _lines("idle", idle)
        _regenerate(laboratory, SCHEMAS * 2)
        _read(laboratory, REQUESTS // 10)
        warm = {name: bytes_of(laboratory, name) for name in WATCHED}
        yield from _lines(f"after the first {SCHEMAS * 3} jobs", warm, idle, "idle")
        _regenerate(laboratory, jobs)
        _read(laboratory, REQUESTS)
        after = {name: bytes_of(laboratory, name) for name in WATCHED}
        yield from _lines(f"after {jobs} more jobs", after, warm, "the first jobs")
        schema_id, _ = make_filled(laboratory, megabytes)
        with _peaks(laboratory) as peaks, laboratory.client() as client:
            taken = client.post(f"/schemas/{schema_id}/backups")
            laboratory.wait_for(taken["job"]["id"])
            _download(laboratory, schema_id)
        yield from _lines(f"backup, download of {megabytes} MB, peak", peaks, after, "before")


def _regenerate(laboratory: Laboratory, jobs: int) -> None:
    """Let the workers build databases anew, all of them busy."""

    def keep_busy(share: int) -> None:
        with laboratory.client() as client:
            schema = client.post("/schemas", make_document(TABLES))
            _wait(client, schema["job"]["id"])
            for _ in range(share):
                job = client.post(f"/schemas/{schema['id']}/database/regenerate")
                _wait(client, job["id"])

    with ThreadPoolExecutor(SCHEMAS) as executor:
        list(executor.map(keep_busy, [max(1, jobs // SCHEMAS)] * SCHEMAS))


def _wait(client: Client, job_id: str) -> None:
    """Wait as clients do until a job has succeeded.

    Raises:
        LaboratoryError: it ended otherwise or not in time.
    """
    end = time.monotonic() + JOB_SECONDS
    while (job := client.get(f"/jobs/{job_id}?wait=20"))["state"] != "succeeded":
        if job["state"] in {"failed", "cancelled"} or time.monotonic() > end:
            raise LaboratoryError(f"job {job_id} is {job['state']}: {job['error']}")


def _read(laboratory: Laboratory, requests: int) -> None:
    with laboratory.client() as client:
        for _ in range(requests):
            client.get("/schemas?limit=100")


def _download(laboratory: Laboratory, schema_id: str) -> None:
    with laboratory.client() as client:
        backup = client.get(f"/schemas/{schema_id}/backups")[0]
        client.drain(f"/api/v1/schemas/{schema_id}/backups/{backup['id']}/download")


@contextmanager
def _peaks(laboratory: Laboratory) -> Iterator[dict[str, int]]:
    """Watch while inside and return the highest of each."""
    peaks = dict.fromkeys(WATCHED, 0)
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            for name in WATCHED:
                peaks[name] = max(peaks[name], bytes_of(laboratory, name))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def bytes_of(laboratory: Laboratory, name: str) -> int:
    """Return what a process and its children of ours hold."""
    total = 0
    for process in laboratory.processes(name):
        try:
            if process.name().startswith(OWN):
                total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total


def _lines(
    moment: str,
    ours: dict[str, int],
    before: dict[str, int] | None = None,
    yardstick: str = "",
) -> Iterator[Comparison]:
    for name, held in ours.items():
        yield Comparison(
            name=f"{name}, {moment}",
            ours=held / MEGABYTE,
            theirs=None if before is None else before[name] / MEGABYTE,
            yardstick=yardstick,
            unit="MB",
        )
