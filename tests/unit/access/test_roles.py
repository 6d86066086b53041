"""Roles and scopes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from core.access.errors import ScopeMissingError
from core.access.principal import LOCAL_WORKSPACE, Principal, everybody
from core.access.roles import Role, Scope, scopes_of


def test_each_role_may_do_more_than_the_one_before() -> None:
    """The order of the roles is that of trust."""
    permitted = [scopes_of(role) for role in Role]
    assert all(less < more for less, more in pairwise(permitted))
    assert permitted[-1] == frozenset(Scope)


def test_the_scope_admin_permits_everything() -> None:
    """A key with it alone needs no other."""
    admin = Principal(
        workspace_id="w", subject="s", scopes=frozenset({Scope.ADMIN}), role=None, key_id="k"
    )
    admin.require(Scope)


def test_every_missing_scope_is_named_at_once() -> None:
    """Nobody has to be refused twice to learn what is missing."""
    viewer = Principal(
        workspace_id="w",
        subject="s",
        scopes=scopes_of(Role.VIEWER),
        role=Role.VIEWER,
        key_id=None,
    )
    viewer.require([Scope.SCHEMAS_READ])
    with pytest.raises(ScopeMissingError) as caught:
        viewer.require([Scope.SCHEMAS_WRITE, Scope.SCHEMAS_READ, Scope.DATABASES_DROP])
    assert caught.value.scopes == ("databases:drop", "schemas:write")


def test_without_authentication_everybody_is_the_admin_of_the_first_workspace() -> None:
    """As it was before there were keys."""
    assert everybody().workspace_id == LOCAL_WORKSPACE
    everybody().require(Scope)
