"""The fake store of jobs keeps the contract, so that tests built on it say the truth."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.contracts.job_repository import JobRepositoryContract, OpenStore
from tests.fakes.clock import FakeClock
from tests.fakes.jobs import FakeJobStore, Memory


class TestFakeJobRepository(JobRepositoryContract):
    """The contract over jobs in memory."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        """Return the clock of the memory."""
        return FakeClock()

    @pytest.fixture
    def open_store(self, clock: FakeClock) -> OpenStore:
        """Return the way to open one memory."""
        memory = Memory(clock=clock)
        return lambda: FakeJobStore(memory)

    @pytest.fixture
    def stay_silent(self, clock: FakeClock) -> Callable[[float], None]:
        """Return the way to let time pass."""

        def stay_silent(seconds: float) -> None:
            clock.advance(seconds)

        return stay_silent

    @pytest.fixture
    def new_schema_id(self) -> Callable[[], str]:
        """Return a source of schemas; the fake asks for no record of them."""
        return lambda: str(uuid4())
