"""The part of the port to a live server that is about roles: who may log in, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.databases.credential import Access, Groups, Login, LoginTrial


class Roles(Protocol):
    """The roles of one live server, changed with an account that may create roles."""

    def ensure_access(self, database_name: str, access: Access) -> None:
        """Make groups and logins as far as they are not there, and set what logins have.

        The owner's role has to be there.
        """
        ...

    def let_connect(self, database_name: str, groups: Groups) -> None:
        """Let the groups of readers and writers connect to a database."""
        ...

    def list_logins(self, database_name: str) -> Sequence[str]:
        """Return the names of all logins of a database, whatever is recorded of them."""
        ...

    def expire_login(self, login: str, at: datetime) -> None:
        """Let the login's password work until then; nothing happens when there is no such role."""
        ...

    def disable_login(self, login: str) -> None:
        """Let nobody log in as this role any more; its open sessions go on."""
        ...

    def end_sessions_of_login(self, login: str) -> None:
        """End the login's sessions, and wait for them to be gone, but not forever."""
        ...

    def has_sessions(self, login: str) -> bool:
        """Tell whether somebody who logged in as this role is still there."""
        ...

    def drop_login(self, login: str, *, database_name: str, heir: str) -> None:
        """Remove a login role if it is there, without the loss of anything that it owns.

        Args:
            login: The role.
            database_name: The database in which it may own things; it need not be there.
            heir: The role to which these go.
        """
        ...

    def drop_all_roles(self, database_name: str) -> None:
        """Remove every role of a database that is gone, whatever is recorded of them."""
        ...

    def try_login(self, database_name: str, login: Login) -> LoginTrial:
        """Log in to a database, and say what that is good for.

        Raises:
            DatabaseMissingError: there is no such database.
            DatabaseClosedError: it lets nobody in for now.
            LoginRefusedError: the server answers, and does not let this login in.
            ServerUnavailableError: the server does not answer.
        """
        ...
