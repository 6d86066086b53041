"""What a database holds beyond a definition, listed so that nothing is passed over in silence.

Source: PostgreSQL manual, chapter 51, System Catalogs.
"""
# ruff: noqa: S608 the statements here are put together from literals of this package

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.databases.engine import UnknownObject
from core.dialects.postgresql.versions import NOT_ENFORCED, NULLS_NOT_DISTINCT
from core.engines.postgresql.column_rows import USUAL_COLLATIONS, written_array
from core.engines.postgresql.connecting import Link

_GIVEN = """
WITH ours AS MATERIALIZED (
    SELECT n.oid, n.nspname FROM pg_namespace n WHERE n.oid = ANY (%(namespaces)s::oid[])),
given AS MATERIALIZED (
    SELECT c.*, n.nspname, format('%%I.%%I', n.nspname, c.relname) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY (%(tables)s::oid[])),
members AS MATERIALIZED (
    SELECT x.classid, x.objid FROM pg_depend x WHERE x.deptype = 'e')"""

_RELATION_KIND = """CASE
    WHEN c.relkind = 'r' AND c.relispartition THEN 'partition'
    WHEN c.relkind = 'r' THEN 'inherited table'
    WHEN c.relkind = 'p' THEN 'partitioned table'
    WHEN c.relkind = 'v' THEN 'view'
    WHEN c.relkind = 'm' THEN 'materialized view'
    WHEN c.relkind = 'f' THEN 'foreign table'
    WHEN c.relkind = 'S' THEN 'sequence'
    ELSE 'composite type' END"""

_IDENTITY_SEQUENCE = """EXISTS (
    SELECT FROM pg_depend o WHERE o.classid = 'pg_class'::regclass AND o.objid = c.oid
       AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype = 'i')"""


_USUAL = ",".join(str(collation) for collation in sorted(USUAL_COLLATIONS))


def _not_member(catalogue: str, oid: str) -> str:
    return (
        f"NOT EXISTS (SELECT FROM members x"
        f" WHERE x.classid = '{catalogue}'::regclass AND x.objid = {oid})"
    )


FIRST_OID_OF_USERS = 16384
"""What was made after the server itself has this number or a higher one.

Source: PostgreSQL sources, src/include/access/transam.h, FirstNormalObjectId.
"""

_RARE = {
    "pg_proc": f"""SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
  ELSE 'function' END,
  format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
FROM pg_proc p JOIN ours n ON n.oid = p.pronamespace
WHERE {_not_member("pg_proc", "p.oid")}
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass
                     AND i.objid = p.oid AND i.deptype = 'i')""",
    "pg_statistic_ext": """SELECT 'statistics', format('%%I.%%I', n.nspname, s.stxname)
FROM pg_statistic_ext s JOIN ours n ON n.oid = s.stxnamespace""",
    "pg_collation": f"""SELECT 'collation', format('%%I.%%I', n.nspname, l.collname)
FROM pg_collation l JOIN ours n ON n.oid = l.collnamespace
WHERE {_not_member("pg_collation", "l.oid")}""",
    "pg_operator": f"""SELECT 'operator', format('%%I.%%s', n.nspname, o.oprname)
FROM pg_operator o JOIN ours n ON n.oid = o.oprnamespace
WHERE {_not_member("pg_operator", "o.oid")}""",
    "pg_ts_config": f"""SELECT 'text search configuration', format('%%I.%%I', n.nspname, f.cfgname)
FROM pg_ts_config f JOIN ours n ON n.oid = f.cfgnamespace
WHERE {_not_member("pg_ts_config", "f.oid")}""",
    "pg_policy": """SELECT 'policy', format('%%s.%%I', c.name, y.polname)
FROM given c JOIN pg_policy y ON y.polrelid = c.oid""",
    "pg_extension": """SELECT 'extension', format('%%I', e.extname) FROM pg_extension e
WHERE e.extname <> 'plpgsql'""",
    "pg_event_trigger": f"""SELECT 'event trigger', format('%%I', v.evtname) FROM pg_event_trigger v
WHERE {_not_member("pg_event_trigger", "v.oid")}""",
    "pg_foreign_server": f"""SELECT 'foreign server', format('%%I', f.srvname)
FROM pg_foreign_server f WHERE {_not_member("pg_foreign_server", "f.oid")}""",
    "pg_publication": "SELECT 'publication', format('%%I', b.pubname) FROM pg_publication b",
    "pg_largeobject_metadata": "SELECT 'large object', l.oid::text FROM pg_largeobject_metadata l",
}
"""What few databases have, by catalogue. Planning takes time, so the rest is not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Where to look."""

    namespace_oids: Sequence[int]
    """The namespaces that are of users."""
    table_oids: Sequence[int]
    """The tables that a definition can hold."""
    columns_with_options: Sequence[tuple[int, int]]
    """Their columns, by table and number, of which a definition cannot say everything."""
    collated_table_oids: Sequence[int]
    """Those with a column of another collation than the database's."""


