"""Commands of the `flask` program for whoever runs the installation: keys, workspaces, members.

They ask nobody who they are: whoever can start them can read the store anyway.
"""

from __future__ import annotations

from datetime import timedelta

import click
from flask import Flask
from flask.cli import AppGroup

from core.access.roles import Role, Scope, scopes_of
from core.errors import SchemaBuilderError
from web.command_line import COMMAND_LINE, audited, in_workspace
from web.context import application
from web.json_writing import rfc3339
from web.quota_commands import quota_command
from web.representing import key_path
from web.shapes.access import LONGEST_NAME, LONGEST_SUBJECT, ROLES, SCOPES

MOST_LISTED = 1_000_000

keys = AppGroup("keys", help="Make, list and revoke API keys.")
workspaces = AppGroup("workspaces", help="Make and list workspaces.")
members = AppGroup("members", help="Say who belongs to a workspace, and as what.")


def register_access_commands(app: Flask) -> None:
    """Add the commands to an application."""
    for group in (keys, workspaces, members):
        app.cli.add_command(group)
    workspaces.add_command(quota_command)


@keys.command("create")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), help="The role whose scopes it gets.")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, help="A scope.")
@click.option("--days", type=click.IntRange(1, 36_500), help="After how many it expires.")
@in_workspace
@audited()
def create_key(
    name: str, role: str | None, scopes: tuple[str, ...], days: int | None, workspace: str
) -> str:
    """Make an API key and print it, this once."""
    if (role is None) == (not scopes):
        raise click.UsageError("Give either --role or --scope.")
    if not 0 < len(name.strip()) <= len(name) <= LONGEST_NAME:
        raise click.UsageError(f"A name has 1 to {LONGEST_NAME} characters.")
    wanted = frozenset(map(Scope, scopes)) if role is None else scopes_of(Role(role))
    now = application().clock.now()
    try:
        application().workspaces.get(workspace)
        key, text = application().keys.create(
            workspace_id=workspace,
            name=name,
            scopes=wanted,
            created_by=COMMAND_LINE,
            expires_at=None if days is None else now + timedelta(days=days),
        )
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(text)
    return key_path(key.id)


@keys.command("list")
@in_workspace
def list_keys(workspace: str) -> None:
    """List the API keys of a workspace, newest first."""
    try:
        found, _ = application().keys.list_page(workspace_id=workspace, page=1, limit=MOST_LISTED)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for key in found:
        ended = key.revoked_at or key.expires_at
        marks = [
            f"revoked {rfc3339(ended)}"
            if key.revoked_at
            else f"expires {rfc3339(ended)}"
            if ended
            else "",
            f"used {rfc3339(key.last_used_at)}" if key.last_used_at else "never used",
        ]
        scopes = " ".join(scope.value for scope in key.scopes)
        click.echo(f"{key.id}  {key.name}  {scopes}  {', '.join(filter(None, marks))}")


@keys.command("revoke")
@click.argument("key_id")
@in_workspace
@audited()
def revoke_key(key_id: str, workspace: str) -> None:
    """Let an API key work no more."""
    try:
        key = application().keys.revoke(key_id, workspace_id=workspace)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{key.id}: revoked")


@workspaces.command("create")
@click.argument("name")
@audited()
def create_workspace(name: str) -> str:
    """Make a workspace without members and print its id."""
    if not 0 < len(name.strip()) <= len(name) <= LONGEST_NAME:
        raise click.UsageError(f"A name has 1 to {LONGEST_NAME} characters.")
    try:
        workspace = application().workspaces.create(name)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(workspace.id)
    return workspace.id


@workspaces.command("list")
def list_workspaces() -> None:
    """List all workspaces, oldest first."""
    try:
        found = application().workspaces.list_all()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for workspace in found:
        click.echo(f"{workspace.id}  {workspace.name}")


@members.command("put")
@click.argument("subject")
@click.argument("role", type=click.Choice(ROLES))
@in_workspace
@audited()
def put_member(subject: str, role: str, workspace: str) -> None:
    """Make somebody a member, by the `sub` of the tokens, or change the role."""
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise click.UsageError(f"A subject has 1 to {LONGEST_SUBJECT} characters.")
    try:
        member = application().workspaces.put_member(subject, Role(role), workspace_id=workspace)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{member.subject}: {member.role.value}")


@members.command("list")
@in_workspace
def list_members(workspace: str) -> None:
    """List the members of a workspace, oldest first."""
    try:
        found, _ = application().workspaces.members(
            workspace_id=workspace, page=1, limit=MOST_LISTED
        )
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for member in found:
        click.echo(f"{member.subject}  {member.role.value}")


@members.command("remove")
@click.argument("subject")
@in_workspace
@audited()
def remove_member(subject: str, workspace: str) -> None:
    """End a membership."""
    try:
        application().workspaces.remove_member(subject, workspace_id=workspace)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{subject}: removed")
