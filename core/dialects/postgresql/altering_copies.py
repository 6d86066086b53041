"""How PostgreSQL copies a table beside itself while everybody goes on, and exchanges the two.

create_copy, count_in_copy, remember_table, copy_rows, analyze, prove_copy, lock_unchanged,
take_over_sequence, drop_copied, vacuum_again, drop_copy. What keeps the copy in step is
`altering_copy_triggers`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.definition.model import IdentityKind
from core.dialects.postgresql import effects
from core.dialects.postgresql.clauses import (
    block,
    identity_clause,
    lines,
    name_list,
    primary_key_clause,
    statement,
)
from core.dialects.postgresql.places import Place
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.statement import Batches, Statement

CHANGED_MEANWHILE = "55000"
"""Code of object_not_in_prerequisite_state. Source: PostgreSQL manual, appendix A."""

FURTHER_LOCK_TIMEOUT_MS = 100
"""Longest wait for each further table while the first is locked already."""

_VACUUMING = ("autovacuum_enabled", "toast.autovacuum_enabled")
"""Vacuuming the copy would keep the exchange from its lock while everybody waits for that.

Source: PostgreSQL manual, SQL Commands, CREATE TABLE, Storage Parameters.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copying:
    """A table and its copy."""

    table: Place
    """The table."""
    copy: Place
    """The copy, in the same namespace."""
    function: Place
    """What keeps the copy in step; what the table looked like is its comment."""
    key: tuple[str, ...]
    """Names of the columns of the primary key."""
    columns: tuple[str, ...]
    """Names of all columns that are copied: those that are not generated."""
    cause: str
    """Id of the thing it is for."""


def create_copy(copying: Copying, columns: Iterable[str], key_name: str) -> Statement:
    """Make the copy with more columns, in the order and with the names of those that are there.

    Defaults, checks, names of NOT NULL and comments on columns come along; an identity would come
    with a sequence of another type.

    Source: PostgreSQL manual, SQL Commands, CREATE TABLE, LIKE source_table.

    Args:
        copying: The table and its copy.
        columns: The columns that are added, as they stand in a table.
        key_name: The name of the copy's primary key.
    """
    like = lines(
        f"LIKE {copying.table.sql} INCLUDING ALL",
        "EXCLUDING IDENTITY EXCLUDING INDEXES EXCLUDING STATISTICS",
    )
    parts = (like, *columns, primary_key_clause(key_name, copying.key))
    settings = ", ".join(f"{each} = false" for each in _VACUUMING)
    sql = lines(f"CREATE TABLE {copying.copy.sql} {block(parts)}", f"WITH ({settings})")
    return statement(sql, effects.CREATE_COPY, copying.cause)


def count_in_copy(copying: Copying, column: str, kind: IdentityKind, cause: str) -> Statement:
    """Let a column of the copy, which nobody sees yet, count up by itself."""
    sql = f"ALTER TABLE {copying.copy.sql} ALTER COLUMN {quote(column)} ADD {identity_clause(kind)}"
    return statement(sql, effects.CREATE_SEQUENCE, cause)


def copy_rows(copying: Copying) -> Statement:
    """Copy rows that are not in the copy yet, a stretch of pages at a time.

    Rows are locked while they are copied, so that whoever changes one does it before or after, and
    then in the copy as well.

    Source: PostgreSQL manual, 13.3.2 Row-Level Locks; SQL Commands, INSERT, ON CONFLICT.
    """
    names = ", ".join(map(quote, copying.columns))
    taken = ", ".join(f"source.{quote(each)}" for each in copying.columns)
    # A subquery, as a join would be free to read all of the copy for each stretch.
    is_same = _same(copying, "done", "source")
    parts = (
        f"INSERT INTO {copying.copy.sql} ({names})",
        "OVERRIDING SYSTEM VALUE",
        f"SELECT {taken}",
        f"FROM ONLY {copying.table.sql} AS source",
        "WHERE source.ctid >= {first} AND source.ctid < {end}",
        f"AND (SELECT true FROM {copying.copy.sql} AS done WHERE {is_same}) IS NULL",  # noqa: S608 names are quoted
        "FOR SHARE OF source",
        f"ON CONFLICT {name_list(copying.key)} DO NOTHING",
    )
    return Statement(
        sql=lines(*parts),
        effect=effects.COPY_ROWS,
        causes=(copying.cause,),
        batches=Batches(namespace=copying.table.namespace, table=copying.table.name),
    )


