"""Restoring: an archive fed to pg_restore, in one transaction, so that all of it is there or none.

Programs newer than the server write settings into the script that it does not know; then the
script takes the way through psql, without them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from core.databases.errors import DumpTooNewError, DumpUnreadableError
from core.dialects.postgresql.versions import TRANSACTION_TIMEOUT, major_of
from core.engines.postgresql.address import Address, Manners
from core.engines.postgresql.children import (
    Child,
    child,
    failure_of,
    pump,
    reason_in,
    unreadable,
)
from core.engines.postgresql.programs import Toolset
from core.engines.postgresql.stopping import Works
from core.errors import SchemaBuilderError

_UNKNOWN_SETTING = b"\nSET transaction_timeout = 0;\n"

_OF_THE_SERVER = re.compile(
    r"^(?:psql(?::[^ ]*)?: |pg_restore: error: could not execute query: )ERROR: ", re.MULTILINE
)
"""How programs repeat what the server complained of."""

SCRIPT_HEAD_BYTES = 4096
"""Where the settings stand in a script, and more."""

_WHAT = ("--no-owner", "--no-privileges")
"""The owner of the new database owns everything in it."""


def restore(
    address: Address,
    read: Callable[[int], bytes],
    *,
    toolset: Toolset,
    dumped: str,
    server_major_version: int,
    manners: Manners,
    works: Works,
) -> None:
    """Load an archive into the empty database at an address.

    Args:
        address: Where the database is, and who owns it.
        read: Hands out the archive.
        toolset: The programs to use.
        dumped: Version of the server that was dumped.
        server_major_version: Of the server that it is loaded into.
        manners: How our sessions behave.
        works: Where programs are registered as something that can be stopped.

    Raises:
        DumpUnreadableError: it is truncated or damaged; the database is still empty.
        DumpTooNewError: the server is too old for what is in it; the database is still empty.
    """
    is_too_new = TRANSACTION_TIMEOUT.is_of(toolset.major_version) and not TRANSACTION_TIMEOUT.is_of(
        server_major_version
    )
    way = _through_psql if is_too_new else _directly
    try:
        way(address, read, toolset, manners, works)
    except _RefusedByServerError as error:
        if major_of(dumped) > server_major_version:
            raise DumpTooNewError(
                dumped=dumped, major=server_major_version, reason=error.reason
            ) from error
        raise DumpUnreadableError(reason=error.reason) from error


class _RefusedByServerError(DumpUnreadableError):
    """The server did not take what stands in a dump that could be read."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


def _directly(
    address: Address,
    read: Callable[[int], bytes],
    toolset: Toolset,
    manners: Manners,
    works: Works,
) -> None:
    command = [
        toolset.program("pg_restore"),
        *_WHAT,
        "--exit-on-error",
        "--single-transaction",
        "--no-password",
        f"--dbname={address.public_dsn(manners.application_name)}",
    ]
    with child(command, password=address.password, works=works, is_fed=True) as program:
        pump(read, program)
        program.close_input()
        if program.finish() != 0:
            raise _failure(program, "pg_restore", address)


def _through_psql(
    address: Address,
    read: Callable[[int], bytes],
    toolset: Toolset,
    manners: Manners,
    works: Works,
) -> None:
    reader = [toolset.program("pg_restore"), *_WHAT, "--exit-on-error", "--file=-"]
    writer = [
        toolset.program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
        "--no-password",
        "--file=-",
        f"--dbname={address.public_dsn(manners.application_name)}",
    ]
    with (
        child(writer, password=address.password, works=works, is_fed=True) as psql,
        child(reader, password="", works=works, is_fed=True, is_read=True) as script,
        ThreadPoolExecutor(1, "restore feed") as executor,
    ):
        feed = executor.submit(_feed, read, script)
        try:
            has_all = all(psql.write(chunk) for chunk in _known_settings(script.chunks()))
        finally:
            # Before the feed is waited for: it may be stuck on a program that reads no more.
            if psql.is_gone():
                script.kill()
        feed.result()
        if script.finish() != 0 and has_all:
            # psql would commit at the end of its input; it must not see one.
            psql.kill()
            raise _failure(script, "pg_restore", address)
        psql.close_input()
        if psql.finish() != 0:
            raise _failure(psql, "psql", address)


def _feed(read: Callable[[int], bytes], script: Child) -> None:
    with ExitStack() as in_trouble:
        in_trouble.callback(script.kill)  # it would wait for the rest for ever
        pump(read, script)
        in_trouble.pop_all()
    script.close_input()


def _known_settings(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Leave out the setting that an older server does not know."""
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) >= SCRIPT_HEAD_BYTES:
            break
    yield head.replace(_UNKNOWN_SETTING, b"\n", 1)
    yield from source


def _failure(program: Child, name: str, address: Address) -> SchemaBuilderError:
    complaints = program.complaints()
    foreseen = failure_of(complaints, program=name, address=address)
    if foreseen is not None:
        return foreseen
    if _OF_THE_SERVER.search(complaints):
        return _RefusedByServerError(reason=reason_in(complaints))
    return unreadable(complaints)


def with_head(head: bytes, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Return a reader that hands out the head, which was read already, before the rest."""
    held = [head]

    def read_on(size: int) -> bytes:
        if held:
            return held.pop()
        return read(size)

    return read_on
