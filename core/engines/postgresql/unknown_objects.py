"""What a database holds beyond a definition, listed so that nothing is passed over in silence.

Source: PostgreSQL manual, chapter 51, System Catalogs.
"""

# ruff: noqa: S608 the statements here are put together from literals of this package

from __future__ import annotations

from core.databases.engine import UnknownObject
from core.engines.postgresql.catalogue import OF_USERS, not_of_extension, ordinary_table
from core.engines.postgresql.connecting import Link

_RELATION_KINDS = """CASE
    WHEN c.relkind = 'r' AND c.relispartition THEN 'partition'
    WHEN c.relkind = 'r' THEN 'inherited table'
    WHEN c.relkind = 'p' THEN 'partitioned table'
    WHEN c.relkind = 'v' THEN 'view'
    WHEN c.relkind = 'm' THEN 'materialized view'
    WHEN c.relkind = 'f' THEN 'foreign table'
    WHEN c.relkind = 'S' THEN 'sequence'
    ELSE 'composite type' END"""

_IDENTITY_SEQUENCE = """EXISTS (
    SELECT 1 FROM pg_depend o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid
       AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype = 'i')"""


def read_unknown(link: Link) -> tuple[UnknownObject, ...]:
    """Return what a definition cannot say, by kind and name. Takes one query."""
    branches = _branches(link.major_version)
    sql = "\nUNION ALL\n".join(branches) + "\nORDER BY 1, 2"
    return tuple(UnknownObject(kind=kind, name=name) for kind, name in link.query(sql))


def _branches(version: int) -> list[str]:
    relation = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    table = f"{relation} AND {ordinary_table('c')} AND {OF_USERS}"
    return [
        f"""SELECT {_RELATION_KINDS}, format('%I.%I', n.nspname, c.relname) FROM {relation}
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND {OF_USERS}
  AND NOT ({ordinary_table("c")}) AND NOT (c.relkind = 'S' AND {_IDENTITY_SEQUENCE})
  AND {not_of_extension("pg_class", "c.oid")}""",
        f"""SELECT 'identity options', format('%I.%I', n.nspname, c.relname)
FROM {relation} JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE {OF_USERS} AND {_IDENTITY_SEQUENCE}
  AND (s.seqstart, s.seqincrement, s.seqmin, s.seqcache, s.seqcycle)
      IS DISTINCT FROM (1::bigint, 1::bigint, 1::bigint, 1::bigint, false)""",
        f"""SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type'
  ELSE 'base type' END, format('%I.%I', n.nspname, t.typname)
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('d', 'r', 'b') AND t.typelem = 0 AND {OF_USERS}
  AND {not_of_extension("pg_type", "t.oid")}""",
        f"""SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
  ELSE 'function' END,
  format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {OF_USERS} AND {not_of_extension("pg_proc", "p.oid")}
  AND NOT EXISTS (SELECT 1 FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass
                     AND i.objid = p.oid AND i.deptype = 'i')""",
        f"""SELECT 'trigger', format('%I.%I.%I', n.nspname, c.relname, g.tgname)
FROM {table} JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal""",
        f"""SELECT 'rule', format('%I.%I.%I', n.nspname, c.relname, w.rulename)
FROM {table} JOIN pg_rewrite w ON w.ev_class = c.oid""",
        f"""SELECT 'policy', format('%I.%I.%I', n.nspname, c.relname, y.polname)
FROM {table} JOIN pg_policy y ON y.polrelid = c.oid""",
        f"""SELECT 'table option', format('%I.%I', n.nspname, c.relname)
FROM {table} WHERE c.reloptions IS NOT NULL OR c.relpersistence = 'u' OR c.relrowsecurity
  OR c.reloftype <> 0 OR c.reltablespace <> 0
  OR c.relam <> (SELECT oid FROM pg_am WHERE amname = 'heap')""",
        f"""SELECT 'column option', format('%I.%I.%I', n.nspname, c.relname, a.attname)
FROM {table} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attcollation <> t.typcollation OR a.attgenerated = 'v' OR a.attoptions IS NOT NULL""",
        f"""SELECT 'constraint option', format('%I.%I.%I', n.nspname, c.relname, k.conname)
FROM {table} JOIN pg_constraint k ON k.conrelid = c.oid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
WHERE k.contype IN ('x', 't') OR NOT k.convalidated OR k.contype = 'c' AND k.connoinherit
  OR k.contype = 'f' AND k.confmatchtype <> 's' OR k.contype <> 'f' AND k.condeferrable
  OR i.indnatts <> i.indnkeyatts{_newer_constraint_options(version)}""",
        f"""SELECT 'index option', format('%I.%I', n.nspname, ic.relname)
FROM {table} JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE NOT i.indisvalid OR i.indisclustered OR i.indisreplident OR ic.reloptions IS NOT NULL
  OR ic.reltablespace <> 0{_newer_index_options(version)}
  OR EXISTS (SELECT 1 FROM unnest(string_to_array(i.indclass::text, ' ')::oid[]) q
               JOIN pg_opclass o ON o.oid = q WHERE NOT o.opcdefault)
  OR EXISTS (SELECT 1 FROM unnest(string_to_array(i.indkey::text, ' ')::int[],
                                  string_to_array(i.indcollation::text, ' ')::oid[]) u (k, l)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.k
              WHERE u.k > 0 AND u.l IS NOT NULL AND u.l <> 0 AND u.l <> a.attcollation)""",
        f"""SELECT 'statistics', format('%I.%I', n.nspname, s.stxname)
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {OF_USERS}""",
        f"""SELECT 'collation', format('%I.%I', n.nspname, l.collname)
FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
WHERE {OF_USERS} AND {not_of_extension("pg_collation", "l.oid")}""",
        f"""SELECT 'operator', format('%I.%s', n.nspname, o.oprname)
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE {OF_USERS} AND {not_of_extension("pg_operator", "o.oid")}""",
        f"""SELECT 'text search configuration', format('%I.%I', n.nspname, f.cfgname)
FROM pg_ts_config f JOIN pg_namespace n ON n.oid = f.cfgnamespace
WHERE {OF_USERS} AND {not_of_extension("pg_ts_config", "f.oid")}""",
        """SELECT 'extension', format('%I', e.extname) FROM pg_extension e
WHERE e.extname <> 'plpgsql'""",
        f"""SELECT 'event trigger', format('%I', v.evtname) FROM pg_event_trigger v
WHERE {not_of_extension("pg_event_trigger", "v.oid")}""",
        f"""SELECT 'foreign server', format('%I', f.srvname) FROM pg_foreign_server f
WHERE {not_of_extension("pg_foreign_server", "f.oid")}""",
        "SELECT 'publication', format('%I', b.pubname) FROM pg_publication b",
        "SELECT 'large object', l.oid::text FROM pg_largeobject_metadata l",
    ]


def _newer_constraint_options(version: int) -> str:
    options = ""
    if version >= 15:  # noqa: PLR2004 the major version that brought both
        options += " OR i.indnullsnotdistinct OR k.confdelsetcols IS NOT NULL"
    if version >= 18:  # noqa: PLR2004 the major version that brought both
        options += " OR k.conperiod OR NOT k.conenforced"
    return options


def _newer_index_options(version: int) -> str:
    return " OR i.indnullsnotdistinct" if version >= 15 else ""  # noqa: PLR2004 as above
