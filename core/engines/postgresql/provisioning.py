"""Roles and databases as a whole: made, marked, swapped and removed, again and again if need be.

Works for a superuser and for an account that has no more than CREATEDB and CREATEROLE.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.databases.engine import Credentials
from core.databases.errors import LockTimeoutError, StatementFailedError
from core.dialects.postgresql import quote, quote_literal
from core.dialects.postgresql.versions import GRANT_OPTIONS
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.verifiers import verifier_of

PAUSE_SECONDS = 0.02
"""Time between two looks whether ended sessions are gone."""

_NOT_ALLOWED = "42501"
_DUPLICATE_ROLE = frozenset({"42710", "23505"})
_LOCALE_DOES_NOT_FIT = frozenset({"22023", "42P17", "0A000"})

_DURABLE_WITH_THE_NEXT = "SET LOCAL synchronous_commit = off"
"""For what is only good together with a later commit: that one makes both durable, as the log is
written in order, and after a crash between the two the attempt begins anew.

Source: PostgreSQL manual, section 28.4, Asynchronous Commit.
"""

_END_SESSIONS = """
SELECT pid,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       OR (pg_has_role(current_user, usesysid, 'USAGE')
           AND NOT (SELECT rolsuper FROM pg_roles WHERE oid = usesysid))
       AS is_ours_to_end
  FROM pg_stat_activity
 WHERE datname = %s AND pid <> ALL (%s::int[]) AND usesysid IS NOT NULL
"""
"""Sessions of roles. What a process is for, an account without special rights cannot see; the
server's own have no role, and get out of the way by themselves."""


def ensure_role(link: Link, credentials: Credentials) -> None:
    """Make the login role if it is not there, set its password, and become a member of it.

    The server only sees the password's SCRAM verifier, so no log of its can show the password.
    """
    role = quote(credentials.role)
    verifier = verifier_of(credentials.password, role=credentials.role, connection=link.raw)
    login = f"LOGIN PASSWORD {quote_literal(verifier)}"
    with link.transaction():
        is_there = _role_exists(link, credentials.role)
        if not is_there:  # a new role is worth nothing without what is made for it next
            link.execute(_DURABLE_WITH_THE_NEXT)
        # Setting a password costs the server as much as a login does, so it is set once.
        if is_there or not _is_created(link, role, login):
            link.execute(f"ALTER ROLE {role} {login}", shown=f"ALTER ROLE {role} LOGIN PASSWORD …")
        become_member(link, credentials.role)


def drop_role(link: Link, role: str) -> None:
    """Remove the role if it is there."""
    link.execute(f"DROP ROLE IF EXISTS {quote(role)}")


def create_database(link: Link, name: str, *, owner: str, marker: str, grant: str = "") -> None:
    """Make an empty database for its owner alone, anew when an earlier attempt of ours left one.

    Args:
        link: The account's connection.
        name: The database.
        owner: Its owner.
        marker: The comment on it.
        grant: A statement that lets others in, if any.

    Raises:
        StatementFailedError: there is a database of that name which is not ours to replace.
    """
    with exclusively(link, name):
        if _is_ours(link, name, owner=owner, marker=marker):
            _drop_now(link, name)
        _create_empty(link, name, owner)
        with link.transaction():
            link.execute(
                f"{_DURABLE_WITH_THE_NEXT};"
                f" REVOKE ALL ON DATABASE {quote(name)} FROM PUBLIC;"
                f"{grant};"
                f" COMMENT ON DATABASE {quote(name)} IS {quote_literal(marker)}"
            )


def drop_database(link: Link, name: str) -> None:
    """Remove the database if it is there, ending its sessions.

    Raises:
        LockTimeoutError: sessions that we may not end stay.
    """
    with exclusively(link, name):
        _drop_now(link, name)


