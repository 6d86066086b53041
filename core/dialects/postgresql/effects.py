"""What each kind of PostgreSQL statement does to others who use the database.

Locks are named as the manual's table of table-level locks names them.
"""

from __future__ import annotations

from core.dialects.statement import Blocks, Effect, Work

_BLOCKED = {
    "ACCESS EXCLUSIVE": Blocks.READS_AND_WRITES,
    "SHARE ROW EXCLUSIVE": Blocks.WRITES,
    "SHARE": Blocks.WRITES,
    "SHARE UPDATE EXCLUSIVE": Blocks.NOTHING,
    "ROW EXCLUSIVE": Blocks.NOTHING,
    "ACCESS SHARE": Blocks.NOTHING,
    None: Blocks.NOTHING,
}
"""Who waits for each lock. Source: PostgreSQL manual, 13.3.1, table of conflicting lock modes."""


def _effect(lock: str | None, work: Work, section: str) -> Effect:
    source = f"PostgreSQL manual, {section}"
    return Effect(lock=lock, blocks=_BLOCKED[lock], work=work, source=source)


_ALTER = "SQL Commands, ALTER TABLE"
_UNLESS_NOTED = f"{_ALTER}: an ACCESS EXCLUSIVE lock is acquired unless explicitly noted"

CREATE_NAMESPACE = Effect(
    lock=None,
    blocks=Blocks.NOTHING,
    work=Work.CATALOG,
    source="PostgreSQL manual, SQL Commands, CREATE SCHEMA",
)
"""A new namespace touches no table."""

CREATE_ENUM = Effect(
    lock=None,
    blocks=Blocks.NOTHING,
    work=Work.CATALOG,
    source="PostgreSQL manual, SQL Commands, CREATE TYPE",
)
"""A new type touches no table."""

CREATE_TABLE = Effect(
    lock=None,
    blocks=Blocks.NOTHING,
    work=Work.CATALOG,
    source="PostgreSQL manual, SQL Commands, CREATE TABLE",
)
"""A new table that refers to no other touches no table that is there."""

CREATE_INDEX = Effect(
    lock="SHARE",
    blocks=Blocks.WRITES,
    work=Work.BUILD,
    source="PostgreSQL manual, 13.3.1 Table-Level Locks: SHARE is acquired by CREATE INDEX",
)
"""Building an index in a transaction keeps writers out."""

ADD_FOREIGN_KEY = Effect(
    lock="SHARE ROW EXCLUSIVE",
    blocks=Blocks.WRITES,
    work=Work.SCAN,
    source=(
        "PostgreSQL manual, SQL Commands, ALTER TABLE: ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE"
        " on the table and on the table referred to"
    ),
)
"""Both tables admit no writers while the rows of the referring one are checked."""

COMMENT_ON_TABLE = Effect(
    lock="SHARE UPDATE EXCLUSIVE",
    blocks=Blocks.NOTHING,
    work=Work.CATALOG,
    source=(
        "PostgreSQL manual, 13.3.1 Table-Level Locks: SHARE UPDATE EXCLUSIVE is acquired by"
        " COMMENT ON"
    ),
)
"""A comment on a table or column lets readers and writers go on."""

COMMENT_ON_OTHER = Effect(
    lock=None,
    blocks=Blocks.NOTHING,
    work=Work.CATALOG,
    source="PostgreSQL manual, SQL Commands, COMMENT",
)
"""A comment on a namespace or type touches no table."""

DROP_NAMESPACE = _effect(None, Work.CATALOG, "SQL Commands, DROP SCHEMA")
"""An empty namespace has no table that could be locked."""

DROP_ENUM = _effect(None, Work.CATALOG, "SQL Commands, DROP TYPE")
"""A type that nothing uses goes without a lock on any table."""

ALTER_ENUM = _effect(None, Work.CATALOG, "SQL Commands, ALTER TYPE")
"""Names, places and labels of a type stand in the catalogue, not in the rows."""

RENAME_TABLE = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for the moment in which the name changes."""

MOVE_TABLE = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for the moment in which the namespace changes."""

DROP_TABLE = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    "13.3.1 Table-Level Locks: ACCESS EXCLUSIVE is acquired by DROP TABLE",
)
"""Whoever uses the table, or one that it refers to, is waited for."""

RENAME_SEQUENCE = _effect("ACCESS EXCLUSIVE", Work.CATALOG, "SQL Commands, ALTER SEQUENCE")
"""Whoever draws a number from the sequence waits for a moment; the table stays free."""

