"""What a job on a schema's database works with: its records, the owner's login and an engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TypeGuard
from uuid import uuid4

from core.backups.archive import Archive
from core.clock import Clock
from core.databases.credential import Access, AccessRole, Credential
from core.databases.credentials import (
    MOST_CONNECTIONS,
    access_of,
    credentials_of,
    new_credential,
)
from core.databases.engine import Credentials, Engine
from core.databases.errors import SchemaGoneError
from core.databases.model import Database, DatabaseState
from core.databases.names import owner_role_of
from core.databases.servers import Servers
from core.errors import UnavailableError
from core.jobs.model import Job
from core.jobs.running import Ending
from core.schemas.model import Schema, SchemaVersion
from core.schemas.store import OpenStore, Store
from core.secrets import SecretBox, make_password


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What runners reach the world through."""

    open_store: OpenStore
    """Begins a unit of work."""
    servers: Servers
    """The configured servers."""
    secrets: SecretBox
    """Keeps passwords."""
    archive: Archive
    """Keeps dumps."""
    clock: Clock
    """Tells the time."""
    connections_per_login: int = MOST_CONNECTIONS
    """Sessions that one login of a database may have at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The place where one job works."""

    job: Job
    """The job."""
    schema: Schema
    """The schema it works for."""
    version: SchemaVersion
    """The schema's newest version."""
    database: Database
    """The record of its database."""
    credentials: Credentials
    """The login of the database's owner."""
    engine: Engine
    """The server it stands on, for the account that may create databases."""
    access: Access | None = None
    """Who else may enter; None for a database from before there were credentials."""


@contextmanager
def open_site(job: Job, ports: Ports, *, may_be_deleted: bool = False) -> Iterator[Site]:
    """Read what the job works with, choosing a server for a database that has none yet.

    Args:
        job: The job.
        ports: The world.
        may_be_deleted: Whether a database will do that was kept when its schema was deleted.

    Raises:
        SchemaGoneError: the schema was deleted in the meantime, or its database is gone too.
        NoCapacityError: no server that fits has room.
        ServerUnavailableError: the server does not answer.
    """
    with ports.open_store() as store:
        database = store.databases.get(job.schema_id)
        is_kept = database is not None and database.state is DatabaseState.READY
        schema, version = _known(store, job, include_deleted=may_be_deleted and is_kept)
        credentials = store.credentials.of_schema(job.schema_id)
    name = application_name_of(job)
    if not is_placed(database):
        database, engine = _settle(schema, ports, application_name=name)
    else:
        engine = ports.servers.engine(database.server_id, application_name=name)
    try:
        if not credentials and database.state is not DatabaseState.READY:
            credentials = _keep_logins(database, ports)
        yield Site(
            job=job,
            schema=schema,
            version=version,
            database=database,
            credentials=credentials_of(database, ports.secrets),
            engine=engine,
            access=access_of(
                database,
                credentials,
                ports.secrets,
                now=ports.clock.now(),
                most_connections=ports.connections_per_login,
            ),
        )
    finally:
        engine.close()


@contextmanager
def reached(job: Job, server_id: str, ports: Ports, ending: Ending) -> Iterator[Engine]:
    """Reach a server outside the work of an attempt, which ends what runs there when it must.

    Raises:
        ServerUnavailableError: the server does not answer.
    """
    engine = ports.servers.engine(server_id, application_name=application_name_of(job))
    with closing(engine), ending.stoppable(engine.cancel):
        yield engine


def ensure_roles(site: Site) -> None:
    """Make the roles of the database as far as they are not there, with their passwords."""
    site.engine.ensure_role(site.credentials)
    if site.access is not None:
        site.engine.ensure_access(site.database.name, site.access)


def has_place(job: Job, ports: Ports) -> bool:
    """Tell whether a server was chosen for the schema's database."""
    with ports.open_store() as store:
        return is_placed(store.databases.get(job.schema_id))


def is_placed(database: Database | None) -> TypeGuard[Database]:
    """Tell whether it has a server; one that was dropped is made anew wherever there is room."""
    return database is not None and database.state is not DatabaseState.DROPPED


def application_name_of(job: Job) -> str:
    """Return the name under which a job's connections show on a server."""
    return f"schema_builder:{job.id}"


def _known(store: Store, job: Job, *, include_deleted: bool) -> tuple[Schema, SchemaVersion]:
    schema = store.schemas.get(job.schema_id, include_deleted=include_deleted)
    version = None if schema is None else store.versions.get(schema.id, schema.version_number)
    if schema is None or version is None:
        raise SchemaGoneError(schema_id=job.schema_id)
    return schema, version


def _settle(schema: Schema, ports: Ports, *, application_name: str) -> tuple[Database, Engine]:
    """Keep a place for a database on a server that answers; return it with the way there.

    One that turns out to be away gives its place back, as nothing was begun there, and the next
    one is chosen.
    """
    ports.servers.refresh()
    shunned: set[str] = set()
    while True:
        database = _keep_place(schema, ports, shunned)
        try:
            engine = ports.servers.engine(database.server_id, application_name=application_name)
        except UnavailableError:
            if not _give_place_back(database, ports):
                raise
            shunned.add(database.server_id)
            continue
        return database, engine


def _keep_place(schema: Schema, ports: Ports, shunned: Collection[str]) -> Database:
    with ports.open_store() as store:
        # Under the schema's row, so that no attempt that was overtaken replaces a password in use.
        store.schemas.get_for_update(schema.id)
        settled = store.databases.get(schema.id)
        if is_placed(settled):
            return settled
        labels = store.registrations.wanted_labels(schema.id)
        server = ports.servers.choose(store, labels=labels, shunned=shunned)
        database = Database(
            schema_id=schema.id,
            server_id=server.id,
            name=schema.database_name,
            owner_role=owner_role_of(schema.database_name),
            # A record that is there keeps its password.
            encrypted_password=ports.secrets.encrypt(make_password())
            if settled is None
            else settled.encrypted_password,
            state=DatabaseState.ABSENT,
            version_number=None,
            live_fingerprint=None,
            table_count=0,
            checked_at=None,
        )
        store.databases.put(database)
        store.commit()
    return database


def _give_place_back(database: Database, ports: Ports) -> bool:
    """Forget a place that nothing was done with; tell whether it was still the one."""
    with ports.open_store() as store:
        store.schemas.get_for_update(database.schema_id)
        is_ours = store.databases.get(database.schema_id) == database
        if is_ours:
            store.databases.remove(database.schema_id)
            store.commit()
    return is_ours


def _keep_logins(database: Database, ports: Ports) -> Sequence[Credential]:
    """Choose the logins of a database that is yet to be made; return those that count."""
    with ports.open_store() as store:
        # Under the schema's row, so that no attempt that was overtaken replaces a password in use.
        store.schemas.get_for_update(database.schema_id)
        credentials = store.credentials.of_schema(database.schema_id)
        if credentials:
            return credentials
        credentials = [
            new_credential(
                database,
                role,
                (),
                ports.secrets,
                now=ports.clock.now(),
                made_for=str(uuid4()),
                is_in_service=True,
            )
            for role in AccessRole
        ]
        for credential in credentials:
            store.credentials.put(credential)
        store.commit()
    return credentials
