"""Losing values takes more than changing a design does."""

from __future__ import annotations

import pytest
from flask import Flask

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, Scope
from tests.api.client import Api
from tests.api.documents import document
from tests.api.guarded import guard
from tests.api.working import Work, created

pytestmark = pytest.mark.servers


def test_an_edit_that_may_lose_values_needs_provisioning_too(
    api: Api, app: Flask, work: Work
) -> None:
    """Whoever may only store designs changes the database as far as nothing is lost."""
    guarded = guard(app)
    _, writer = api.application.keys.create(
        workspace_id=LOCAL_WORKSPACE,
        name="writer",
        scopes={Scope.SCHEMAS_READ, Scope.SCHEMAS_WRITE},
        created_by="test",
    )
    path = f"/schemas/{created(api, work)}"
    narrower = document()
    wider = document()
    wider["tables"][0]["columns"].append({"id": "u9", "name": "age", "dataType": "INT"})
    assert guarded.send("PUT", path, key=writer, body=wider).status_code == 200
    work()
    for method, address, body in (
        ("PUT", f"{path}?allowDataLoss=true", narrower),
        ("PUT", f"{path}?allowLoss=users.age", narrower),
        ("POST", f"{path}/versions/1/restore?allowDataLoss=true", None),
        ("POST", f"{path}/versions/1/restore?allowLoss=users.age", None),
    ):
        refused = guarded.send(method, address, key=writer, body=body)
        assert refused.status_code == 403, address
        assert refused.get_json()["error"]["code"] == "SCOPE_MISSING"
        assert "databases:provision" in refused.get_json()["error"]["details"]
    unallowed = f"{path}?allowDataLoss=false"
    assert guarded.send("PUT", unallowed, key=writer, body=wider).status_code == 200
    editor = guarded.keys[Role.EDITOR]
    allowed = guarded.send("PUT", f"{path}?allowDataLoss=true", key=editor, body=narrower)
    assert allowed.status_code == 200
