"""Who makes a request, and what that is permitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.access.errors import ScopeMissingError
from core.access.roles import Role, Scope, scopes_of

LOCAL_WORKSPACE = "local"
"""The workspace that there is from the start; without authentication it is everybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who makes a request."""

    workspace_id: str
    """The workspace in which it is made; nothing outside can be seen."""
    subject: str
    """The name in the audit log: of a person as the provider says it, or of a key."""
    scopes: frozenset[Scope]
    """What is permitted."""
    role: Role | None
    """The role that the scopes come from; none for keys."""
    key_id: str | None
    """The API key, if it was one."""
    is_anonymous: bool = False
    """Whether nobody had to say who it is."""

    def may(self, scope: Scope) -> bool:
        """Whether this is permitted; an admin may do everything."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def require(self, scopes: Iterable[Scope]) -> None:
        """See that all of these are permitted.

        Raises:
            ScopeMissingError: some are not.
        """
        missing = tuple(sorted(scope.value for scope in scopes if not self.may(scope)))
        if missing:
            raise ScopeMissingError(scopes=missing)


def everybody() -> Principal:
    """Return who makes a request where nobody has to say so."""
    return Principal(
        workspace_id=LOCAL_WORKSPACE,
        subject="anonymous",
        scopes=scopes_of(Role.ADMIN),
        role=Role.ADMIN,
        key_id=None,
        is_anonymous=True,
    )
