"""Who made a version or planned a migration is remembered by name, not by workspace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.access.roles import Role
from core.settings import Settings
from tests.api.conftest import make_settings
from tests.api.documents import document
from tests.api.guarded import Guarded, guard
from tests.api.working import Work, execute_as_owner
from tests.conftest import PostgresqlServer

pytestmark = pytest.mark.servers


@pytest.fixture
def settings(store_url: str, tmp_path: Path, postgresql_server: PostgresqlServer) -> Settings:
    """Settings with which everybody has to say who they are."""
    return replace(make_settings(store_url, tmp_path, postgresql_server), authentication="required")


@pytest.fixture
def guarded(app: Flask) -> Guarded:
    """An API with a key for each role."""
    return guard(app)


def wider(*names: str) -> dict[str, Any]:
    """Return a document with further columns."""
    wanted = document()
    for name in names:
        wanted["tables"][0]["columns"].append({"id": name, "name": name, "dataType": "INT"})
    return wanted


def test_versions_and_migrations_tell_who_made_them(guarded: Guarded, work: Work) -> None:
    """Created, edited, restored, adopted and planned: each by whoever asked."""
    api, admin, editor = guarded.api, guarded.keys[Role.ADMIN], guarded.keys[Role.EDITOR]
    by_admin, by_editor = (f"key:{key.split('_')[1]}" for key in (admin, editor))

    def sent(method: str, path: str, key: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        answered = guarded.send(method, path, key=key, body=body)
        assert answered.status_code < 300, answered.get_json()
        return answered.get_json()["data"]

    schema_id = sent("POST", "/schemas", admin, document())["id"]
    path = f"/schemas/{schema_id}"
    work()
    sent("PUT", path, editor, wider("age"))
    work()
    sent("PUT", path, admin, wider("age", "size"))
    work()
    sent("POST", f"{path}/versions/2/restore?allowDataLoss=true", editor)
    work()
    planned = sent("POST", f"{path}/migrations", admin, {"document": wider("age", "more")})
    assert planned["author"] == by_admin
    sent("POST", f"{path}/migrations/{planned['id']}/apply", editor)
    work()
    execute_as_owner(api, schema_id, "ALTER TABLE users ADD COLUMN live integer")
    sent("POST", f"{path}/database/drift/adopt", editor)
    versions = guarded.get(f"{path}/versions", key=editor)["data"]
    assert [each["author"] for each in reversed(versions)] == [
        by_admin,
        by_editor,
        by_admin,
        by_editor,
        by_admin,
        by_editor,
    ]
    migrations = guarded.get(f"{path}/migrations", key=editor)["data"]
    assert {each["toVersion"]: each["author"] for each in migrations} == {
        2: by_editor,
        3: by_admin,
        4: by_editor,
        5: by_admin,
    }
