"""How big and how busy a database is, as the server's own statistics have it.

Source: PostgreSQL manual, 27.2 The Cumulative Statistics System, and 9.28.7 Database Object
Management Functions.
"""

from __future__ import annotations

from core.databases.engine import DatabaseMeasures, IndexMeasures, TableMeasures
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
       i.idx_scan, coalesce(pg_relation_size(i.indexrelid), 0)
  FROM pg_stat_user_indexes i WHERE i.relid = ANY (%s::oid[])
 ORDER BY 1"""


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
            IndexMeasures(name=name, table=table, scans=scans, size_bytes=size)
            for name, table, scans, size in link.query(_INDEXES, (tables,))
        ),
    )
