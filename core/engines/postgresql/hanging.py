"""What hangs on single columns of tables that a definition cannot hold, or not whole.

Things that can be taken down and made again are `dependents`; checks, foreign keys and computed
indexes of the definition are made anew by the plan itself, without what it does not know of them.

Source: PostgreSQL manual, 51 System Catalogs; SQL Commands, ALTER TABLE, DROP COLUMN.
"""
# ruff: noqa: S608 the statements here are put together from literals of this module

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from core.dialects.facts import Hanging
from core.engines.postgresql.connecting import Link
from core.engines.postgresql.options_of_parts import (
    has_settings,
    is_odd_constraint,
    is_odd_index,
    is_stored_otherwise,
)

_COLUMNS = "pg_attribute a ON a.attrelid = g.oid AND a.attnum > 0 AND NOT a.attisdropped"

_REMARK = (
    "EXISTS (SELECT FROM pg_description r WHERE r.objsubid = 0"
    " AND (r.classoid, r.objoid) IN (('pg_constraint'::regclass, k.oid){also}))"
)


def read_hanging(
    link: Link, given: str, values: Mapping[str, object]
) -> dict[int, tuple[Hanging, ...]]:
    """Return what hangs on columns, by the numbers of their tables.

    Args:
        link: The connection.
        given: The WITH that gives tables as `given`, sequences as `counters` and `odd_sequences`.
        values: What it asks for.
    """
    found: defaultdict[int, list[Hanging]] = defaultdict(list)
    sql = " UNION ALL ".join((*_settings(link.major_version), *_parts(link.major_version)))
    rows = link.query(f"{given}\nSELECT DISTINCT * FROM ({sql}) h ORDER BY 1, 2, 3, 4", values)
    for oid, column, words, stays_in_place in rows:
        found[oid].append(
            Hanging(column=str(column), words=str(words), stays_in_place=bool(stays_in_place))
        )
    return {oid: tuple(each) for oid, each in found.items()}


def _settings(version: int) -> tuple[str, ...]:
    return (
        f"""
SELECT g.oid, a.attname, format('settings or privileges of column %%I', a.attname), true
  FROM given g JOIN {_COLUMNS}
 WHERE {has_settings()}""",
        f"""
SELECT g.oid, a.attname, format('storage or collation of column %%I', a.attname), false
  FROM given g JOIN {_COLUMNS} JOIN pg_type t ON t.oid = a.atttypid
 WHERE {is_stored_otherwise(version)}""",
        f"""
SELECT g.oid, a.attname, s.words, true
  FROM given g JOIN {_COLUMNS}
  JOIN odd_sequences s ON s.table_oid = g.oid AND s.column_number = a.attnum""",
        f"""
SELECT g.oid, a.attname, pg_describe_object('pg_class'::regclass, s.oid, 0), true
  FROM given g JOIN {_COLUMNS}
  JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.refclassid = d.classid
                  AND d.refobjid = g.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i')
  JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
 WHERE d.deptype = 'a' OR obj_description(s.oid, 'pg_class') IS NOT NULL""",
    )


def _parts(version: int) -> tuple[str, ...]:
    odd_constraint = is_odd_constraint(version)
    return (
        # Without a match for its index, a constraint is a check, a foreign key or a NOT NULL.
        f"""
SELECT g.oid, a.attname, pg_describe_object('pg_constraint'::regclass, k.oid, 0),
       NOT k.convalidated OR k.contype = 'n' OR NOT o.is_known
  FROM given g JOIN pg_constraint k ON g.oid IN (k.conrelid, k.confrelid)
               JOIN {_COLUMNS}
               AND (k.conrelid = g.oid AND a.attnum = ANY (k.conkey)
                    OR k.confrelid = g.oid AND a.attnum = ANY (k.confkey)),
       LATERAL (SELECT coalesce(bool_and(c.relkind = 'r' AND NOT c.relispartition), true)
                  FROM pg_class c WHERE c.oid IN (k.conrelid, k.confrelid)) o (is_known)
 WHERE k.contype IN ('c', 'f', 'n')
   AND ({odd_constraint} OR {_REMARK.format(also="")} OR NOT o.is_known
        OR k.contype = 'f' AND k.confmatchtype <> 's')""",
        f"""
SELECT g.oid, a.attname,
       CASE WHEN k.oid IS NULL THEN pg_describe_object('pg_class'::regclass, x.oid, 0)
            ELSE pg_describe_object('pg_constraint'::regclass, k.oid, 0) END,
       k.oid IS NOT NULL OR concat(i.indexprs::text, i.indpred::text)
                            !~ (':varattno ' || a.attnum || ' ')
  FROM given g JOIN pg_index i ON i.indrelid = g.oid JOIN pg_class x ON x.oid = i.indexrelid
  LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
  JOIN {_COLUMNS}
   AND (a.attnum = ANY (i.indkey::int2[])
        OR concat(i.indexprs::text, i.indpred::text) ~ (':varattno ' || a.attnum || ' '))
 WHERE {is_odd_index(version)} OR {odd_constraint}
    OR {_REMARK.format(also=", ('pg_class'::regclass, x.oid)")}""",
        f"""
SELECT g.oid, a.attname, pg_describe_object('pg_statistic_ext'::regclass, s.oid, 0), true
  FROM given g JOIN {_COLUMNS} JOIN pg_statistic_ext s ON s.stxrelid = g.oid
  JOIN pg_depend d ON d.classid = 'pg_statistic_ext'::regclass AND d.objid = s.oid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid = g.oid
                  AND d.refobjsubid = a.attnum""",
    )
