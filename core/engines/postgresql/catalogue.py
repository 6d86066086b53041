"""The queries that read a database from its catalogues: one per kind of thing, however many.

Each takes the condition on `n`, the namespace. Run them with `search_path` set to READING_PATH, so
that everything of users is written with its namespace.
"""

# ruff: noqa: S608 the statements here are put together from literals of this package

from __future__ import annotations

READING_PATH = "pg_catalog, pg_temp"
"""Temporary tables come last: one called `date` must not make the server write another `date`."""

OF_USERS = (
    r"n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.classid = 'pg_namespace'::regclass"
    " AND x.objid = n.oid AND x.deptype = 'e')"
)
"""Namespaces that are neither the server's nor an extension's."""

OF_THIS_SESSION = "n.oid = pg_my_temp_schema()"
"""The namespace of the session's temporary tables."""


def not_of_extension(catalogue: str, oid: str) -> str:
    """Return the condition that an object does not belong to an extension."""
    return (
        f"NOT EXISTS (SELECT 1 FROM pg_depend x WHERE x.classid = '{catalogue}'::regclass"
        f" AND x.objid = {oid} AND x.deptype = 'e')"
    )


def ordinary_table(table: str) -> str:
    """Return the condition that a relation is a table which a definition can hold."""
    return (
        f"{table}.relkind = 'r' AND NOT {table}.relispartition"
        f" AND NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = {table}.oid)"
        f" AND {not_of_extension('pg_class', f'{table}.oid')}"
    )


def namespaces(where: str) -> str:
    """Return namespaces with their comments."""
    return f"""
SELECT n.nspname, coalesce(obj_description(n.oid, 'pg_namespace'), '')
  FROM pg_namespace n
 WHERE {where}
 ORDER BY 1"""


def enums(where: str) -> str:
    """Return enumerated types with their labels in order and their comments."""
    return f"""
SELECT n.nspname, t.typname, coalesce(obj_description(t.oid, 'pg_type'), ''),
       ARRAY(SELECT e.enumlabel::text FROM pg_enum e
              WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND {where} AND {not_of_extension("pg_type", "t.oid")}
 ORDER BY 1, 2"""


def tables(where: str) -> str:
    """Return ordinary tables with their comments."""
    return f"""
SELECT c.oid, n.nspname, c.relname, coalesce(obj_description(c.oid, 'pg_class'), '')
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE {ordinary_table("c")} AND {where}
 ORDER BY 2, 3"""


def columns(where: str) -> str:
    """Return columns of ordinary tables in their order."""
    return f"""
SELECT a.attrelid, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
       CASE WHEN t.typtype = 'e' THEN tn.nspname END, t.typname,
       a.attnotnull, a.attidentity, a.attgenerated,
       pg_get_expr(d.adbin, d.adrelid), coalesce(col_description(a.attrelid, a.attnum), '')
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_namespace tn ON tn.oid = t.typnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE {ordinary_table("c")} AND {where}
 ORDER BY a.attrelid, a.attnum"""


def constraints(where: str) -> str:
    """Return keys, checks and foreign keys of ordinary tables."""
    return f"""
SELECT k.conrelid, k.contype, k.conname, k.conkey, k.confrelid, k.confkey,
       k.confupdtype, k.confdeltype, k.condeferrable, k.condeferred,
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE k.contype IN ('p', 'u', 'c', 'f') AND {ordinary_table("c")} AND {where}
 ORDER BY k.conrelid, k.contype, k.conname"""


def indexes(where: str) -> str:
    """Return indexes that no constraint made, with their parts as texts where they are computed."""
    return f"""
SELECT i.indrelid, ic.relname, m.amname, i.indisunique, i.indnkeyatts,
       string_to_array(i.indkey::text, ' ')::int[], string_to_array(i.indoption::text, ' ')::int[],
       ARRAY(SELECT CASE WHEN i.indkey[p - 1] = 0 THEN pg_get_indexdef(i.indexrelid, p, false) END
               FROM generate_series(1, i.indnkeyatts) p ORDER BY p),
       pg_get_expr(i.indpred, i.indrelid),
       coalesce(pg_indexam_has_property(m.oid, 'can_order'), false)
  FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_am m ON m.oid = ic.relam
 WHERE {ordinary_table("c")} AND {where}
   AND NOT EXISTS (SELECT 1 FROM pg_constraint k
                    WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY i.indrelid, ic.relname"""
