"""Taking views, functions, triggers, policies and rules away, and making them again as they were.

With comments, owner and privileges, also those of columns. Who granted a privilege is not kept:
the owner grants it anew.

Source: PostgreSQL manual, 9.27 System Information Functions and Operators.
"""
# ruff: noqa: S608 the statements here are put together from literals of this module

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from core.engines.postgresql.connecting import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Recreation:
    """How a thing is taken away and made again."""

    drop_sql: str
    """Takes it away."""
    create_sql: tuple[str, ...]
    """Makes it again, with everything that belongs to it."""


_GIVEN = """
WITH given AS MATERIALIZED (
    SELECT c.*, format('%%I.%%I', n.nspname, c.relname) AS name,
           CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS word
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = ANY (%(pg_class)s::oid[]) AND c.relkind IN ('v', 'm')),
functions AS MATERIALIZED (
    SELECT p.*, CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS word,
           format('%%I.%%I(%%s)', n.nspname, p.proname,
                  pg_get_function_identity_arguments(p.oid)) AS name
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.oid = ANY (%(pg_proc)s::oid[]) AND p.prokind IN ('f', 'p', 'w')),
triggers AS MATERIALIZED (
    SELECT g.*, format('%%I.%%I', n.nspname, c.relname) AS table_name
      FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE g.oid = ANY (%(pg_trigger)s::oid[]) OR g.tgrelid IN (SELECT oid FROM given)),
rules AS MATERIALIZED (
    SELECT w.*, format('%%I.%%I', n.nspname, c.relname) AS table_name
      FROM pg_rewrite w JOIN pg_class c ON c.oid = w.ev_class
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE w.oid = ANY (%(pg_rewrite)s::oid[])
        OR w.ev_class IN (SELECT oid FROM given) AND w.rulename <> '_RETURN'),
policies AS MATERIALIZED (
    SELECT y.*, format('%%I.%%I', n.nspname, c.relname) AS table_name
      FROM pg_policy y JOIN pg_class c ON c.oid = y.polrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE y.oid = ANY (%(pg_policy)s::oid[])),
owned AS (
    SELECT 'pg_class' AS catalogue, oid, name, word, relowner AS owner, relacl AS acl,
           'r'::"char" AS objtype, name AS granted FROM given
    UNION ALL
    SELECT 'pg_proc', oid, name, word, proowner, proacl, 'f', word || ' ' || name FROM functions),
strangers AS (
    SELECT DISTINCT d.defaclobjtype AS objtype, x.grantee
      FROM pg_default_acl d, aclexplode(d.defaclacl) x),
exposed AS (
    SELECT o.* FROM owned o
     WHERE o.acl IS NOT NULL
        OR EXISTS (SELECT FROM pg_default_acl d WHERE d.defaclobjtype = o.objtype)),
grants AS (
    SELECT o.catalogue, o.oid, o.granted, x.grantee, x.is_grantable,
           string_agg(DISTINCT x.privilege_type, ', ' ORDER BY x.privilege_type) AS privileges
      FROM exposed o, aclexplode(coalesce(o.acl, acldefault(o.objtype, o.owner))) x
     GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT 'pg_class', c.oid, c.name, x.grantee, x.is_grantable,
           string_agg(DISTINCT format('%%s (%%I)', x.privilege_type, a.attname), ', ')
      FROM given c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x
     GROUP BY 1, 2, 3, 4, 5)"""

_DROPS = """
SELECT 'pg_class', c.oid, 0, '', format('DROP %%s %%s', c.word, c.name)
  FROM given c WHERE pg_has_role(c.relowner, 'USAGE')
UNION ALL
SELECT 'pg_proc', p.oid, 0, '', format('DROP %%s %%s', p.word, p.name)
  FROM functions p WHERE pg_has_role(p.proowner, 'USAGE')
UNION ALL
SELECT 'pg_trigger', g.oid, 0, '', format('DROP TRIGGER %%I ON %%s', g.tgname, g.table_name)
  FROM triggers g WHERE g.tgparentid = 0
UNION ALL
SELECT 'pg_rewrite', w.oid, 0, '', format('DROP RULE %%I ON %%s', w.rulename, w.table_name)
  FROM rules w
UNION ALL
SELECT 'pg_policy', y.oid, 0, '', format('DROP POLICY %%I ON %%s', y.polname, y.table_name)
  FROM policies y"""

