"""The command `flask doctor`: what every dependency is like, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain

import click
from flask import Flask
from flask.cli import with_appcontext

from core.observation.checks import Check, CheckState, check_broker, check_limits, worst
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
    for check in chain(application().doctor(), _check_beside_redis()):
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


def _check_beside_redis() -> Iterator[Check]:
    """Look at what has an address of its own beside REDIS_URL."""
    context = web_context()
    if context.settings.broker_url is not None:
        yield check_broker(is_reachable=context.is_queue_reachable())
    if context.settings.limits_redis_url is not None:
        yield check_limits(is_reachable=context.counting.is_shared())
