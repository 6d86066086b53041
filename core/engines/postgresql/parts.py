"""What is on tables beyond what a definition says, as far as a copy of them would not have it.

Source: PostgreSQL manual, 51 System Catalogs; SQL Commands, CREATE TABLE, LIKE.
"""
# ruff: noqa: S608 the statements here are put together from literals of this module

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from core.dialects.facts import TableParts
from core.dialects.postgresql.set_aside import NAMESPACE
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.hanging import read_hanging
from core.engines.postgresql.options_of_parts import (
    has_settings,
    is_odd_constraint,
    is_odd_index,
    is_stored_otherwise,
)
from core.engines.postgresql.unknown_objects import FIRST_OID_OF_USERS

_GIVEN = """
WITH given AS MATERIALIZED (
    SELECT c.*, t.typarray FROM pg_class c JOIN pg_type t ON t.oid = c.reltype
     WHERE c.oid = ANY (%(tables)s::oid[])),
counters AS MATERIALIZED (
    SELECT g.oid AS table_oid, d.refobjsubid AS column_number, s.*
      FROM given g JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
                                   AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S')"""

_COUNTED = f"""{_GIVEN}
SELECT g.oid,
       ARRAY(SELECT attname::text FROM pg_attribute
              WHERE attrelid = g.oid AND attnum > 0 AND NOT attisdropped),
       (SELECT count(*) FROM pg_constraint k
         WHERE (k.conrelid = g.oid OR k.confrelid = g.oid) AND k.contype <> 'n'),
       (SELECT count(*) FROM pg_index WHERE indrelid = g.oid)
  FROM given g"""

_WHOLE = """
SELECT g.oid, 'an owner of its own' FROM given g
 WHERE g.relowner <> (SELECT r.oid FROM pg_roles r WHERE r.rolname = current_user)
UNION ALL
SELECT g.oid, 'options of the table' FROM given g LEFT JOIN pg_class t ON t.oid = g.reltoastrelid
 WHERE g.relpersistence <> 'p' OR g.reloptions IS NOT NULL OR t.reloptions IS NOT NULL
    OR g.reloftype <> 0 OR g.reltablespace <> 0 OR g.relreplident <> 'd'
    OR g.relam <> (SELECT m.oid FROM pg_am m
                    WHERE m.amname = current_setting('default_table_access_method'))
UNION ALL
SELECT g.oid, 'row-level security' FROM given g
 WHERE g.relrowsecurity OR g.relforcerowsecurity
    OR EXISTS (SELECT FROM pg_policy y WHERE y.polrelid = g.oid)
UNION ALL
SELECT g.oid, 'inheritance' FROM given g
 WHERE g.relispartition
    OR EXISTS (SELECT FROM pg_inherits h WHERE g.oid IN (h.inhrelid, h.inhparent))
UNION ALL
SELECT g.oid, 'publications' FROM given g WHERE EXISTS (SELECT FROM pg_publication)
UNION ALL
SELECT g.oid, 'a subscription' FROM given g JOIN pg_subscription_rel u ON u.srrelid = g.oid
UNION ALL
SELECT g.oid, 'an extension'
  FROM given g JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = g.oid
 WHERE d.deptype IN ('e', 'x')
UNION ALL
SELECT w.ev_class, pg_describe_object('pg_rewrite'::regclass, w.oid, 0)
  FROM given g JOIN pg_rewrite w ON w.ev_class = g.oid
UNION ALL
SELECT x.stxrelid, pg_describe_object('pg_statistic_ext'::regclass, x.oid, 0)
  FROM given g JOIN pg_statistic_ext x ON x.stxrelid = g.oid
UNION ALL
SELECT x.tgrelid, pg_describe_object('pg_trigger'::regclass, x.oid, 0)
  FROM given g JOIN pg_trigger x ON x.tgrelid = g.oid
 WHERE NOT x.tgisinternal OR x.tgenabled <> 'O'"""

