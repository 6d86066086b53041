"""Keys and tokens as requests bring them, the audit log, and where requests come from."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from flask import Flask

from core.access.principal import LOCAL_WORKSPACE
from core.access.roles import Role, Scope
from core.settings import Settings
from embedded.first_key import FILE_NAME, first_key
from tests.api.client import Api
from tests.api.conftest import QUICK, make_client
from tests.api.documents import document
from tests.fakes.announcer import FakeAnnouncer
from tests.provider import AUDIENCE, PARTY, Provider, running_provider, token
from web.app import create_app
from web.context import WebContext

pytestmark = pytest.mark.servers

MakeApi = Callable[..., Api]
"""Makes an API with some settings changed."""


@pytest.fixture
def make_api(settings: Settings) -> Iterator[MakeApi]:
    """Make an API that asks whose a request is."""
    made: list[Flask] = []

    def make(**changes: Any) -> Api:  # noqa: ANN401 - passed on
        chosen = replace(settings, **{"authentication": "required", **changes})
        app = create_app(chosen, announcer=FakeAnnouncer(), patience=QUICK)
        made.append(app)
        return make_client(app)

    yield make
    for app in made:
        context: WebContext = app.extensions["schema_builder"]
        context.application.close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider of tokens on this machine."""
    with running_provider() as provider:
        yield provider


def bearer(text: str, **more: str) -> dict[str, str]:
    """Return the headers that prove whose a request is."""
    return {"Authorization": f"Bearer {text}", **more}


def new_key(api: Api, *scopes: Scope, expires_at: datetime | None = None) -> tuple[str, str]:
    """Return the id of a new key and the key."""
    key, text = api.application.keys.create(
        workspace_id=LOCAL_WORKSPACE,
        name="made for a test",
        scopes=scopes or {Scope.ADMIN},
        created_by="test",
        expires_at=expires_at,
    )
    return key.id, text


def test_a_key_is_made_shown_once_used_and_revoked(make_api: MakeApi) -> None:
    """The whole life of a key over the API."""
    api = make_api()
    admin = bearer(new_key(api)[1])
    made = api.post("/keys", {"name": "reader", "scopes": ["schemas:read"]}, headers=admin)
    assert made.status_code == 201
    key = made.get_json()["data"]
    assert made.headers["Location"] == key["links"]["self"]
    reader = bearer(key.pop("key"))
    assert api.get("/schemas", headers=reader).status_code == 200
    refused = api.post("/schemas", document(), headers=reader)
    assert refused.status_code == 403
    assert 'scope="databases:provision schemas:write"' in refused.headers["WWW-Authenticate"]
    read = api.get(f"/keys/{key['id']}", headers=admin).get_json()["data"]
    assert read["lastUsedAt"] is not None
    assert {**read, "lastUsedAt": None} == key
    assert reader["Authorization"][-43:] not in str(api.get("/keys", headers=admin).get_json())
    revoked = api.delete(f"/keys/{key['id']}", headers=admin).get_json()["data"]
    assert revoked["state"] == "revoked"
    assert api.get("/schemas", headers=reader).status_code == 401
    again = api.delete(f"/keys/{key['id']}", headers=admin).get_json()["data"]
    assert again["revokedAt"] == revoked["revokedAt"]


def test_a_key_that_does_not_work_is_refused(make_api: MakeApi) -> None:
    """Changed in one sign, unknown, expired, of no form, of another scheme."""
    api = make_api()
    _, text = new_key(api)
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    _, short = new_key(api, expires_at=soon)
    time.sleep(0.3)
    last = "A" if text[-1] != "A" else "B"
    for wrong in (
        f"Bearer {text[:-1]}{last}",
        f"Bearer sb_{'0' * 16}_{text.split('_', 2)[2]}",
        f"Bearer {short}",
        f"Bearer {text}x",
        "Bearer sb_",
        "Bearer",
        "Bearer é",
        f"Basic {text}",
        text,
        "",
    ):
        response = api.get("/schemas", headers={"Authorization": wrong})
        assert response.status_code == 401, wrong
        assert "sb_" not in response.get_json()["message"]
    assert api.get("/schemas", headers={"Authorization": f"bearer  {text}"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["schemas:read"], "role": "viewer"},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "role": "god"},
        {"name": " ", "role": "viewer"},
        {"name": "x", "role": "viewer", "expiresAt": "tomorrow"},
        {"name": "x", "role": "viewer", "expiresAt": "2030-01-01T00:00:00"},
        {"name": "x", "role": "viewer", "expiresAt": "2001-01-01T00:00:00Z"},
        {"name": "x", "role": "viewer", "digest": "0"},
        [],
    ],
    ids=str,
)
def test_a_key_that_makes_no_sense_is_not_made(shared_api: Api, body: object) -> None:
    """Every wrong place is named."""
    response = shared_api.post("/keys", body)
    assert response.status_code == 400


