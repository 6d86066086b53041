"""Versions, servers, databases, backups and first answers come back as they were recorded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from core.backups.model import BackupState, Verification, VerificationState
from core.databases.model import DatabaseState
from core.schemas.idempotency import IdempotencyKeyTakenError, IdempotencyRecord
from core.schemas.model import Schema
from core.store import StoreFactory
from tests.fakes.clock import START
from tests.store.builders import (
    later,
    make_backup,
    make_database,
    make_schema,
    make_server,
    make_version,
)

pytestmark = pytest.mark.servers

RECORD = IdempotencyRecord(
    owner="local",
    route="POST /schemas",
    key="key-1",
    body_digest="d" * 64,
    status=None,
    body=None,
    created_at=START,
)


@pytest.fixture
def schema(open_store: StoreFactory) -> Schema:
    """Return a schema that is recorded."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
        store.commit()
    return schema


@pytest.mark.parametrize(
    "document",
    [
        {"name": "blog", "tables": [{"id": "t1", "position": {"x": Decimal("0.1"), "y": -3}}]},
        {"defaultValue": Decimal("12345678901234567890.123456789012345678901234567890")},
        {"big": 2**80, "small": Decimal("1E-30"), "flag": True, "nothing": None},
        {"text": 'é 📚 \\u0041 "quoted" </script> \u2028'},
        {"deep": [[[[[[[[[[{"a": [1, [2, [3]]]}]]]]]]]]]]},
    ],
    ids=["positions", "many digits", "numbers", "texts", "nesting"],
)
def test_a_document_keeps_every_digit(
    open_store: StoreFactory, schema: Schema, document: dict[str, Any]
) -> None:
    """Numbers do not pass through binary fractions, texts not through escapes."""
    version = make_version(schema, document)
    with open_store() as store:
        store.versions.add(version)
        store.commit()
    with open_store() as store:
        found = store.versions.get(schema.id, 1)
        assert store.versions.get(schema.id, 2) is None
    assert found == version
    assert not any(isinstance(value, float) for value in document.values())


def test_a_server_is_known_by_its_system_identifier(open_store: StoreFactory) -> None:
    """A server that moved keeps its id, and the list shows it once, in its old place."""
    first, second = make_server(system_identifier="7"), make_server(system_identifier="8")
    moved = replace(
        make_server(system_identifier="7", port=6543), version="18.7", last_seen_at=later(9)
    )
    with open_store() as store:
        assert store.servers.put(first) == first
        store.commit()
    with open_store() as store:
        assert store.servers.put(second) == second
        assert store.servers.put(moved) == replace(moved, id=first.id)
        store.commit()
    with open_store() as store:
        assert store.servers.get(first.id) == replace(moved, id=first.id)
        assert store.servers.get(moved.id) is None
        assert store.servers.list_all() == [replace(moved, id=first.id), second]


def test_a_database_is_replaced_by_its_schema(open_store: StoreFactory, schema: Schema) -> None:
    """There is one per schema, and putting writes the whole record."""
    server = make_server()
    database = make_database(schema, server)
    ready = replace(
        database,
        state=DatabaseState.READY,
        version_number=1,
        live_fingerprint="f" * 64,
        table_count=3,
        checked_at=later(2),
    )
    with open_store() as store:
        store.servers.put(server)
        store.databases.put(database)
        assert store.databases.get(schema.id) == database
        store.databases.put(ready)
        store.commit()
    with open_store() as store:
        assert store.databases.get(schema.id) == ready


