"""GET of a whole schema against bare Flask views in the same process behind the same gunicorn.

One bare view hands out a constant; the other writes the same document as JSON with Flask's own
`jsonify`, from memory and without a store. Run it with `python -m benchmarks schema_reading`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.client import Client
from benchmarks.comparing import Comparison, Plan, compared, seconds_of, take_turns
from benchmarks.designs import make_document
from benchmarks.laboratory import Laboratory

SIZES = (10, 50)
BARE_VIEWS = (
    ("/bare/document", "bare view, jsonify of the same"),
    ("/bare/constant", "bare view, a constant"),
)
WEB = "gunicorn --config web/gunicorn_settings.py 'benchmarks.reading_app:make_app({tables})'"


def measure(plan: Plan) -> Iterator[Comparison]:
    """Measure each size of design against both bare views."""
    requests = plan.choose(1000, 200)
    with Laboratory() as laboratory:
        for tables in SIZES:
            with (
                laboratory.running(["web"], commands={"web": WEB.format(tables=tables)}),
                laboratory.client() as client,
            ):
                schema = client.post("/schemas", make_document(tables))
                path = f"/api/v1/schemas/{schema['id']}"
                name = f"GET /schemas/{{id}}, {tables} tables"
                for bare, yardstick in BARE_VIEWS:
                    took = take_turns(
                        partial(_seconds_of_get, client, path),
                        partial(_seconds_of_get, client, bare),
                        rounds=requests,
                    )
                    yield compared(name, took, unit="ms", scale=1000, yardstick=yardstick)


def _seconds_of_get(client: Client, path: str) -> float:
    return seconds_of(lambda: client.read(path))
