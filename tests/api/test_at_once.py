"""Quotas and servers under two who change them at once: each sees what the other did, or waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import psycopg2
import pytest

from core.limits import Limits, QuotaLimits
from core.quotas.errors import QuotaExceededError
from core.quotas.model import OwnLimit, Quota
from core.settings import Settings
from embedded.processes import wait_until
from tests.api.client import Api
from tests.api.documents import document

pytestmark = [pytest.mark.servers, pytest.mark.timeout(120)]

OWNER = "local"

LONG_SECONDS = 60.0
"""More than anything here takes on a busy machine."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with room for one database in each workspace."""
    return replace(settings, limits=Limits(quotas=QuotaLimits(databases=1)))


def begun(act: Callable[[], object], pool: ThreadPoolExecutor, store_url: str) -> Future[object]:
    """Begin something in a thread; return once it waits for somebody in the store, or is over."""
    future = pool.submit(act)
    connection = psycopg2.connect(store_url)
    connection.autocommit = True

    def is_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return future.done() or cursor.rowcount > 0

    assert wait_until(is_waiting, LONG_SECONDS)
    connection.close()
    return future


def test_who_creates_while_somebody_takes_the_last_place_is_refused(
    api: Api, store_url: str
) -> None:
    """The first has written, and not committed yet, when the second asks."""
    create = api.application.create_schema
    is_admitted, may_commit = threading.Event(), threading.Event()

    def pause(*_: object) -> None:
        is_admitted.set()
        assert may_commit.wait(LONG_SECONDS)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(create, document("one"), owner=OWNER, before_commit=pause)
        assert is_admitted.wait(LONG_SECONDS)
        second = begun(lambda: create(document("two"), owner=OWNER), pool, store_url)
        may_commit.set()
        assert first.result(LONG_SECONDS).schema.name == "one"
        with pytest.raises(QuotaExceededError):
            second.result(LONG_SECONDS)


@pytest.mark.parametrize("sets", ["choose", "grant"])
def test_who_sets_a_quota_while_somebody_else_does_overwrites_nothing(
    api: Api, store_url: str, sets: str
) -> None:
    """What is given and what is chosen stand in one record, which both read and write."""
    quotas = api.application.quotas
    act = getattr(quotas, sets)
    with ThreadPoolExecutor(1) as pool, api.application.open_store() as store:
        store.quotas.hold(OWNER)
        own = store.quotas.own_limits(OWNER).get(Quota.DATABASES, OwnLimit())
        other = begun(lambda: act(OWNER, Quota.DATABASES, 1), pool, store_url)
        theirs = replace(own, granted=5) if sets == "choose" else replace(own, chosen=1)
        store.quotas.put(OWNER, Quota.DATABASES, theirs)
        store.commit()
        other.result(LONG_SECONDS)
    with api.application.open_store() as store:
        found = store.quotas.own_limits(OWNER)[Quota.DATABASES]
    assert found == OwnLimit(granted=5 if sets == "choose" else 1, chosen=1)


def test_looks_and_whoever_changes_a_server_do_not_wait_for_each_other_crosswise(
    api: Api, store_url: str
) -> None:
    """Both write the server and what is decided of it, and take them in the same order."""
    application = api.application
    application.look_at_servers()
    with ThreadPoolExecutor(1) as pool, application.open_store() as store:
        (known,) = store.registrations.hold_all()
        look = begun(application.look_at_servers, pool, store_url)
        store.registrations.put(replace(known, labels={"disk": "ssd"}))
        store.commit()
        look.result(LONG_SECONDS)
    (after,) = application.servers.registrations()
    assert (after.labels, after.health.is_away) == ({"disk": "ssd"}, False)
    assert after.health.checked_at is not None
    assert known.health.checked_at is not None
    assert after.health.checked_at > known.health.checked_at
