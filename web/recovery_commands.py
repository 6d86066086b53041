"""Commands that copy the store into the archive, and bring an installation back from there."""

from __future__ import annotations

import click
import flask_migrate
from flask import Flask
from flask.cli import with_appcontext

from core.backups.recovering import Recovery
from core.errors import SchemaBuilderError
from web.command_line import audit_entry, audited
from web.context import application


def register_recovery_commands(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(_STORE)
    app.cli.add_command(recover)


_STORE = click.Group("store", help="The store: our own records.")


@_STORE.command("backup")
@with_appcontext
@audited()
def back_up_store() -> None:
    """Copy the store into the archive."""
    try:
        copy = application().store_copies.take()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{copy.location}: {copy.size_bytes} bytes, {copy.rows} rows, sha256 {copy.sha256}")


@_STORE.command("copies")
@with_appcontext
def list_copies() -> None:
    """List the copies of the store in the archive, the oldest first."""
    try:
        for location in application().store_copies.locations():
            click.echo(location)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error


@click.command("recover")
@click.option("--copy", "location", help="Which copy of the store; the newest if absent.")
@click.option(
    "--keep-store", is_flag=True, help="Bring databases back alone; the store is there already."
)
@with_appcontext
def recover(location: str | None, *, keep_store: bool) -> None:
    """Bring an installation back from the archive: the store, then every lost database.

    Needs an empty database under DATABASE_URL, a server under SERVERS, the archive, and the file
    SECRET_KEY_FILE that was in use. Start web and workers afterwards: jobs load the backups.
    """
    try:
        if not keep_store:
            click.echo(f"store: loaded from {application().store_copies.load(location)}")
            flask_migrate.upgrade()
        with audit_entry():  # only now is there a log
            found = application().recover_databases()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for schema in found:
        match schema.recovery:
            case Recovery.THERE:
                click.echo(f"{schema.name}: its database is there")
            case Recovery.QUEUED:
                click.echo(f"{schema.name}: job {schema.job_id} loads backup {schema.backup_id}")
            case Recovery.WITHOUT_BACKUP:
                click.echo(
                    f"{schema.name}: has no backup in the archive; POST "
                    f"/api/v1/schemas/{schema.schema_id}/database/regenerate makes it anew, empty"
                )
