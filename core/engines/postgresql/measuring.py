"""How big and how busy a database is, from the server's own statistics."""

from __future__ import annotations

from core.databases.engine import DatabaseMeasures, IndexMeasures, TableMeasures
from core.engines.postgresql.connecting import Link

DATABASE = """
SELECT pg_database_size(d.datname),
       (SELECT count(*) FROM pg_stat_activity a
         WHERE a.datname = d.datname AND a.pid <> pg_backend_pid()),
       CASE WHEN s.blks_hit + s.blks_read > 0
            THEN s.blks_hit::float8 / (s.blks_hit + s.blks_read) END
  FROM pg_database d JOIN pg_stat_database s ON s.datid = d.oid
 WHERE d.datname = current_database()
"""

TABLES = """
SELECT t.schemaname || '.' || t.relname,
       greatest(t.n_live_tup, 0),
       pg_total_relation_size(t.relid),
       pg_indexes_size(t.relid)
  FROM pg_stat_user_tables t
 ORDER BY 1
"""

INDEXES = """
SELECT i.schemaname || '.' || i.indexrelname,
       i.schemaname || '.' || i.relname,
       i.idx_scan,
       pg_relation_size(i.indexrelid)
  FROM pg_stat_user_indexes i
 ORDER BY 1
"""


def measure(link: Link) -> DatabaseMeasures:
    """Read the statistics of the database that the link leads to.

    Source: PostgreSQL manual, «The Cumulative Statistics System»; rows are its estimates.
    """
    size_bytes, connections, cache_hit_ratio = link.query(DATABASE)[0]
    return DatabaseMeasures(
        size_bytes=size_bytes,
        connections=connections,
        cache_hit_ratio=cache_hit_ratio,
        tables=tuple(
            TableMeasures(
                name=name, estimated_rows=rows, size_bytes=size, index_size_bytes=index_size
            )
            for name, rows, size, index_size in link.query(TABLES)
        ),
        indexes=tuple(
            IndexMeasures(name=name, table=table, scans=scans, size_bytes=size)
            for name, table, scans, size in link.query(INDEXES)
        ),
    )
