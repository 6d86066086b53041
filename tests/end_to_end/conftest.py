"""Fixtures of the tests with real processes, and their logs beside a failure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from embedded.postgresql import PROVISIONER, STORE
from tests.conftest import PostgresqlServer
from tests.end_to_end.attempts import Attempts, making_attempts
from tests.end_to_end.client import Api
from tests.end_to_end.stack import Stack
from tests.end_to_end.watching import Watch


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that asks for more generated designs."""
    parser.addoption("--designs", type=int, default=25, help="how many designs are generated")


@pytest.fixture(scope="session")
def stack(
    postgresql_server: PostgresqlServer, store_template: str, servers_folder: Path
) -> Iterator[Stack]:
    """The whole product over the tests' server; tests that kill a process start it again."""
    store = f"store_{uuid4().hex}"
    postgresql_server.create_database(store, template=store_template)
    with Stack(
        servers_folder / "stack",
        database_url=postgresql_server.url(STORE, store),
        server_url=postgresql_server.url(PROVISIONER),
        bin_dir=postgresql_server.bin_dir,
    ) as stack:
        stack.start()
        stack.wait_until_ready()
        yield stack
    postgresql_server.drop_database(store)


@pytest.fixture(scope="session")
def all_attempts(stack: Stack) -> Iterator[Attempts]:
    """The process that makes attempts."""
    with making_attempts(stack) as attempts:
        yield attempts


@pytest.fixture
def attempts(all_attempts: Attempts) -> Iterator[Attempts]:
    """Attempts at the stack's jobs that are held where a test wants."""
    yield all_attempts
    all_attempts.kill_all()


@pytest.fixture
def api(stack: Stack) -> Api:
    """A client of the stack."""
    return Api(stack.address)


@pytest.fixture
def watch(stack: Stack, postgresql_server: PostgresqlServer) -> Watch:
    """Eyes on what really is on the server, in the archive and in the store."""
    watch = Watch(stack=stack, server=postgresql_server)
    return replace(watch, known_leftovers=frozenset(watch.leftovers()))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show what the processes said beside a failed test."""
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed:
        for fixture in getattr(item, "funcargs", {}).values():
            if isinstance(fixture, Stack):
                report.sections += [(f"log of {name}", log) for name, log in fixture.logs()]
