"""How PostgreSQL keeps the copy of a table in step with it while a plan runs.

keep_copy_in_step, stop_keeping_copy.
"""

from __future__ import annotations

from core.dialects.postgresql import effects
from core.dialects.postgresql.altering_copies import Copying
from core.dialects.postgresql.clauses import lines, statement
from core.dialects.postgresql.quoting import quote, quote_literal
from core.dialects.statement import Statement

_LAST = "zz_"
"""Triggers fire in the order of their names. Source: PostgreSQL manual, 37.1 Overview of Trigger
Behavior."""


def keep_copy_in_step(copying: Copying) -> tuple[Statement, ...]:
    """Write into the copy whatever is written into the table from now on.

    The function acts as the owner, so that whoever may write the table needs no rights at the
    copy, and nobody else may use it. Both triggers also fire for what is replicated.

    Source: PostgreSQL manual, SQL Commands, CREATE FUNCTION, Writing SECURITY DEFINER Functions
    Safely; ALTER TABLE, ENABLE ALWAYS TRIGGER.
    """
    function, table, cause = f"{copying.function.sql}()", copying.table.sql, copying.cause
    rows, whole = (quote(each) for each in _names(copying))
    return (
        statement(
            lines(
                f"CREATE FUNCTION {function} RETURNS trigger",
                "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp",
                f"AS {quote_literal(_body(copying))}",
            ),
            effects.CREATE_FUNCTION,
            cause,
        ),
        statement(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC", effects.CREATE_FUNCTION, cause),
        statement(
            lines(
                f"CREATE TRIGGER {rows}",
                f"AFTER INSERT OR UPDATE OR DELETE ON {table}",
                f"FOR EACH ROW EXECUTE FUNCTION {function}",
            ),
            effects.CREATE_TRIGGER,
            cause,
        ),
        statement(
            lines(
                f"CREATE TRIGGER {whole}",
                f"AFTER TRUNCATE ON {table}",
                f"FOR EACH STATEMENT EXECUTE FUNCTION {function}",
            ),
            effects.CREATE_TRIGGER,
            cause,
        ),
        *(
            statement(
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}", effects.CREATE_TRIGGER, cause
            )
            for name in (rows, whole)
        ),
    )


def stop_keeping_copy(copying: Copying) -> tuple[Statement, ...]:
    """Write into the copy no longer; nothing happens where that is so already."""
    table, cause = copying.table.sql, copying.cause
    return (
        *(
            statement(
                f"DROP TRIGGER IF EXISTS {quote(name)} ON {table}", effects.DROP_TRIGGER, cause
            )
            for name in _names(copying)
        ),
        drop_function(copying),
    )


def drop_function(copying: Copying) -> Statement:
    """Drop the function of triggers that are gone."""
    sql = f"DROP FUNCTION IF EXISTS {copying.function.sql}()"
    return statement(sql, effects.CREATE_FUNCTION, copying.cause)


def _names(copying: Copying) -> tuple[str, str]:
    return f"{_LAST}{copying.function.name}", f"{_LAST}{copying.function.name}_all"


def _body(copying: Copying) -> str:
    """Write what happens for each row that is written, and when all go at once.

    A transaction with one snapshot for all its statements may not see a row that was copied since.
    Putting the old row in once more fails then, as changing a row does that somebody else changed.

    Source: PostgreSQL manual, 13.2.2 Repeatable Read Isolation Level.
    """
    copy = copying.copy.sql
    names = ", ".join(map(quote, copying.columns))
    insert = f"INSERT INTO {copy} ({names}) OVERRIDING SYSTEM VALUE"
    old, new = (
        ", ".join(f"{row}.{quote(each)}" for each in copying.columns) for row in ("OLD", "NEW")
    )
    is_old = " AND ".join(f"{quote(each)} = OLD.{quote(each)}" for each in copying.key)
    return f"""DECLARE
    has_one_snapshot boolean := pg_catalog.current_setting('transaction_isolation')
        IN ('repeatable read', 'serializable');
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        BEGIN
            -- An index may be being built on it, which nobody shall wait for.
            LOCK TABLE {copy} IN ACCESS EXCLUSIVE MODE NOWAIT;
            TRUNCATE {copy};
        EXCEPTION WHEN lock_not_available THEN
            IF has_one_snapshot THEN
                RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
                    MESSAGE = 'the table is being copied, try again';
            END IF;
            DELETE FROM {copy};
        END;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF has_one_snapshot THEN
            {insert} VALUES ({old}) ON CONFLICT DO NOTHING;
        END IF;
        DELETE FROM {copy} WHERE {is_old};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        {insert} VALUES ({new});
    END IF;
    RETURN NULL;
END"""  # noqa: S608 names are quoted
