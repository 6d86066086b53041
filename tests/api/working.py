"""A worker within the test's own process, and databases that it has made."""

from __future__ import annotations

from collections.abc import Callable

import psycopg2

from core.jobs.attempts import execute
from core.jobs.heartbeat import Limits
from core.jobs.model import Job, JobId
from core.jobs.running import Runner
from core.schemas.store import Store
from embedded.processes import wait_until
from tests.api.client import Api
from tests.api.documents import document
from tests.end_to_end.holding import HeldRunner, Place
from tests.fakes.announcer import FakeAnnouncer

Work = Callable[[], None]
"""Carries every announced job to its end."""


def created(api: Api, work: Work, name: str = "blog") -> str:
    """Return the id of a schema whose database is there."""
    schema_id = api.post("/schemas", document(name)).get_json()["data"]["id"]
    work()
    made = api.get(f"/schemas/{schema_id}").get_json()["data"]
    assert made["job"]["error"] is None
    assert made["status"] == "created"
    return str(schema_id)


def insert_user(api: Api, schema_id: str) -> None:
    """Put a row into the table of users, as the database's owner."""
    execute_as_owner(api, schema_id, "INSERT INTO users VALUES (1, 'a@example.org')")


def execute_as_owner(api: Api, schema_id: str, statement: str) -> None:
    """Run a statement as the owner of the schema's database."""
    uri = api.application.look_at_database.connection_uri(schema_id, owner="local")
    connection = psycopg2.connect(uri)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def attempt(
    api: Api, job_id: str, place: Place | None = None, hold: Callable[[], None] | None = None
) -> Job:
    """Make one attempt at a job here and now, and return the job as it stands then.

    Args:
        api: Has the job.
        job_id: The job.
        place: Where the attempt is held.
        hold: What happens meanwhile.
    """
    application = api.application
    claims: list[AssertionError] = []

    def meanwhile() -> None:
        try:
            if hold is not None:
                hold()
        except AssertionError as error:  # the attempt would take it for a failure of its own
            claims.append(error)
            raise

    def held(runner: Runner[Store]) -> Runner[Store]:
        return runner if place is None else HeldRunner(runner, place, meanwhile)

    execute(
        JobId(job_id),
        open_store=application.open_store,
        runners={kind: held(runner) for kind, runner in application.runners.items()},
        clock=application.clock,
        announcer=FakeAnnouncer(),
        limits=Limits(retry_base_seconds=0.0),
    )
    if claims:
        raise claims[0]
    return job_of(api, job_id)


def end_of(
    api: Api, job_id: str, place: Place | None = None, hold: Callable[[], None] | None = None
) -> Job:
    """Make one attempt at a job after the other, as `attempt` does, until it has ended."""
    assert wait_until(lambda: attempt(api, job_id, place, hold).state.is_final, 20.0), job_of(
        api, job_id
    )
    return job_of(api, job_id)


def job_of(api: Api, job_id: str) -> Job:
    """Return a job as it is recorded."""
    with api.application.open_store() as store:
        job = store.jobs.get(JobId(job_id))
    assert job is not None
    return job