_CREATIONS = """
SELECT 'pg_class', c.oid, 1, '', format('CREATE %%s %%s%%s%%s%%s AS %%s%%s', c.word, c.name,
       ' USING ' || quote_ident(m.amname),
       (SELECT ' WITH (' || string_agg(format('%%I=%%L', o.option_name, o.option_value), ', ')
               || ')' FROM pg_options_to_table(c.reloptions) o),
       ' TABLESPACE ' || quote_ident(t.spcname),
       rtrim(pg_get_viewdef(c.oid), ';'),
       CASE WHEN c.relkind = 'm' THEN CASE WHEN c.relispopulated THEN ' WITH DATA'
                                           ELSE ' WITH NO DATA' END END)
  FROM given c
  LEFT JOIN pg_am m ON m.oid = c.relam AND m.amname <> 'heap'
  LEFT JOIN pg_tablespace t ON t.oid = c.reltablespace
UNION ALL
SELECT 'pg_proc', p.oid, 1, '', rtrim(pg_get_functiondef(p.oid)) FROM functions p
UNION ALL
SELECT 'pg_policy', y.oid, 1, '', format('CREATE POLICY %%I ON %%s AS %%s FOR %%s TO %%s%%s%%s',
       y.polname, y.table_name,
       CASE WHEN y.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
       CASE y.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                     WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
       (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END,
                          ', ' ORDER BY r) FROM unnest(y.polroles) r),
       ' USING (' || pg_get_expr(y.polqual, y.polrelid) || ')',
       ' WITH CHECK (' || pg_get_expr(y.polwithcheck, y.polrelid) || ')')
  FROM policies y
UNION ALL
SELECT o.catalogue, o.oid, 2, '',
       format('ALTER %%s %%s OWNER TO %%I', o.word, o.name, pg_get_userbyid(o.owner))
  FROM owned o WHERE pg_get_userbyid(o.owner) <> current_user"""

_PARTS = """
SELECT 'pg_class', c.oid, 3, ic.relname, pg_get_indexdef(i.indexrelid)
  FROM given c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
UNION ALL
SELECT 'pg_class', c.oid, 4, ic.relname,
       format('ALTER MATERIALIZED VIEW %%s CLUSTER ON %%I', c.name, ic.relname)
  FROM given c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
 WHERE i.indisclustered
UNION ALL
SELECT 'pg_class', c.oid, 3, s.stxname, pg_get_statisticsobjdef(s.oid)
  FROM given c JOIN pg_statistic_ext s ON s.stxrelid = c.oid
UNION ALL
SELECT 'pg_class', c.oid, 3, a.attname, format('ALTER VIEW %%s ALTER COLUMN %%I SET DEFAULT %%s',
       c.name, a.attname, pg_get_expr(d.adbin, d.adrelid))
  FROM given c JOIN pg_attrdef d ON d.adrelid = c.oid
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.adnum
UNION ALL
SELECT x.catalogue, x.oid, x.place, x.name, x.sql
  FROM triggers g, LATERAL (
       SELECT CASE WHEN v.oid IS NULL THEN 'pg_trigger' ELSE 'pg_class' END AS catalogue,
              coalesce(v.oid, g.oid) AS oid, s.place, g.tgname AS name, s.sql
         FROM (VALUES (5, pg_get_triggerdef(g.oid)),
                      (6, CASE g.tgenabled
                              WHEN 'D' THEN format('ALTER TABLE %%s DISABLE TRIGGER %%I',
                                                   g.table_name, g.tgname)
                              WHEN 'R' THEN format('ALTER TABLE %%s ENABLE REPLICA TRIGGER %%I',
                                                   g.table_name, g.tgname)
                              WHEN 'A' THEN format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER %%I',
                                                   g.table_name, g.tgname) END),
                      (7, format('COMMENT ON TRIGGER %%I ON %%s IS %%L', g.tgname, g.table_name,
                                 obj_description(g.oid, 'pg_trigger')))) s (place, sql)
         LEFT JOIN given v ON v.oid = g.tgrelid
        WHERE s.place <> 7 OR obj_description(g.oid, 'pg_trigger') IS NOT NULL) x
UNION ALL
SELECT CASE WHEN v.oid IS NULL THEN 'pg_rewrite' ELSE 'pg_class' END, coalesce(v.oid, w.oid),
       s.place, w.rulename, s.sql
  FROM rules w LEFT JOIN given v ON v.oid = w.ev_class, LATERAL (VALUES
       (5, rtrim(pg_get_ruledef(w.oid), ';')),
       (6, CASE w.ev_enabled
               WHEN 'D' THEN format('ALTER TABLE %%s DISABLE RULE %%I', w.table_name, w.rulename)
               WHEN 'R' THEN format('ALTER TABLE %%s ENABLE REPLICA RULE %%I',
                                    w.table_name, w.rulename)
               WHEN 'A' THEN format('ALTER TABLE %%s ENABLE ALWAYS RULE %%I',
                                    w.table_name, w.rulename) END),
       (7, (SELECT format('COMMENT ON RULE %%I ON %%s IS %%L', w.rulename, w.table_name, d)
              FROM obj_description(w.oid, 'pg_rewrite') d WHERE d IS NOT NULL))) s (place, sql)"""

