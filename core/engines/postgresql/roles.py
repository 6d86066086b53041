"""The part of a live PostgreSQL server that is about roles, behind `core.databases.roles`."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from typing_extensions import override

from core.databases.credential import Access, Groups, Login, LoginTrial
from core.databases.credential_errors import LoginRefusedError
from core.databases.engine import Credentials
from core.databases.errors import ServerUnavailableError
from core.databases.roles import Roles
from core.engines.postgresql import access as roles
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.provisioning import is_open
from core.engines.postgresql.trying import look_around


class PostgresqlRoles(Roles):
    """Changes roles over the account's connection, which whoever inherits from this has."""

    @abstractmethod
    def _account(self) -> AbstractContextManager[Link]:
        """Take the connection of the account."""

    @abstractmethod
    def _visiting(
        self, name: str, login: Credentials | None = None
    ) -> AbstractContextManager[Link]:
        """Connect to a managed database as the account, or as somebody else, while inside."""

    @override
    def ensure_access(self, database_name: str, access: Access) -> None:
        """Make groups and logins as far as they are not there, and set what logins have."""
        with self._account() as link:
            roles.ensure_access(link, database_name, access)

    @override
    def let_connect(self, database_name: str, groups: Groups) -> None:
        """Let the groups of readers and writers connect to a database."""
        with self._account() as link:
            roles.let_connect(link, database_name, groups)

    @override
    def list_logins(self, database_name: str) -> Sequence[str]:
        """Return the names of all logins of a database, whatever is recorded of them."""
        with self._account() as link:
            return roles.list_logins(link, database_name)

    @override
    def expire_login(self, login: str, at: datetime) -> None:
        """Let the login's password work until then; nothing happens when there is no such role."""
        with self._account() as link:
            roles.expire_login(link, login, at)

    @override
    def disable_login(self, login: str) -> None:
        """Let nobody log in as this role any more; its open sessions go on."""
        with self._account() as link:
            roles.disable_login(link, login)

    @override
    def end_sessions_of_login(self, login: str) -> None:
        """End the login's sessions, and wait for them to be gone, but not forever."""
        with self._account() as link:
            roles.end_sessions(link, login)

    @override
    def has_sessions(self, login: str) -> bool:
        """Tell whether somebody who logged in as this role is still there."""
        with self._account() as link:
            return roles.has_sessions(link, login)

    @override
    def drop_login(self, login: str, *, database_name: str, heir: str) -> None:
        """Remove a login role if it is there, without the loss of anything that it owns."""
        with self._account() as account:
            if not roles.join(account, login):
                return
            if is_open(account, database_name) is not None:
                with self._visiting(database_name) as link:
                    roles.hand_over(link, login, heir=heir)
            roles.drop_login(account, login)

    @override
    def drop_all_roles(self, database_name: str) -> None:
        """Remove every role of a database that is gone, whatever is recorded of them."""
        with self._account() as link:
            roles.drop_all_roles(link, database_name)

    @override
    def try_login(self, database_name: str, login: Login) -> LoginTrial:
        """Log in to a database, and say what that is good for.

        Raises:
            LoginRefusedError: the server answers, and does not let this login in.
        """
        began = time.monotonic()
        credentials = Credentials(role=login.name, password=login.password)
        try:
            with self._visiting(database_name, credentials) as link:
                return look_around(link, began)
        except ServerUnavailableError as error:
            with self._account() as link:  # fails when the server is away
                link.confirm_running()
            raise LoginRefusedError(login=login.name, reason=error.private) from error
