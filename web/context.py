"""What every view can reach: the wired product and the web's own limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from core.application import Application
from core.settings import Settings
from web.counting import Counting
from web.holding import Holding, Patience
from web.version_texts import VersionTexts

_EXTENSION = "schema_builder"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What one web process works with."""

    settings: Settings
    """What was set from outside."""
    application: Application
    """The use cases."""
    holding: Holding
    """Room for requests that are held open."""
    downloads: Holding
    """Room for downloads, which last as long as the client takes."""
    patience: Patience
    """How long they are held."""
    version_texts: VersionTexts
    """Versions as JSON, those that were asked for lately."""
    sql_texts: VersionTexts
    """Versions as SQL, likewise."""
    counting: Counting
    """Counts requests against rate limits."""
    is_queue_reachable: Callable[[], bool]
    """Asks the broker whether it is there."""


def attach_context(app: Flask, context: WebContext) -> None:
    """Give the context to an application."""
    app.extensions[_EXTENSION] = context


def web_context() -> WebContext:
    """Return the context of the present application."""
    return cast("WebContext", current_app.extensions[_EXTENSION])  # the slot is ours alone


def application() -> Application:
    """Return the use cases."""
    return web_context().application