def test_checking_an_unknown_key_takes_as_long_as_checking_a_wrong_one(make_api: MakeApi) -> None:
    """Time does not tell which ids there are."""
    api = make_api()
    _, text = new_key(api)
    wrong, unknown = f"{text[:-5]}AAAAA", f"sb_{'0' * 16}_{text.split('_', 2)[2]}"
    taken: dict[str, list[float]] = {wrong: [], unknown: []}
    for _ in range(60):
        for each, times in taken.items():
            began = time.thread_time()
            assert api.client.get("/api/v1/schemas", headers=bearer(each)).status_code == 401
            times.append(time.thread_time() - began)
    ratio = statistics.median(taken[wrong]) / statistics.median(taken[unknown])
    assert 0.6 < ratio < 1.6


def test_the_use_of_a_key_is_written_down_once_a_minute(make_api: MakeApi) -> None:
    """A busy key does not make every read a write."""
    api = make_api()
    key_id, text = new_key(api)
    seen = set()
    for _ in range(3):
        assert api.get("/schemas", headers=bearer(text)).status_code == 200
        seen.add(api.application.keys.get(key_id, workspace_id=LOCAL_WORKSPACE).last_used_at)
    assert len(seen) == 1


def test_without_authentication_a_key_still_says_who_it_is(shared_api: Api) -> None:
    """A request without one may do everything, one with one what that permits."""
    assert shared_api.get("/workspace").get_json()["data"]["role"] == "admin"
    _, text = new_key(shared_api, Scope.SCHEMAS_READ)
    with_key = shared_api.get("/workspace", headers=bearer(text)).get_json()["data"]
    assert with_key["scopes"] == ["schemas:read"]
    assert shared_api.get("/keys", headers=bearer(text)).status_code == 403
    assert shared_api.get("/keys", headers=bearer(f"{text[:-1]}!")).status_code == 401
    for meant_for_a_proxy in ("Basic YTpi", "Bearer something", "Negotiate x"):
        headers = {"Authorization": meant_for_a_proxy}
        assert shared_api.get("/keys", headers=headers).status_code == 200


def test_a_member_with_a_token_is_let_in_as_what_it_is(
    make_api: MakeApi, provider: Provider
) -> None:
    """The provider says who, the workspace says what."""
    api = make_api(
        oidc_issuer=provider.issuer, oidc_audience=AUDIENCE, oidc_authorized_parties=(PARTY,)
    )
    admin = bearer(new_key(api)[1])
    person = bearer(token(provider.issuer))
    stranger = api.get("/workspace", headers=person)
    assert (stranger.status_code, stranger.get_json()["error"]["code"]) == (403, "NOT_A_MEMBER")
    member = {"subject": "user_1", "role": "viewer"}
    assert api.put("/workspace/members", member, headers=admin).status_code == 200
    seen = api.get("/workspace", headers=person).get_json()["data"]
    assert (seen["id"], seen["subject"], seen["role"]) == (LOCAL_WORKSPACE, "user_1", "viewer")
    assert api.post("/schemas", document(), headers=person).status_code == 403
    api.put("/workspace/members", {**member, "role": "editor"}, headers=admin)
    assert api.post("/schemas", document(), headers=person).status_code == 201
    for wrong in (token(provider.issuer, exp=datetime(2001, 1, 1, tzinfo=UTC)), "a.b.c"):
        refused = api.get("/workspace", headers=bearer(wrong))
        assert refused.status_code == 401
        assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert api.delete("/workspace/members/user_1", headers=admin).status_code == 200
    assert api.get("/workspace", headers=person).status_code == 403
    assert api.delete("/workspace/members/user_1", headers=admin).status_code == 404