def analyze(at: Place, cause: str) -> Statement:
    """Let the planner of queries know a table before it is used."""
    return statement(f"ANALYZE {at.sql}", effects.ANALYZE, cause)


def prove_copy(copying: Copying) -> Statement:
    """Compare all rows of both tables at one moment, value by value, and fail when any differ.

    Source: PostgreSQL manual, 9.25.6 Composite Type Comparison: `*<>` compares what is stored.
    """
    table, copy = (
        f"ROW({', '.join(f'{side}.{quote(each)}' for each in copying.columns)})::record"
        for side in ("original", "copied")
    )
    first = quote(copying.key[0])
    body = f"""BEGIN
    IF EXISTS (
        SELECT FROM ONLY {copying.table.sql} AS original
        FULL JOIN {copying.copy.sql} AS copied ON {_same(copying, "original", "copied")}
        WHERE original.{first} IS NULL OR copied.{first} IS NULL
        OR {table} OPERATOR(pg_catalog.*<>) {copy}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '{CHANGED_MEANWHILE}',
            MESSAGE = 'the copy of the table does not have the same rows';
    END IF;
END"""
    return statement(f"DO {quote_literal(body)}", effects.PROVE_COPY, copying.cause)


def remember_table(copying: Copying) -> Statement:
    """Note what hangs on the table, as the comment of the function that keeps the copy in step."""
    body = f"""BEGIN
    EXECUTE pg_catalog.format(
        'COMMENT ON FUNCTION %s() IS %L', {quote_literal(copying.function.sql)}, (
        {_looks(copying.table)})
    );
END"""
    return statement(f"DO {quote_literal(body)}", effects.COMMENT_ON_OTHER, copying.cause)


def lock_unchanged(copying: Copying, near: Iterable[Place]) -> tuple[Statement, ...]:
    """Keep everybody out of the table, and fail when anything was hung on it meanwhile.

    Args:
        copying: The table and its copy.
        near: Tables that it refers to, or that refer to it.
    """
    others = ", ".join(each.sql for each in (copying.copy, *near))
    function = quote_literal(f"{copying.function.sql}()")
    body = f"""BEGIN
    IF pg_catalog.obj_description({function}::regprocedure, 'pg_proc') IS DISTINCT FROM (
        {_looks(copying.table)}
    ) THEN
        RAISE EXCEPTION USING ERRCODE = '{CHANGED_MEANWHILE}',
            MESSAGE = 'somebody changed the table while it was copied';
    END IF;
END"""
    texts = (
        (f"LOCK TABLE {copying.table.sql} IN ACCESS EXCLUSIVE MODE", effects.LOCK_TABLE),
        # Whoever waits for the table waits for the others as well.
        (f"SET LOCAL lock_timeout = '{FURTHER_LOCK_TIMEOUT_MS}ms'", effects.READ_CATALOGUE),
        (f"LOCK TABLE {others} IN ACCESS EXCLUSIVE MODE", effects.LOCK_TABLE),
        (f"DO {quote_literal(body)}", effects.READ_CATALOGUE),
    )
    return tuple(statement(sql, effect, copying.cause) for sql, effect in texts)


def take_over_sequence(copying: Copying, column: str, away: str, cause: str) -> Statement:
    """Let an identity column of the copy go on where that of the table stands, by its name.

    Source: PostgreSQL manual, 9.17 Sequence Manipulation Functions; SQL Commands, CREATE SEQUENCE,
    Notes: a sequence can be read like a table.

    Args:
        copying: The table and its copy.
        column: The column.
        away: A free name for the sequence that goes.
        cause: Id of the column.
    """
    old, new = (
        f"pg_catalog.pg_get_serial_sequence({quote_literal(at.sql)}, {quote_literal(column)})"
        for at in (copying.table, copying.copy)
    )
    body = f"""DECLARE
    former regclass := {old};
    later regclass := {new};
    name text := (SELECT relname FROM pg_catalog.pg_class WHERE oid = former);
BEGIN
    EXECUTE pg_catalog.format('ALTER SEQUENCE %s RENAME TO %I', former, {quote_literal(away)});
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s', later::oid, former
    );
    EXECUTE pg_catalog.format('ALTER SEQUENCE %s RENAME TO %I', later, name);
END"""  # noqa: S608 names are quoted
    return statement(f"DO {quote_literal(body)}", effects.TAKE_OVER_SEQUENCE, cause)


