"""Where a database keeps rows, and how many there are: nothing that holds any is passed over.

Every partition and inheriting table is looked into by itself, tables of extensions as far as a
dump holds their rows, and large objects as one table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.databases.errors import RowsHiddenError
from core.dialects.postgresql import quote_qualified
from core.engines.postgresql.connecting import Link

LARGE_OBJECTS = "pg_catalog.pg_largeobject"
"""What large objects count as."""

RELATIONS_AT_ONCE = 100
"""Relations looked into by one query, where the first row of each suffices."""

_TABLE, _PARTITIONED, _VIEW = "r", "p", "m"

_RELATIONS = r"""
SELECT c.oid, n.nspname, c.relname, c.relkind, coalesce(f.condition, ''),
       row_security_active(c.oid),
       x.objid IS NULL OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend x ON x.classid = 'pg_class'::regclass AND x.objid = c.oid
                       AND x.objsubid = 0 AND x.deptype = 'e'
  LEFT JOIN LATERAL (
       SELECT e.extcondition[u.place] AS condition
         FROM pg_extension e, unnest(e.extconfig) WITH ORDINALITY u (table_oid, place)
        WHERE e.oid = x.refobjid AND u.table_oid = c.oid) f ON true
 WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
   AND (c.relkind <> 'm' OR c.relispopulated)
   AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname"""
"""Ordinary and partitioned tables and materialized views outside the server's own namespaces.

An extension says which rows of its tables are of users, as a condition that dumps use, too.
Source: PostgreSQL manual, 36.17.3 Extension Configuration Tables.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRelation:
    """Something with rows of its own, or with partitions that have some."""

    oid: int
    """Its number."""
    name: str
    """`namespace.table`, quoted where that is ambiguous."""
    sql: str
    """Its name in SQL."""
    kind: str
    """As in pg_class.relkind."""
    condition: str
    """The WHERE clause that tells rows of users from those of an extension; mostly empty."""
    is_hidden: bool
    """Whether row-level security is in force for us."""
    is_written_by_us: bool
    """Whether writers are kept away: not from what an extension lets nobody write."""

    @property
    def rows(self) -> str:
        """Return its rows as the FROM clause of a query."""
        return f"FROM ONLY {self.sql} {self.condition}".rstrip()


def stored_relations(link: Link) -> tuple[StoredRelation, ...]:
    """Return everything that holds rows, by namespace and name."""
    return tuple(
        StoredRelation(
            oid=oid,
            name=f"{_shown(namespace)}.{_shown(name)}",
            sql=quote_qualified(namespace, name),
            kind=kind,
            condition=condition,
            is_hidden=is_hidden,
            is_written_by_us=is_written_by_us,
        )
        for oid, namespace, name, kind, condition, is_hidden, is_written_by_us in link.query(
            _RELATIONS
        )
    )


def lockable_relations(link: Link) -> tuple[StoredRelation, ...]:
    """Return what has to be locked so that nobody writes, parents of partitions included."""
    return tuple(
        each for each in stored_relations(link) if each.kind != _VIEW and each.is_written_by_us
    )


def count_rows(link: Link) -> dict[str, int]:
    """Count all rows that a dump has to hold. The caller keeps it within one snapshot.

    Counting a table takes as long as it takes; only cancelling ends it.

    Raises:
        RowsHiddenError: row-level security is forced upon the owner.
    """
    numbers: dict[str, int] = {}
    with link.trial():
        link.execute("SET LOCAL statement_timeout = 0")
        for each in visible_relations(link, _TABLE):
            numbers[each.name] = int(link.query(f"SELECT count(*) {each.rows}")[0][0])
        large_objects = int(link.query("SELECT count(*) FROM pg_largeobject_metadata")[0][0])
    return {**numbers, LARGE_OBJECTS: large_objects} if large_objects else numbers


def with_rows(link: Link) -> tuple[str, ...]:
    """Return the names of what holds a row, materialized views among it.

    Raises:
        RowsHiddenError: row-level security is forced upon the owner.
    """
    relations = visible_relations(link, _TABLE, _VIEW)
    found: list[str] = []
    for start in range(0, len(relations), RELATIONS_AT_ONCE):
        some = relations[start : start + RELATIONS_AT_ONCE]
        columns = ", ".join(f"EXISTS (SELECT {each.rows})" for each in some)
        answers = link.query(f"SELECT {columns}")[0]
        found.extend(each.name for each, has_rows in zip(some, answers, strict=True) if has_rows)
    if link.query("SELECT 1 FROM pg_largeobject_metadata LIMIT 1"):
        found.append(LARGE_OBJECTS)
    return tuple(found)


def visible_relations(link: Link, *kinds: str) -> Sequence[StoredRelation]:
    """Return what holds rows, of some kinds or of all.

    Raises:
        RowsHiddenError: row-level security is forced upon the owner; the server would refuse to
            read, as our sessions do not let it leave rows out.
    """
    relations = stored_relations(link)
    hidden = [each.name for each in relations if each.is_hidden and each.kind != _PARTITIONED]
    if hidden:
        raise RowsHiddenError(tables=hidden)
    return [each for each in relations if not kinds or each.kind in kinds]


def _shown(name: str) -> str:
    """Return a name as it is, or quoted when it could be taken for more than one."""
    if "." in name or '"' in name:
        doubled = name.replace('"', '""')
        return f'"{doubled}"'
    return name
