"""What people hung on a column of a large table stays when its type changes, or they are told."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from core.dialects.errors import PlanBlockedError
from core.jobs.model import JobState
from core.planning.codec import plan_from_json
from tests.servers.migrating.test_dying import planned
from tests.servers.migrating.workshop import Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

DESIGN: dict[str, Any] = {
    "name": "shop",
    "enums": [{"id": "e", "name": "mood", "values": ["sad", "ok"]}],
    "tables": [
        {
            "id": "t",
            "name": "t",
            "columns": [
                {"id": "id", "name": "id", "dataType": "INT", "primaryKey": True},
                {"id": "a", "name": "a", "dataType": "INT"},
                {"id": "b", "name": "b", "dataType": "TEXT"},
                {"id": "m", "name": "m", "dataType": "ENUM", "enumId": "e"},
                {"id": "o", "name": "o", "dataType": "INT"},
            ],
            "indexes": [
                {"id": "ix", "name": "by_a", "columns": ["a"]},
                {"id": "ix2", "name": "by_both", "columns": ["a", "b"]},
                {"id": "ix3", "name": "by_m", "columns": ["m"]},
                {"id": "ix4", "name": "some_b", "columns": ["b"], "where": "a > 1"},
            ],
            "uniques": [{"id": "uq", "name": "one_a", "columnIds": ["a", "id"]}],
            "checks": [{"id": "ck", "name": "some_a", "expression": "a > 0"}],
        },
    ],
}
ROWS = "INSERT INTO t SELECT n, n, 'b' || n, 'ok', n FROM generate_series(1, 20) n"

KEPT: dict[str, str] = {
    "index with a comment": "COMMENT ON INDEX by_a IS 'quick'",
    "index with an option": "ALTER INDEX by_a SET (fillfactor = 50)",
    "operator class": "DROP INDEX by_both; CREATE INDEX by_both ON t (a, b text_pattern_ops)",
    "deferrable key": (
        "ALTER TABLE t DROP CONSTRAINT one_a, ADD CONSTRAINT one_a UNIQUE (a, id) DEFERRABLE"
    ),
    "key with a comment": "COMMENT ON CONSTRAINT one_a ON t IS 'one'",
    "exclusion": "ALTER TABLE t ADD CONSTRAINT sole EXCLUDE (a WITH =)",
    "check not validated": "ALTER TABLE t ADD CONSTRAINT late CHECK (a > 9) NOT VALID",
    "foreign key not validated": (
        "ALTER TABLE t ADD CONSTRAINT late FOREIGN KEY (a) REFERENCES t NOT VALID"
    ),
    "foreign key to a partitioned table": (
        "CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);"
        "CREATE TABLE part PARTITION OF parts DEFAULT;"
        "INSERT INTO parts SELECT generate_series(1, 20);"
        "ALTER TABLE t ADD CONSTRAINT far FOREIGN KEY (a) REFERENCES parts"
    ),
    "privileges": "GRANT SELECT (a) ON t TO PUBLIC",
    "statistics": (
        "ALTER TABLE t ALTER a SET STATISTICS 500; ALTER TABLE t ALTER a SET (n_distinct = 5)"
    ),
    "extended statistics": "CREATE STATISTICS together (ndistinct) ON a, o FROM t",
    "sequence": "CREATE SEQUENCE counter OWNED BY t.a",
}
"""What hangs on column `a`."""

STATE = """
SELECT pg_get_indexdef(indexrelid) || coalesce(obj_description(indexrelid, 'pg_class'), '')
  FROM pg_index WHERE indrelid = 't'::regclass
UNION ALL
SELECT conname || regexp_replace(pg_get_constraintdef(oid), '::bigint', '')
       || coalesce(obj_description(oid, 'pg_constraint'), '')
  FROM pg_constraint WHERE conrelid = 't'::regclass AND contype <> 'n'
UNION ALL
SELECT concat(attname, attacl, attstattarget, attoptions, attstorage, attcollation)
  FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND NOT attisdropped
