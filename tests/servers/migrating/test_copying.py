"""A large table is copied for a generated column while everybody goes on, and workers die."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import psycopg2
import psycopg2.errors
import pytest

from core.databases.migration import MigrationState
from core.databases.names import group_role_of
from core.jobs.model import Job, JobState
from core.planning.codec import plan_from_json
from core.planning.plan import Plan
from tests.conftest import PostgresqlServer
from tests.servers.migrating.test_dying import planned
from tests.servers.migrating.workshop import OWNER, Death, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

DESIGN: dict[str, Any] = {
    "name": "shop",
    "tables": [
        {
            "id": "places",
            "name": "places",
            "columns": [{"id": "p_id", "name": "id", "dataType": "INT", "primaryKey": True}],
        },
        {
            "id": "visits",
            "name": "visits",
            "columns": [
                {
                    "id": "v_id",
                    "name": "id",
                    "dataType": "INT",
                    "primaryKey": True,
                    "autoIncrement": True,
                },
                {"id": "v_place", "name": "place_id", "dataType": "INT"},
                {"id": "v_price", "name": "price", "dataType": "INT", "defaultValue": 5},
                {"id": "v_code", "name": "code", "dataType": "TEXT"},
            ],
            "indexes": [{"id": "ix", "name": "visits_by_place", "columns": ["place_id"]}],
            "uniques": [{"id": "uq", "name": "one_code", "columnIds": ["v_code"]}],
            "checks": [{"id": "ck", "name": "not_free", "expression": "price > 0"}],
        },
        {
            "id": "notes",
            "name": "notes",
            "columns": [
                {"id": "n_id", "name": "id", "dataType": "INT", "primaryKey": True},
                {"id": "n_visit", "name": "visit_id", "dataType": "INT"},
            ],
        },
    ],
    "foreignKeys": [
        {
            "id": "fk1",
            "name": "visits_place",
            "sourceTableId": "visits",
            "sourceColumnId": "v_place",
            "targetTableId": "places",
            "targetColumnId": "p_id",
        },
        {
            "id": "fk2",
            "name": "notes_visit",
            "sourceTableId": "notes",
            "sourceColumnId": "n_visit",
            "targetTableId": "visits",
            "targetColumnId": "v_id",
            "onDelete": "CASCADE",
        },
    ],
}

ROWS = """
INSERT INTO places SELECT generate_series(1, 5);
INSERT INTO visits (place_id, code) SELECT 1 + n % 5, 'c' || n FROM generate_series(1, 40) n;
INSERT INTO notes SELECT n, n FROM generate_series(1, 20) n;
SELECT nextval('visits_id_seq')"""

WRITES = """
INSERT INTO visits (place_id, code) VALUES (1, 'new ' || {n});
UPDATE visits SET price = price + 1 WHERE id % 3 = 0;
UPDATE visits SET code = code || '!' WHERE id BETWEEN 20 AND 22;
DELETE FROM visits WHERE id = 2 + {n};
UPDATE visits SET id = 1000 + {n}, code = 'moved ' || {n} WHERE id = 25 + {n};
UPDATE notes SET visit_id = 40 WHERE id = 19"""
"""What somebody does meanwhile, for the n-th time."""

SEEN = "SELECT id, place_id, price, code FROM visits ORDER BY id"
MADE = "SELECT count(*) FROM visits WHERE double IS DISTINCT FROM price * 2"
LEFT = """
SELECT relname::text FROM pg_class WHERE relname ~ 'sb_tmp' UNION ALL
SELECT proname::text FROM pg_proc WHERE proname ~ 'sb_tmp' UNION ALL
SELECT tgname::text FROM pg_trigger WHERE tgname ~ 'sb_tmp' UNION ALL
SELECT conname::text FROM pg_constraint WHERE conname ~ 'sb_tmp' OR NOT convalidated UNION ALL
SELECT relname::text FROM pg_class WHERE relname = 'visits' AND reloptions IS NOT NULL"""
"""What must not stay."""


def grown() -> dict[str, Any]:
    """Return the design with a generated column more."""
    design = deepcopy(DESIGN)
    design["tables"][1]["columns"].append(
        {"id": "v_double", "name": "double", "dataType": "INT", "generatedExpression": "price * 2"}
    )
    return design


def begun(workshop: Workshop, name: str = "shop") -> tuple[str, Job, Plan]:
    """Return a schema with rows, the job that adds the column, and its plan, which copies."""
    schema_id = workshop.create(DESIGN | {"name": name}, ROWS)
    job = workshop.edit(schema_id, grown() | {"name": name})
    plan = plan_from_json(planned(workshop, schema_id).plan)
    assert "LIKE public.visits" in plan.up[0].statements[0].sql, plan.notes
    return schema_id, job, plan


def line_of(plan: Plan, words: str) -> int:
    """Return the number of the first line up in which words stand."""
    return next(
        number
        for number, line in enumerate(plan.up)
        if any(words in statement.sql for statement in line.statements)
    )


def is_whole(workshop: Workshop, schema_id: str) -> bool:
    """Tell whether the column is there with its values, and nothing else of the way to it."""
    found = workshop.execute(schema_id, MADE), workshop.execute(schema_id, LEFT)
    return found == ([(0,)], [])


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_around_every_line_is_made_up_for(
    large_workshop: Workshop, moment: str
) -> None:
    """Whatever is written while nobody works on it is there in the end."""
    lines, line = 1, 0
    while line < lines:
        schema_id, job, plan = begun(large_workshop, f"shop {line}")
        lines = len(plan.up)
        large_workshop.attempt(job, Death(**{moment: line}))
        large_workshop.execute(schema_id, WRITES.format(n=1))
        seen = large_workshop.execute(schema_id, SEEN)
        ended = large_workshop.finish(job)
        assert (ended.error, ended.state, ended.attempt) == (None, JobState.SUCCEEDED, 2), line
        assert large_workshop.execute(schema_id, SEEN) == seen, line
        assert is_whole(large_workshop, schema_id), line
        large_workshop.execute(schema_id, WRITES.format(n=2))
        ((number,),) = large_workshop.execute(schema_id, "SELECT nextval('visits_id_seq')")
        assert number == 44, line
        line += 1


def test_rows_written_again_and_again_are_in_the_copy(large_workshop: Workshop) -> None:
    """Inserted, changed, deleted, given other keys: the copy is always in step."""
    schema_id, job, _ = begun(large_workshop)
    for number in (1, 2):
        large_workshop.attempt(job, Death(after=0))
        large_workshop.execute(schema_id, WRITES.format(n=number))
    seen = large_workshop.execute(schema_id, SEEN)
    assert large_workshop.finish(job).error is None
    assert large_workshop.execute(schema_id, SEEN) == seen
    assert is_whole(large_workshop, schema_id)


def test_a_job_cancelled_after_any_line_leaves_the_old_state(large_workshop: Workshop) -> None:
    """Nothing of the copy stays, nor a key that is not validated, and no row is missing."""
    lines, line = 2, 0
    while line < lines - 1:
        schema_id, job, plan = begun(large_workshop, f"shop {line}")
        lines = len(plan.up)
        large_workshop.attempt(job, Death(after=line))
        large_workshop.execute(schema_id, WRITES.format(n=1))
        seen = large_workshop.execute(schema_id, SEEN)
        large_workshop.application.jobs.cancel(job.id, owner=OWNER)
        assert large_workshop.finish(job).state is JobState.CANCELLED, line
        assert large_workshop.columns(schema_id, "visits") == ["code", "id", "place_id", "price"]
        assert large_workshop.execute(schema_id, SEEN) == seen, line
        assert large_workshop.execute(schema_id, LEFT) == [], line
        assert planned(large_workshop, schema_id).state is MigrationState.FAILED
        line += 1


def test_it_can_be_tried_again_after_it_was_cancelled(large_workshop: Workshop) -> None:
    """A copy that was dropped half filled is filled from its beginning."""
    schema_id, job, plan = begun(large_workshop)
    large_workshop.attempt(job, Death(after=line_of(plan, "OVERRIDING SYSTEM VALUE\n    SELECT")))
    large_workshop.application.jobs.cancel(job.id, owner=OWNER)
    large_workshop.finish(job)
    seen = large_workshop.execute(schema_id, SEEN)
    ended = large_workshop.finish(large_workshop.application.jobs.retry(job.id, owner=OWNER))
    assert ended.error is None
    assert large_workshop.execute(schema_id, SEEN) == seen
    assert is_whole(large_workshop, schema_id)


@pytest.mark.parametrize("line", [0, 1], ids=["empty copy", "filled copy"])
@pytest.mark.parametrize(
    "what",
    [
        "TRUNCATE visits, notes RESTART IDENTITY; INSERT INTO visits (code) VALUES ('first')",
        "DELETE FROM visits WHERE id < 30; VACUUM FULL visits",
        "CLUSTER visits USING visits_by_place; ALTER TABLE visits SET WITHOUT CLUSTER",
        "REINDEX TABLE visits",
        "SET session_replication_role = replica; UPDATE visits SET price = 9",
    ],
    ids=["truncate", "vacuum full", "cluster", "reindex", "replicated"],
)
def test_what_moves_or_empties_the_whole_table_is_followed(
    large_workshop: Workshop, what: str, line: int, postgresql_server: PostgresqlServer
) -> None:
    """Rows that change their places without being written are found all the same."""
    schema_id, job, _ = begun(large_workshop)
    large_workshop.attempt(job, Death(after=line))
    ((database,),) = large_workshop.execute(schema_id, "SELECT current_database()")
    for text in what.split("; "):
        if text.startswith("SET"):
            postgresql_server.execute(what, database)
            break
        large_workshop.execute(schema_id, text)
    seen = large_workshop.execute(schema_id, SEEN)
    assert large_workshop.finish(job).error is None
    assert large_workshop.execute(schema_id, SEEN) == seen
    assert is_whole(large_workshop, schema_id)


@pytest.mark.parametrize(
    ("level", "what"),
    [
        ("REPEATABLE READ", "DELETE FROM visits WHERE id = 30"),
        ("REPEATABLE READ", "UPDATE visits SET price = 8 WHERE id = 30"),
        ("REPEATABLE READ", "UPDATE visits SET id = 700 WHERE id = 30"),
        ("SERIALIZABLE", "DELETE FROM visits WHERE id = 30"),
    ],
    ids=["delete", "update", "key", "serializable"],
)
def test_a_transaction_of_one_snapshot_never_brings_a_row_back(
    large_workshop: Workshop, level: str, what: str
) -> None:
    """Where it cannot see the copied row, it fails as such transactions do, and can be repeated."""
    schema_id, job, plan = begun(large_workshop)
    large_workshop.attempt(job, Death(after=0))
    old = large_workshop.connect(schema_id, autocommit=False)
    with old.cursor() as cursor:
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}; SELECT FROM places")
        large_workshop.attempt(job, Death(after=0))
        with pytest.raises(psycopg2.errors.SerializationFailure):
            cursor.execute(what)
        old.rollback()
        cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}; {what}")
        old.commit()
    old.close()
    assert line_of(plan, "FOR SHARE") == 1
    seen = large_workshop.execute(schema_id, SEEN)
    assert large_workshop.finish(job).error is None
    assert large_workshop.execute(schema_id, SEEN) == seen
    assert is_whole(large_workshop, schema_id)


@pytest.mark.parametrize("level", ["REPEATABLE READ", "READ COMMITTED"])
def test_emptying_the_table_waits_for_nobody_at_the_copy(
    large_workshop: Workshop, level: str
) -> None:
    """While an index is built on the copy its rows are deleted, or the statement is refused."""
    schema_id, job, _ = begun(large_workshop)
    large_workshop.attempt(job, Death(after=1))
    ((copy,),) = large_workshop.execute(
        schema_id, "SELECT relname FROM pg_class WHERE relname ~ '^sb_tmp' AND relkind = 'r'"
    )
    builder = large_workshop.connect(schema_id, autocommit=False)
    emptier = large_workshop.connect(schema_id, autocommit=False)
    with builder.cursor() as building, emptier.cursor() as emptying:
        building.execute(f"LOCK TABLE {copy} IN SHARE UPDATE EXCLUSIVE MODE")
        emptying.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        if level == "READ COMMITTED":
            emptying.execute("TRUNCATE visits, notes")
        else:
            with pytest.raises(psycopg2.errors.SerializationFailure):
                emptying.execute("TRUNCATE visits, notes")
            emptier.rollback()
        emptier.commit()
    emptier.close()
    builder.close()
    seen = large_workshop.execute(schema_id, SEEN)
    assert large_workshop.finish(job).error is None
    assert large_workshop.execute(schema_id, SEEN) == seen


@pytest.mark.parametrize(
    "what",
    [
        "CREATE INDEX by_hand ON visits (price)",
        "ALTER TABLE visits ADD by_hand integer",
        "COMMENT ON INDEX one_code IS 'by hand'",
        "GRANT SELECT ON visits TO PUBLIC",
        "ALTER TABLE visits SET (fillfactor = 50)",
        "CREATE VIEW by_hand AS SELECT id FROM visits",
        (
            "CREATE FUNCTION by_hand() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL;"
            " END'; CREATE TRIGGER by_hand AFTER UPDATE ON visits EXECUTE FUNCTION by_hand()"
        ),
    ],
    ids=["index", "column", "comment", "privilege", "option", "view", "trigger"],
)
def test_what_somebody_hangs_on_the_table_meanwhile_does_not_get_lost(
    large_workshop: Workshop, what: str
) -> None:
    """The exchange is refused, and what was made ready goes.

    Where the definition would know of it, the job cannot end either until it is gone.
    """
    schema_id, job, _ = begun(large_workshop)
    large_workshop.attempt(job, Death(after=1))
    large_workshop.execute(schema_id, what)
    seen = large_workshop.execute(schema_id, SEEN)
    ended = large_workshop.finish(job)
    is_known = "CREATE INDEX" in what or "ADD" in what
    assert ended.state is (JobState.QUEUED if is_known else JobState.FAILED)
    assert "double" not in large_workshop.columns(schema_id, "visits")
    assert large_workshop.execute(schema_id, SEEN) == seen
    left = large_workshop.execute(schema_id, LEFT)
    assert left == ([("visits",)] if "fillfactor" in what else [])


def test_a_copy_that_is_not_the_same_is_never_used(large_workshop: Workshop) -> None:
    """Should a row ever be missing, the table stays."""
    schema_id, job, plan = begun(large_workshop)
    large_workshop.attempt(job, Death(after=line_of(plan, "ANALYZE")))
    ((copy,),) = large_workshop.execute(
        schema_id, "SELECT relname FROM pg_class WHERE relname ~ '^sb_tmp' AND relkind = 'r'"
    )
    large_workshop.execute(schema_id, f"UPDATE {copy} SET price = 6 WHERE id = 9")
    ended = large_workshop.finish(job)
    assert ended.error is not None
    assert "does not have the same rows" in ended.error.details
    assert large_workshop.execute(schema_id, LEFT) == []


def test_readers_and_writers_keep_their_rights(
    large_workshop: Workshop, postgresql_server: PostgresqlServer
) -> None:
    """Whoever may write the table can do so all the time, and has nothing to do with the copy."""
    schema_id, job, _ = begun(large_workshop)
    privileges = "SELECT relacl::text FROM pg_class WHERE relname IN ('visits', 'visits_id_seq')"
    before = large_workshop.execute(schema_id, privileges)
    large_workshop.attempt(job, Death(after=1))
    ((database,),) = large_workshop.execute(schema_id, "SELECT current_database()")
    writers = group_role_of(database, "rw")
    postgresql_server.execute(f'SET ROLE "{writers}"; {WRITES.format(n=1)}', database)
    assert large_workshop.finish(job).error is None
    assert large_workshop.execute(schema_id, privileges) == before
    assert is_whole(large_workshop, schema_id)


def test_the_way_back_takes_the_column_away(large_workshop: Workshop) -> None:
    """It is as it was before, with everything written since."""
    schema_id, job, _ = begun(large_workshop)
    assert large_workshop.finish(job).error is None
    large_workshop.execute(schema_id, WRITES.format(n=1))
    seen = large_workshop.execute(schema_id, SEEN)
    back = large_workshop.application.migrations.revert(
        schema_id, planned(large_workshop, schema_id).id, owner=OWNER
    )
    assert large_workshop.finish(back).error is None
    assert large_workshop.columns(schema_id, "visits") == ["code", "id", "place_id", "price"]
    assert large_workshop.execute(schema_id, SEEN) == seen
    assert large_workshop.execute(schema_id, LEFT) == []