_COMMENTS = """
SELECT 'pg_class', c.oid, 8, '', format('COMMENT ON %%s %%s IS %%L', c.word, c.name, x.description)
  FROM given c JOIN pg_description x ON x.objoid = c.oid AND x.classoid = 'pg_class'::regclass
                                    AND x.objsubid = 0
UNION ALL
SELECT 'pg_class', c.oid, 8, a.attname,
       format('COMMENT ON COLUMN %%s.%%I IS %%L', c.name, a.attname, x.description)
  FROM given c JOIN pg_description x ON x.objoid = c.oid AND x.classoid = 'pg_class'::regclass
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.objsubid AND a.attnum > 0
UNION ALL
SELECT 'pg_class', c.oid, 8, ic.relname,
       format('COMMENT ON INDEX %%I.%%I IS %%L', n.nspname, ic.relname, x.description)
  FROM given c JOIN pg_index i ON i.indrelid = c.oid JOIN pg_class ic ON ic.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = ic.relnamespace
  JOIN pg_description x ON x.objoid = ic.oid AND x.classoid = 'pg_class'::regclass
UNION ALL
SELECT 'pg_proc', p.oid, 8, '', format('COMMENT ON %%s %%s IS %%L', p.word, p.name, x.description)
  FROM functions p JOIN pg_description x ON x.objoid = p.oid AND x.classoid = 'pg_proc'::regclass
UNION ALL
SELECT 'pg_policy', y.oid, 8, '', format('COMMENT ON POLICY %%I ON %%s IS %%L', y.polname,
       y.table_name, x.description)
  FROM policies y
  JOIN pg_description x ON x.objoid = y.oid AND x.classoid = 'pg_policy'::regclass"""

_PRIVILEGES = """
SELECT o.catalogue, o.oid, 9, w.role, format('REVOKE ALL ON %%s FROM %%s', o.granted, w.role)
  FROM exposed o, LATERAL (
       SELECT 'PUBLIC' AS role UNION SELECT quote_ident(pg_get_userbyid(o.owner))
        UNION SELECT CASE WHEN s.grantee = 0 THEN 'PUBLIC'
                          ELSE quote_ident(pg_get_userbyid(s.grantee)) END
                FROM strangers s WHERE s.objtype = o.objtype) w
UNION ALL
SELECT g.catalogue, g.oid, 10, g.privileges, format('GRANT %%s ON %%s TO %%s%%s', g.privileges,
       g.granted, CASE WHEN g.grantee = 0 THEN 'PUBLIC'
                       ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
       CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
  FROM grants g"""

_MEMBERS = """
SELECT w.catalogue, w.oid
  FROM unnest(%s::text[], %s::oid[]) w (catalogue, oid)
  JOIN pg_depend x ON x.classid = w.catalogue::regclass AND x.objid = w.oid
                  AND x.deptype IN ('e', 'x')"""
"""What belongs to an extension, or goes with one."""

_SQL = f"""{_GIVEN}
SELECT * FROM ({_DROPS}
UNION ALL{_CREATIONS}
UNION ALL{_PARTS}
UNION ALL{_COMMENTS}
UNION ALL{_PRIVILEGES}) x (catalogue, oid, place, name, sql)
 WHERE sql IS NOT NULL
 ORDER BY catalogue, oid, place, name, sql"""

_CATALOGUES = ("pg_class", "pg_proc", "pg_trigger", "pg_rewrite", "pg_policy")


def read_recreations(
    link: Link, things: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Recreation]:
    """Return how things are taken away and made again; those that we cannot are left out.

    Args:
        link: A connection whose search path makes the server write everything with its namespace.
        things: Catalogues and numbers.
    """
    by_catalogue: dict[str, list[int]] = {catalogue: [] for catalogue in _CATALOGUES}
    for catalogue, oid in things:
        if catalogue in by_catalogue:
            by_catalogue[catalogue].append(oid)
    pairs = [(each, oid) for each, oids in by_catalogue.items() for oid in oids]
    members = set(link.query(_MEMBERS, ([pair[0] for pair in pairs], [pair[1] for pair in pairs])))
    drops: dict[tuple[str, int], str] = {}
    creations: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for catalogue, oid, place, _, sql in link.query(_SQL, by_catalogue):
        if place:
            creations[catalogue, oid].append(sql)
        else:
            drops[catalogue, oid] = sql
    return {
        thing: Recreation(drop_sql=sql, create_sql=tuple(creations[thing]))
        for thing, sql in drops.items()
        if thing not in members and thing in pairs
    }
