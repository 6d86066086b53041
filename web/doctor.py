"""The command `flask doctor`: what every dependency is like, and what to do about it."""

from __future__ import annotations

import sys
from itertools import chain

import click
from flask import Flask
from flask.cli import with_appcontext

from core.observation.checks import CheckState, check_broker, worst
from web.context import application, web_context
from web.json_writing import plain, write_json

_COLOURS = {CheckState.OK: "green", CheckState.WARNING: "yellow", CheckState.FAILED: "red"}


def register_doctor(app: Flask) -> None:
    """Add the command to an application."""
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@with_appcontext
def doctor(*, is_json: bool) -> None:
    """Check everything this installation depends on; ends with 1 when something is wrong."""
    checks = []
    found = application().doctor()
    if web_context().settings.broker_url is not None:
        found = chain(found, [check_broker(is_reachable=web_context().is_queue_reachable())])
    for check in found:
        checks.append(check)
        if is_json:
            continue
        word = click.style(f"{check.state.value:<8}", fg=_COLOURS[check.state])
        click.echo(f"{word}{check.name}: {check.found}")
        if check.remedy is not None:
            click.echo(f"        → {check.remedy}")
    state = worst(checks)
    if is_json:
        click.echo(write_json({"state": state.value, "checks": plain(checks)}))
    sys.exit(0 if state is CheckState.OK else 1)
