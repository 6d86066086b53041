"""The schedule looks for changes made by hand by itself, which the other stacks are kept from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from embedded.processes import wait_until
from tests.api.receiving import Receiver, running_receiver
from tests.conftest import PostgresqlServer
from tests.end_to_end.client import Api
from tests.end_to_end.designs import small_design
from tests.end_to_end.stack import Stack, own_stack

pytestmark = [pytest.mark.servers, pytest.mark.timeout(400)]

LOOK_MINUTES = "0.01"
PATIENCE_SECONDS = 60.0
"""Looks come every second or so where the machine does nothing else."""


@pytest.fixture
def looking(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product, whose schedule looks at databases again and again."""
    with own_stack(
        postgresql_server,
        store_template,
        servers_folder / "looking",
        DRIFT_CHECK_MINUTES=LOOK_MINUTES,
        WEBHOOKS_ALLOW_PRIVATE="true",
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on this machine."""
    with running_receiver() as receiver:
        yield receiver


def test_a_change_by_hand_is_marked_and_announced_until_it_is_taken_back(
    looking: Stack, receiver: Receiver, postgresql_server: PostgresqlServer
) -> None:
    """Nobody asks for a look; whoever is told is told once, and again when it happens again."""
    api = Api(looking.address)
    hook = api.send("POST", "/webhooks", {"url": receiver.url, "events": ["database.drifted"]})
    schema, other = (api.send("POST", "/schemas", small_design(), wait=30) for _ in range(2))
    api.ends_of(each["job"]["id"] for each in (schema, other))

    def status(which: Any = schema) -> Any:  # noqa: ANN401 - JSON
        return api.get(f"/schemas/{which['id']}/database/status")

    def becomes(state: str) -> bool:
        return wait_until(lambda: status()["driftState"] == state, PATIENCE_SECONDS)

    def is_looked_at_again() -> bool:
        before = status()["driftCheckedAt"]
        return wait_until(lambda: status()["driftCheckedAt"] > before, PATIENCE_SECONDS)

    def by_hand(statement: str) -> None:
        postgresql_server.execute(statement, schema["databaseName"])

    def told() -> dict[str, Any]:
        # A receiver that is slow to answer is told again, under the same id.
        return {each.headers["webhook-id"]: each.event for each in receiver.received}

    def is_told(times: int) -> bool:
        return wait_until(lambda: len(told()) >= times, PATIENCE_SECONDS)

    assert becomes("none")
    by_hand("ALTER TABLE customers ADD COLUMN age integer")
    assert becomes("drifted"), dict(looking.logs())
    assert is_told(1)
    assert is_looked_at_again()
    assert wait_until(lambda: drifted_databases(looking) == "1.0", PATIENCE_SECONDS)

    by_hand("ALTER TABLE customers DROP COLUMN age")
    assert becomes("none"), dict(looking.logs())
    assert wait_until(lambda: drifted_databases(looking) == "0.0", PATIENCE_SECONDS)

    by_hand("ALTER TABLE customers ALTER COLUMN name SET NOT NULL")
    assert becomes("drifted")
    assert is_told(2)
    assert is_looked_at_again()
    facts = {"schemaId": schema["id"], "databaseName": schema["databaseName"]}
    events = [(event["type"], event["data"]) for event in told().values()]
    assert events == [("database.drifted", facts)] * 2
    assert all(each.is_signed_with(hook["secret"]) for each in receiver.received)
    assert status(other)["driftState"] == "none"


def drifted_databases(stack: Stack) -> str:
    """Return what Prometheus is told."""
    root = stack.address.removesuffix("/api/v1")
    lines = requests.get(f"{root}/metrics", timeout=30).text.splitlines()
    (line,) = (each for each in lines if each.startswith("schema_builder_databases_drifted "))
    return line.split()[1]
