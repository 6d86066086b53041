"""The second server of tests as it is registered over the API."""

from __future__ import annotations

from typing import Any

from embedded.postgresql import PROVISIONER, EmbeddedPostgresql
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work

ELSEWHERE = {"disk": "ssd"}
"""Labels of the second server, for databases that are to stand there."""


def body_of(server: EmbeddedPostgresql, **more: object) -> dict[str, object]:
    """Return what registers a server."""
    return {"name": "second", "url": server.url(PROVISIONER), **more}


def added(api: Api, server: EmbeddedPostgresql, **more: object) -> Any:  # noqa: ANN401 - JSON
    """Register the second server."""
    response = api.post("/servers", body_of(server, **more))
    assert response.status_code == 201, response.get_json()
    return response.get_json()["data"]


def created_elsewhere(api: Api, work: Work) -> str:
    """Return the id of a schema whose database stands on the second server."""
    wanted = {**document(), "placement": {"labels": ELSEWHERE}}
    schema_id = str(api.post("/schemas", wanted).get_json()["data"]["id"])
    work()
    assert api.get(f"/schemas/{schema_id}").get_json()["data"]["status"] == "created"
    return schema_id
