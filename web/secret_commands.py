"""Commands that replace the keys which encrypt what is stored."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import with_appcontext

from core.access.reencrypting import Reencryption
from core.errors import SchemaBuilderError
from web.command_line import audited
from web.context import application


def register_secret_commands(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(_SECRETS)


_SECRETS = click.Group("secrets", help="The keys that encrypt passwords and other secrets at rest.")


@_SECRETS.command("status")
@click.option("--archive", "with_archive", is_flag=True, help="Look at the archive's files too.")
@with_appcontext
def show_status(*, with_archive: bool) -> None:
    """Say which keys there are, and what needs them."""
    keys = application().secret_keys
    try:
        uses = keys.list_uses(with_archive=with_archive)
        unreadable = keys.list_unreadable()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    for use in uses:
        role = "in use" if use.is_in_use else "read with" if use.is_here else "MISSING"
        files = f", {use.archived} file(s) of the archive" if with_archive else ""
        click.echo(f"{use.version}: {role}; {use.stored} stored secret(s){files}")
    for place in unreadable:
        click.echo(f"{place}: no key here opens some of it", err=True)


@_SECRETS.command("rotate")
@with_appcontext
@audited()
def rotate() -> None:
    """Add a key, use it, and encrypt all that is stored anew. Everything may run meanwhile.

    For installations whose processes all see the same SECRET_KEY_FILE; where each host has a copy,
    use `add`, copy the file, then `use`, copy it again, and `reencrypt`.
    """
    try:
        _tell(application().secret_keys.rotate())
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error


@_SECRETS.command("start-afresh")
@with_appcontext
@audited()
def start_afresh() -> None:
    """Make a new key file where it is lost for good. What it encrypted stays unreadable."""
    try:
        version = application().secret_keys.start_afresh()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{version}: made, in use; what was encrypted with a lost key stays unreadable")


@_SECRETS.command("add")
@with_appcontext
@audited()
def add() -> None:
    """Add a key that is only read with for now."""
    try:
        version = application().secret_keys.add()
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{version}: added. Once every host has the file: flask secrets use {version}")


@_SECRETS.command("use")
@click.argument("version")
@with_appcontext
@audited()
def use(version: str) -> None:
    """Encrypt with this key from now on."""
    try:
        application().secret_keys.use(version)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{version}: in use. Once every host has the file: flask secrets reencrypt")


@_SECRETS.command("reencrypt")
@with_appcontext
@audited()
def reencrypt() -> None:
    """Encrypt all that is stored with the key in use. Broken off, it goes on where it was."""
    try:
        _tell(application().secret_keys.reencrypt())
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error


@_SECRETS.command("forget")
@click.argument("version")
@with_appcontext
@audited()
def forget(version: str) -> None:
    """Remove a key that nothing needs any more; refused while something does."""
    try:
        application().secret_keys.forget(version)
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    click.echo(f"{version}: removed")


def _tell(done: Reencryption) -> None:
    click.echo(f"{done.version}: in use; {done.replaced} stored secret(s) encrypted anew")
    for each in done.unreadable:
        click.echo(f"{each}: no key here opens it; left as it is", err=True)
    if done.unreadable:
        raise click.ClickException("Restore the secret key file that has the key, and try again.")
