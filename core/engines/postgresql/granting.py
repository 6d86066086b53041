"""Privileges within a managed database: what readers and writers may, now and later.

Source: PostgreSQL manual, SQL Commands, ALTER DEFAULT PRIVILEGES, and 5.8 Privileges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from core.databases.credential import Groups
from core.dialects.postgresql import quote, quote_qualified
from core.engines.postgresql.connecting import Link

_THINGS = """
SELECT 'SCHEMA', n.nspname, NULL FROM pg_namespace n
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND pg_has_role(n.nspowner, 'USAGE')
UNION ALL
SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND pg_has_role(c.relowner, 'USAGE')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY 1, 2, 3"""

_WRITES = {
    "SCHEMA": "USAGE",
    "TABLE": "SELECT, INSERT, UPDATE, DELETE",
    "SEQUENCE": "USAGE, SELECT, UPDATE",
}
_READS = {"SCHEMA": "USAGE", "TABLE": "SELECT", "SEQUENCE": "SELECT"}

_BATCH = 100
"""Things named in one statement."""

_MAKES = (
    "SELECT FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.nspname = 'public'"
    " AND a.grantee = 0 AND a.privilege_type = 'CREATE' AND pg_has_role(n.nspowner, 'USAGE')"
)
"""Whether everybody may create in `public`, as before version 15, and we can change that."""


def grant(link: Link, groups: Groups) -> None:
    """Let readers and writers at everything that the owner has, and will have."""
    with link.transaction():
        link.execute("; ".join(_later(groups)))
        if link.query(_MAKES):
            link.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for kind, names in _present(link):
            for privileges, group in (
                (_WRITES[kind], groups.read_write),
                (_READS[kind], groups.read_only),
            ):
                link.execute(f"GRANT {privileges} ON {kind} {', '.join(names)} TO {quote(group)}")


def _later(groups: Groups) -> Iterator[str]:
    for kind in _WRITES:
        for privileges, group in ((_WRITES, groups.read_write), (_READS, groups.read_only)):
            yield (
                f"ALTER DEFAULT PRIVILEGES GRANT {privileges[kind]} ON {kind}S TO {quote(group)}"
            )


def _present(link: Link) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what there is, in batches of one kind."""
    rows = link.query(_THINGS)
    for kind in _WRITES:
        names = iter(
            quote(namespace) if name is None else quote_qualified(namespace, name)
            for found, namespace, name in rows
            if found == kind
        )
        while batch := tuple(islice(names, _BATCH)):
            yield kind, batch
