"""Passwords and logins after attempts that failed, were overtaken or came at a bad moment."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from typing_extensions import override

from core.databases.credential import Credential
from core.databases.errors import DatabaseDiffersError, LockTimeoutError
from core.databases.mending_roles import mend_roles_of
from core.databases.rotating import CredentialRotation
from core.engines.postgresql import PostgresqlEngine
from core.jobs.model import JobId, JobKind, JobState, LeaseToken
from embedded.processes import wait_until
from tests.api.client import Api
from tests.api.documents import document
from tests.api.logging_in import ALL_ROLES, ROLES, gets_in, retire, reveal, roles_of, rotate
from tests.api.working import Work, attempt, created, end_of
from tests.conftest import PostgresqlServer
from tests.end_to_end.holding import Moment, Place
from tests.fakes.announcer import FakeAnnouncer

pytestmark = pytest.mark.servers

BUILDING = Place(moment=Moment.BEGIN, step="create_database")
"""Where an attempt at a build has read the passwords and made nothing yet."""


PREPARING = Place(moment=Moment.BEGIN, step="prepare")
"""Where an attempt at a rotation has recorded nothing yet."""


def rotation(api: Api) -> CredentialRotation:
    """Return the runner of rotations."""
    runner = api.application.runners[JobKind.ROTATE]
    assert isinstance(runner, CredentialRotation)
    return runner


def credentials_of(api: Api, schema_id: str) -> Sequence[Credential]:
    """Return what is recorded of a database's logins."""
    with api.application.open_store() as store:
        return store.credentials.of_schema(schema_id)


def passwords_of(api: Api, schema_id: str) -> Sequence[str]:
    """Return what is recorded of a database's passwords, that of the product itself first."""
    with api.application.open_store() as store:
        database = store.databases.get(schema_id)
    assert database is not None
    logins = credentials_of(api, schema_id)
    return [database.encrypted_password, *(each.encrypted_password for each in logins)]


def take_away(api: Api, job_id: str) -> None:
    """Take the lease from a running job, as from one whose worker stands still."""

    def is_taken() -> bool:
        # Not while the attempt itself is recording something.
        with api.application.open_store() as store:
            taken = store.jobs.requeue_silent(timedelta(), datetime.now(UTC))
            store.commit()
        return job_id in {job.id for job in taken}

    assert wait_until(is_taken, 20.0)


def owner_uri(api: Api, schema_id: str) -> str:
    """Return the address with which the product itself logs in."""
    return api.application.look_at_database.connection_uri(schema_id, owner="local")


def queued(api: Api, work: Work, announcer: FakeAnnouncer, kind: str) -> tuple[str, str]:
    """Return a schema and a job for its database, of which nobody was told."""
    if kind == "create":
        schema_id = str(api.post("/schemas", document()).get_json()["data"]["id"])
    else:
        schema_id = created(api, work)
        path = f"/schemas/{schema_id}/database/regenerate"
        if kind == "rotate":
            path = f"/schemas/{schema_id}/credentials/owner/rotate"
        if kind == "restore":
            backup = api.post(f"/schemas/{schema_id}/backups").get_json()["data"]
            work()
            path = f"/schemas/{schema_id}/backups/{backup['id']}/restore"
        assert api.post(path).status_code == 202
    (_, job_id) = announcer.announced.pop()
    return schema_id, job_id


@pytest.mark.parametrize("kind", ["create", "regenerate", "restore"])
def test_a_sleeper_brings_no_old_password_and_no_old_login_back(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer, kind: str
) -> None:
    """Both were replaced after its attempt at a build was overtaken."""
    schema_id, job_id = queued(api, work, announcer, kind)

    def be_overtaken() -> None:
        take_away(api, job_id)
        assert end_of(api, job_id).state is JobState.SUCCEEDED
        rotate(api, work, schema_id, "owner", overlapSeconds=0)
        assert retire(api, work) == 1
        assert gets_in(owner_uri(api, schema_id))

    attempt(api, job_id, BUILDING, be_overtaken)
    assert gets_in(owner_uri(api, schema_id))
    assert roles_of(postgresql_server, schema_id) == (ALL_ROLES - {"owner_1"}) | {"owner_2"}


def test_a_sleeper_leaves_no_roles_of_a_database_that_was_dropped(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer
) -> None:
    """Nobody would ever look for them."""
    schema_id, job_id = queued(api, work, announcer, "regenerate")

    def be_overtaken() -> None:
        take_away(api, job_id)
        assert end_of(api, job_id).state is JobState.SUCCEEDED
        api.delete(f"/schemas/{schema_id}?dropDatabase=true")
        work()

    attempt(api, job_id, BUILDING, be_overtaken)
    assert roles_of(postgresql_server, schema_id) == set()
    stem = f"sb_{job_id.replace('-', '')}"
    databases = postgresql_server.execute("SELECT datname FROM pg_database")
    assert [name for (name,) in databases if str(name).startswith(stem)] == []