def marker(link: Link, name: str) -> str | None:
    """Return the comment on a database; None when there is no such database, "" without one."""
    rows = link.query(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '')"
        " FROM pg_database WHERE datname = %s",
        (name,),
    )
    return str(rows[0][0]) if rows else None


def is_open(link: Link, name: str) -> bool | None:
    """Tell whether a database lets anybody in; None when there is no such database."""
    rows = link.query("SELECT datallowconn FROM pg_database WHERE datname = %s", (name,))
    return bool(rows[0][0]) if rows else None


def list_databases(link: Link, prefix: str) -> tuple[str, ...]:
    """Return the names of databases that begin so, sorted."""
    rows = link.query(
        "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY datname",
        (prefix,),
    )
    return tuple(str(name) for (name,) in rows)


def close_to_sessions(link: Link, name: str, *, keep: Sequence[int] = ()) -> None:
    """Let nobody connect any more and end all sessions but those of the processes to keep.

    Raises:
        LockTimeoutError: sessions that we may not end stay; the database is open again.
    """
    with exclusively(link, name):
        _allow_connections(link, name, is_allowed=False)
        try:
            _end_sessions(link, name, keep=keep)
        except LockTimeoutError:
            _allow_connections(link, name, is_allowed=True)
            raise


def open_to_sessions(link: Link, name: str) -> None:
    """Let the owner connect again; nothing happens when there is no such database."""
    closed = "SELECT 1 FROM pg_database WHERE datname = %s AND NOT datallowconn"
    if link.query(closed, (name,)):
        _allow_connections(link, name, is_allowed=True)


def swap(link: Link, *, staging: str, final: str, retired: str) -> None:
    """Put `staging` in the place of `final` in one transaction, `final` becoming `retired`.

    Renaming waits for sessions to end and keeps new ones from coming in. The database that takes
    the place is open to sessions, whatever it was.

    Raises:
        LockTimeoutError: sessions stay or come back faster than they can be ended.
    """
    renames = [
        f"ALTER DATABASE {quote(staging)} RENAME TO {quote(final)}",
        f"ALTER DATABASE {quote(final)} WITH ALLOW_CONNECTIONS true",
    ]
    with exclusively(link, final):
        was_open: list[str] = []
        if _is_there(link, final):
            renames.insert(0, f"ALTER DATABASE {quote(final)} RENAME TO {quote(retired)}")
            was_open = _open_ones(link, (final,))
        deadline = time.monotonic() + link.patience_seconds
        while True:
            try:
                for name in (staging, *was_open):
                    _end_sessions(link, name)
                with link.transaction():
                    link.execute("; ".join(renames))
            except LockTimeoutError:
                if time.monotonic() > deadline:
                    for name in was_open:
                        _allow_connections(link, name, is_allowed=True)
                    raise
                for name in was_open:
                    _allow_connections(link, name, is_allowed=False)
            else:
                return


def give_public(link: Link, owner: str) -> None:
    """Let the owner of the database that is connected to own the namespace `public`."""
    link.execute(f"ALTER SCHEMA public OWNER TO {quote(owner)}")


def become_member(link: Link, *roles: str) -> None:
    """Let this account act for roles: own their databases, rename them, end their sessions.

    A superuser may do so anyway.
    """
    needs_grant = (
        "SELECT r FROM unnest(%s::text[]) AS r, pg_roles"
        " WHERE rolname = current_user AND NOT rolsuper"
        " AND NOT pg_has_role(current_user, r, 'USAGE')"
    )
    names = [str(name) for (name,) in link.query(needs_grant, (list(roles),))]
    if names:
        options = " WITH INHERIT TRUE, SET TRUE"
        suffix = options if GRANT_OPTIONS.is_of(link.major_version) else ""
        listed = ", ".join(quote(name) for name in names)
        link.execute(f"GRANT {listed} TO CURRENT_USER{suffix}")


