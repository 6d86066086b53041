"""What a read cache would bring for schemas and exports: in Redis, in memory, and none.

The product's own routes take turns with twins of theirs in the same process behind the same
gunicorn. Run it with `python -m benchmarks read_cache`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.client import Client
from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory

SIZES = (10, 50, 300)
WEB = "gunicorn --config web/gunicorn_settings.py 'benchmarks.caching_app:make_app()'"
KEEPERS = ("none", "memory", "redis")


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure each size of design, each way of reading, against each way of keeping."""
    rounds = plan.choose(300, 60)
    with (
        Laboratory() as laboratory,
        laboratory.running(["web"], commands={"web": WEB}),
        laboratory.client() as client,
    ):
        for tables in SIZES:
            schema = client.post("/schemas", make_document(tables))
            for what, suffix in (("schema", ""), ("export", "/export/sql")):
                path = f"/schemas/{schema['id']}{suffix}"
                for keeper in KEEPERS:
                    took = take_turns(
                        partial(_seconds_of_get, client, f"/api/v1{path}"),
                        partial(_seconds_of_get, client, f"/{keeper}{path}"),
                        rounds=rounds,
                    )
                    yield compared(
                        f"GET {what}, {tables} tables",
                        took,
                        unit="ms",
                        scale=1000,
                        yardstick=f"twin, {keeper}",
                    )


def _seconds_of_get(client: Client, path: str) -> float:
    return seconds_of(lambda: client.read(path))