RENAME_COLUMN = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for the moment in which the name changes."""

ADD_COLUMN = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, Notes: a constant default is kept in the table's metadata",
)
"""Rows are not touched: they are given the default when they are read."""

ADD_COLUMN_SCANNING = _effect("ACCESS EXCLUSIVE", Work.SCAN, _UNLESS_NOTED)
"""A column that forbids NULL and has no default: the server looks whether there is any row."""

ADD_COLUMN_REWRITING = _effect(
    "ACCESS EXCLUSIVE",
    Work.REWRITE,
    f"{_ALTER}, Notes: volatile defaults, generated columns and identities rewrite",
)
"""Each row gets a value of its own, so that the table is written anew."""

DROP_COLUMN = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, Notes: DROP COLUMN makes the column invisible and does not rewrite the table",
)
"""The column becomes invisible; its values stay in the rows until they are written again."""

SET_NOT_NULL = _effect(
    "ACCESS EXCLUSIVE", Work.SCAN, f"{_ALTER}, SET NOT NULL: the entire table is scanned"
)
"""Everybody waits while the rows are looked at."""

SET_NOT_NULL_PROVEN = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, SET NOT NULL: with a valid CHECK that proves it the scan is skipped",
)
"""A valid check says already that there is no NULL."""

DROP_NOT_NULL = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for a moment."""

CHANGE_DEFAULT = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, SET DEFAULT: rows already in the table do not change",
)
"""Only rows inserted from now on get the default."""

CHANGE_TYPE = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, Notes: no rewrite when the old type is binary coercible to the new one",
)
"""The values mean the same as before, so that none is touched."""

CHANGE_TYPE_SCANNING = _effect(
    "ACCESS EXCLUSIVE",
    Work.SCAN,
    f"{_ALTER}, Notes: no rewrite when the old type is binary coercible to the new one",
)
"""No value is touched, but the checks on the column are made again over all rows."""

CHANGE_TYPE_BUILDING = _effect(
    "ACCESS EXCLUSIVE",
    Work.BUILD,
    f"{_ALTER}, Notes: indexes on the affected columns must be rebuilt",
)
"""No value is touched, but indexes with expressions or conditions are built again."""

CHANGE_TYPE_REWRITING = _effect(
    "ACCESS EXCLUSIVE",
    Work.REWRITE,
    f"{_ALTER}, Notes: changing the type of a column requires the table to be rewritten",
)
"""The table and all its indexes are written anew."""

CHANGE_IDENTITY = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Values that are there stay as they are."""

RESTART_IDENTITY = _effect("ROW EXCLUSIVE", Work.SCAN, "9.17 Sequence Manipulation Functions")
"""The largest value is read while everybody goes on; an index on the column makes it quick."""

LAST_LOOK = _effect("ACCESS EXCLUSIVE", Work.SCAN, "SQL Commands, LOCK")
"""Rows are read under the lock that drops what they are in; not those of very large tables."""

CONTINUE_IDENTITY = _effect("ROW EXCLUSIVE", Work.CATALOG, "9.17 Sequence Manipulation Functions")
"""No row of the table is read."""

DROP_EXPRESSION = _effect(
    "ACCESS EXCLUSIVE", Work.CATALOG, f"{_ALTER}, DROP EXPRESSION: existing data is retained"
)
"""Values that are there stay as they are."""

FILL = _effect(
    "ROW EXCLUSIVE", Work.REWRITE, "13.3.1 Table-Level Locks: ROW EXCLUSIVE is acquired by UPDATE"
)
"""Readers and writers go on; a row is locked only while its stretch is written."""

ADD_CHECK = _effect("ACCESS EXCLUSIVE", Work.SCAN, _UNLESS_NOTED)
"""Everybody waits while the rows are looked at."""

ADD_CHECK_NOT_VALID = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, NOT VALID: the potentially lengthy check of the rows is skipped",
)
"""Only rows written from now on are looked at."""

VALIDATE_CHECK = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.SCAN,
    f"{_ALTER}, VALIDATE CONSTRAINT: acquires a SHARE UPDATE EXCLUSIVE lock",
)
"""The rows are looked at while readers and writers go on."""

ADD_FOREIGN_KEY_NOT_VALID = _effect(
    "SHARE ROW EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}: ADD FOREIGN KEY takes SHARE ROW EXCLUSIVE on both tables",
)
"""Writers of both tables wait for a moment; the rows are not looked at."""

VALIDATE_FOREIGN_KEY = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.SCAN,
    f"{_ALTER}, Notes: validating a foreign key also takes ROW SHARE on the table referred to",
)
"""The rows are looked at while readers and writers of both tables go on."""

DROP_CONSTRAINT = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for a moment, at a foreign key also those of the table referred to."""