UNION ALL SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
UNION ALL SELECT pg_get_serial_sequence('t', 'a')
ORDER BY 1"""


def edited(**types: str) -> dict[str, Any]:
    """Return the design with other types of columns."""
    design = deepcopy(DESIGN)
    for column in design["tables"][0]["columns"]:
        column["dataType"] = types.get(column["id"], column["dataType"])
    return design


def notes(workshop: Workshop, schema_id: str) -> str:
    """Return what its plan says of the ways it takes."""
    return " ".join(plan_from_json(planned(workshop, schema_id).plan).notes)


@pytest.mark.parametrize("name", KEPT)
def test_what_hangs_on_a_column_stays_on_it(large_workshop: Workshop, name: str) -> None:
    """The column is converted where it stands, and the plan says why."""
    schema_id = large_workshop.create(DESIGN, ROWS)
    large_workshop.execute(schema_id, KEPT[name])
    before = large_workshop.execute(schema_id, STATE)
    job = large_workshop.edit(schema_id, edited(a="BIGINT"))
    done = large_workshop.finish(job)
    assert done.state is JobState.SUCCEEDED, done.error
    assert large_workshop.execute(schema_id, STATE) == before
    assert "would go with the column" in notes(large_workshop, schema_id)


def test_what_hangs_on_others_is_no_obstacle(large_workshop: Workshop) -> None:
    """A view, a trigger, privileges of the table and things of other columns are no matter."""
    schema_id = large_workshop.create(DESIGN, ROWS)
    large_workshop.execute(
        schema_id,
        "DROP INDEX some_b; CREATE INDEX some_b ON t (b text_pattern_ops) WHERE a > 1;"
        "GRANT SELECT ON t TO PUBLIC;"
        "CREATE VIEW v AS SELECT o FROM t; COMMENT ON CONSTRAINT one_a ON t IS 'x';"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER w BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()",
    )
    job = large_workshop.edit(schema_id, edited(o="BIGINT"))
    assert large_workshop.finish(job).state is JobState.SUCCEEDED
    assert "beside the old one" in notes(large_workshop, schema_id)


def test_what_hangs_on_a_column_of_an_enum_stays_on_it(large_workshop: Workshop) -> None:
    """An enum whose values change places is made anew around it."""
    schema_id = large_workshop.create(DESIGN, ROWS)
    large_workshop.execute(
        schema_id,
        "GRANT SELECT (m) ON t TO PUBLIC; ALTER INDEX by_m SET (fillfactor = 50)",
    )
    before = large_workshop.execute(schema_id, STATE)
    design = deepcopy(DESIGN) | {"enums": [{"id": "e", "name": "mood", "values": ["ok", "sad"]}]}
    job = large_workshop.edit(schema_id, design)
    done = large_workshop.finish(job)
    assert done.state is JobState.SUCCEEDED, done.error
    assert large_workshop.execute(schema_id, STATE) == before
    assert "would go with the column" in notes(large_workshop, schema_id)


@pytest.mark.parametrize(
    ("sql", "types", "blocker"),
    [
        pytest.param(
            "ALTER TABLE t ALTER b SET STORAGE EXTERNAL", {"b": "JSONB"}, "torage", id="storage"
        ),
        pytest.param(
            "COMMENT ON CONSTRAINT some_a ON t IS 'x'", {"a": "BIGINT"}, "some_a", id="check"
        ),
        pytest.param(
            "COMMENT ON INDEX some_b IS 'x'",
            {"a": "BIGINT"},
            "some_b",
            id="index",
        ),
    ],
)
def test_what_the_server_itself_would_take_along_blocks_the_plan(
    large_workshop: Workshop, sql: str, types: dict[str, str], blocker: str
) -> None:
    """It is named."""
    schema_id = large_workshop.create(DESIGN, ROWS)
    large_workshop.execute(schema_id, sql)
    with pytest.raises(PlanBlockedError, match=blocker):
        large_workshop.edit(schema_id, edited(**types))
