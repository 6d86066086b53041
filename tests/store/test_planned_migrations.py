"""Migrations come back as they were recorded, and are found by what is asked of them."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from core.databases.migration import MigrationState
from core.schemas.model import Schema
from core.store import StoreFactory
from tests.store.builders import later, make_migration, make_schema

pytestmark = pytest.mark.servers


@pytest.fixture
def schema(open_store: StoreFactory) -> Schema:
    """Return a schema that is recorded."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
        store.commit()
    return schema


def test_a_migration_comes_back_whole(open_store: StoreFactory, schema: Schema) -> None:
    """First as planned, then with everything that became of it."""
    planned = make_migration(schema)
    applied = replace(
        planned,
        state=MigrationState.APPLIED,
        job_id=str(uuid4()),
        revert_job_id=str(uuid4()),
        applied_at=later(1),
        reverted_at=later(2),
        set_aside_until=later(3),
        set_aside_removed_at=later(4),
        document={"name": "blog", "tables": []},
    )
    for migration in (planned, applied):
        with open_store() as store:
            store.migrations.put(migration)
            store.commit()
        with open_store() as store:
            assert store.migrations.get(schema.id, migration.id) == migration
    with open_store() as store:
        assert store.migrations.of_job(str(applied.job_id)) == applied
        assert store.migrations.get(str(uuid4()), planned.id) is None
        assert store.migrations.get("other", "thing") is None
        assert store.migrations.of_job("thing") is None


def test_keys_of_rows_are_not_recorded(open_store: StoreFactory, schema: Schema) -> None:
    """Whoever plans may see them in the answer; a key such as an address may be personal."""
    told = {"losses": [{"subject": "public.users.email", "rows": 1, "samples": ["a@example.org"]}]}
    migration = replace(make_migration(schema), impact=told)
    with open_store() as store:
        store.migrations.put(migration)
        store.commit()
    with open_store() as store:
        found = store.migrations.get(schema.id, migration.id)
    assert found is not None
    assert found.impact == {"losses": [told["losses"][0] | {"samples": []}]}


def test_migrations_are_listed_newest_first(open_store: StoreFactory, schema: Schema) -> None:
    """A page is a stretch of them, with the number of all."""
    three = [make_migration(schema, at=later(number)) for number in range(3)]
    with open_store() as store:
        for migration in three:
            store.migrations.put(migration)
        store.commit()
    with open_store() as store:
        assert store.migrations.list_page(schema.id, page=1, limit=2) == ([three[2], three[1]], 3)
        assert store.migrations.list_page(schema.id, page=2, limit=2) == ([three[0]], 3)
        assert store.migrations.list_page("other", page=1, limit=2) == ([], 0)


def test_the_latest_applied_is_the_one_that_can_be_taken_back(
    open_store: StoreFactory, schema: Schema
) -> None:
    """Those planned, failed or taken back do not count."""
    first, second = (
        replace(make_migration(schema), state=MigrationState.APPLIED, applied_at=later(number))
        for number in range(2)
    )
    reverted = replace(make_migration(schema), state=MigrationState.REVERTED, applied_at=later(5))
    with open_store() as store:
        assert store.migrations.latest_applied(schema.id) is None
        for migration in (second, first, reverted, make_migration(schema, at=later(9))):
            store.migrations.put(migration)
        store.commit()
    with open_store() as store:
        assert store.migrations.latest_applied(schema.id) == second
        assert store.migrations.latest_applied("other") is None


def test_closed_windows_are_found_until_they_are_swept(
    open_store: StoreFactory, schema: Schema
) -> None:
    """What is kept still, and what is removed already, is not among them."""
    closed = replace(
        make_migration(schema),
        state=MigrationState.APPLIED,
        applied_at=later(0),
        set_aside_until=later(10),
    )
    kept = replace(closed, id=str(uuid4()), set_aside_until=later(20), applied_at=later(1))
    swept = replace(closed, id=str(uuid4()), set_aside_removed_at=later(11))
    with open_store() as store:
        for migration in (kept, closed, swept, make_migration(schema)):
            store.migrations.put(migration)
        store.commit()
    with open_store() as store:
        assert closed in store.migrations.expired(later(10), 1000)
        assert not {kept.id, swept.id} & {
            each.id for each in store.migrations.expired(later(10), 1000)
        }
        assert store.migrations.keeping(schema.id) == [closed, kept]
        assert store.migrations.keeping("other") == []