def test_a_member_of_several_workspaces_names_one(make_api: MakeApi, provider: Provider) -> None:
    """What belongs to the other is not there."""
    api = make_api(oidc_issuer=provider.issuer, oidc_audience=AUDIENCE)
    workspaces = api.application.workspaces
    other = workspaces.create("other").id
    workspaces.put_member("user_1", Role.ADMIN, workspace_id=LOCAL_WORKSPACE)
    workspaces.put_member("user_1", Role.EDITOR, workspace_id=other)
    text = token(provider.issuer)
    unclear = api.get("/workspace", headers=bearer(text))
    assert unclear.status_code == 400
    assert unclear.get_json()["error"]["code"] == "WORKSPACE_AMBIGUOUS"
    listed = api.get("/workspaces", headers=bearer(text)).get_json()
    assert listed["data"] == [
        {"id": LOCAL_WORKSPACE, "name": "Local", "role": "admin"},
        {"id": other, "name": "other", "role": "editor"},
    ]
    second = api.get("/workspaces?limit=1&page=2", headers=bearer(text)).get_json()
    assert (second["data"], second["pagination"]["total"]) == (listed["data"][1:], 2)
    there = bearer(text, **{"X-Workspace": other})
    assert api.get("/workspaces", headers=there).get_json()["data"] == listed["data"]
    assert api.get("/workspace", headers=there).get_json()["data"]["role"] == "editor"
    assert api.post("/schemas", document(), headers=there).status_code == 201
    here = bearer(text, **{"X-Workspace": LOCAL_WORKSPACE})
    assert api.get("/schemas", headers=here).get_json()["pagination"]["total"] == 0
    nowhere = bearer(text, **{"X-Workspace": "nowhere"})
    assert api.get("/schemas", headers=nowhere).status_code == 403


def test_a_provider_that_is_away_is_no_fault_of_the_token(
    make_api: MakeApi, provider: Provider
) -> None:
    """503 with a pause; keys work on."""
    provider.is_away = True
    api = make_api(oidc_issuer=provider.issuer, oidc_audience=AUDIENCE)
    refused = api.get("/schemas", headers=bearer(token(provider.issuer)))
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert provider.issuer not in refused.get_data(as_text=True)
    assert api.get("/schemas", headers=bearer(new_key(api)[1])).status_code == 200


def test_a_token_where_no_provider_is_set_up_is_refused(make_api: MakeApi) -> None:
    """There is nobody to believe."""
    api = make_api()
    text = token("https://issuer.example")
    assert api.get("/schemas", headers=bearer(text)).status_code == 401


def test_what_is_done_stands_in_the_audit_log(make_api: MakeApi) -> None:
    """Who, what, on what, from where, as which request, and how it ended; reads are left out."""
    api = make_api()
    key_id, text = new_key(api)
    headers = bearer(text, **{"X-Request-ID": "asked-by-me"})
    made = api.post("/schemas", document(), headers=headers).get_json()["data"]
    api.get("/schemas", headers=headers)
    reader_id, reader = new_key(api, Scope.SCHEMAS_READ)
    api.delete(f"/schemas/{made['id']}", headers=bearer(reader))
    refused, created = api.get("/audit", headers=headers).get_json()["data"]["entries"]
    path = f"/api/v1/schemas/{made['id']}"
    assert {
        name: value for name, value in created.items() if name not in {"id", "beganAt", "endedAt"}
    } == {
        "subject": f"key:{key_id}",
        "keyId": key_id,
        "operation": "createSchema",
        "target": "/api/v1/schemas",
        "made": path,
        "address": "127.0.0.1",
        "requestId": "asked-by-me",
        "status": 201,
    }
    assert created["beganAt"] <= created["endedAt"]
    assert (refused["keyId"], refused["operation"], refused["target"], refused["status"]) == (
        reader_id,
        "deleteSchema",
        path,
        403,
    )


