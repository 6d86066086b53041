"""A hundred clients at once, reading and writing as they like: no 5xx, how long, and what it takes.

Each client keeps its connection and asks again as soon as it was answered. Run it with
`python -m benchmarks crowd`; `--quick` has fewer clients and seconds.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.comparing import Comparison, Plan
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory, LaboratoryError
from benchmarks.memory import MEGABYTE, WATCHED, bytes_of
from core.settings import Settings

API = "/api/v1"
TABLES = 5
TIMEOUT_SECONDS = 60.0
WORST = 500
"""The least status that would be our own fault."""

SHARES = {
    "list": 40,
    "read": 25,
    "job": 10,
    "jobs": 5,
    "export": 5,
    "validate": 12,
    "edit": 2,
    "create": 1,
}
"""Of a hundred requests, how many are of which sort."""

WRITES = frozenset({"validate", "edit", "create"})
"""Those that bring a document along."""


@dataclass(slots=True)
class Answers:
    """What one client was answered."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SHARES})
    """How long each request took, by sort."""
    statuses: Counter[int] = field(default_factory=Counter)
    """How often which status came; 0 where the connection broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the clients ask for."""

    port: int
    """Of the API."""
    schemas: Sequence[str]
    """Schemas that are there."""
    jobs: Sequence[str]
    """Jobs that are there."""


def measure(plan: Plan) -> Iterator[Comparison]:
    """Let the crowd in twice: to warm up, and to be measured.

    Raises:
        LaboratoryError: an answer was our own fault, or none came.
    """
    clients, seconds = plan.choose(100, 20), plan.choose(60, 10)
    with Laboratory() as laboratory:
        laboratory.start()
        ground = _ground(laboratory, plan.choose(20, 6))
        _crowd(ground, clients, seconds / 3)
        before = {name: bytes_of(laboratory, name) for name in WATCHED}
        began = time.monotonic()
        found = _crowd(ground, clients, seconds)
        lasted = time.monotonic() - began
        after = {name: bytes_of(laboratory, name) for name in WATCHED}
    statuses = sum((each.statuses for each in found), Counter[int]())
    print(
        f"  {clients} clients, {lasted:.0f} s, answers by status: {dict(sorted(statuses.items()))}"
    )
    if bad := {status for status in statuses if status >= WORST or status == 0}:
        raise LaboratoryError(f"answers that must not be: {sorted(bad)}")
    yield Comparison(name="requests per second", ours=statuses.total() / lasted, unit="1/s")
    for name, sorts in (("reading", SHARES.keys() - WRITES), ("writing", WRITES)):
        times = sorted(t for each in found for sort in sorts for t in each.seconds[sort])
        yield from _quantiles(name, times)
    for name, held in after.items():
        yield Comparison(
            name=f"{name}, memory after",
            ours=held / MEGABYTE,
            theirs=before[name] / MEGABYTE,
            yardstick="before",
            unit="MB",
        )


def _ground(laboratory: Laboratory, schemas: int) -> Ground:
    with laboratory.client() as client:
        made = [client.post("/schemas", make_document(TABLES)) for _ in range(schemas)]
        for schema in made:
            laboratory.wait_for(schema["job"]["id"])
    port = Settings.from_environment(laboratory.environ).port
    return Ground(
        port=port,
        schemas=[schema["id"] for schema in made],
        jobs=[schema["job"]["id"] for schema in made],
    )


def _crowd(ground: Ground, clients: int, seconds: float) -> list[Answers]:
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(clients) as executor:
        return list(executor.map(lambda number: _ask(ground, number, end), range(clients)))


def _ask(ground: Ground, number: int, end: float) -> Answers:
    """Be one client until the end."""
    chance = random.Random(number)
    answers = Answers()
    connection = http.client.HTTPConnection("127.0.0.1", ground.port, timeout=TIMEOUT_SECONDS)
    with closing(connection):
        while time.monotonic() < end:
            (sort,) = chance.choices([*SHARES], weights=[*SHARES.values()])
            method, path, body = _request(sort, ground, chance)
            began = time.perf_counter()
            status = _status(connection, method, path, body)
            answers.seconds[sort].append(time.perf_counter() - began)
            answers.statuses[status] += 1
    return answers


def _request(sort: str, ground: Ground, chance: random.Random) -> tuple[str, str, bytes | None]:
    """Return the method, path and body of one request."""
    schema, job = chance.choice(ground.schemas), chance.choice(ground.jobs)
    method, path = {
        "list": ("GET", "/schemas?limit=20"),
        "read": ("GET", f"/schemas/{schema}"),
        "job": ("GET", f"/jobs/{job}"),
        "jobs": ("GET", "/jobs?limit=20"),
        "export": ("GET", f"/schemas/{schema}/export/sql"),
        "validate": ("POST", "/schemas/validate"),
        "edit": ("PUT", f"/schemas/{schema}"),
        "create": ("POST", "/schemas"),
    }[sort]
    if sort not in WRITES:
        return method, path, None
    tables = TABLES + (sort == "edit")
    return method, path, json.dumps(make_document(tables)).encode()


def _status(
    connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None
) -> int:
    """Send a request, read the answer whole, and return its status; 0 where none came."""
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        connection.request(method, f"{API}{path}", body=body, headers=headers)
        with closing(connection.getresponse()) as answer:
            answer.read()
            return int(answer.status)
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0


def _quantiles(name: str, times: Sequence[float]) -> Iterator[Comparison]:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    for words, value in (("median", cuts[49]), ("p99", cuts[98]), ("longest", times[-1])):
        yield Comparison(name=f"{name}, {words}", ours=value * 1000, unit="ms")