RENAME_CONSTRAINT = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for a moment."""

CHANGE_TIMING = _effect("ACCESS EXCLUSIVE", Work.CATALOG, _UNLESS_NOTED)
"""Everybody waits for a moment."""

ADD_KEY = _effect("ACCESS EXCLUSIVE", Work.BUILD, _UNLESS_NOTED)
"""Everybody waits while the index of the key is built."""

ATTACH_KEY = _effect(
    "ACCESS EXCLUSIVE", Work.CATALOG, f"{_ALTER}, ADD table_constraint_using_index"
)
"""The index is there already."""

ATTACH_KEY_SCANNING = _effect(
    "ACCESS EXCLUSIVE",
    Work.SCAN,
    f"{_ALTER}, ADD table_constraint_using_index: nullable columns are altered, which scans",
)
"""The index is there already, but the rows are looked at for NULL."""

CREATE_INDEX_CONCURRENTLY = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.BUILD,
    "SQL Commands, CREATE INDEX, Building Indexes Concurrently",
)
"""The table is read twice while readers and writers go on."""

DROP_INDEX = _effect(
    "ACCESS EXCLUSIVE",
    Work.CATALOG,
    "SQL Commands, DROP INDEX: an ACCESS EXCLUSIVE lock on the table",
)
"""Everybody waits for a moment."""

DROP_INDEX_CONCURRENTLY = _effect(
    "SHARE UPDATE EXCLUSIVE", Work.CATALOG, "SQL Commands, DROP INDEX, CONCURRENTLY"
)
"""Readers and writers go on; their transactions are waited for."""

RENAME_INDEX = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.CATALOG,
    "SQL Commands, ALTER INDEX: renaming acquires SHARE UPDATE EXCLUSIVE",
)
"""Readers and writers go on."""

CREATE_SEQUENCE = _effect(None, Work.CATALOG, "SQL Commands, CREATE SEQUENCE")
"""A new sequence touches no table."""

DROP_SEQUENCE = _effect(None, Work.CATALOG, "SQL Commands, DROP SEQUENCE")
"""A sequence that nothing uses goes without touching a table."""

REMAKE_DEPENDENT = _effect("ACCESS EXCLUSIVE", Work.CATALOG, "5.15 Dependency Tracking")
"""Views, triggers and policies are dropped and made without reading rows."""

FILL_MATERIALIZED_VIEW = _effect(
    "ACCESS SHARE", Work.SCAN, "SQL Commands, CREATE MATERIALIZED VIEW: the query is run, WITH DATA"
)
"""The rows are read under whatever lock the transaction has taken before."""

CREATE_FUNCTION = _effect(None, Work.CATALOG, "SQL Commands, CREATE FUNCTION")
"""A new function touches no table."""

CREATE_TRIGGER = _effect(
    "SHARE ROW EXCLUSIVE",
    Work.CATALOG,
    "13.3.1 Table-Level Locks: SHARE ROW EXCLUSIVE is acquired by CREATE TRIGGER",
)
"""Writers wait for a moment."""

DROP_TRIGGER = _effect("ACCESS EXCLUSIVE", Work.CATALOG, "SQL Commands, DROP TRIGGER")
"""Everybody waits for a moment."""

WRITE_ROWS = _effect("ROW EXCLUSIVE", Work.REWRITE, "SQL Commands, UPDATE")
"""Every row is written anew in one transaction; those who want to write the same rows wait."""

CREATE_COPY = _effect(
    "ACCESS SHARE", Work.CATALOG, "SQL Commands, CREATE TABLE, LIKE: no row is copied"
)
"""A new table whose columns are read off one that is there."""

COPY_ROWS = _effect(
    "ROW EXCLUSIVE", Work.REWRITE, "13.3.1 Table-Level Locks: ROW EXCLUSIVE is acquired by INSERT"
)
"""Readers and writers go on; a row is locked only while its stretch is copied."""

ANALYZE = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.SCAN,
    "13.3.1 Table-Level Locks: SHARE UPDATE EXCLUSIVE is acquired by ANALYZE",
)
"""A sample of the rows is read while readers and writers go on."""

PROVE_COPY = _effect(
    "ACCESS SHARE", Work.SCAN, "13.3.1 Table-Level Locks: ACCESS SHARE is acquired by SELECT"
)
"""Two tables are compared while readers and writers go on."""

LOCK_TABLE = _effect("ACCESS EXCLUSIVE", Work.CATALOG, "SQL Commands, LOCK")
"""Everybody waits until the transaction ends."""

TAKE_OVER_SEQUENCE = _effect("ACCESS EXCLUSIVE", Work.CATALOG, "SQL Commands, ALTER SEQUENCE")
"""Whoever draws a number waits for a moment; no row of the table is read."""

READ_CATALOGUE = _effect(None, Work.CATALOG, "51 System Catalogs")
"""Nothing but catalogues or settings of the session are read or written."""

RESET_OPTIONS = _effect(
    "SHARE UPDATE EXCLUSIVE",
    Work.CATALOG,
    f"{_ALTER}, RESET: SHARE UPDATE EXCLUSIVE for autovacuum related parameters",
)
"""Readers and writers go on."""
