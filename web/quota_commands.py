"""Commands of the `flask` program for quotas: how workspaces stand, and what each is given."""

from __future__ import annotations

from collections.abc import Sequence

import click
from flask.cli import with_appcontext

from core.errors import SchemaBuilderError
from core.quotas.model import Quota, QuotaUse
from core.quotas.setting import LARGEST
from web.command_line import audited, in_workspace
from web.context import application

NONE = "none"
DEFAULT = "default"


@click.command("quota")
@click.argument("quota", type=click.Choice([each.value for each in Quota]), required=False)
@click.argument("limit", required=False)
@in_workspace
@with_appcontext
@audited(only_with="limit")
def quota_command(quota: str | None, limit: str | None, workspace: str) -> None:
    """Show the quotas of a workspace, or give it LIMIT of one: a number, `none` or `default`."""
    try:
        application().workspaces.get(workspace)
        if quota is None or limit is None:
            found = application().quotas.of_workspace(workspace)
        else:
            found = application().quotas.grant(workspace, Quota(quota), _number(limit))
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    _show([use for use in found if quota in {None, use.quota.value}])


def _number(text: str) -> int | None:
    """Return the limit; 0 for no limit, None for the default."""
    if text == DEFAULT:
        return None
    if text == NONE:
        return 0
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) <= LARGEST:
        raise click.UsageError(f"A limit is a whole number from 1, `{NONE}` or `{DEFAULT}`.")
    return int(text)


def _show(uses: Sequence[QuotaUse]) -> None:
    for use in uses:
        used = "-" if use.used is None else use.used
        chosen = f" (given {use.given or NONE})" if use.given != use.limit else ""
        click.echo(f"{use.quota.value}  {used} of {use.limit or NONE}{chosen}")
