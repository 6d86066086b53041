"""The queries that read a database from its catalogues: one per kind of thing, however many.

First the namespaces, then the tables in them; the rest asks for the tables found, which keeps the
server's planning short. Run them with `search_path` set to READING_PATH, so that everything of
users is written with its namespace.

Source: PostgreSQL manual, chapter 51, System Catalogs.
"""
# ruff: noqa: S608 the statements here are put together from literals

from __future__ import annotations

from core.dialects.postgresql.set_aside import COLUMN_PREFIX, NAMESPACE
from core.dialects.postgresql.versions import COMPRESSION

READING_PATH = "pg_catalog, pg_temp"
"""Temporary tables come last: one called `date` must not make the server write another `date`."""

READING_SETTINGS = f"SET LOCAL search_path = {READING_PATH}; SET LOCAL work_mem = '64MB'"
"""What to set for a transaction that reads: thousands of columns are joined in memory then."""

NAMESPACES = rf"""
SELECT n.oid, n.nspname, coalesce(obj_description(n.oid, 'pg_namespace'), '')
  FROM pg_namespace n
 WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
   AND n.nspname <> '{NAMESPACE}'
   AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_namespace'::regclass
                      AND x.objid = n.oid AND x.deptype = 'e')
 ORDER BY 2"""
"""Namespaces that are neither the server's nor an extension's, with comments.

That of things set aside is out of sight.
"""

ENUMS = """
SELECT n.nspname, t.typname, coalesce(obj_description(t.oid, 'pg_type'), ''),
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e
              WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND t.typnamespace = ANY (%s::oid[])
   AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass
                      AND x.objid = t.oid AND x.deptype = 'e')
 ORDER BY 1, 2"""
"""Enumerated types of namespaces, with labels in order and comments."""

TABLES = """
SELECT c.oid, n.nspname, c.relname, coalesce(d.description, '')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_description d ON d.objoid = c.oid AND d.objsubid = 0
                            AND d.classoid = 'pg_class'::regclass
 WHERE c.relkind = 'r' AND NOT c.relispartition AND c.relnamespace = ANY (%s::oid[])
   AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
   AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass
                      AND x.objid = c.oid AND x.deptype = 'e')
 ORDER BY 2, 3"""
"""Tables of namespaces that a definition can hold, with comments."""

TEMPORARY_TABLES = """
SELECT c.oid, c.relname FROM pg_class c
 WHERE c.relkind = 'r' AND c.relnamespace = pg_my_temp_schema()"""
"""The session's temporary tables."""


def columns(major_version: int) -> str:
    """Return the query for columns of tables without those set aside, a table's in one row each.

    They are in no order. Their facts are texts, as few columns differ in them: thousands of rows
    are dear to send and to read, and what the facts mean is asked once for each text.
    """
    is_usual = "a.attoptions IS NULL AND coalesce(a.attstattarget, -1) = -1"
    if COMPRESSION.is_of(major_version):
        is_usual += " AND a.attcompression = ''"
    return f"""
SELECT a.attrelid, array_agg(a.attnum), array_agg(a.attname),
       string_agg(concat_ws(',', a.atttypid, a.atttypmod, a.attnotnull, a.attidentity,
                            a.attgenerated, a.attcollation, a.attstorage, {is_usual}), ';')
  FROM pg_attribute a
 WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
   AND NOT starts_with(a.attname, '{COLUMN_PREFIX}')
 GROUP BY a.attrelid"""


TYPES = """
SELECT u.oid, u.modifier, format_type(u.oid, u.modifier),
       CASE WHEN t.typtype = 'e' THEN n.nspname END, t.typname, t.typcollation,
       t.typstorage
  FROM unnest(%s::oid[], %s::int[]) u (oid, modifier)
  JOIN pg_type t ON t.oid = u.oid
  JOIN pg_namespace n ON n.oid = t.typnamespace"""
"""Types with their parameters, as the server writes them."""

EXPRESSIONS = """
SELECT d.adrelid, d.adnum, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attrdef d WHERE d.adrelid = ANY (%s::oid[])"""
"""Defaults and generation expressions of tables' columns."""

COMMENTS = """
SELECT x.objoid, x.objsubid, x.description FROM pg_description x
 WHERE x.objoid = ANY (%s::oid[]) AND x.classoid = 'pg_class'::regclass AND x.objsubid > 0"""
"""Comments on tables' columns."""

CONSTRAINTS = """
SELECT k.conrelid, k.contype, k.conname, k.conkey, k.confrelid, k.confkey,
       k.confupdtype, k.confdeltype, k.condeferrable, k.condeferred,
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
  FROM pg_constraint k
 WHERE k.conrelid = ANY (%s::oid[]) AND k.contype IN ('p', 'u', 'c', 'f')
   AND k.convalidated
 ORDER BY k.conrelid, k.contype, k.conname"""
"""Keys, checks and foreign keys of tables that hold for every row."""

INDEXES = """
SELECT i.indrelid, ic.relname, m.amname, i.indisunique, i.indnkeyatts,
       i.indkey::int2[], i.indoption::int2[],
       CASE WHEN i.indexprs IS NOT NULL THEN ARRAY(
           SELECT CASE WHEN i.indkey[p - 1] = 0 THEN pg_get_indexdef(i.indexrelid, p, false) END
             FROM generate_series(1, i.indnkeyatts) p ORDER BY p) END,
       pg_get_expr(i.indpred, i.indrelid),
       coalesce(pg_indexam_has_property(m.oid, 'can_order'), false)
  FROM pg_index i
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_am m ON m.oid = ic.relam
 WHERE i.indrelid = ANY (%s::oid[]) AND i.indisvalid
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid
                      AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, ic.relname"""
"""Valid indexes of tables that no constraint made, with their parts as texts where computed."""