def test_the_audit_log_is_read_in_parts(shared_api: Api) -> None:
    """Each entry comes once, newest first."""
    for number in range(5):
        shared_api.put("/workspace/members", {"subject": f"part{number}", "role": "viewer"})
    whole = shared_api.get("/audit?limit=100").get_json()["data"]["entries"][:5]
    parts: list[Any] = []
    path = "/audit?limit=2"
    while len(parts) < 5:
        part = shared_api.get(path).get_json()["data"]
        parts += part["entries"]
        path = f"/audit?limit=2&before={part['next']}"
    assert parts[:5] == whole
    strange = shared_api.get("/audit?before=00000000-0000-0000-0000-000000000000")
    assert strange.status_code == 400


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET subject = 'nobody'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries CASCADE",
        "UPDATE audit_ends SET status = 200",
        "DELETE FROM audit_ends",
        "TRUNCATE audit_ends",
    ],
)
def test_the_store_refuses_to_change_what_was_logged(store_url: str, statement: str) -> None:
    """Not even our own account does it by accident."""
    connection = psycopg2.connect(store_url)
    with connection.cursor() as cursor, pytest.raises(psycopg2.DatabaseError, match="append-only"):
        cursor.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("proxies", "expected"), [(0, "127.0.0.1"), (1, "192.0.2.9"), (2, "198.51.100.7")]
)
def test_an_address_is_taken_from_as_many_proxies_as_are_trusted(
    make_api: MakeApi, proxies: int, expected: str
) -> None:
    """What a client writes into the header itself is not believed."""
    api = make_api(trusted_proxies=proxies)
    headers = bearer(new_key(api)[1])
    forwarded = {"X-Forwarded-For": "10.9.9.9, 198.51.100.7, 192.0.2.9"}
    api.delete("/workspace/members/nobody", headers={**headers, **forwarded})
    entries = api.get("/audit", headers=headers).get_json()["data"]["entries"]
    assert [entry["address"] for entry in entries] == [expected]


def test_a_preflight_needs_no_proof(make_api: MakeApi) -> None:
    """A browser asks without it whether it may send it."""
    api = make_api()
    answer = api.client.options(
        "/api/v1/schemas",
        headers={
            "Origin": "https://designer.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-workspace",
        },
    )
    assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
    assert "x-workspace" in answer.headers["Access-Control-Allow-Headers"].lower()


def test_the_command_line_makes_the_first_key(app: Flask, api: Api) -> None:
    """And workspaces, and members; it says what it needs."""
    runner = app.test_cli_runner()

    def run(*words: str) -> str:
        result = runner.invoke(args=words)
        assert result.exit_code == 0, result.output
        return result.output.strip()

    workspace = run("workspaces", "create", "team")
    assert f"{workspace}  team" in run("workspaces", "list")
    key = run("keys", "create", "first", "--role", "admin", "--workspace", workspace, "--days", "7")
    seen = api.get("/workspace", headers=bearer(key)).get_json()["data"]
    assert (seen["id"], seen["name"]) == (workspace, "team")
    key_id = key.split("_")[1]
    listed = run("keys", "list", "--workspace", workspace)
    assert key_id in listed
    assert key not in listed
    assert run("members", "put", "user_1", "editor", "--workspace", workspace) == "user_1: editor"
    assert run("members", "list", "--workspace", workspace) == "user_1  editor"
    run("members", "remove", "user_1", "--workspace", workspace)
    run("keys", "revoke", key_id, "--workspace", workspace)
    assert api.get("/workspace", headers=bearer(key)).status_code == 401
    for wrong in (
        ("keys", "create", "x"),
        ("keys", "create", "x", "--role", "admin", "--scope", "admin"),
        ("keys", "create", " ", "--role", "admin"),
        ("keys", "create", "x", "--role", "admin", "--workspace", "nowhere"),
        ("keys", "revoke", key_id),
        ("workspaces", "create", ""),
        ("members", "put", "", "viewer"),
        ("members", "put", "x", "viewer", "--workspace", "nowhere"),
        ("members", "remove", "x"),
    ):
        assert runner.invoke(args=wrong).exit_code != 0, wrong


def test_a_data_folder_gets_its_first_key_once(store_url: str, tmp_path: Path) -> None:
    """It is the owner's alone, and made anew where the store does not know it."""
    key, is_new = first_key(tmp_path, store_url)
    file = tmp_path / FILE_NAME
    assert is_new
    assert file.read_text() == f"{key}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert first_key(tmp_path, store_url) == (key, False)
    file.write_text("sb_of_another_store\n")
    assert first_key(tmp_path, store_url)[1]
