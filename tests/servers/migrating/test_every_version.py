"""The whole life of a schema on servers of every major version, which hold the store as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from core.databases.migration_errors import ValuesWouldBeLostError
from core.databases.server_fit import FeatureMissingError
from core.dialects.postgresql.versions import NEWEST
from core.jobs.model import Job, JobState
from tests.conftest import PostgresqlServer
from tests.servers.migrating.designs import ROWS, USERS, users, without_column
from tests.servers.migrating.workshop import OWNER, Workshop

pytestmark = [pytest.mark.servers, pytest.mark.every_major]

EXAMPLES = Path(__file__).parent.parent.parent.parent / "examples"
NEWEST_ALONE = {"id": "new", "name": "new", "expression": "uuidv7() IS NOT NULL"}
"""A check that the newest version alone can make."""


def ended_well(workshop: Workshop, job: Job | None) -> Job:
    """Carry a job to its end, which is a good one."""
    assert job is not None
    ended = workshop.finish(job)
    assert (ended.error, ended.state) == (None, JobState.SUCCEEDED)
    return ended


@pytest.mark.parametrize("example", ["blog", "e_commerce"])
def test_a_schema_lives_from_its_creation_to_its_end(example: str, workshop: Workshop) -> None:
    """Made, looked at, changed, taken back, saved, proven, brought back, made anew, removed."""
    application = workshop.application
    document: dict[str, Any] = json.loads((EXAMPLES / f"{example}.json").read_text())
    schema_id = workshop.create(document)
    drift = application.detect_drift(schema_id, owner=OWNER)
    assert (drift.to_stored, drift.to_live, drift.unknown) == ((), (), ())

    document["tables"][0]["columns"].append(
        {"id": "late", "name": "late", "dataType": "INT", "defaultValue": 7, "nullable": False}
    )
    ended_well(workshop, workshop.edit(schema_id, document))
    (migration,), _ = application.migrations.list_page(schema_id, owner=OWNER)
    ended_well(workshop, application.migrations.revert(schema_id, migration.id, owner=OWNER))
    drift = application.detect_drift(schema_id, owner=OWNER)
    assert (drift.to_stored, drift.to_live, drift.unknown) == ((), (), ())

    backup, job = application.backups.take(schema_id, owner=OWNER)
    ended_well(workshop, job)
    ended_well(workshop, application.backups.verify(schema_id, backup.id, owner=OWNER))
    ended_well(workshop, application.backups.restore(schema_id, backup.id, owner=OWNER))
    ended_well(workshop, application.regenerate_database(schema_id, owner=OWNER))
    drift = application.detect_drift(schema_id, owner=OWNER)
    assert (drift.to_stored, drift.to_live, drift.unknown) == ((), (), ())
    deleted = application.delete_schema(schema_id, owner=OWNER, drop_database=True)
    ended_well(workshop, deleted.job)


def test_what_goes_is_set_aside_and_comes_back(workshop: Workshop) -> None:
    """With its values."""
    schema_id = workshop.create(USERS, ROWS)
    with pytest.raises(ValuesWouldBeLostError):
        workshop.edit(schema_id, without_column("email"))
    allowed = ["public.users.email"]
    ended_well(workshop, workshop.edit(schema_id, without_column("email"), allow_loss=allowed))
    (migration,), _ = workshop.application.migrations.list_page(schema_id, owner=OWNER)
    ended_well(
        workshop, workshop.application.migrations.revert(schema_id, migration.id, owner=OWNER)
    )
    assert workshop.execute(schema_id, "SELECT email FROM users ORDER BY id") == [
        ("a@example.org",),
        ("b@example.org",),
    ]


def test_a_table_that_counts_as_large_changes_online(large_workshop: Workshop) -> None:
    """In batches, in several lines, with every row there afterwards."""
    schema_id = large_workshop.create(
        USERS, "INSERT INTO users SELECT n, n || '@example.org', 30 FROM generate_series(1, 5000) n"
    )
    columns = [
        each | {"dataType": "BIGINT"} if each["name"] == "age" else each
        for each in USERS["tables"][0]["columns"]
    ]
    ended_well(large_workshop, large_workshop.edit(schema_id, users(columns=columns)))
    assert large_workshop.execute(
        schema_id, "SELECT count(*), sum(age), pg_typeof(max(age))::text FROM users"
    ) == [(5000, 150000, "bigint")]


def test_what_the_server_does_not_know_fails_before_anything_is_made(
    workshop: Workshop, postgresql_server: PostgresqlServer
) -> None:
    """The job names feature, version and remedy; no role and no database are there."""
    major = postgresql_server.major
    view = workshop.application.create_schema(users(checks=[NEWEST_ALONE]), owner=OWNER)
    assert view.job is not None
    ended = workshop.finish(view.job)
    if major >= NEWEST:
        assert ended.error is None
        return
    assert ended.error is not None
    assert (ended.error.code, ended.error.retryable, ended.attempt) == (
        "SERVER_LACKS_FEATURE",
        False,
        1,
    )
    for said in (f"PostgreSQL {major}", "uuidv7", "tables[0].checks[0]", "18 or newer"):
        assert said in ended.error.details
    name = view.schema.database_name
    assert (
        postgresql_server.execute(
            f"SELECT datname FROM pg_database WHERE datname LIKE '{name}%'"
            f" UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE '{name}%'"
        )
        == []
    )


def test_an_edit_that_the_server_does_not_know_is_refused_at_once(
    workshop: Workshop, postgresql_server: PostgresqlServer
) -> None:
    """Nothing is stored."""
    if postgresql_server.major >= NEWEST:
        pytest.skip("the newest version knows all")
    schema_id = workshop.create(USERS, ROWS)
    with pytest.raises(FeatureMissingError, match="uuidv7"):
        workshop.edit(schema_id, users(checks=[NEWEST_ALONE]))
    view = workshop.application.schemas.get(schema_id, owner=OWNER)
    assert view.schema.version_number == 1


def test_what_is_said_of_public_takes_an_owner(
    workshop: Workshop, postgresql_server: PostgresqlServer
) -> None:
    """Before version 15, an account that is no superuser cannot give the namespace away."""
    document = USERS | {"namespaces": [{"name": "public", "description": "Ours"}]}
    view = workshop.application.create_schema(document, owner=OWNER)
    assert view.job is not None
    ended = workshop.finish(view.job)
    if postgresql_server.major < 15:
        assert ended.error is not None
        assert ended.error.code == "SERVER_LACKS_FEATURE"
        assert "namespaces[0].description" in ended.error.details
    else:
        assert ended.error is None


def test_nobody_gets_from_one_database_into_another(
    workshop: Workshop, postgresql_server: PostgresqlServer
) -> None:
    """Nor makes anything in the databases of the server itself."""
    first, second = workshop.create(USERS, ROWS), workshop.create(USERS | {"name": "other"}, ROWS)
    uri = workshop.application.look_at_database.connection_uri(first, owner=OWNER)
    foreign = workshop.application.schemas.get(second, owner=OWNER).schema.database_name
    for name in (foreign, "postgres", "template1", "schema_builder"):
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(f"{uri.rpartition('/')[0]}/{name}")
    assert workshop.execute(
        first,
        "SELECT rolcreatedb OR rolcreaterole OR rolsuper FROM pg_roles"
        " WHERE rolname = current_user",
    ) == [(False,)]
    assert postgresql_server.port
