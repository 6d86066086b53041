"""Whose the present request is; `web.auth` finds it out."""

from __future__ import annotations

from typing import cast

from flask import g

from core.access.principal import Principal


def principal() -> Principal:
    """Return who makes the present request."""
    return cast("Principal", g.principal)  # the slot is set by web.auth alone


def author() -> str:
    """Return the name under which what the present request makes is remembered."""
    found = principal()
    return found.workspace_id if found.is_anonymous else found.subject


def owner() -> str:
    """Return the workspace in which the present request is made; all it sees belongs to it."""
    return principal().workspace_id
