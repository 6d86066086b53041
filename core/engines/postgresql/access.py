"""Groups and logins of a managed database: made, expired, disabled and removed.

Logins inherit from their group and act as it from the start, so what they make belongs to it.
Source: PostgreSQL manual, chapter 21, Database Roles, and SQL Commands, ALTER ROLE.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from core.databases.credential import Access, Groups, Login
from core.databases.errors import StatementFailedError
from core.dialects.postgresql import quote, quote_literal
from core.dialects.postgresql.versions import GRANT_OPTIONS
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.provisioning import (
    PAUSE_SECONDS,
    become_member,
    exclusively,
)
from core.engines.postgresql.verifiers import verifier_of

_STILL_NEEDED = "2BP01"
"""Code of dependent_objects_still_exist. Source: PostgreSQL manual, appendix A."""

_ALL = "^{name}_(owner|rw|ro)(_[0-9]+)?$"
"""Names of all roles of a database, whose own name has no character that is special here."""

_LOGINS = "^{name}_(owner|rw|ro)_[0-9]+$"
"""Names of its logins."""


def ensure_access(link: Link, database_name: str, access: Access) -> None:
    """Make groups and logins as far as they are not there, and set what logins have.

    All of it is sent at once, as a database is not to wait for a role after the other.
    """
    groups = (access.groups.read_write, access.groups.read_only)
    names = (*groups, *(login.name for login in access.logins))
    with exclusively(link, database_name), link.transaction():
        there = _existing(link, names)
        made = [f"CREATE ROLE {quote(group)} NOLOGIN" for group in groups if group not in there]
        if made:
            link.execute("; ".join(made))
        # Before logins act as them: older servers let only a member say so.
        become_member(link, *groups)
        logins = [
            statement
            for login in access.logins
            for statement in _login(link, login, is_there=login.name in there)
        ]
        if logins:
            link.execute("; ".join(logins), shown="CREATE ROLE … LOGIN PASSWORD …")
            become_member(link, *(login.name for login in access.logins))


def let_connect(link: Link, database_name: str, groups: Groups) -> None:
    """Let the groups of readers and writers connect to a database."""
    link.execute(connect_grant(database_name, groups))


def connect_grant(database_name: str, groups: Groups) -> str:
    """Return what lets the groups of readers and writers connect to a database."""
    names = f"{quote(groups.read_write)}, {quote(groups.read_only)}"
    return f"GRANT CONNECT ON DATABASE {quote(database_name)} TO {names}"


def list_logins(link: Link, database_name: str) -> list[str]:
    """Return the names of all logins of a database, whatever is recorded of them."""
    return _matching(link, _LOGINS.format(name=database_name))


def expire_login(link: Link, login: str, at: datetime) -> None:
    """Let the login's password work until then."""
    if _existing(link, (login,)):
        until = quote_literal(at.isoformat())
        link.execute(f"ALTER ROLE {quote(login)} VALID UNTIL {until}")


def disable_login(link: Link, login: str) -> None:
    """Let nobody log in as this role any more."""
    if _existing(link, (login,)):
        link.execute(f"ALTER ROLE {quote(login)} NOLOGIN PASSWORD NULL")


def end_sessions(link: Link, login: str) -> None:
    """End the login's sessions, and wait for them to be gone, but not forever."""
    deadline = time.monotonic() + link.patience_seconds
    while pids := _sessions(link, login):
        link.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (pids,))
        if time.monotonic() > deadline:
            return
        time.sleep(PAUSE_SECONDS)


def has_sessions(link: Link, login: str) -> bool:
    """Tell whether somebody who logged in as this role is still there."""
    return bool(_sessions(link, login))


def join(link: Link, login: str) -> bool:
    """Become a member of a login, as handing over what it owns takes; tell whether it is there."""
    if not _existing(link, (login,)):
        return False
    become_member(link, login)
    return True


def drop_login(link: Link, login: str) -> None:
    """Remove a login role that owns nothing any more."""
    link.execute(f"DROP OWNED BY {quote(login)}; DROP ROLE {quote(login)}")


def hand_over(link: Link, login: str, *, heir: str) -> None:
    """Give all that a login owns in the database that is connected to, to its heir.

    Privileges that somebody gave to the login alone go.
    """
    link.execute(f"REASSIGN OWNED BY {quote(login)} TO {quote(heir)}")
    link.execute(f"DROP OWNED BY {quote(login)}")


def drop_all_roles(link: Link, database_name: str) -> None:
    """Remove every role of a database that is gone, logins before groups."""
    names = _matching(link, _ALL.format(name=database_name))
    if not names:
        return
    listed = ", ".join(quote(name) for name in names)
    try:
        link.execute(f"DROP ROLE IF EXISTS {listed}")
    except StatementFailedError as error:
        if error.sqlstate != _STILL_NEEDED:
            raise
        # One of them was let into the database that the account itself connects to.
        become_member(link, *names)
        link.execute(f"DROP OWNED BY {listed}; DROP ROLE {listed}")


def _login(link: Link, login: Login, *, is_there: bool) -> Iterator[str]:
    name = quote(login.name)
    verifier = verifier_of(login.password, role=login.name, connection=link.raw)
    until = "infinity" if login.valid_until is None else login.valid_until.isoformat()
    yield (
        f"{'ALTER' if is_there else 'CREATE'} ROLE {name} LOGIN INHERIT"
        f" CONNECTION LIMIT {login.most_connections}"
        f" VALID UNTIL {quote_literal(until)} PASSWORD {quote_literal(verifier)}"
    )
    options = " WITH INHERIT TRUE, SET TRUE" if GRANT_OPTIONS.is_of(link.major_version) else ""
    yield f"GRANT {quote(login.group)} TO {name}{options}"
    yield f"ALTER ROLE {name} SET role = {quote_literal(login.group)}"
    if login.is_read_only:
        yield f"ALTER ROLE {name} SET default_transaction_read_only = on"


def _matching(link: Link, pattern: str) -> list[str]:
    """Return the roles whose names match, logins before groups."""
    rows = link.query(
        "SELECT rolname FROM pg_roles WHERE rolname ~ %s ORDER BY length(rolname) DESC, rolname",
        (pattern,),
    )
    return [str(name) for (name,) in rows]


def _existing(link: Link, names: Iterable[str]) -> Collection[str]:
    rows = link.query("SELECT rolname FROM pg_roles WHERE rolname = ANY (%s)", (list(names),))
    return {str(name) for (name,) in rows}


def _sessions(link: Link, login: str) -> list[int]:
    rows = link.query("SELECT pid FROM pg_stat_activity WHERE usename = %s", (login,))
    return [int(pid) for (pid,) in rows]
