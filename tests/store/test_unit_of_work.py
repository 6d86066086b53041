"""A unit of work is one transaction, and says plainly when the store is away or busy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from core.clock import SystemClock
from core.store import (
    StoreBusyError,
    StoreFactory,
    StoreNotOpenError,
    StoreUnavailableError,
    make_engine,
)
from tests.conftest import PostgresqlServer
from tests.store.builders import make_schema

pytestmark = pytest.mark.servers


@pytest.fixture
def narrow(store_url: str) -> Iterator[Engine]:
    """Return an engine with a single connection that nobody waits for."""
    engine = make_engine(store_url, pool_size=1, max_overflow=0, pool_timeout_seconds=0.1)
    yield engine
    engine.dispose()


def test_a_block_can_commit_more_than_once(open_store: StoreFactory) -> None:
    """What was committed stays, what came after is rolled back."""
    kept, lost = make_schema("kept"), make_schema("lost")
    with open_store() as store:
        store.schemas.add(kept)
        store.commit()
        store.schemas.add(lost)
    with open_store() as store:
        assert store.schemas.get(kept.id) == kept
        assert store.schemas.get(lost.id) is None


def test_a_block_to_read_sees_what_is_committed_meanwhile(open_store: StoreFactory) -> None:
    """It holds no transaction open, and the connection serves writers as before afterwards."""
    first, second, lost = make_schema("first"), make_schema("second"), make_schema("lost")
    with open_store() as store:
        store.schemas.add(first)
        store.commit()
    with open_store.to_read() as reading:
        assert reading.schemas.get(first.id) == first
        assert reading.schemas.get(second.id) is None
        with open_store() as store:
            store.schemas.add(second)
            store.commit()
        assert reading.schemas.get(second.id) == second
    with open_store() as store:
        store.schemas.add(lost)
    with open_store.to_read() as reading:
        assert reading.schemas.get(lost.id) is None


def test_an_error_in_the_block_rolls_back(open_store: StoreFactory) -> None:
    """The error goes on to the caller."""
    schema = make_schema()

    def fail() -> None:
        with open_store() as store:
            store.schemas.add(schema)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with open_store() as store:
        assert store.schemas.get(schema.id) is None


def test_repositories_work_only_inside_the_block(open_store: StoreFactory) -> None:
    """A use outside is a mistake of ours and says so."""
    store = open_store()
    with pytest.raises(StoreNotOpenError):
        _ = store.schemas
    with store:
        pass
    with pytest.raises(StoreNotOpenError):
        store.commit()


def test_a_store_that_is_away_is_unavailable() -> None:
    """Nothing of the driver comes through, and the error may pass."""
    engine = make_engine("postgresql://schema_builder:hidden@127.0.0.1:1/schema_builder")
    with pytest.raises(StoreUnavailableError) as caught, StoreFactory(engine, SystemClock())():
        pass
    assert caught.value.is_retryable
    assert "hidden" not in caught.value.sentence
    engine.dispose()


def test_a_connection_that_breaks_in_the_block_is_unavailable(
    open_store: StoreFactory, store_engine: Engine, postgresql_server: PostgresqlServer
) -> None:
    """The block fails as unavailable, and the next one works on a new connection."""
    with open_store() as store:
        store.schemas.add(make_schema("first"))
        _end_sessions(postgresql_server, store_engine)
        with pytest.raises(StoreUnavailableError):
            store.schemas.add(make_schema("second"))
    with open_store() as store:
        store.schemas.add(make_schema("first"))
        store.commit()


def test_a_connection_that_breaks_at_the_commit_is_unavailable(
    open_store: StoreFactory, store_engine: Engine, postgresql_server: PostgresqlServer
) -> None:
    """A commit that was not answered is not taken for one."""
    with open_store() as store:
        store.schemas.add(make_schema())
        _end_sessions(postgresql_server, store_engine)
        with pytest.raises(StoreUnavailableError):
            store.commit()


def test_connections_that_died_in_the_pool_are_replaced(
    open_store: StoreFactory, store_engine: Engine, postgresql_server: PostgresqlServer
) -> None:
    """A restart of the store between two requests is not noticed."""
    with open_store() as store:
        assert store.schemas.get(make_schema().id) is None
    _end_sessions(postgresql_server, store_engine)
    with open_store() as store:
        assert store.schemas.get(make_schema().id) is None


def test_a_lock_that_others_hold_too_long_is_busy(
    open_store: StoreFactory, store_engine: Engine
) -> None:
    """Waiting has an end."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
        store.commit()
    with open_store() as holder, store_engine.connect() as connection:
        holder.schemas.get_for_update(schema.id)
        connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(StoreBusyError):
            connection.execute(text("SELECT FROM schemas FOR UPDATE"))


def test_a_pool_that_is_used_up_is_busy(narrow: Engine) -> None:
    """Waiting for a connection has an end as well."""
    open_store = StoreFactory(narrow, SystemClock())
    with open_store(), pytest.raises(StoreBusyError), open_store():
        pass


def test_every_session_has_its_limits(store_engine: Engine) -> None:
    """No statement, lock or idle transaction goes on for ever, and times are UTC."""
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")
    with store_engine.connect() as connection:
        found = [connection.execute(text(f"SHOW {name}")).scalar_one() for name in names]
    assert found == ["30s", "10s", "1min", "UTC"]


def _end_sessions(server: PostgresqlServer, engine: Engine) -> None:
    """End all sessions on the test's store from outside."""
    server.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{engine.url.database}'"
    )
