"""Every route against every role, and against things of another workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core.access.model import ApiKey
from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, Scope, scopes_of
from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import JobId
from embedded.postgresql import STORE
from tests.api.conftest import QUICK, make_settings
from tests.api.documents import document
from tests.api.guarded import Guarded, guard
from tests.conftest import PostgresqlServer
from tests.fakes.announcer import FakeAnnouncer
from web.app import create_app
from web.context import WebContext
from web.permissions import PERMISSIONS
from web.routing import operation_id

pytestmark = pytest.mark.servers

NOWHERE = str(uuid4())
"""An id of nothing."""

BODIES: dict[str, object] = {
    "createSchema": document("walked"),
    "validateSchema": document("walked"),
    "replaceSchema": document("walked"),
    "compareStates": {"from": {"version": 1}, "to": {"version": 1}},
    "replaceLintPolicy": {},
    "planMigration": {},
    "adoptDrift": {},
    "putMember": {"subject": "walker", "role": "viewer"},
    "createKey": {"name": "walked", "role": "viewer"},
    "createWebhook": {"url": "https://example.org/hook", "events": ["job.failed"]},
    "createServer": {"name": "walked", "url": "postgresql://account@127.0.0.1:1/postgres"},
    "replaceServer": {"name": "walked"},
    "replaceBackupSchedule": {"cron": "0 3 * * *", "timeZone": "UTC"},
}
"""Bodies with which a request gets as far as its permission, and mostly further."""


QUERIES = {"getImpact": "object=public.users", "compareVersions": "from=1&to=1"}
"""Parameters that must be there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the OpenAPI document."""

    id: str
    """Its `operationId`."""
    method: str
    """Its method."""
    path: str
    """Its path below the API's own, with names of parameters in braces."""
    scopes: frozenset[Scope]
    """What it needs."""

    def address(self, ids: dict[str, str]) -> str:
        """Return the path to some things, with parameters that must be there."""
        path = re.sub(r"\{(\w+)\}", lambda match: ids[match[1]], self.path)
        return f"{path}?{QUERIES[self.id]}" if self.id in QUERIES else path

    @property
    def is_about_a_thing(self) -> bool:
        """Whether the path names something."""
        return "{" in self.path


@pytest.fixture(scope="module")
def guarded(
    postgresql_server: PostgresqlServer,
    store_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:
    """An API that asks who is there, with one thing of each kind in the first workspace."""
    name = f"store_{uuid4().hex}"
    postgresql_server.create_database(name, template=store_template)
    announcer = FakeAnnouncer()
    settings = replace(
        make_settings(
            postgresql_server.url(STORE, name),
            tmp_path_factory.mktemp("guarded"),
            postgresql_server,
        ),
        authentication="required",
    )
    app = create_app(settings, announcer=announcer, patience=QUICK)
    found = guard(app)
    fill(found, announcer)
    yield found
    context: WebContext = app.extensions["schema_builder"]
    context.application.close()
    postgresql_server.drop_database(name)


def fill(guarded: Guarded, announcer: FakeAnnouncer) -> None:
    """Make a schema with a database, and a thing of every other kind."""
    application = guarded.api.application

    def work() -> None:
        while announcer.announced:
            _, job_id = announcer.announced.pop(0)
            execute(
                JobId(job_id),
                open_store=application.open_store,
                runners=application.runners,
                clock=application.clock,
                announcer=announcer,
                limits=Limits(),
            )

    def made(path: str, body: object = None, *, method: str = "POST") -> Any:  # noqa: ANN401 - JSON
        response = guarded.send(method, path, key=guarded.keys[Role.ADMIN], body=body)
        assert response.status_code < 300, response.get_data(as_text=True)
        return response.get_json()["data"]

    schema = made("/schemas", document("ours"))
    work()
    backup = made(f"/schemas/{schema['id']}/backups")
    work()
    wider = document("ours")
    wider["tables"][0]["columns"].append({"id": "u3", "name": "age", "dataType": "INT"})
    migration = made(f"/schemas/{schema['id']}/migrations", {"document": wider})
    webhook = made("/webhooks", BODIES["createWebhook"])
    key = made("/keys", {"name": "ours", "role": "viewer"})
    made("/workspace/members", {"subject": "ours", "role": "viewer"}, method="PUT")
    guarded.ids.update(
        schema_id=schema["id"],
        job_id=schema["job"]["id"],
        backup_id=backup["id"],
        migration_id=migration["id"],
        webhook_id=webhook["id"],
        key_id=key["id"],
        subject="ours",
        role="read-only",
        number="1",
        server_id=application.servers.registrations()[0].id,
    )


@pytest.fixture(scope="module")
def operations(guarded: Guarded) -> tuple[Operation, ...]:
    """Every operation that asks whose a request is."""
    return tuple(
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path.removeprefix("/api/v1"),
            scopes=frozenset(map(Scope, operation["x-required-scopes"])),
        )
        for path, item in guarded.api.description["paths"].items()
        for method, operation in item.items()
        if method != "parameters" and operation.get("security") != []
    )


