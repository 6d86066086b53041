"""The real web server with limits, while its Redis is stopped, started and frozen."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest
import requests

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Scope
from embedded.processes import wait_until
from tests.conftest import PostgresqlServer
from tests.end_to_end.designs import small_design
from tests.end_to_end.stack import Stack
from tests.end_to_end.web_alone import web_alone
from web.counting import PAUSE_SECONDS

pytestmark = pytest.mark.servers

LONGEST_SECONDS = 10.0
"""What a request may take while Redis is away, on a machine that does much else."""


@pytest.fixture(scope="module")
def web(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """A web process that asks everybody who they are, and so limits."""
    with web_alone(
        postgresql_server,
        store_template,
        tmp_path_factory.mktemp("limited"),
        AUTHENTICATION="required",
        RATE_LIMIT_WRITES="4",
    ) as stack:
        yield stack


class Caller:
    """Somebody with a key of their own."""

    def __init__(self, stack: Stack) -> None:
        _, text = stack.application.keys.create(
            workspace_id=LOCAL_WORKSPACE, name="caller", scopes={Scope.ADMIN}, created_by="test"
        )
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {text}"
        self._address = stack.address

    def read(self) -> requests.Response:
        """List schemas."""
        return self._session.get(f"{self._address}/schemas", timeout=30)

    def write(self) -> requests.Response:
        """Make a schema."""
        return self._session.post(f"{self._address}/schemas", json=small_design(), timeout=30)


def statuses_of_writes(caller: Caller) -> list[int]:
    """Make schemas, more than may be made; return how that went."""
    statuses = []
    for _ in range(6):
        began = time.monotonic()
        response = caller.write()
        assert time.monotonic() - began < LONGEST_SECONDS
        statuses.append(response.status_code)
        assert response.headers["RateLimit-Policy"].startswith('"writes";q=4;w=60')
    return statuses


KEPT, SHARED = "rate_limits_kept_in_memory", "rate_limits_shared_again"
"""What the log says once each process counts for itself, and once they count together again."""

WITHIN_LIMITS = [201] * 4 + [429] * 2
"""What becomes of six writes where there may be four."""


def test_limits_hold_with_redis_without_it_and_with_it_again(web: Stack) -> None:
    """Nothing fails meanwhile, and the log says which it is."""
    log = web.log_file("web")

    def wait_until_shared() -> None:
        caller = Caller(web)

        def is_shared() -> bool:
            time.sleep(0.5)  # a quick machine would read more often than it may
            assert caller.read().status_code == 200
            text = log.read_text()
            return text.rfind(SHARED) >= text.rfind(KEPT)

        assert wait_until(is_shared, 4 * PAUSE_SECONDS)

    wait_until_shared()  # the tests of this module run in any order, over one server
    before = len(log.read_text())

    def said(event: str) -> bool:
        return event in log.read_text()[before:]

    assert statuses_of_writes(Caller(web)) == WITHIN_LIMITS
    assert not said(KEPT)
    web.redis.stop()
    assert statuses_of_writes(Caller(web)) == WITHIN_LIMITS
    assert said(KEPT)
    assert not said(SHARED)
    web.redis.start()
    wait_until_shared()
    assert said(SHARED)
    assert statuses_of_writes(Caller(web)) == WITHIN_LIMITS
    assert '"level": "error"' not in web.log_file("web").read_text()


def test_a_redis_that_hangs_holds_up_few_requests_and_fails_none(web: Stack) -> None:
    """One in a while waits for it; the others are counted at once."""
    caller = Caller(web)
    assert caller.read().status_code == 200
    assert web.redis.process_id is not None
    os.kill(web.redis.process_id, signal.SIGSTOP)
    try:
        took = []
        for _ in range(12):
            began = time.monotonic()
            assert caller.read().status_code == 200
            took.append(time.monotonic() - began)
        assert sorted(took)[8] < 0.5 * LONGEST_SECONDS / 10
        assert statuses_of_writes(caller) == WITHIN_LIMITS
    finally:
        os.kill(web.redis.process_id, signal.SIGCONT)
