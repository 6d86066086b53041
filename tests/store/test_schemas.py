"""Schemas are recorded, found, renamed and forgotten as the port says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from core.schemas.errors import DuplicateNameError, SchemaNotFoundError
from core.schemas.model import Schema, SchemaStatus
from core.store import StoreFactory
from tests.store.builders import later, make_schema

pytestmark = pytest.mark.servers


def add(open_store: StoreFactory, schema: Schema) -> Schema:
    """Record a schema for good."""
    with open_store() as store:
        store.schemas.add(schema)
        store.commit()
    return schema


def test_a_schema_is_found_as_it_was_recorded(open_store: StoreFactory) -> None:
    """Nothing is lost on the way to the store and back."""
    schema = add(open_store, make_schema("Bücher 📚", description='it\'s 100 % \\ "new"'))
    with open_store() as store:
        assert store.schemas.get(schema.id) == schema
        assert store.schemas.get(schema.id, owner="local") == schema
        assert store.schemas.get_for_update(schema.id, owner="local") == schema


def test_what_is_not_committed_is_rolled_back(open_store: StoreFactory) -> None:
    """Leaving the block is not enough."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
    with open_store() as store:
        assert store.schemas.get(schema.id) is None


def test_a_schema_of_somebody_else_is_not_found(open_store: StoreFactory) -> None:
    """The owner is part of the question."""
    schema = add(open_store, make_schema())
    with open_store() as store:
        assert store.schemas.get(schema.id, owner="somebody else") is None
        assert store.schemas.get_for_update(schema.id, owner="somebody else") is None


@pytest.mark.parametrize(
    "text",
    ["", "42", "\0", "\ud800", str(uuid4()).upper(), f"{{{uuid4()}}}", f"{uuid4()}\n"],
    ids=["empty", "number", "nul", "surrogate", "upper", "braces", "newline"],
)
def test_text_that_is_no_id_names_no_schema(open_store: StoreFactory, text: str) -> None:
    """Whatever a client puts into an address, nothing is found and nothing breaks."""
    with open_store() as store:
        assert store.schemas.get(text) is None
        assert store.schemas.get_for_update(text) is None
        assert store.versions.get(text, 1) is None
        assert store.databases.get(text) is None
        assert store.servers.get(text) is None
        assert store.backups.get(text, str(uuid4())) is None
        assert store.backups.get(str(uuid4()), text) is None
        assert store.backups.list_page(text, page=1, limit=10) == ([], 0)
        store.backups.remove(text)


def test_a_living_name_is_taken_once_per_owner(open_store: StoreFactory) -> None:
    """Another owner may use it, the same may not; the transaction goes on."""
    add(open_store, make_schema("blog"))
    add(open_store, make_schema("blog", owner="somebody else"))
    with open_store() as store:
        with pytest.raises(DuplicateNameError):
            store.schemas.add(make_schema("blog"))
        store.schemas.add(make_schema("shop"))
        store.commit()


def test_a_name_that_differs_in_case_is_another_name(open_store: StoreFactory) -> None:
    """Names are compared as they are written."""
    add(open_store, make_schema("blog"))
    add(open_store, make_schema("Blog"))


def test_the_name_of_a_deleted_schema_is_free(open_store: StoreFactory) -> None:
    """Only the living hold their names."""
    first = add(open_store, make_schema("blog"))
    with open_store() as store:
        store.schemas.save(replace(first, deleted_at=later(1)))
        store.schemas.add(make_schema("blog"))
        store.commit()


def test_a_schema_cannot_take_the_name_of_another(open_store: StoreFactory) -> None:
    """Renaming is refused like adding, and changes nothing."""
    add(open_store, make_schema("blog"))
    shop = add(open_store, make_schema("shop"))
    with open_store() as store:
        with pytest.raises(DuplicateNameError):
            store.schemas.save(replace(shop, name="blog"))
        assert store.schemas.get(shop.id) == shop


def test_an_id_that_is_taken_is_no_duplicate_name(open_store: StoreFactory) -> None:
    """A clash of ids is our mistake, and is not told as something else."""
    schema = add(open_store, make_schema("blog"))
    with open_store() as store, pytest.raises(IntegrityError):
        store.schemas.add(replace(schema, name="shop"))


def test_one_of_two_who_add_a_name_at_once_is_refused(open_store: StoreFactory) -> None:
    """The second waits for the first to commit and is then told."""
    with ThreadPoolExecutor(1) as pool, open_store() as first:
        first.schemas.add(make_schema("blog"))
        second = pool.submit(add, open_store, make_schema("blog"))
        first.commit()
        with pytest.raises(DuplicateNameError):
            second.result(timeout=20)


def test_saving_raises_the_revision(open_store: StoreFactory) -> None:
    """Every change can be told from the record before."""
    schema = add(open_store, make_schema())
    with open_store() as store:
        saved = store.schemas.save(
            replace(schema, description="new", version_number=2, version="1.1", updated_at=later(1))
        )
        store.commit()
    assert saved.revision == schema.revision + 1
    with open_store() as store:
        assert store.schemas.get(schema.id) == saved


def test_saving_what_was_never_recorded_is_refused(open_store: StoreFactory) -> None:
    """Saving does not add."""
    with open_store() as store, pytest.raises(SchemaNotFoundError):
        store.schemas.save(make_schema())


def test_the_status_changes_alone(open_store: StoreFactory) -> None:
    """Status, time and revision move, all else stays."""
    schema = add(open_store, make_schema())
    with open_store() as store:
        store.schemas.set_status(schema.id, SchemaStatus.CREATED, later(5))
        store.commit()
    with open_store() as store:
        assert store.schemas.get(schema.id) == replace(
            schema, status=SchemaStatus.CREATED, updated_at=later(5), revision=2
        )


def test_a_deleted_schema_is_found_only_to_be_changed(open_store: StoreFactory) -> None:
    """Deleting hides the schema, and its job can still finish the record."""
    schema = add(open_store, make_schema())
    with open_store() as store:
        deleted = store.schemas.save(replace(schema, deleted_at=later(1)))
        store.commit()
    with open_store() as store:
        assert store.schemas.get(schema.id) is None
        assert store.schemas.get_for_update(schema.id) == deleted


def test_a_held_schema_makes_others_wait(open_store: StoreFactory) -> None:
    """Two edits of one schema follow one another."""
    schema = add(open_store, make_schema())

    def rename() -> int:
        with open_store() as store:
            found = store.schemas.get_for_update(schema.id)
            assert found is not None
            return found.revision

    with ThreadPoolExecutor(1) as pool, open_store() as first:
        held = first.schemas.get_for_update(schema.id)
        assert held is not None
        second = pool.submit(rename)
        first.schemas.save(held)
        first.commit()
        assert second.result(timeout=20) == 2