def test_a_rotation_that_was_overtaken_records_nothing(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer
) -> None:
    """The login that the other attempt put in service is the one to use, as it is."""
    schema_id, job_id = queued(api, work, announcer, "rotate")
    seen: list[object] = []

    def be_overtaken() -> None:
        take_away(api, job_id)
        assert end_of(api, job_id).state is JobState.SUCCEEDED
        seen.append(credentials_of(api, schema_id))

    assert attempt(api, job_id, PREPARING, be_overtaken).state is JobState.SUCCEEDED
    assert [credentials_of(api, schema_id)] == seen
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES | {"owner_2"}
    for role in ROLES:
        assert gets_in(reveal(api, schema_id, role)["connectionString"])


def test_a_rotation_leaves_the_record_to_the_attempt_that_has_the_lease(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer
) -> None:
    """While that one is at work, too."""
    schema_id, job_id = queued(api, work, announcer, "rotate")
    before = credentials_of(api, schema_id)

    def be_overtaken() -> None:
        take_away(api, job_id)
        with api.application.open_store() as store:
            token = LeaseToken(str(uuid4()))
            assert store.jobs.claim(JobId(job_id), token, datetime.now(UTC)) is not None
            store.commit()

    assert attempt(api, job_id, PREPARING, be_overtaken).state is JobState.RUNNING
    assert credentials_of(api, schema_id) == before
    take_away(api, job_id)
    assert end_of(api, job_id).state is JobState.SUCCEEDED
    assert reveal(api, schema_id, "owner")["login"].endswith("_owner_2")
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES | {"owner_2"}


def test_a_login_that_is_made_while_roles_are_mended_stays(
    api: Api, work: Work, postgresql_server: PostgresqlServer
) -> None:
    """It is on the server and on record, but was not yet when the mending began."""
    schema_id = created(api, work)
    ports = rotation(api).ports

    class Rotating(PostgresqlEngine):
        """An engine that takes a moment to list logins, in which one is replaced."""

        @override
        def list_logins(self, database_name: str) -> Sequence[str]:
            rotate(api, work, schema_id, "owner")
            return super().list_logins(database_name)

    engine = Rotating(
        postgresql_server.provisioner_url,
        application_name="schema_builder:test",
        lock_timeout_seconds=5.0,
        statement_timeout_seconds=60.0,
        bin_dirs=(),
    )
    with ports.open_store() as store:
        database = store.databases.get(schema_id)
    assert database is not None
    with closing(engine):
        mend_roles_of(database, engine, ports)
    assert gets_in(reveal(api, schema_id, "owner")["connectionString"])
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES | {"owner_2"}


def test_a_first_database_that_failed_keeps_no_credentials(
    api: Api, work: Work, announcer: FakeAnnouncer, postgresql_server: PostgresqlServer
) -> None:
    """Trying again makes others, which work."""
    schema_id, job_id = queued(api, work, announcer, "create")
    seen: list[Credential] = []

    def fail() -> None:
        seen.extend(credentials_of(api, schema_id))
        raise DatabaseDiffersError(differences=("a test",))

    built = Place(moment=Moment.END, step="apply_ddl")
    assert end_of(api, job_id, built, fail).state is JobState.FAILED
    assert len(seen) == len(ROLES)
    assert credentials_of(api, schema_id) == []
    assert roles_of(postgresql_server, schema_id) == set()
    assert api.post(f"/jobs/{job_id}/retry").status_code == 202
    work()
    assert roles_of(postgresql_server, schema_id) == ALL_ROLES
    for role in ROLES:
        assert gets_in(reveal(api, schema_id, role)["connectionString"])
    assert not {each.id for each in seen} & {each.id for each in credentials_of(api, schema_id)}


@pytest.mark.parametrize("kind", ["create", "regenerate"])
def test_an_attempt_that_failed_after_it_made_the_roles_changes_no_password(
    api: Api, work: Work, announcer: FakeAnnouncer, kind: str
) -> None:
    """The next one goes on with the same, and so does everybody who knows them."""
    schema_id, job_id = queued(api, work, announcer, kind)
    seen = []

    def fail() -> None:
        seen.append(passwords_of(api, schema_id))
        assert kind == "create" or gets_in(owner_uri(api, schema_id))
        if len(seen) == 1:
            raise LockTimeoutError(database_name="staging")

    built = Place(moment=Moment.END, step="create_database")
    assert end_of(api, job_id, built, fail).state is JobState.SUCCEEDED
    seen.append(passwords_of(api, schema_id))
    assert seen[0] == seen[1] == seen[2]
    assert gets_in(owner_uri(api, schema_id))
    for role in ROLES:
        assert gets_in(reveal(api, schema_id, role)["connectionString"])