@contextmanager
def exclusively(link: Link, name: str) -> Iterator[None]:
    """Keep other workers of ours from changing the same database as a whole while inside."""
    key = "hashtext('schema_builder'), hashtext(%s)"
    link.execute(f"SELECT pg_advisory_lock({key})", (name,))
    try:
        yield
    finally:
        if not link.raw.closed:
            link.execute(f"SELECT pg_advisory_unlock({key})", (name,))


def _role_exists(link: Link, role: str) -> bool:
    return bool(link.query("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)))


def _is_created(link: Link, role: str, login: str) -> bool:
    """Create the role; tell whether it was us, as another worker may be quicker."""
    try:
        with link.transaction():
            link.execute(
                f"CREATE ROLE {role} {login}", shown=f"CREATE ROLE {role} LOGIN PASSWORD …"
            )
    except StatementFailedError as error:
        if error.sqlstate not in _DUPLICATE_ROLE:
            raise
        return False
    return True


def _create_empty(link: Link, name: str, owner: str) -> None:
    """Make a UTF-8 database; a cluster with another encoding lends no locale that fits."""
    statement = (
        f"CREATE DATABASE {quote(name)} OWNER {quote(owner)} TEMPLATE template0 ENCODING 'UTF8'"
    )
    try:
        link.execute(statement)
    except StatementFailedError as error:
        if error.sqlstate not in _LOCALE_DOES_NOT_FIT:
            raise
        link.execute(f"{statement} LC_COLLATE 'C' LC_CTYPE 'C'")


def _is_ours(link: Link, name: str, *, owner: str, marker: str) -> bool:
    """Tell whether an attempt of the same job made the database, marked or killed before that."""
    rows = link.query(
        "SELECT pg_get_userbyid(datdba), coalesce(shobj_description(oid, 'pg_database'), '')"
        " FROM pg_database WHERE datname = %s",
        (name,),
    )
    return bool(rows) and rows[0][0] == owner and rows[0][1] in {"", marker}


def _is_there(link: Link, name: str) -> bool:
    return bool(link.query("SELECT 1 FROM pg_database WHERE datname = %s", (name,)))


def _open_ones(link: Link, names: Sequence[str]) -> list[str]:
    rows = link.query(
        "SELECT datname FROM pg_database WHERE datname = ANY (%s) AND datallowconn",
        (list(names),),
    )
    return [str(name) for (name,) in rows]


def _drop_now(link: Link, name: str) -> None:
    """Drop by force, or, where the account may not use it, after ending what it may end.

    Force fails on a process that the account may not end: a superuser's session, which has to go
    by itself, or a worker of the server's own, which a drop without force sends away.
    """
    statement = f"DROP DATABASE IF EXISTS {quote(name)}"
    try:
        link.execute(f"{statement} WITH (FORCE)")
    except StatementFailedError as error:
        if error.sqlstate != _NOT_ALLOWED:
            raise
    except LockTimeoutError:
        time.sleep(PAUSE_SECONDS)
    else:
        return
    deadline = time.monotonic() + link.patience_seconds
    while True:
        _end_sessions(link, name)
        try:
            link.execute(statement)
        except LockTimeoutError:
            if time.monotonic() > deadline:
                raise
        else:
            return


def _end_sessions(link: Link, name: str, *, keep: Sequence[int] = ()) -> None:
    """End sessions and wait until they are gone."""
    spared = [link.backend_pid, *keep]
    deadline = time.monotonic() + link.patience_seconds
    while sessions := link.query(_END_SESSIONS, (name, spared)):
        if time.monotonic() > deadline:
            raise LockTimeoutError(database_name=name)
        ours = [pid for pid, is_ours_to_end in sessions if is_ours_to_end]
        link.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", (ours,))
        time.sleep(PAUSE_SECONDS)


def _allow_connections(link: Link, name: str, *, is_allowed: bool) -> None:
    word = "true" if is_allowed else "false"
    link.execute(f"ALTER DATABASE {quote(name)} WITH ALLOW_CONNECTIONS {word}")
