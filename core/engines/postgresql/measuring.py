"""How big and how busy a database is, as the server's own statistics have it.

Source: PostgreSQL manual, 27.2 The Cumulative Statistics System, and 9.28.7 Database Object
Management Functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.databases.measures import (
    DatabaseMeasures,
    IndexMeasures,
    MissingIndex,
    SlowStatement,
    TableMeasures,
)
from core.engines.postgresql import catalogue
from core.engines.postgresql.connecting import Link

_DATABASE = """
SELECT pg_database_size(d.datid),
       (SELECT count(*) FROM pg_stat_activity a
         WHERE a.datid = d.datid AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL),
       d.blks_hit::float8 / nullif(d.blks_hit + d.blks_read, 0)
  FROM pg_stat_database d WHERE d.datname = current_database()"""

_TABLES = """
SELECT t.schemaname || '.' || t.relname, t.n_live_tup,
       coalesce(pg_total_relation_size(t.relid), 0), coalesce(pg_indexes_size(t.relid), 0)
  FROM pg_stat_user_tables t WHERE t.relid = ANY (%s::oid[])
 ORDER BY 1"""

_INDEXES = """
SELECT i.schemaname || '.' || i.indexrelname, i.schemaname || '.' || i.relname,
       i.idx_scan, coalesce(pg_relation_size(i.indexrelid), 0),
       i.idx_scan = 0 AND NOT x.indisunique AND NOT x.indisexclusion
  FROM pg_stat_user_indexes i JOIN pg_index x ON x.indexrelid = i.indexrelid
 WHERE i.relid = ANY (%s::oid[])
 ORDER BY 1"""

# Who may not connect may not know the size either, and asking for it would be an error.
_SIZES = """
SELECT d.datname, pg_database_size(d.oid)
  FROM pg_database d
 WHERE d.datname = ANY (%s::name[]) AND has_database_privilege(d.oid, 'CONNECT')"""

# The columns of the key, in any order, have to be the first of the index.
_MISSING = """
SELECT n.nspname || '.' || c.relname,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
               JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number
              ORDER BY u.place),
       k.conname::text, coalesce(s.n_live_tup, 0)
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = k.conrelid
 WHERE k.contype = 'f' AND k.conrelid = ANY (%s::oid[]) AND k.conparentid = 0
   AND NOT EXISTS (
       SELECT FROM pg_index x
        WHERE x.indrelid = k.conrelid AND x.indisvalid AND x.indpred IS NULL
          AND x.indnkeyatts >= cardinality(k.conkey)
          AND k.conkey <@ (string_to_array(x.indkey::text, ' ')::int2[])[:cardinality(k.conkey)])
 ORDER BY 1, 3"""

_STATEMENTS_THERE = """
SELECT quote_ident(n.nspname) || '.pg_stat_statements'
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_stat_statements'
   AND has_schema_privilege(n.oid, 'USAGE')
   -- Known only where the library was loaded at the server's start; without it the view fails.
   AND current_setting('pg_stat_statements.max', true) IS NOT NULL"""

_STATEMENTS = """
SELECT left(s.query, {longest}), s.calls, s.mean_exec_time / 1000, s.total_exec_time / 1000, s.rows
  FROM {view} s JOIN pg_database d ON d.oid = s.dbid
 WHERE d.datname = current_database() AND s.toplevel AND s.query NOT LIKE '<insufficient %'
 ORDER BY s.total_exec_time DESC LIMIT {most}"""

MOST_STATEMENTS = 20
"""How many slow statements are told."""

LONGEST_STATEMENT = 1000
"""Characters of a statement that are told."""


def measure(link: Link) -> DatabaseMeasures:
    """Measure the database that is connected to."""
    namespaces = [row[0] for row in link.query(catalogue.NAMESPACES)]
    tables = [row[0] for row in link.query(catalogue.TABLES, (namespaces,))]
    size_bytes, connections, ratio = link.query(_DATABASE)[0]
    return DatabaseMeasures(
        size_bytes=size_bytes,
        connections=connections,
        cache_hit_ratio=ratio,
        tables=tuple(
            TableMeasures(
                name=name, estimated_rows=rows, size_bytes=size, index_size_bytes=index_size
            )
            for name, rows, size, index_size in link.query(_TABLES, (tables,))
        ),
        indexes=tuple(
            IndexMeasures(name=name, table=table, scans=scans, size_bytes=size, is_unused=is_unused)
            for name, table, scans, size, is_unused in link.query(_INDEXES, (tables,))
        ),
        missing_indexes=tuple(
            MissingIndex(
                table=table, columns=tuple(columns), constraint=constraint, estimated_rows=rows
            )
            for table, columns, constraint, rows in link.query(_MISSING, (tables,))
        ),
        slow_statements=_slow_statements(link),
    )


def database_sizes(link: Link, names: Sequence[str]) -> dict[str, int]:
    """Return how many bytes each of these databases takes; those that are not there are left out.

    A database that is dropped meanwhile has no size.
    """
    rows = link.query(_SIZES, (list(names),))
    return {str(name): int(size) for name, size in rows if size is not None}


def _slow_statements(link: Link) -> tuple[SlowStatement, ...] | None:
    """Return what took most time, as far as this role may see it.

    Source: PostgreSQL manual, F.32 pg_stat_statements.
    """
    views = link.query(_STATEMENTS_THERE)
    if not views:
        return None
    statement = _STATEMENTS.format(
        view=views[0][0], longest=LONGEST_STATEMENT, most=MOST_STATEMENTS
    )
    return tuple(
        SlowStatement(
            statement=text, calls=calls, mean_seconds=mean, total_seconds=total, rows=rows
        )
        for text, calls, mean, total, rows in link.query(statement)
    )
