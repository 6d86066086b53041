"""One trace leads from a client's request over web and worker to the SQL on the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests

from embedded.processes import wait_until
from tests.collecting import Collector, running_collector
from tests.conftest import PostgresqlServer
from tests.end_to_end.designs import small_design
from tests.end_to_end.stack import Stack, own_stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]

PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """A collector on this machine."""
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def traced(
    postgresql_server: PostgresqlServer,
    store_template: str,
    servers_folder: Path,
    collector: Collector,
) -> Iterator[Stack]:
    """The whole product, telling its spans to the collector."""
    with own_stack(
        postgresql_server,
        store_template,
        servers_folder / "traced",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="200",
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack


@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "found_by_the_repair"])
def test_a_trace_goes_from_the_request_through_the_job_to_the_sql(
    traced: Stack, collector: Collector, *, is_announced: bool
) -> None:
    """Also where the message was lost: the span stands in the job's record."""
    trace_id, client_span = uuid4().hex, uuid4().hex[:16]
    if not is_announced:
        traced.redis.kill()
    made = requests.post(
        f"{traced.address}/schemas",
        json=small_design(),
        headers={"traceparent": f"00-{trace_id}-{client_span}-01", "X-Request-ID": "told-7"},
        timeout=60,
    ).json()["data"]
    if not is_announced:
        traced.redis.start()
    job_id = made["job"]["id"]

    def is_complete() -> bool:
        return "job create" in {each.name for each in collector.of_trace(trace_id)}

    assert wait_until(is_complete, PATIENCE_SECONDS)
    told = {each.name: each for each in collector.of_trace(trace_id)}
    request, job = told["POST /api/v1/schemas"], told["job create"]
    assert request.parent_id == client_span
    assert request.facts["http.response.status_code"] == 201
    assert job.parent_id == request.span_id
    assert (request.service, job.service) == ("schema-builder-web", "schema-builder-worker")
    assert (job.facts["schema_builder.job.id"], job.facts["schema_builder.job.state"]) == (
        job_id,
        "succeeded",
    )
    assert {each.facts["schema_builder.request_id"] for each in (request, job)} == {"told-7"}
    steps = [each for each in told.values() if each.name.startswith("step ")]
    assert {each.parent_id for each in steps} == {job.span_id}
    assert "step apply_ddl" in told
    of_ddl = [
        each
        for each in collector.of_trace(trace_id)
        if each.parent_id == told["step apply_ddl"].span_id
    ]
    assert any(each.name == "sql CREATE" for each in of_ddl), of_ddl
    names = {each.facts["schema_builder.application_name"] for each in of_ddl}
    assert names == {f"schema_builder:{job_id}"}


def test_nothing_secret_is_told(traced: Stack, collector: Collector) -> None:
    """No password, and no word of a statement but its verb."""
    requests.post(f"{traced.address}/schemas", json=small_design(), timeout=60)

    def has_told_all() -> bool:
        return "job create" in {each.name for each in collector.spans}

    assert wait_until(has_told_all, PATIENCE_SECONDS)
    shown = b"".join(collector.bodies).decode(errors="replace")
    for url in (traced.settings.database_url, *traced.settings.servers, traced.settings.redis_url):
        assert url.split("://")[1].split("@")[0].split(":")[1] not in shown
    assert "PASSWORD" not in shown
    assert "SCRAM" not in shown