def test_a_backup_is_replaced_by_its_id(open_store: StoreFactory, schema: Schema) -> None:
    """The record of a backup follows it from request to proof."""
    backup = make_backup(schema)
    proven = replace(
        backup,
        state=BackupState.AVAILABLE,
        engine_version="18.6",
        tool_version="18.6",
        live_fingerprint="f" * 64,
        rows_by_table={"public.posts": 3, 'we"ird.täble': 0},
        size_bytes=2**40,
        sha256="0" * 64,
        duration_seconds=1.25,
        finished_at=later(3),
        verification=Verification(
            state=VerificationState.FAILED,
            at=later(4),
            duration_seconds=0.5,
            failure_code="BACKUP_DAMAGED",
            failure="It is damaged.",
        ),
    )
    with open_store() as store:
        store.backups.put(backup)
        assert store.backups.get(schema.id, backup.id) == backup
        store.backups.put(proven)
        store.commit()
    with open_store() as store:
        assert store.backups.get(schema.id, backup.id) == proven
        assert store.backups.get(make_schema().id, backup.id) is None


def test_backups_are_listed_newest_first(open_store: StoreFactory, schema: Schema) -> None:
    """Pages cut the order, and what was removed is gone."""
    taken = [make_backup(schema, at=later(number)) for number in range(5)]
    with open_store() as store:
        for backup in taken:
            store.backups.put(backup)
        assert store.backups.list_page(schema.id, page=2, limit=2) == ([taken[2], taken[1]], 5)
        store.backups.remove(taken[1].id)
        assert store.backups.list_page(schema.id, page=2, limit=2) == ([taken[2], taken[0]], 4)


def test_a_first_answer_is_kept(open_store: StoreFactory) -> None:
    """The answer is added to the record of the request."""
    with open_store() as store:
        store.idempotency.add(RECORD)
        assert store.idempotency.get("local", "POST /schemas", "key-1") == RECORD
        store.idempotency.set_response("local", "POST /schemas", "key-1", 201, '{"a": 1}')
        store.commit()
    with open_store() as store:
        found = store.idempotency.get("local", "POST /schemas", "key-1")
        assert found == replace(RECORD, status=201, body='{"a": 1}')
        assert store.idempotency.get("local", "POST /other", "key-1") is None
        assert store.idempotency.get("stranger", "POST /schemas", "key-1") is None


def test_a_key_is_taken_once(open_store: StoreFactory) -> None:
    """The second is told, and its transaction goes on."""
    with open_store() as store:
        store.idempotency.add(RECORD)
        with pytest.raises(IdempotencyKeyTakenError):
            store.idempotency.add(replace(RECORD, body_digest="e" * 64))
        assert store.idempotency.get("local", "POST /schemas", "key-1") == RECORD


def test_the_second_of_two_at_once_waits_for_the_first(open_store: StoreFactory) -> None:
    """Who comes while the first is at work is told once it is done, and sees its answer."""

    def come_second() -> IdempotencyRecord | None:
        with open_store() as store:
            try:
                store.idempotency.add(RECORD)
            except IdempotencyKeyTakenError:
                return store.idempotency.get("local", "POST /schemas", "key-1")
        return None

    with ThreadPoolExecutor(1) as pool, open_store() as first:
        first.idempotency.add(RECORD)
        second = pool.submit(come_second)
        first.idempotency.set_response("local", "POST /schemas", "key-1", 201, "{}")
        first.commit()
        assert second.result(timeout=20) == replace(RECORD, status=201, body="{}")


def test_the_second_of_two_goes_on_when_the_first_gives_up(open_store: StoreFactory) -> None:
    """A request that was rolled back holds no key."""

    def come_second() -> None:
        with open_store() as store:
            store.idempotency.add(RECORD)
            store.commit()

    with ThreadPoolExecutor(1) as pool:
        with open_store() as first:
            first.idempotency.add(RECORD)
            second = pool.submit(come_second)
        second.result(timeout=20)


def test_old_answers_are_forgotten(open_store: StoreFactory) -> None:
    """Oldest first, no more at once than asked for."""
    with open_store() as store:
        assert store.idempotency.get("local", "POST /\ud800", "\0") is None
        for number in range(4):
            store.idempotency.add(replace(RECORD, key=str(number), created_at=later(number)))
        assert store.idempotency.purge(later(3), 2) == 2
        assert store.idempotency.purge(later(3), 2) == 1
        assert store.idempotency.get("local", "POST /schemas", "3") is not None
