"""Registrations of servers in the store, and places that two cannot take at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.databases.model import DatabaseState, Server
from core.databases.placement import choose
from core.databases.registration import Capacity, Health, Registration
from core.databases.server_errors import NoCapacityError, ServerNameTakenError
from core.schemas.model import Schema
from core.store import StoreFactory
from tests.fakes.clock import START
from tests.store.builders import later, make_database, make_schema, make_server

pytestmark = pytest.mark.servers


def recorded(open_store: StoreFactory, identifier: str = "7", *, port: int = 5432) -> Server:
    """Record a server."""
    with open_store() as store:
        server = store.servers.put(make_server(system_identifier=identifier, port=port))
        store.commit()
    return server


def decide(
    open_store: StoreFactory,
    server: Server,
    *,
    name: str | None = None,
    capacity: Capacity | None = None,
    labels: Mapping[str, str] | None = None,
) -> Registration:
    """Say something of a server; return what is known then."""
    with open_store() as store:
        known = store.registrations.get(server.id)
        assert known is not None
        store.registrations.put(
            replace(
                known,
                name=name or known.name,
                capacity=capacity or known.capacity,
                labels=labels or known.labels,
                encrypted_url="v1:secret",
            )
        )
        decided = store.registrations.get(server.id)
        store.commit()
    assert decided is not None
    return decided


def add_schema(open_store: StoreFactory, name: str) -> Schema:
    """Store a schema."""
    schema = make_schema(name)
    with open_store() as store:
        store.schemas.add(schema)
        store.commit()
    return schema


def take_place(open_store: StoreFactory, schema: Schema, labels: Mapping[str, str]) -> str:
    """Keep a place for a schema's database, as a worker does; return the server's id."""
    with open_store() as store:
        registrations = store.registrations.hold_all()
        found = choose(registrations, labels=labels, reachable={each.id for each in registrations})
        server = store.servers.get(found.id)
        assert server is not None
        store.databases.put(make_database(schema, server))
        store.commit()
    return found.id


def test_a_server_that_nobody_decided_on_is_registered_with_nothing_limited(
    open_store: StoreFactory,
) -> None:
    """Those of SERVERS are there at once."""
    server = recorded(open_store)
    with open_store() as store:
        (known,) = store.registrations.list_all()
    assert (known.id, known.name, known.capacity, dict(known.labels)) == (
        server.id,
        "127.0.0.1:5432",
        Capacity(),
        {},
    )
    assert (known.health, known.drained_at, known.encrypted_url) == (Health(), None, None)


def test_what_is_decided_is_kept_when_the_server_is_found_elsewhere(
    open_store: StoreFactory,
) -> None:
    """Its system identifier says that it is the same."""
    server = recorded(open_store)
    capacity = Capacity(databases=3, size_bytes=2**40, connections=50)
    decided = decide(open_store, server, name="one", capacity=capacity, labels={"a": "b"})
    assert recorded(open_store, port=5433).id == server.id
    with open_store() as store:
        known = store.registrations.get(server.id)
    assert known == replace(decided, port=5433)
    assert "secret" not in repr(known)


def test_two_servers_cannot_have_one_name(open_store: StoreFactory) -> None:
    """Measures and commands go by name."""
    decide(open_store, recorded(open_store), name="one")
    other = recorded(open_store, "8", port=5433)
    with pytest.raises(ServerNameTakenError):
        decide(open_store, other, name="one")


def test_databases_there_and_places_kept_count_and_dropped_ones_do_not(
    open_store: StoreFactory,
) -> None:
    """A deleted schema's database stands there still unless it was dropped."""
    server = recorded(open_store)
    schemas = [add_schema(open_store, str(number)) for number in range(4)]
    states = [DatabaseState.ABSENT, DatabaseState.READY, DatabaseState.DROPPED]
    with open_store() as store:
        for schema, state in zip(schemas, [*states, DatabaseState.READY], strict=True):
            store.databases.put(replace(make_database(schema, server), state=state))
        store.schemas.save(replace(schemas[3], deleted_at=START))
        (known,) = store.registrations.list_all()
        assert known.databases == 3
        store.schemas.save(replace(schemas[0], deleted_at=START))
        (known,) = store.registrations.list_all()
        assert known.databases == 2


