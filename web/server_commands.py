"""Commands of the `flask` program that decide on servers: `flask servers …`.

An address holds a password, so it is read from a file or asked for, and stands in no command line,
which others on the machine could see.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TextIO, TypeVar

import click
from flask import Flask
from flask.cli import AppGroup

from core.databases.placement import MOST_LABELS, free_share, label_problem
from core.databases.registering import LONGEST_SERVER_NAME
from core.databases.registration import Capacity, Registration
from core.errors import SchemaBuilderError
from web.command_line import audited
from web.context import application
from web.json_writing import write_json
from web.server_bodies import server_json, server_path, state_of
from web.shapes.servers import MOST_BYTES, MOST_THINGS

ResultT = TypeVar("ResultT")

servers = AppGroup("servers", help="Register, list, drain and remove servers of databases.")

_address = click.option(
    "--url-file",
    type=click.File("r"),
    help="A file with the address; `-` reads it from the standard input.",
)
_labels = click.option(
    "--label", "labels", multiple=True, metavar="NAME=VALUE", help="A label; can be repeated."
)
_databases = click.option(
    "--most-databases", type=click.IntRange(1, MOST_THINGS), help="Databases that it may hold."
)
_bytes = click.option(
    "--most-bytes", type=click.IntRange(1, MOST_BYTES), help="Bytes that it may hold."
)
_connections = click.option(
    "--most-connections",
    type=click.IntRange(1, MOST_THINGS),
    help="Open connections from which on it takes no new databases.",
)


def register_server_commands(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(servers)


@servers.command("add")
@click.argument("name")
@_address
@_labels
@_databases
@_bytes
@_connections
@audited()
def add_server(
    name: str,
    *,
    url_file: TextIO | None,
    labels: tuple[str, ...],
    most_databases: int | None,
    most_bytes: int | None,
    most_connections: int | None,
) -> str:
    """Look at a server and register it under a NAME.

    Without --url-file its address is asked for: postgresql://account:password@host:5432/postgres.
    """
    _check_name(name)
    wanted = _read_labels(labels)
    url = _read_url(url_file)
    capacity = Capacity(
        databases=most_databases, size_bytes=most_bytes, connections=most_connections
    )
    server = _do(
        lambda: application().register_servers.add(
            name=name, url=url, labels=wanted, capacity=capacity
        )
    )
    click.echo(f"{server.name}: registered as {server.id}, PostgreSQL {server.version}")
    return server_path(server.id)


@servers.command("list")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
def list_servers(*, is_json: bool) -> None:
    """List all servers, first recorded first, those of SERVERS included."""
    found = _do(application().register_servers.list_all)
    if is_json:
        click.echo(write_json([server_json(server) for server in found]))
        return
    for server in found:
        labels = " ".join(f"{name}={text}" for name, text in sorted(server.labels.items()))
        most = server.capacity.databases
        room = f"{server.databases} of {most}" if most is not None else str(server.databases)
        source = "" if server.encrypted_url is not None else "  (SERVERS)"
        click.echo(
            f"{server.name}  {state_of(server)}  {room} databases, "
            f"{free_share(server):.0%} free  PostgreSQL {server.version} at {server.address}"
            f"{source}{'  ' + labels if labels else ''}"
        )


@servers.command("set")
@click.argument("server")
@click.option("--name", help="Another name.")
@click.option("--new-url", is_flag=True, help="Ask for another address of the same server.")
@_address
@_labels
@click.option("--no-labels", is_flag=True, help="Take all labels away first.")
@_databases
@_bytes
@_connections
@click.option("--no-limits", is_flag=True, help="Take all limits away first.")
@audited()
def set_server(
    server: str,
    *,
    name: str | None,
    new_url: bool,
    url_file: TextIO | None,
    labels: tuple[str, ...],
    no_labels: bool,
    most_databases: int | None,
    most_bytes: int | None,
    most_connections: int | None,
    no_limits: bool,
) -> None:
    """Say something else of a SERVER, named by name or id; what is not named stays."""
    if name is not None:
        _check_name(name)
    wanted = _read_labels(labels)
    url = _read_url(url_file) if new_url or url_file is not None else None

    def change() -> Registration:
        known = application().register_servers.find(server)
        capacity = Capacity() if no_limits else known.capacity
        for field, most in (
            ("databases", most_databases),
            ("size_bytes", most_bytes),
            ("connections", most_connections),
        ):
            if most is not None:
                capacity = replace(capacity, **{field: most})
        return application().register_servers.change(
            known.id,
            name=name or known.name,
            url=url,
            labels={**({} if no_labels else known.labels), **wanted},
            capacity=capacity,
        )

    click.echo(f"{_do(change).name}: changed")


@servers.command("drain")
@click.argument("server")
@audited()
def drain_server(server: str) -> None:
    """Let a SERVER take no new databases; those that stand on it go on."""
    found = _do(lambda: application().register_servers.drain(_id_of(server)))
    click.echo(f"{found.name}: takes no new databases, {found.databases} stand on it")


@servers.command("undrain")
@click.argument("server")
@audited()
def undrain_server(server: str) -> None:
    """Let a SERVER take new databases again."""
    found = _do(lambda: application().register_servers.undrain(_id_of(server)))
    click.echo(f"{found.name}: takes new databases")


@servers.command("remove")
@click.argument("server")
@click.option(
    "--lost",
    "is_lost",
    is_flag=True,
    help="It is gone for good with its databases; `flask recover` brings these back elsewhere.",
)
@audited()
def remove_server(server: str, *, is_lost: bool) -> None:
    """Forget a SERVER on which nothing stands."""
    found = _do(lambda: application().register_servers.remove(_id_of(server), is_lost=is_lost))
    click.echo(f"{found.name}: removed")


def _id_of(word: str) -> str:
    return application().register_servers.find(word).id


def _do(act: Callable[[], ResultT]) -> ResultT:
    """Return what comes of an act, or end with the reason, which the operator may know whole."""
    try:
        return act()
    except SchemaBuilderError as error:
        private = f" ({error.private})" if error.private else ""
        raise click.ClickException(f"{error.sentence}{private}") from error


def _check_name(name: str) -> None:
    if not 0 < len(name.strip()) <= len(name) <= LONGEST_SERVER_NAME:
        raise click.UsageError(f"A name has 1 to {LONGEST_SERVER_NAME} characters.")


def _read_labels(labels: tuple[str, ...]) -> Mapping[str, str]:
    found = {}
    for label in labels:
        name, separator, text = label.partition("=")
        problem = label_problem(name, text) if separator else "A label looks like NAME=VALUE."
        if problem is not None:
            raise click.UsageError(problem)
        found[name] = text
    if len(found) > MOST_LABELS:
        raise click.UsageError(f"At most {MOST_LABELS} labels are allowed.")
    return found


def _read_url(file: TextIO | None) -> str:
    if file is not None:
        return file.read().strip()
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return str(click.prompt("Address", hide_input=True)).strip()
