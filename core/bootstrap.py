"""The wiring: from settings to use cases and runners. Imported only by web and worker.

Nothing is connected here: store and servers are reached at the first use, so that a process may
fork between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.backups.archive import Archive
from core.backups.asking import Backups
from core.backups.folder_archive import FolderArchive
from core.backups.restoring import BackupRestore
from core.backups.taking import BackupTaking
from core.backups.verifying import BackupVerification
from core.clock import Clock, SystemClock
from core.databases.dropping import DatabaseDrop
from core.databases.engine import Engine
from core.databases.looking import LookAtDatabase
from core.databases.provisioning import DatabaseBuild
from core.databases.regenerating import RegenerateDatabase
from core.databases.servers import Servers
from core.databases.site import Ports
from core.engines.postgresql import PostgresqlEngine
from core.jobs.model import JobKind
from core.jobs.queue import Announcer
from core.jobs.running import Runner
from core.schemas.creating import CreateSchema
from core.schemas.deleting import DeleteSchema
from core.schemas.editing import EditSchema
from core.schemas.jobs import SteerJobs
from core.schemas.reading import ReadSchemas
from core.schemas.store import Store
from core.secrets import SecretBox
from core.settings import Settings
from core.store.database import make_engine
from core.store.unit_of_work import SqlStore, StoreFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Everything a shell needs, wired."""

    settings: Settings
    """What was set from outside."""
    clock: Clock
    """Tells the time."""
    open_store: Callable[[], SqlStore]
    """Begins a unit of work."""
    announcer: Announcer
    """Tells the broker."""
    archive: Archive
    """Keeps dumps."""
    servers: Servers
    """The configured servers."""
    create_schema: CreateSchema
    """Stores a new schema."""
    edit_schema: EditSchema
    """Stores a new version."""
    delete_schema: DeleteSchema
    """Deletes a schema."""
    schemas: ReadSchemas
    """Reads schemas."""
    regenerate_database: RegenerateDatabase
    """Makes a database anew."""
    look_at_database: LookAtDatabase
    """Looks at a live database."""
    backups: Backups
    """Asks for, reads and deletes backups."""
    jobs: SteerJobs
    """Stops and repeats jobs."""
    runners: Mapping[JobKind, Runner[Store]]
    """Who does the work of each kind of job."""
    close: Callable[[], None]
    """Gives connections back."""


def build(settings: Settings, *, announcer: Announcer, clock: Clock | None = None) -> Application:
    """Wire everything from settings; nothing is connected yet."""
    clock = clock or SystemClock()
    database = make_engine(settings.database_url)
    open_store = StoreFactory(database, clock)
    secrets = SecretBox(settings.secret_key_file)
    archive = FolderArchive(settings.archive_dir)

    def make_server_engine(url: str, application_name: str) -> Engine:
        return PostgresqlEngine(
            url,
            application_name=application_name,
            lock_timeout_seconds=settings.lock_timeout_seconds,
            statement_timeout_seconds=settings.statement_timeout_seconds,
            bin_dirs=settings.postgresql_bin_dirs,
        )

    servers = Servers(
        settings.servers, engine_factory=make_server_engine, open_store=open_store, clock=clock
    )
    ports = Ports(
        open_store=open_store, servers=servers, secrets=secrets, archive=archive, clock=clock
    )
    build_database = DatabaseBuild(ports=ports)
    runners: dict[JobKind, Runner[Store]] = {
        JobKind.CREATE: build_database,
        JobKind.REGENERATE: build_database,
        JobKind.DROP: DatabaseDrop(ports=ports),
        JobKind.BACKUP: BackupTaking(ports=ports),
        JobKind.RESTORE: BackupRestore(ports=ports),
        JobKind.VERIFY: BackupVerification(ports=ports),
    }
    return Application(
        settings=settings,
        clock=clock,
        open_store=open_store,
        announcer=announcer,
        archive=archive,
        servers=servers,
        create_schema=CreateSchema(open_store=open_store, announcer=announcer, clock=clock),
        edit_schema=EditSchema(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            servers=servers,
            secrets=secrets,
        ),
        delete_schema=DeleteSchema(
            open_store=open_store, announcer=announcer, clock=clock, runners=runners
        ),
        schemas=ReadSchemas(open_store=open_store),
        regenerate_database=RegenerateDatabase(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            servers=servers,
            secrets=secrets,
        ),
        look_at_database=LookAtDatabase(
            open_store=open_store, clock=clock, servers=servers, secrets=secrets
        ),
        backups=Backups(open_store=open_store, announcer=announcer, clock=clock, archive=archive),
        jobs=SteerJobs(open_store=open_store, announcer=announcer, clock=clock, runners=runners),
        runners=runners,
        close=database.dispose,
    )
