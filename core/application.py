"""What a wired process works with: the use cases, the runners and what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.access.audit import AuditLog
from core.access.keys import Keys
from core.access.reencrypting import SecretKeys
from core.access.tokens import TokenVerifier
from core.access.workspaces import Workspaces
from core.backups.archive import Archive
from core.backups.asking import Backups
from core.backups.recovering import RecoverDatabases
from core.backups.scheduling import BackupSchedules
from core.backups.store_copies import StoreCopies
from core.clock import Clock
from core.databases.adopting import AdoptDrift
from core.databases.drift import DetectDrift
from core.databases.finding_uses import FindUses
from core.databases.looking import LookAtDatabase
from core.databases.measuring import MeasureDatabases
from core.databases.planning_migrations import PlanMigration
from core.databases.regenerating import RegenerateDatabase
from core.databases.registering import RegisterServers
from core.databases.revealing import DatabaseCredentials
from core.databases.rotating import RotateCredential
from core.databases.server_health import HangingServers, LookAtServers
from core.databases.servers import Servers
from core.databases.stored_migrations import Migrations
from core.jobs.model import JobKind
from core.jobs.queue import Announcer
from core.jobs.running import Runner
from core.observation.doctor import Doctor
from core.observation.signs_of_life import SignsOfLife
from core.quotas.admitting import Admission
from core.quotas.setting import Quotas
from core.schemas.comparing import CompareStates
from core.schemas.creating import CreateSchema
from core.schemas.deleting import DeleteSchema
from core.schemas.editing import EditSchema
from core.schemas.jobs import SteerJobs
from core.schemas.reading import ReadSchemas
from core.schemas.reading_versions import ReadVersions
from core.schemas.setting_lint_policy import LintPolicies
from core.schemas.store import Store
from core.settings import Settings
from core.store.unit_of_work import PoolUse, SqlStore
from core.webhooks.delivering import DeliverWebhooks
from core.webhooks.subscribing import Webhooks


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
    """The servers that databases stand on."""
    register_servers: RegisterServers
    """Decides which ones these are."""
    look_at_servers: LookAtServers
    """Finds out how they do."""
    hanging_servers: HangingServers
    """Tells running jobs of those that hang."""
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
    credentials: DatabaseCredentials
    """Says who may log in to a database, and with what."""
    rotate_credential: RotateCredential
    """Replaces that."""
    backups: Backups
    """Asks for, reads and deletes backups."""
    backup_schedules: BackupSchedules
    """Reads and sets when these are taken by themselves."""
    store_copies: StoreCopies
    """Copies the store itself into the archive, and brings it back."""
    recover_databases: RecoverDatabases
    """Brings lost databases back after that."""
    versions: ReadVersions
    """Reads versions."""
    compare_states: CompareStates
    """Says what differs between versions, documents and the live database."""
    detect_drift: DetectDrift
    """Finds what was changed by hand."""
    adopt_drift: AdoptDrift
    """Takes over what was changed by hand."""
    plan_migration: PlanMigration
    """Plans how a database gets to another definition."""
    migrations: Migrations
    """Reads, discards, applies and reverts plans."""
    find_uses: FindUses
    """Says what refers to a table or column."""
    lint_policies: LintPolicies
    """Says what is made of findings about plans."""
    jobs: SteerJobs
    """Stops and repeats jobs."""
    admission: Admission
    """Says whether there is room in a workspace."""
    quotas: Quotas
    """Says how workspaces stand with their quotas."""
    measure_databases: MeasureDatabases
    """Remembers how big databases are."""
    keys: Keys
    """Says which API keys there are, and whose a request with one is."""
    workspaces: Workspaces
    """Says who belongs to which workspace."""
    audit_log: AuditLog
    """Records who did what."""
    secret_keys: SecretKeys
    """Replaces the keys that encrypt what is stored."""
    token_verifier: TokenVerifier | None
    """Says whose a token is; None where no provider is set up."""
    webhooks: Webhooks
    """Says who is told of what."""
    deliver_webhooks: DeliverWebhooks
    """Tells them."""
    signs_of_life: SignsOfLife
    """Where workers and beat say that they live."""
    runners: Mapping[JobKind, Runner[Store]]
    """Who does the work of each kind of job."""
    doctor: Doctor
    """Looks at everything that the product depends on."""
    pool_use: Callable[[], PoolUse]
    """Says how many connections to the store this process uses."""
    close: Callable[[], None]
    """Gives connections back."""
