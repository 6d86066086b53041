"""Dumping: pg_dump's stream together with the facts of the very snapshot it shows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from core.databases.engine import DumpReport, Introspection
from core.databases.errors import StatementFailedError
from core.engines.postgresql.address import Manners
from core.engines.postgresql.children import child, failure_of, reason_in
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.introspection import introspect
from core.engines.postgresql.programs import Toolset
from core.engines.postgresql.session import SNAPSHOT
from core.engines.postgresql.stopping import Works
from core.engines.postgresql.stored_rows import count_rows, visible_relations


def dump(
    link: Link,
    *,
    toolset: Toolset,
    manners: Manners,
    works: Works,
    write: Callable[[bytes], object],
) -> DumpReport:
    """Stream a dump to `write`, and read structure and row counts in the same snapshot meanwhile.

    Args:
        link: A connection to the database as its owner.
        toolset: The programs to use.
        manners: Timeouts, and the name to show.
        works: Where the program is registered as something that can be stopped.
        write: Takes the dump chunk by chunk.

    Raises:
        RowsHiddenError: row-level security is forced upon the owner.
    """
    with link.trial(SNAPSHOT):
        visible_relations(link)
        version, snapshot = link.query(
            "SELECT split_part(current_setting('server_version'), ' ', 1), pg_export_snapshot()"
        )[0]
        command = [
            toolset.program("pg_dump"),
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--lock-wait-timeout={int(manners.lock_timeout_seconds * 1000)}",
            "--no-password",
            f"--dbname={link.address.public_dsn(manners.application_name)}",
        ]
        with ThreadPoolExecutor(1, "dump facts") as executor:
            facts = executor.submit(_facts, link)
            try:
                _stream(link, command, works, write)
            except BaseException:
                link.interrupt()
                raise
            introspection, rows_by_table = facts.result()
    return DumpReport(
        engine_version=str(version),
        tool_version=toolset.version,
        introspection=introspection,
        rows_by_table=rows_by_table,
    )


def _facts(link: Link) -> tuple[Introspection, dict[str, int]]:
    return introspect(link), count_rows(link)


def _stream(link: Link, command: list[str], works: Works, write: Callable[[bytes], object]) -> None:
    with child(command, password=link.address.password, works=works, is_read=True) as program:
        for chunk in program.chunks():
            write(chunk)
        if program.finish() != 0:
            complaints = program.complaints()
            raise failure_of(
                complaints, program="pg_dump", address=link.address
            ) or StatementFailedError(
                statement="pg_dump", sqlstate=None, reason=reason_in(complaints)
            )