_DEPENDENTS = """
SELECT needed.table_oid, pg_describe_object(d.classid, d.objid, d.objsubid)
  FROM (SELECT g.oid, 'pg_class'::regclass, g.oid FROM given g
        UNION ALL SELECT g.oid, 'pg_type'::regclass, g.reltype FROM given g
        UNION ALL SELECT g.oid, 'pg_type'::regclass, g.typarray FROM given g)
       needed (table_oid, class, oid)
  JOIN pg_depend d ON d.refclassid = needed.class AND d.refobjid = needed.oid
  JOIN given g ON g.oid = needed.table_oid
 WHERE NOT (d.classid = 'pg_type'::regclass AND d.objid IN (g.reltype, g.typarray))
   AND NOT (d.classid = 'pg_class'::regclass AND EXISTS (
            SELECT FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
             WHERE c.oid = d.objid AND (c.relkind = 't' OR g.oid IN (c.oid, i.indrelid)
                                        OR c.relkind = 'S' AND d.deptype = 'i')))
   AND NOT (d.classid = 'pg_attrdef'::regclass AND EXISTS (
            SELECT FROM pg_attrdef a WHERE a.oid = d.objid AND a.adrelid = g.oid))
   AND NOT (d.classid = 'pg_constraint'::regclass AND EXISTS (
            SELECT FROM pg_constraint k WHERE k.oid = d.objid
               AND (k.conrelid = g.oid OR k.contype = 'f' AND k.confrelid = g.oid)))
   AND NOT (d.classid = 'pg_trigger'::regclass AND EXISTS (
            SELECT FROM pg_trigger x WHERE x.oid = d.objid AND x.tgisinternal))"""

_REMARKS = """
SELECT g.oid, 'a comment on ' || pg_describe_object(x.classoid, x.objoid, 0)
  FROM given g JOIN pg_description x
    ON x.classoid = 'pg_class'::regclass AND x.objoid IN (
       SELECT i.indexrelid FROM pg_index i WHERE i.indrelid = g.oid
       UNION ALL SELECT s.oid FROM counters s WHERE s.table_oid = g.oid)
    OR x.classoid = 'pg_constraint'::regclass AND x.objoid IN (
       SELECT k.oid FROM pg_constraint k WHERE k.conrelid = g.oid OR k.confrelid = g.oid)
    OR x.classoid = 'pg_type'::regclass AND x.objoid = g.reltype
UNION ALL
SELECT g.oid, 'a security label'
  FROM given g JOIN pg_seclabel x ON x.classoid = 'pg_class'::regclass AND x.objoid = g.oid"""

_USUAL = """
SELECT b.defaclacl FROM pg_default_acl b
 WHERE b.defaclrole = {thing}.relowner AND b.defaclobjtype = '{kind}'
   AND b.defaclnamespace = {of}"""

_BY_DEFAULT = (
    "(SELECT a.grantee, a.privilege_type, a.is_grantable FROM aclexplode(coalesce("
    f"({_USUAL.replace('{of}', '0')}), acldefault('{{word}}', {{thing}}.relowner))) a UNION "
    "SELECT a.grantee, a.privilege_type, a.is_grantable FROM aclexplode("
    f"({_USUAL.replace('{of}', '{thing}.relnamespace')})) a)"
)
_PRESENT = (
    "(SELECT a.grantee, a.privilege_type, a.is_grantable FROM"
    " aclexplode(coalesce({thing}.relacl, acldefault('{word}', {thing}.relowner))) a)"
)
"""Source: PostgreSQL manual, SQL Commands, ALTER DEFAULT PRIVILEGES: those of a namespace are
added to the others."""


def _unusual(thing: str, kind: str, word: str) -> str:
    """Write the condition that a thing has other privileges than a new one would have."""
    usual, present = (
        text.format(thing=thing, kind=kind, word=word) for text in (_BY_DEFAULT, _PRESENT)
    )
    return f"(EXISTS ({usual} EXCEPT {present}) OR EXISTS ({present} EXCEPT {usual}))"


_SEQUENCES = f"""
odd_sequences AS (
SELECT s.table_oid, s.column_number, 'privileges of a sequence' AS words
  FROM counters s WHERE {_unusual("s", "S", "s")}
UNION ALL
SELECT s.table_oid, s.column_number, 'options of a sequence'
  FROM counters s JOIN pg_sequence q ON q.seqrelid = s.oid
  JOIN pg_attribute a ON a.attrelid = s.table_oid AND a.attnum = s.column_number
 WHERE a.atttypid <> q.seqtypid OR q.seqmax <> CASE q.seqtypid WHEN 'smallint'::regtype THEN 32767
           WHEN 'integer'::regtype THEN 2147483647 ELSE 9223372036854775807 END
    OR s.relpersistence <> 'p' OR s.relowner <> (SELECT relowner FROM given WHERE oid = table_oid)
    OR (q.seqstart, q.seqincrement, q.seqmin, q.seqcache, q.seqcycle)
       IS DISTINCT FROM (1::bigint, 1::bigint, 1::bigint, 1::bigint, false))"""
