"""Databases per second with 1, 2 and 4 workers, against as many connections of bare psycopg2.

The jobs are queued before the workers start, so that making databases is all there is to do; the
clock runs from the start of the first job to the end of the last. The loop knows the SQL already,
makes no role, checks nothing and records nothing. Run it with `python -m benchmarks throughput`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import uuid4

import psycopg2

from benchmarks.comparing import Comparison, Plan, compared, seconds_of
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory

TABLES = 10
WORKERS = (1, 2, 4)
SPAN = (
    "SELECT extract(epoch FROM max(finished_at) - min(started_at))::float8"
    " FROM jobs WHERE id = ANY (%s::uuid[])"
)


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure each number of workers."""
    count, rounds = plan.choose(40, 16), plan.choose(3, 1)
    with Laboratory() as laboratory:
        laboratory.start(["web"])
        script = _script(laboratory)
        for workers in WORKERS:
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(rounds):
                theirs.append(count / _bare_seconds(laboratory, script, count, workers))
                ours.append(count / _seconds_of_jobs(laboratory, count, workers))
            yield compared(
                f"databases of {TABLES} tables, {workers} workers",
                (ours, theirs),
                unit="1/s",
                yardstick=f"psycopg2 with {workers} connections",
            )


def _script(laboratory: Laboratory) -> str:
    with laboratory.client() as client:
        schema = client.post("/schemas", make_document(TABLES))
        return str(client.get(f"/schemas/{schema['id']}/export/sql")["sql"])


def _seconds_of_jobs(laboratory: Laboratory, count: int, workers: int) -> float:
    """Queue jobs, let workers do them, and return how long that took."""
    with laboratory.client() as client:
        jobs = [client.post("/schemas", make_document(TABLES))["job"]["id"] for _ in range(count)]
    with laboratory.running(["worker"], WORKER_CONCURRENCY=str(workers)):
        for job_id in jobs:
            laboratory.wait_for(job_id)
    ((seconds,),) = laboratory.ask(SPAN, (jobs,))
    return float(seconds)


def _bare_seconds(laboratory: Laboratory, script: str, count: int, connections: int) -> float:
    """Make as many databases by hand, each connection its share; return how long that took."""

    def make(numbers: range) -> None:
        with closing(laboratory.connect()) as server:
            for _ in numbers:
                name = f"bare_{uuid4().hex}"
                with server.cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE {name}")
                with closing(psycopg2.connect(laboratory.address_of(name))) as database:
                    with database.cursor() as cursor:
                        cursor.execute(script)
                    database.commit()

    with ThreadPoolExecutor(connections) as executor:
        shares = [range(first, count, connections) for first in range(connections)]
        return seconds_of(lambda: list(executor.map(make, shares)))
