"""What commands of the `flask` program share: the workspace they act in, their audit entries.

They ask nobody who they are, but the log keeps which account of the operating system it was.
"""

from __future__ import annotations

import functools
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import ParamSpec
from uuid import uuid4

import click
import structlog
from click.core import ParameterSource

from core.access.errors import WorkspaceNotFoundError
from core.access.principal import LOCAL_WORKSPACE, Principal
from core.errors import SchemaBuilderError
from web.auditing import LONGEST_TARGET, note_end
from web.context import application
from web.problems import status_of

ParametersT = ParamSpec("ParametersT")

COMMAND_LINE = "command line"
"""Who acts here."""

IS_AUDITED = "is_audited"
"""Attribute of the functions of audited commands."""

in_workspace = click.option(
    "--workspace", default=LOCAL_WORKSPACE, show_default=True, help="Id of the workspace."
)


@dataclass(slots=True)
class Noted:
    """What an act adds to its entry."""

    made: str | None = None
    """Address of what it made, or its id where it has no address."""


def audited(
    *, only_with: str | None = None
) -> Callable[[Callable[ParametersT, str | None]], Callable[ParametersT, None]]:
    """Decorate a command that changes or reveals something, below all other decorators.

    The command may return what its entry calls made: an address, or an id where there is none.

    Args:
        only_with: A parameter without which the command only reads.
    """

    def decorate(act: Callable[ParametersT, str | None]) -> Callable[ParametersT, None]:
        @functools.wraps(act)
        def noted(*args: ParametersT.args, **given: ParametersT.kwargs) -> None:
            if only_with is not None and given[only_with] is None:
                act(*args, **given)
                return
            with audit_entry() as entry:
                entry.made = act(*args, **given)

        setattr(noted, IS_AUDITED, True)
        return noted

    return decorate


@contextmanager
def audit_entry() -> Iterator[Noted]:
    """Record the present command before it does anything, and how it ended after it."""
    noted, request_id = Noted(), uuid4().hex
    context = click.get_current_context()
    try:
        entry_id = application().audit_log.begin(
            Principal(
                workspace_id=_workspace(context),
                subject=f"{COMMAND_LINE}:{_account()}",
                scopes=frozenset(),
                role=None,
                key_id=None,
            ),
            operation=_words_of(context),
            target=_given_to(context)[:LONGEST_TARGET],
            address="",
            request_id=request_id,
        )
    except SchemaBuilderError as error:
        raise click.ClickException(error.sentence) from error
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            yield noted
    except Exception as error:
        note_end(entry_id, status=_status(error), made=noted.made)
        raise
    note_end(entry_id, status=HTTPStatus.OK, made=noted.made)


def _workspace(context: click.Context) -> str:
    """Return the workspace whose log has the command; `local` where it is about none."""
    named = context.params.get("workspace", LOCAL_WORKSPACE)
    try:
        return application().workspaces.get(named).id
    except WorkspaceNotFoundError:
        return LOCAL_WORKSPACE


def _account() -> str:
    """Return who runs this process; the environment, which anybody can set, is not asked."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # containers run as numbers
        return str(os.getuid())


def _words_of(context: click.Context) -> str:
    """Return the words of a command, without the program's."""
    words: list[str] = []
    step: click.Context | None = context
    while step is not None and step.parent is not None:
        words.insert(0, step.command.name or "")
        step = step.parent
    return " ".join(words)


def _given_to(context: click.Context) -> str:
    """Return what the command was told; files are named, never read: they hold secrets."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(parameter, click.Argument):
            words.append(str(value))
        elif value is True:
            words.append(parameter.opts[0])
        else:
            for each in value if isinstance(value, tuple) else (value,):
                words.extend((parameter.opts[0], str(getattr(each, "name", each))))
    return " ".join(words)


def _status(error: Exception) -> int:
    """Return the status that the same failure has over HTTP, so that one log has one language."""
    cause = error.__cause__ if isinstance(error, click.ClickException) else error
    if isinstance(cause, SchemaBuilderError):
        return status_of(cause)
    if isinstance(error, click.UsageError | click.Abort):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.INTERNAL_SERVER_ERROR