def vacuum_again(copying: Copying) -> Statement:
    """Let what was the copy be vacuumed as every table is."""
    sql = f"ALTER TABLE {copying.table.sql} RESET ({', '.join(_VACUUMING)})"
    return statement(sql, effects.RESET_OPTIONS, copying.cause)


def drop_copied(copying: Copying) -> Statement:
    """Drop the table whose rows are all in the copy; what depends on it makes it fail."""
    return statement(f"DROP TABLE {copying.table.sql}", effects.DROP_TABLE, copying.cause)


def drop_copy(copying: Copying) -> Statement:
    """Drop the copy, if it is there."""
    # Nobody sees it, so that no value goes which a last look would look for.
    sql = f"DROP TABLE IF EXISTS {copying.copy.sql}"
    return statement(sql, effects.DROP_TABLE, copying.cause)


def _same(copying: Copying, first: str, second: str) -> str:
    return " AND ".join(f"{first}.{quote(each)} = {second}.{quote(each)}" for each in copying.key)


def _looks(at: Place) -> str:
    """Write a query that digests what hangs on a table, whatever is in its rows."""
    table = f"{quote_literal(at.sql)}::regclass"
    return f"""SELECT pg_catalog.md5(pg_catalog.concat_ws('|',
            (SELECT pg_catalog.concat_ws(' ', relowner, relacl, reloptions, relrowsecurity,
                    relforcerowsecurity, relreplident, relpersistence, reltablespace)
               FROM pg_catalog.pg_class WHERE oid = {table}),
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', attnum, attname, atttypid,
                    atttypmod, attnotnull, attidentity, attgenerated, attacl, attoptions,
                    attstattarget, attstorage, pg_catalog.pg_get_expr(adbin, adrelid)), ','
                    ORDER BY attnum)
               FROM pg_catalog.pg_attribute
               LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
              WHERE attrelid = {table} AND attnum > 0 AND NOT attisdropped),
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', conrelid, conname,
                    convalidated, pg_catalog.pg_get_constraintdef(oid)), ','
                    ORDER BY conrelid, conname)
               FROM pg_catalog.pg_constraint WHERE conrelid = {table} OR confrelid = {table}),
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', indisvalid, indisclustered,
                    indisreplident, pg_catalog.pg_get_indexdef(indexrelid)), ','
                    ORDER BY pg_catalog.pg_get_indexdef(indexrelid))
               FROM pg_catalog.pg_index WHERE indrelid = {table}),
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', tgname, tgenabled), ','
                    ORDER BY tgname)
               FROM pg_catalog.pg_trigger WHERE tgrelid = {table} AND NOT tgisinternal),
            (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', classoid, objoid, objsubid,
                    description), ',' ORDER BY classoid, objoid, objsubid)
               FROM pg_catalog.pg_description
              WHERE objoid = {table}
                 OR objoid IN (SELECT indexrelid FROM pg_catalog.pg_index WHERE indrelid = {table})
                 OR objoid IN (SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = {table})),
            (SELECT count(*) FROM pg_catalog.pg_policy WHERE polrelid = {table}),
            (SELECT count(*) FROM pg_catalog.pg_rewrite WHERE ev_class = {table}),
            (SELECT count(*) FROM pg_catalog.pg_statistic_ext WHERE stxrelid = {table}),
            (SELECT count(*) FROM pg_catalog.pg_inherits
              WHERE inhrelid = {table} OR inhparent = {table}),
            (SELECT count(*) FROM pg_catalog.pg_publication)
        ))"""  # noqa: S608 names are quoted
