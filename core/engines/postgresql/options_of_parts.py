"""Conditions that a part of a table has an option which a definition cannot hold.

Source: PostgreSQL manual, 51 System Catalogs.
"""
# ruff: noqa: S608 the conditions here are put together from literals of this module

from __future__ import annotations

from core.dialects.postgresql.versions import COMPRESSION, NOT_ENFORCED, NULLS_NOT_DISTINCT


def has_settings() -> str:
    """Write the condition for a column `a` whose settings stay when its type changes in place."""
    return (
        "(coalesce(a.attstattarget, -1) <> -1 OR a.attoptions IS NOT NULL OR a.attacl IS NOT NULL"
        " OR a.attfdwoptions IS NOT NULL)"
    )


def is_stored_otherwise(version: int) -> str:
    """Write the condition for a column `a` of type `t` whose storage goes with its type.

    Source: PostgreSQL sources, src/backend/commands/tablecmds.c, ATExecAlterColumnType.
    """
    compressed = " OR a.attcompression <> ''" if COMPRESSION.is_of(version) else ""
    return (
        "(a.attstorage <> t.typstorage OR a.attcollation <> t.typcollation OR"
        f" a.attgenerated NOT IN ('', 's'){compressed})"
    )


def is_odd_constraint(version: int) -> str:
    """Write the condition for a constraint `k`."""
    since = ""
    if NULLS_NOT_DISTINCT.is_of(version):
        since += " OR k.confdelsetcols IS NOT NULL"
    if NOT_ENFORCED.is_of(version):
        since += " OR k.conperiod OR NOT k.conenforced"
    return f"""(NOT k.convalidated OR k.contype NOT IN ('p', 'u', 'c', 'f', 'n')
    OR k.contype <> 'f' AND k.condeferrable OR k.contype IN ('c', 'n') AND k.connoinherit
    OR NOT k.conislocal OR k.coninhcount <> 0{since})"""


def is_odd_index(version: int) -> str:
    """Write the condition for an index `i` of table `g`, with relation `x` and constraint `k`."""
    since = " OR i.indnullsnotdistinct" if NULLS_NOT_DISTINCT.is_of(version) else ""
    return f"""(NOT (i.indisvalid AND i.indisready AND i.indislive AND i.indimmediate)
    OR i.indisclustered OR i.indisreplident OR x.reloptions IS NOT NULL OR x.reltablespace <> 0
    OR k.oid IS NOT NULL AND i.indnatts <> i.indnkeyatts{since}
    OR i.indclass::oid[] && ARRAY(SELECT o.oid FROM pg_opclass o WHERE NOT o.opcdefault)
    OR EXISTS (SELECT FROM unnest(i.indkey, i.indcollation) u (k, l)
                 JOIN pg_attribute a ON a.attrelid = g.oid AND a.attnum = u.k
                WHERE u.k > 0 AND u.l <> 0 AND u.l <> a.attcollation)
    OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = x.oid
                  AND coalesce(a.attstattarget, -1) <> -1))"""