def sent(
    guarded: Guarded, operation: Operation, *, key: str | None, ids: dict[str, str]
) -> TestResponse:
    """Send the request of an operation."""
    return guarded.send(
        operation.method, operation.address(ids), key=key, body=BODIES.get(operation.id)
    )


def test_every_route_says_what_it_needs_and_whether_it_is_audited(shared_app: Flask) -> None:
    """A route that says nothing is closed to all but admins, and this test names it."""
    served = {
        operation_id(rule.endpoint.rpartition(".")[2]) for rule in shared_app.url_map.iter_rules()
    }
    assert served - PERMISSIONS.keys() == set()
    assert PERMISSIONS.keys() - served == set()


def test_whatever_changes_something_is_audited_and_needs_more_than_reading(
    guarded: Guarded,
) -> None:
    """Reading may be sent as POST, where a body is needed."""
    questions = {"validateSchema", "compareStates"}
    for item in guarded.api.description["paths"].values():
        for method, operation in item.items():
            if method in {"post", "put", "delete"} and operation["operationId"] not in questions:
                permission = PERMISSIONS[operation["operationId"]]
                assert permission.is_audited, operation["operationId"]
                assert set(permission.scopes) - scopes_of(Role.VIEWER), operation["operationId"]


def test_nobody_is_let_in_without_proof(
    guarded: Guarded, operations: tuple[Operation, ...]
) -> None:
    """No route is forgotten, and the answer says how to prove it."""
    assert len(operations) > 40
    for operation in operations:
        response = sent(guarded, operation, key=None, ids=guarded.ids)
        assert response.status_code == 401, operation
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_each_role_is_refused_exactly_what_it_may_not_do(
    guarded: Guarded, operations: tuple[Operation, ...]
) -> None:
    """The missing scopes are named; where none is missing, the request goes on to its thing."""
    nowhere = {**dict.fromkeys(guarded.ids, NOWHERE), "number": "1"}
    for role in Role:
        for operation in operations:
            missing = operation.scopes - scopes_of(role)
            if not missing and not operation.is_about_a_thing and operation.method != "GET":
                continue  # it would be done
            response = sent(guarded, operation, key=guarded.keys[role], ids=nowhere)
            if missing:
                assert response.status_code == 403, (role, operation)
                error = response.get_json()["error"]
                assert error["code"] == "SCOPE_MISSING"
                assert all(scope.value in error["details"] for scope in missing)
            else:
                assert response.status_code not in {401, 403}, (role, operation)


def test_a_thing_of_another_workspace_is_answered_like_one_that_is_not_there(
    guarded: Guarded, operations: tuple[Operation, ...]
) -> None:
    """Whatever is asked of it, the answer is 404, to the letter the one about nothing."""
    nowhere = {**dict.fromkeys(guarded.ids, NOWHERE), "number": "1"}
    before = everything(guarded, operations)
    for operation in operations:
        if not operation.is_about_a_thing:
            continue
        foreign = sent(guarded, operation, key=guarded.other_key, ids=guarded.ids)
        absent = sent(guarded, operation, key=guarded.other_key, ids=nowhere)
        assert foreign.status_code == absent.status_code == 404, (
            operation,
            foreign.get_data(as_text=True),
        )
        assert told(foreign, guarded.ids) == told(absent, nowhere), operation
    assert everything(guarded, operations) == before


MOMENTARY = {
    "downloadBackup",
    "getBackupStatus",
    "getDatabaseMetrics",
    "getDatabaseStatus",
    "getDrift",
    "listAuditEntries",
    "streamJobEvents",
}
"""Operations that tell of the moment, or of this very test, or stream."""


def everything(guarded: Guarded, operations: tuple[Operation, ...]) -> dict[str, str]:
    """Return what can be read in the first workspace and does not change by itself."""
    key = guarded.keys[Role.ADMIN]
    shown = {
        operation.id: sent(guarded, operation, key=key, ids=guarded.ids).get_data(as_text=True)
        for operation in operations
        if operation.method == "GET" and operation.id not in MOMENTARY
    }
    return {
        id_: re.sub(r'"(generatedAt|lastUsedAt|requestId)":"[^"]*"', "", text)
        for id_, text in shown.items()
    }


def told(response: TestResponse, ids: dict[str, str]) -> str:
    """Return an answer with the same sign for every id."""
    text = response.get_data(as_text=True)
    for id_ in ids.values():
        if len(id_) > 3:
            text = text.replace(id_, "ID")
    return re.sub(r'"requestId":"[^"]*"', "", text)


