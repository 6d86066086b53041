"""Commands of the `flask` program: example schemas, and addresses with their passwords.

`flask db …` comes from Flask-Migrate; keys, workspaces and members stand in `access_commands`.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from flask.cli import with_appcontext

from core.errors import SchemaBuilderError
from core.schemas.errors import DuplicateNameError
from web.access_commands import register_access_commands
from web.command_line import audited, in_workspace
from web.context import application
from web.json_reading import read_json
from web.recovery_commands import register_recovery_commands
from web.secret_commands import register_secret_commands
from web.server_commands import register_server_commands

EXAMPLES = ("blog.json", "e_commerce.json")
_FOLDER = Path(__file__).resolve().parent.parent / "examples"


def register_commands(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(seed)
    app.cli.add_command(connection_uri)
    register_recovery_commands(app)
    register_access_commands(app)
    register_server_commands(app)
    register_secret_commands(app)


@click.command("seed")
@in_workspace
@with_appcontext
@audited()
def seed(workspace: str) -> None:
    """Store the example schemas, and let their databases be made. Does nothing twice."""
    try:
        application().workspaces.get(workspace)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for name in EXAMPLES:
        document = read_json((_FOLDER / name).read_bytes())
        try:
            view = application().create_schema(document, owner=workspace)
        except DuplicateNameError:
            click.echo(f"{document['name']}: there already")
        except SchemaBuilderError as error:
            raise click.ClickException(f"{name}: {error.sentence}") from error
        else:
            click.echo(f"{view.schema.name}: stored as {view.schema.id}")


@click.command("connection-uri")
@click.argument("schema_id", type=click.UUID)
@click.option("--role", default="owner", help="owner, read-write or read-only.")
@in_workspace
@with_appcontext
@audited()
def connection_uri(schema_id: UUID, role: str, workspace: str) -> None:
    """Print the URI of a schema's database, with its password."""
    try:
        found = application().credentials.reveal(str(schema_id), role, owner=workspace)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(found.connection_string)
