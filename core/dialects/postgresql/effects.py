"""What each kind of PostgreSQL statement does to others who use the database.

Locks are named as the manual's table of table-level locks names them.
"""

from __future__ import annotations

from core.dialects.statement import Blocks, Effect, Work

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
