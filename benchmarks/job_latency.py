"""From POST to succeeded, against `createdb` and `psql -1 -f` of the same SQL on the same server.

The client asks for nothing but the schema; the end is when the store says so. A second line tells
what a client sees that sends `Prefer: wait`. Run it with `python -m benchmarks job_latency`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.client import Client
from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory

SIZES = (10, 50)
YARDSTICK = "createdb + psql -1 -f"


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure each size of design."""
    with Laboratory() as laboratory, TemporaryDirectory() as folder:
        laboratory.start()
        with laboratory.client() as client:
            _warm_up(laboratory, client)
            for tables in SIZES:
                file = Path(folder, f"{tables}.sql")
                file.write_text(_sql_of(client, tables))
                yield from _lines(laboratory, client, tables, file, rounds=plan.choose(15, 5))


def _lines(
    laboratory: Laboratory, client: Client, tables: int, file: Path, *, rounds: int
) -> Iterator[Comparison]:
    waits: list[float] = []

    def ours() -> float:
        document = make_document(tables)
        began = time.perf_counter()
        job = client.post("/schemas", document)["job"]
        laboratory.wait_for(job["id"])
        took = time.perf_counter() - began
        waiting = make_document(tables)
        waits.append(seconds_of(lambda: client.post("/schemas", waiting, {"Prefer": "wait=30"})))
        return took

    def theirs() -> float:
        name = f"bare_{uuid4().hex}"
        return seconds_of(lambda: _make_by_hand(laboratory, name, file))

    took = take_turns(ours, theirs, rounds=rounds)
    yield compared(f"POST to succeeded, {tables} tables", took, yardstick=YARDSTICK)
    yield compared(
        f"POST with Prefer: wait, {tables} tables", (waits, took[1]), yardstick=YARDSTICK
    )


def _make_by_hand(laboratory: Laboratory, name: str, file: Path) -> None:
    laboratory.run("createdb", name)
    address = laboratory.address_of(name)
    laboratory.run("psql", "-q", "-X", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(file), address)


def _sql_of(client: Client, tables: int) -> str:
    schema = client.post("/schemas", make_document(tables), {"Prefer": "wait=30"})
    return str(client.get(f"/schemas/{schema['id']}/export/sql")["sql"])


def _warm_up(laboratory: Laboratory, client: Client) -> None:
    """Let every child of the worker do something once."""
    jobs = [client.post("/schemas", make_document(2))["job"]["id"] for _ in range(12)]
    for job_id in jobs:
        laboratory.wait_for(job_id)