def read_unknown(link: Link, extent: Extent) -> tuple[UnknownObject, ...]:
    """Return what a definition cannot say, by kind and name.

    Args:
        link: The connection.
        extent: Where to look.
    """
    presence = ", ".join(
        f"EXISTS (SELECT FROM {catalogue} WHERE oid >= {FIRST_OID_OF_USERS})" for catalogue in _RARE
    )
    is_present = dict(zip(_RARE, link.query(f"SELECT {presence}")[0], strict=True))
    branches = (
        *_things_of_namespaces(),
        *_things_of_tables(link.major_version),
        *(sql for catalogue, sql in _RARE.items() if is_present[catalogue]),
    )
    sql = f"{_GIVEN}\n" + "\nUNION ALL\n".join(branches) + "\nORDER BY 1, 2"
    values = {
        "namespaces": list(extent.namespace_oids),
        "tables": written_array(extent.table_oids),
        "optioned_tables": [oid for oid, _ in extent.columns_with_options],
        "optioned_columns": [number for _, number in extent.columns_with_options],
        "collated": list(extent.collated_table_oids),
    }
    return tuple(UnknownObject(kind=kind, name=name) for kind, name in link.query(sql, values))


def _things_of_namespaces() -> tuple[str, ...]:
    relations = "pg_class c JOIN ours n ON n.oid = c.relnamespace"
    return (
        f"""SELECT {_RELATION_KIND}, format('%%I.%%I', n.nspname, c.relname) FROM {relations}
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND c.oid <> ALL (%(tables)s::oid[])
  AND NOT (c.relkind = 'S' AND {_IDENTITY_SEQUENCE}) AND {_not_member("pg_class", "c.oid")}""",
        f"""SELECT 'identity options', format('%%I.%%I', n.nspname, c.relname)
FROM {relations} JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE (s.seqstart, s.seqincrement, s.seqmin, s.seqcache, s.seqcycle)
      IS DISTINCT FROM (1::bigint, 1::bigint, 1::bigint, 1::bigint, false)
  AND {_IDENTITY_SEQUENCE}""",
        f"""SELECT CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type'
  ELSE 'base type' END, format('%%I.%%I', n.nspname, t.typname)
FROM pg_type t JOIN ours n ON n.oid = t.typnamespace
WHERE t.typtype IN ('d', 'r', 'b') AND t.typelem = 0 AND {_not_member("pg_type", "t.oid")}""",
    )


def _things_of_tables(version: int) -> tuple[str, ...]:
    return (
        """SELECT 'trigger', format('%%s.%%I', c.name, g.tgname)
FROM given c JOIN pg_trigger g ON g.tgrelid = c.oid AND NOT g.tgisinternal""",
        """SELECT 'rule', format('%%s.%%I', c.name, w.rulename)
FROM given c JOIN pg_rewrite w ON w.ev_class = c.oid""",
        """SELECT 'table option', c.name
FROM given c WHERE c.reloptions IS NOT NULL OR c.relpersistence = 'u' OR c.relrowsecurity
  OR c.reloftype <> 0 OR c.reltablespace <> 0 OR c.relreplident NOT IN ('d', 'i')
  OR c.relam <> (SELECT m.oid FROM pg_am m WHERE m.amname = 'heap')""",
        """SELECT 'column option', format('%%s.%%I', c.name, a.attname)
FROM unnest(%(optioned_tables)s::oid[], %(optioned_columns)s::int2[]) o (oid, number)
JOIN given c ON c.oid = o.oid
JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = o.number""",
        """SELECT 'constraint not validated', format('%%s.%%I', c.name, k.conname)
FROM given c JOIN pg_constraint k ON k.conrelid = c.oid
WHERE NOT k.convalidated AND k.contype IN ('c', 'f', 'n')""",
        """SELECT 'invalid index', format('%%I.%%I', c.nspname, ic.relname)
FROM given c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE NOT i.indisvalid""",
        f"""SELECT 'constraint option', format('%%s.%%I', c.name, k.conname)
FROM given c JOIN pg_constraint k ON k.conrelid = c.oid
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u')
WHERE k.contype IN ('x', 't') OR k.contype IN ('c', 'n') AND k.connoinherit
  OR k.contype = 'f' AND k.confmatchtype <> 's' OR k.contype <> 'f' AND k.condeferrable
  OR i.indnatts <> i.indnkeyatts{_newer_constraint_options(version)}""",
        f"""SELECT 'index option', format('%%I.%%I', c.nspname, ic.relname)
FROM given c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
WHERE i.indisclustered OR i.indisreplident OR ic.reloptions IS NOT NULL
  OR ic.reltablespace <> 0{_newer_index_options(version)}
  OR i.indclass::oid[] && ARRAY(SELECT o.oid FROM pg_opclass o WHERE NOT o.opcdefault)
  OR (c.oid = ANY (%(collated)s::oid[]) OR NOT i.indcollation::oid[] <@ '{{{_USUAL}}}')
 AND EXISTS (SELECT FROM unnest(i.indkey, i.indcollation) u (k, l)
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.k
              WHERE u.k > 0 AND u.l <> 0 AND u.l <> a.attcollation)""",
    )


def _newer_constraint_options(version: int) -> str:
    options = ""
    if NULLS_NOT_DISTINCT.is_of(version):
        options += " OR i.indnullsnotdistinct OR k.confdelsetcols IS NOT NULL"
    if NOT_ENFORCED.is_of(version):
        options += " OR k.conperiod OR NOT k.conenforced"
    return options


def _newer_index_options(version: int) -> str:
    return " OR i.indnullsnotdistinct" if NULLS_NOT_DISTINCT.is_of(version) else ""
