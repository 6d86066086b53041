"""Commands of the `flask` program that change or reveal something are in the audit log."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import Result
from flask import Flask

from core.access.audit import AuditLog
from core.access.principal import LOCAL_WORKSPACE
from tests.api.client import Api
from tests.api.documents import document
from tests.api.working import Work, created
from tests.conftest import PostgresqlServer
from web.command_line import IS_AUDITED

pytestmark = pytest.mark.servers

ONLY_READ = {
    "doctor",
    "keys list",
    "members list",
    "openapi list-config-prefixes",
    "openapi print",
    "openapi write",
    "secrets status",
    "servers list",
    "store copies",
    "workspaces list",
}
"""Commands that read nothing secret and change nothing."""

RECORDED_LATE = {"recover"}
"""Commands that record themselves once there is a store; `test_recovery` looks at them."""


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    """Walk all commands, each with its words.

    Those of Flask-Migrate, `db`, make and change the tables of the log itself.
    """
    for name, command in group.commands.items():
        if name == "db":
            continue
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


def test_every_command_is_audited_or_known_to_read_nothing_secret(shared_app: Flask) -> None:
    """A new command has to be decided on."""
    found = dict(commands(shared_app.cli))
    unaudited = {
        words for words, command in found.items() if not hasattr(command.callback, IS_AUDITED)
    }
    assert unaudited == ONLY_READ | RECORDED_LATE
    assert len(found) > 20


def run(app: Flask, *words: str, stdin: str = "") -> Result:
    """Run a command."""
    return app.test_cli_runner().invoke(args=words, input=stdin)


def newest(api: Api, workspace: str = LOCAL_WORKSPACE) -> dict[str, Any]:
    """Return the newest entry of a workspace."""
    log: AuditLog = api.application.audit_log
    (entry,) = log.list_before(workspace_id=workspace, before=None, limit=1) or ()
    return {name: getattr(entry, name) for name in ("operation", "target", "status", "made")}


def test_a_revealed_password_is_in_the_log(api: Api, work: Work, app: Flask) -> None:
    """Who ran the command, what it was told, and how it ended; never the password."""
    schema_id = created(api, work)
    uri = run(app, "connection-uri", schema_id, "--role", "read-only").output.strip()
    (entry,) = [
        entry
        for entry in api.get("/audit").get_json()["data"]["entries"]
        if entry["operation"] == "connection-uri"
    ]
    assert entry["subject"] == f"command line:{pwd.getpwuid(os.getuid()).pw_name}"
    assert entry["target"] == f"{schema_id} --role read-only"
    assert (entry["status"], entry["address"], entry["keyId"]) == (200, "", None)
    assert len(entry["requestId"]) == 32
    assert entry["endedAt"] is not None
    assert uri not in str(entry)


def test_what_a_command_makes_is_named_in_the_log_of_its_workspace(api: Api, app: Flask) -> None:
    """So a key can be followed to whoever made it."""
    workspace = run(app, "workspaces", "create", "team").output.strip()
    assert newest(api) == {
        "operation": "workspaces create",
        "target": "team",
        "status": 200,
        "made": workspace,
    }
    key = run(app, "keys", "create", "ci", "--role", "admin", "--workspace", workspace)
    key_id = key.output.split("_")[1]
    assert newest(api, workspace) == {
        "operation": "keys create",
        "target": f"ci --role admin --workspace {workspace}",
        "status": 200,
        "made": f"/api/v1/keys/{key_id}",
    }
    assert newest(api)["operation"] == "workspaces create"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("keys", "revoke", "nothing"), 404),
        (("keys", "create", "neither"), 400),
        (("members", "put", "x", "viewer", "--workspace", "nowhere"), 404),
        (("members", "remove", "x"), 404),
        (("servers", "drain", "nothing"), 404),
        (("secrets", "forget", "nothing"), 404),
        (("connection-uri", "00000000-0000-0000-0000-000000000000"), 404),
        (("seed", "--workspace", "nowhere"), 404),
        (("workspaces", "quota", "databases", "many"), 400),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else str(words),
)
def test_a_command_that_fails_is_in_the_log_with_its_end(
    api: Api, app: Flask, words: tuple[str, ...], status: int
) -> None:
    """The end is told as the API tells it; a workspace that is not there has no log."""
    assert run(app, *words).exit_code != 0
    entry = newest(api)
    assert f"{entry['operation']} {entry['target']}" == " ".join(words)
    assert entry["status"] == status


def test_the_address_of_a_server_stays_out_of_the_log(api: Api, app: Flask) -> None:
    """It is read from where it is, not from the command."""
    url = "postgresql://account:quite-secret@127.0.0.1:1/postgres"
    assert run(app, "servers", "add", "new", "--url-file", "-", stdin=url).exit_code == 1
    entry = newest(api)
    assert (entry["operation"], entry["status"]) == ("servers add", 503)
    assert entry["target"].startswith("new --url-file ")
    assert "secret" not in str(entry)


def test_looking_at_quotas_is_not_in_the_log(api: Api, app: Flask) -> None:
    """Giving one is."""
    assert run(app, "workspaces", "quota").exit_code == 0
    assert api.get("/audit").get_json()["data"]["entries"] == []
    assert run(app, "workspaces", "quota", "databases", "7").exit_code == 0
    assert newest(api)["target"] == "databases 7"


def test_without_a_log_a_command_does_nothing(
    api: Api, app: Flask, store_url: str, postgresql_server: PostgresqlServer
) -> None:
    """An act that nobody could find is not done."""
    name = store_url.rpartition("/")[2]
    postgresql_server.execute("ALTER TABLE audit_entries RENAME TO moved", name)
    assert run(app, "workspaces", "create", "unseen").exit_code != 0
    assert [each.name for each in api.application.workspaces.list_all()] == ["Local"]


def test_commands_act_in_the_workspace_that_is_named(api: Api, work: Work, app: Flask) -> None:
    """Examples are stored there, and addresses told of what is there alone."""
    workspace = run(app, "workspaces", "create", "team").output.strip()
    assert run(app, "seed", "--workspace", workspace).output.count("stored as") == 2
    assert api.get("/schemas").get_json()["pagination"]["total"] == 0
    view = api.application.create_schema({**document(), "name": "theirs"}, owner=workspace)
    work()
    schema_id = view.schema.id
    assert run(app, "connection-uri", schema_id).exit_code == 1
    shown = run(app, "connection-uri", schema_id, "--workspace", workspace)
    assert shown.output.startswith("postgresql://")
