"""What later versions brought and a definition cannot hold is listed, never passed over."""

from __future__ import annotations

import pytest

from core.databases.engine import Credentials
from core.engines.postgresql import PostgresqlEngine
from tests.conftest import PostgresqlServer
from tests.servers.engine.conftest import build

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

TABLES = (
    "CREATE TABLE p (a int, c int, PRIMARY KEY (a, c))",
    "CREATE TABLE t (a int, b text, c int, q int4range, r int4range)",
)
"""What the statements change."""

LOUD = {
    "storage": (13, "ALTER TABLE t ALTER b SET STORAGE EXTERNAL", "column option", "t.b"),
    "statistics": (13, "ALTER TABLE t ALTER b SET STATISTICS 10", "column option", "t.b"),
    "replica identity": (13, "ALTER TABLE t REPLICA IDENTITY FULL", "table option", "t"),
    "compression": (14, "ALTER TABLE t ALTER b SET COMPRESSION pglz", "column option", "t.b"),
    "nulls not distinct": (
        15,
        "ALTER TABLE t ADD CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a)",
        "constraint option",
        "t.u",
    ),
    "index with nulls not distinct": (
        15,
        "CREATE UNIQUE INDEX u ON t (a) NULLS NOT DISTINCT",
        "index option",
        "u",
    ),
    "some columns set to null": (
        15,
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, c) REFERENCES p ON DELETE SET NULL (c)",
        "constraint option",
        "t.f",
    ),
    "virtual column": (
        18,
        "ALTER TABLE t ADD v int GENERATED ALWAYS AS (a + 1) VIRTUAL",
        "column option",
        "t.v",
    ),
    "check that is not enforced": (
        18,
        "ALTER TABLE t ADD CONSTRAINT k CHECK (a > 0) NOT ENFORCED",
        "constraint option",
        "t.k",
    ),
    "foreign key that is not enforced": (
        18,
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a, c) REFERENCES p NOT ENFORCED",
        "constraint option",
        "t.f",
    ),
    "key over periods": (
        18,
        "ALTER TABLE t ADD CONSTRAINT w UNIQUE (q, r WITHOUT OVERLAPS)",
        "constraint option",
        "t.w",
    ),
    "NOT NULL that is not validated": (
        18,
        "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NOT VALID",
        "constraint not validated",
        "t.n",
    ),
    "NOT NULL that is not inherited": (
        18,
        "ALTER TABLE t ADD CONSTRAINT n NOT NULL a NO INHERIT",
        "constraint option",
        "t.n",
    ),
}
"""For each thing the first version that has it, what makes it, and what is to be listed."""


@pytest.mark.parametrize("name", LOUD)
def test_what_a_version_brought_is_listed(
    name: str,
    engine: PostgresqlEngine,
    owner: Credentials,
    database: str,
    postgresql_server: PostgresqlServer,
) -> None:
    """By kind and name, on every version that has it."""
    since, statement, kind, thing = LOUD[name]
    if postgresql_server.major < since:
        pytest.skip("this version has no such thing")
    build(engine, database, owner, *TABLES)
    with engine.session(database, owner) as session:
        assert session.introspect().unknown == ()
    build(engine, database, owner, statement)
    with engine.session(database, owner) as session:
        found = {(each.kind, each.name) for each in session.introspect().unknown}
    assert (kind, f"public.{thing}") in found