def test_two_at_once_cannot_both_take_the_last_place(open_store: StoreFactory) -> None:
    """Eight want one of three places; three get one, and the servers are as full as they may be."""
    decide(open_store, recorded(open_store, "7"), capacity=Capacity(databases=1))
    decide(open_store, recorded(open_store, "8", port=5433), capacity=Capacity(databases=2))
    schemas = [add_schema(open_store, str(number)) for number in range(8)]
    start = threading.Barrier(len(schemas))

    def compete(schema: Schema) -> bool:
        start.wait()
        try:
            take_place(open_store, schema, {})
        except NoCapacityError:
            return False
        return True

    with ThreadPoolExecutor(len(schemas)) as pool:
        outcomes = list(pool.map(compete, schemas))
    assert sum(outcomes) == 3
    with open_store() as store:
        found = [
            (each.databases, each.capacity.databases) for each in store.registrations.list_all()
        ]
    assert found == [(1, 1), (2, 2)]


def test_a_drain_and_a_placement_take_turns(open_store: StoreFactory) -> None:
    """Whoever drains sees what was placed before, and what is placed later sees the drain."""
    server = recorded(open_store)
    schema = add_schema(open_store, "one")
    with open_store() as draining:
        (known,) = draining.registrations.hold_all()
        draining.registrations.put(replace(known, drained_at=START))
        with ThreadPoolExecutor(1) as pool:
            placing = pool.submit(take_place, open_store, schema, {})
            draining.commit()
            with pytest.raises(NoCapacityError):
                placing.result(timeout=30)
    with open_store() as store:
        assert store.databases.get(schema.id) is None
    assert server.id


def test_looks_are_kept_and_a_server_is_away_since_the_first_that_failed(
    open_store: StoreFactory,
) -> None:
    """Sizes stay as they were counted last."""
    server = recorded(open_store)
    well = Health(
        is_reachable=True,
        may_provision=True,
        checked_at=later(1),
        connections=3,
        free_connections=90,
        size_bytes=1000,
        measured_at=later(1),
    )
    with open_store() as store:
        store.registrations.note_look(server.id, well, version="18.7")
        (known,) = store.registrations.list_all()
        assert (known.health, known.version, known.last_seen_at) == (well, "18.7", later(1))
        for seconds in (2, 3):
            away = Health(is_reachable=False, checked_at=later(seconds))
            store.registrations.note_look(server.id, away, version=None)
        (known,) = store.registrations.list_all()
        assert known.health == replace(
            well, is_reachable=False, checked_at=later(3), unreachable_since=later(2)
        )
        store.registrations.note_back(server.id, later(4))
        (known,) = store.registrations.list_all()
        assert (known.health.is_away, known.health.unreachable_since) == (False, None)


def test_one_at_a_time_tries_a_server_that_is_away(open_store: StoreFactory) -> None:
    """The others fail at once meanwhile."""
    server = recorded(open_store)
    with open_store() as store:
        store.registrations.note_away(server.id, START)
        store.commit()
    with open_store() as store:
        assert not store.registrations.take_try(server.id, 60)
        assert store.registrations.take_try(server.id, 0)
        assert not store.registrations.take_try(server.id, 60)
        assert not store.registrations.take_try("no id", 0)


def test_a_removed_server_is_forgotten_until_it_is_found_again(open_store: StoreFactory) -> None:
    """Its record stays for the databases that were there, and nothing decided comes back."""
    server = recorded(open_store)
    decide(open_store, server, name="one", capacity=Capacity(databases=3))
    with open_store() as store:
        store.registrations.remove(server.id, START)
        assert store.registrations.list_all() == []
        assert store.registrations.get(server.id) is None
        assert store.servers.get(server.id) is not None
        store.registrations.readmit(server.id)
        (known,) = store.registrations.list_all()
    assert (known.name, known.capacity, known.encrypted_url) == (
        "127.0.0.1:5432",
        Capacity(),
        None,
    )


def test_labels_that_a_schema_asks_for_are_kept(open_store: StoreFactory) -> None:
    """They count whenever its database is placed."""
    schema = add_schema(open_store, "one")
    with open_store() as store:
        assert store.registrations.wanted_labels(schema.id) == {}
        assert store.registrations.wanted_labels("no id") == {}
        store.registrations.want_labels(schema.id, {"a": "b"})
        store.registrations.want_labels(schema.id, {"region": "eu"})
        assert store.registrations.wanted_labels(schema.id) == {"region": "eu"}