def test_lists_counts_and_searches_show_nothing_of_another_workspace(
    guarded: Guarded, operations: tuple[Operation, ...]
) -> None:
    """Not even that there is something."""
    schema_id = guarded.ids["schema_id"]
    for path in ("/schemas?search=ours", f"/jobs?schemaId={schema_id}", "/workspace/members"):
        answered = guarded.get(path, key=guarded.other_key)
        assert answered["pagination"]["total"] == 0, path
        assert answered["data"] == []
    # What they tried themselves is in their own audit log, with the address that they tried.
    own = {"listAuditEntries"}
    lists = [
        each
        for each in operations
        if each.method == "GET" and not each.is_about_a_thing and each.id not in own
    ]
    assert len(lists) > 5
    for operation in lists:
        shown = sent(guarded, operation, key=guarded.other_key, ids={}).get_data(as_text=True)
        ours = [id_ for id_ in guarded.ids.values() if len(id_) > 3 and id_ in shown]
        assert not ours, operation
        if "pagination" in shown:
            total = {"listKeys": 1, "listWorkspaces": 1}.get(operation.id, 0)
            assert f'"total":{total},' in shown, operation


def test_workspaces_are_listed_to_their_members_alone(guarded: Guarded) -> None:
    """A key has the one that it opens, and no role; nothing is told of the others."""
    for key, id_ in (
        (guarded.keys[Role.VIEWER], LOCAL_WORKSPACE),
        (guarded.other_key, guarded.other_workspace),
    ):
        answered = guarded.get("/workspaces", key=key)
        assert [(each["id"], each["role"]) for each in answered["data"]] == [(id_, None)]
        beyond = guarded.get("/workspaces?page=2", key=key)
        assert (beyond["data"], beyond["pagination"]["total"]) == ([], 1)


def test_names_and_idempotency_keys_of_another_workspace_are_not_in_the_way(
    guarded: Guarded,
) -> None:
    """A name in use, or a replayed answer, would tell of what is there."""
    application = guarded.api.application
    keys = [
        application.keys.create(
            workspace_id=application.workspaces.create("one of two").id,
            name="admin",
            scopes={Scope.ADMIN},
            created_by="test",
        )[1]
        for _ in range(2)
    ]
    repeated = {"Idempotency-Key": "the-same"}
    answers = [
        guarded.send("POST", "/schemas", key=key, body=document("shared"), headers=repeated)
        for key in keys
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert all("Idempotency-Replayed" not in answer.headers for answer in answers)
    first, second = (answer.get_json()["data"]["id"] for answer in answers)
    assert first != second
    for key, id_ in zip(keys, (first, second), strict=True):
        again = guarded.send("POST", "/schemas", key=key, body=document("shared"), headers=repeated)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.get_json()["data"]["id"] == id_


def test_a_key_cannot_be_used_in_another_workspace(guarded: Guarded) -> None:
    """Whether that one is there is not told either."""
    answers = [
        guarded.send(
            "GET", "/schemas", key=guarded.keys[Role.ADMIN], headers={"X-Workspace": workspace}
        )
        for workspace in (guarded.other_workspace, "nothing")
    ]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert told(answers[0], {}) == told(answers[1], {})
    own = {"X-Workspace": LOCAL_WORKSPACE}
    assert guarded.send("GET", "/schemas", key=guarded.other_key, headers=own).status_code == 403


def test_a_job_can_be_tried_again_by_those_who_may_ask_for_its_kind(guarded: Guarded) -> None:
    """Stopping jobs is not enough to have a database made."""
    _, key = guarded.api.application.keys.create(
        workspace_id=LOCAL_WORKSPACE,
        name="stops",
        scopes={Scope.JOBS_CANCEL},
        created_by="test",
    )
    path = f"/jobs/{guarded.ids['job_id']}/retry"
    refused = guarded.send("POST", path, key=key)
    assert refused.status_code == 403
    assert "databases:provision" in refused.get_json()["error"]["details"]
    assert guarded.send("POST", path, key=guarded.keys[Role.OPERATOR]).status_code == 409


def test_the_description_asks_for_proof_where_the_api_does(
    guarded: Guarded, shared_app: Flask
) -> None:
    """Generated clients know when to send a key."""
    assert guarded.api.description["security"] == [{"bearer": []}]
    assert "security" not in shared_app.extensions["openapi"].to_dict()


def test_a_stored_key_is_only_a_digest(guarded: Guarded) -> None:
    """Whoever reads the store cannot use what is there."""
    key = guarded.keys[Role.VIEWER]
    with guarded.api.application.open_store() as store:
        found = store.api_keys.find(key.split("_")[1])
    assert isinstance(found, ApiKey)
    assert key.split("_", 2)[2] not in repr(found)