"""Sequences of identities that a new one would not be like."""

_PRIVILEGES = f"""
SELECT g.oid, 'privileges of its own' FROM given g WHERE {_unusual("g", "r", "r")}
UNION ALL
SELECT s.table_oid, s.words FROM odd_sequences s"""

_FOREIGN = f"""
SELECT g.oid, pg_describe_object('pg_constraint'::regclass, k.oid, 0)
  FROM given g JOIN pg_constraint k ON k.conrelid = g.oid OR k.confrelid = g.oid
  LEFT JOIN pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_class r ON r.oid = k.confrelid
 WHERE k.contype = 'f' AND (k.confmatchtype <> 's' OR c.relkind <> 'r' OR r.relkind <> 'r'
    OR c.relispartition OR r.relispartition OR c.relowner <> g.relowner OR r.relowner <> g.relowner
    OR '{NAMESPACE}' IN (SELECT n.nspname FROM pg_namespace n
                         WHERE n.oid IN (c.relnamespace, r.relnamespace)))"""

_MOMENTARY = """
SELECT g.oid,
       pg_describe_object('pg_constraint'::regclass, k.oid, 0) || ' (may decide otherwise now)'
  FROM given g JOIN pg_constraint k ON k.conrelid = g.oid AND k.contype = 'c'
 WHERE k.conbin::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO'
    OR EXISTS (SELECT FROM regexp_matches(k.conbin::text, ':(?:opfuncid|funcid) ([0-9]+)', 'g') m
                 JOIN pg_proc p ON p.oid = m[1]::oid WHERE p.provolatile <> 'i')"""
"""Checks that rows may contradict which were written at another time."""

_RECOMPUTED = f"""
SELECT g.oid, format('column %%I (computed by a function)', a.attname)
  FROM given g JOIN pg_attribute a ON a.attrelid = g.oid AND a.attgenerated = 's'
  JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE EXISTS (SELECT FROM regexp_matches(d.adbin::text, ':(?:opfuncid|funcid) ([0-9]+)', 'g') m
                WHERE m[1]::bigint >= {FIRST_OID_OF_USERS})"""
"""Stored columns whose functions people may have made anew since, so that values would change."""


def read_parts(link: Link, oids: Sequence[int]) -> dict[int, TableParts]:
    """Return what is on tables, by their numbers."""
    if not oids:
        return {}
    values = {"tables": list(oids)}
    branches = (
        _WHOLE,
        _DEPENDENTS,
        _REMARKS,
        _PRIVILEGES,
        _FOREIGN,
        _MOMENTARY,
        _RECOMPUTED,
        *_options(link.major_version),
    )
    beyond: defaultdict[int, list[str]] = defaultdict(list)
    given = f"{_GIVEN}, {_SEQUENCES}"
    sql = f"{given}\nSELECT DISTINCT * FROM ({' UNION ALL '.join(branches)}) x (oid, words)"
    for oid, words in link.query(f"{sql} ORDER BY 1, 2", values):
        beyond[oid].append(str(words))
    hanging = read_hanging(link, given, values)
    return {
        oid: TableParts(
            columns=frozenset(columns),
            constraints=int(constraints),
            indexes=int(indexes),
            beyond=tuple(beyond[oid]),
            hanging=hanging.get(oid, ()),
        )
        for oid, columns, constraints, indexes in link.query(_COUNTED, values)
    }


def _options(version: int) -> tuple[str, ...]:
    """Write what asks for options of columns, constraints and indexes."""
    return (
        f"""
SELECT g.oid, format('options of column %%I', a.attname)
  FROM given g JOIN pg_attribute a ON a.attrelid = g.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type t ON t.oid = a.atttypid
 WHERE {has_settings()} OR {is_stored_otherwise(version)}
    OR NOT a.attislocal OR a.attinhcount <> 0""",
        f"""
SELECT g.oid, 'options of ' || pg_describe_object('pg_constraint'::regclass, k.oid, 0)
  FROM given g JOIN pg_constraint k ON k.conrelid = g.oid OR k.confrelid = g.oid
 WHERE {is_odd_constraint(version)}""",
        f"""
SELECT g.oid, 'options of ' || pg_describe_object('pg_class'::regclass, i.indexrelid, 0)
  FROM given g JOIN pg_index i ON i.indrelid = g.oid JOIN pg_class x ON x.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
 WHERE {is_odd_index(version)}""",
    )
