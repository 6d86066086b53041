"""An API that wants to know whose a request is, with keys of every role and two workspaces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, scopes_of
from tests.api.client import Api
from tests.api.conftest import make_client

STRANGER = "stranger"
"""Who makes the keys of these tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """The API, and who can ask it."""

    api: Api
    """Holds each answer against its description."""
    keys: Mapping[Role, str]
    """A key for each role in the first workspace."""
    other_workspace: str
    """Another workspace."""
    other_key: str
    """The key of an admin there."""
    ids: dict[str, str] = field(default_factory=dict)
    """Ids of things in the first workspace, by the names of path parameters."""

    def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Send a request with a key."""
        proof = {} if key is None else {"Authorization": f"Bearer {key}"}
        return self.api.send(method, path, body=body, headers={**proof, **(headers or {})})

    def get(self, path: str, *, key: str) -> Any:  # noqa: ANN401 - whatever JSON comes back
        """Return what an address answers."""
        return self.send("GET", path, key=key).get_json()


def guard(app: Flask) -> Guarded:
    """Make keys of every role, another workspace, and a key there."""
    api = make_client(app)
    application = api.application
    other = application.workspaces.create("other")
    keys = {
        role: application.keys.create(
            workspace_id=LOCAL_WORKSPACE,
            name=role.value,
            scopes=scopes_of(role),
            created_by=STRANGER,
        )[1]
        for role in Role
    }
    _, other_key = application.keys.create(
        workspace_id=other.id,
        name="theirs",
        scopes=scopes_of(Role.ADMIN),
        created_by=STRANGER,
    )
    return Guarded(api=api, keys=keys, other_workspace=other.id, other_key=other_key)
