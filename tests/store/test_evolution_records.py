"""Normal forms, drift, lint policies and lists of versions in the store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.databases.drift_record import DriftRecord, DriftState
from core.databases.model import DatabaseState
from core.store import StoreFactory
from tests.store.builders import later, make_database, make_schema, make_server, make_version

pytestmark = pytest.mark.servers


def test_a_normal_form_is_remembered_as_it_was_first_told(open_store: StoreFactory) -> None:
    """The second telling changes nothing, and another server's major version is another form."""
    with open_store() as store:
        store.normal_forms.put("f", 18, {"name": "first"})
        store.normal_forms.put("f", 18, {"name": "second"})
        assert store.normal_forms.get("f", 18) == {"name": "first"}
        assert store.normal_forms.get("f", 17) is None


def test_a_policy_is_empty_until_it_is_written(open_store: StoreFactory) -> None:
    """Codes that nobody named keep their own level."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
        assert store.lint_policies.get(schema.id) == {}
        store.lint_policies.put(schema.id, {"DS_DROP_COLUMN": "silent"})
        assert store.lint_policies.get(schema.id) == {"DS_DROP_COLUMN": "silent"}
        assert store.lint_policies.get("no id") == {}


def test_databases_are_due_for_a_look_once_the_last_one_is_old(open_store: StoreFactory) -> None:
    """Never looked at comes first; what is absent or looked at lately is not among them."""
    with open_store() as store:
        server = store.servers.put(make_server())
        never, old, lately, absent = (make_schema(name) for name in ("a", "b", "c", "d"))
        for schema in (never, old, lately, absent):
            store.schemas.add(schema)
            state = DatabaseState.ABSENT if schema is absent else DatabaseState.READY
            store.databases.put(replace(make_database(schema, server), state=state))
        for schema, seconds in ((old, 1), (lately, 50)):
            store.drift.put(
                DriftRecord(
                    schema_id=schema.id,
                    state=DriftState.NONE,
                    checked_at=later(seconds),
                    report={"changes": 0},
                )
            )
        assert store.drift.due(later(10), 10) == [never.id, old.id]
        assert store.drift.due(later(10), 1) == [never.id]
        found = store.drift.get(old.id)
    assert found == DriftRecord(
        schema_id=old.id, state=DriftState.NONE, checked_at=later(1), report={"changes": 0}
    )


def test_nothing_is_known_of_drift_where_there_is_no_database(open_store: StoreFactory) -> None:
    """Neither for an unknown schema nor for what is no id."""
    with open_store() as store:
        assert store.drift.get(make_schema().id) is None
        assert store.drift.get("no id") is None


def test_versions_are_listed_newest_first_and_found_by_label(open_store: StoreFactory) -> None:
    """A page has so many of them, without their documents."""
    schema = make_schema()
    with open_store() as store:
        store.schemas.add(schema)
        first = make_version(schema, {"tables": []})
        for number in (1, 2, 3):
            store.versions.add(replace(first, number=number, label=f"1.{number - 1}"))
        page, total = store.versions.list_page(schema.id, page=1, limit=2)
        assert ([head.number for head in page], total) == ([3, 2], 3)
        assert store.versions.number_of(schema.id, "1.1") == 2
        assert store.versions.number_of(schema.id, "9.9") is None
        assert store.versions.list_page("no id", page=1, limit=2) == ([], 0)
        assert store.versions.number_of("no id", "1.0") is None
