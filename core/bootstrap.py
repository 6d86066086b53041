"""The wiring: from settings to use cases and runners. Imported only by web and worker.

Nothing is connected here: store and servers are reached at the first use, so that a process may
fork between.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from urllib.parse import unquote, urlsplit

from core.access.audit import AuditLog
from core.access.keys import Keys
from core.access.reencrypting import SecretKeys
from core.access.signing_keys import FixedKey, PublishedKeys
from core.access.tokens import TokenVerifier
from core.access.workspaces import Workspaces
from core.application import Application
from core.backups.archive import Archive
from core.backups.asking import Backups
from core.backups.encryption import EncryptedArchive
from core.backups.folder_archive import FolderArchive
from core.backups.recovering import RecoverDatabases
from core.backups.restoring import BackupRestore
from core.backups.scheduling import BackupSchedules
from core.backups.store_copies import STORE_COPIES, StoreCopies
from core.backups.taking import BackupTaking
from core.backups.verifying import BackupVerification
from core.clock import Clock, SystemClock
from core.databases.adopting import AdoptDrift
from core.databases.assessing import Assessor
from core.databases.drift import DetectDrift
from core.databases.dropping import DatabaseDrop
from core.databases.engine import Credentials, Engine
from core.databases.finding_uses import FindUses
from core.databases.live import LiveDatabases
from core.databases.looking import LookAtDatabase
from core.databases.measuring import MeasureDatabases
from core.databases.migrating import DatabaseMigration
from core.databases.normal_forms import NormalForms
from core.databases.planning_edits import PlanEdit
from core.databases.planning_migrations import PlanMigration
from core.databases.provisioning import DatabaseBuild
from core.databases.regenerating import RegenerateDatabase
from core.databases.registering import RegisterServers
from core.databases.retiring import CredentialRetirement
from core.databases.revealing import DatabaseCredentials
from core.databases.reverting import MigrationRevert
from core.databases.rotating import CredentialRotation, RotateCredential
from core.databases.server_health import HangingServers, LookAtServers
from core.databases.servers import Servers
from core.databases.site import Ports
from core.databases.stored_migrations import Migrations
from core.databases.tidying import SetAsideRemoval
from core.engines.postgresql import Keeper, PostgresqlEngine
from core.jobs.broker import Broker
from core.jobs.model import JobKind
from core.jobs.queue import Announcer
from core.jobs.running import Runner
from core.observation.doctor import Doctor
from core.observation.signs_of_life import RedisSignsOfLife
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
from core.secrets import SecretBox
from core.settings import Settings
from core.store.database import make_engine
from core.store.turns import turn
from core.store.unit_of_work import StoreFactory
from core.webhooks.delivering import DeliverWebhooks
from core.webhooks.posting import HttpPoster
from core.webhooks.subscribing import Webhooks

PROBE_SECONDS = 5
"""Longest statement of a look at a server."""


def build(settings: Settings, *, announcer: Announcer, clock: Clock | None = None) -> Application:
    """Wire everything from settings; nothing is connected yet."""
    clock = clock or SystemClock()
    database = make_engine(settings.database_url)
    open_store = StoreFactory(database, clock)
    copy_turn = partial(turn, database, STORE_COPIES)
    secrets = SecretBox(settings.secret_key_file, holds_secrets=partial(_holds_secrets, open_store))
    archive = _archive(settings, secrets)
    keeper = Keeper()
    signs_of_life = RedisSignsOfLife(settings.redis_url)

    def close() -> None:
        keeper.close()
        signs_of_life.close()
        database.dispose()

    def make_server_engine(url: str, application_name: str) -> Engine:
        return PostgresqlEngine(
            url,
            application_name=application_name,
            lock_timeout_seconds=settings.lock_timeout_seconds,
            statement_timeout_seconds=settings.statement_timeout_seconds,
            bin_dirs=settings.postgresql_bin_dirs,
            line_patience_seconds=settings.lock_patience_seconds,
            keeper=keeper,
        )

    def make_probe(url: str, application_name: str) -> Engine:
        return PostgresqlEngine(
            url,
            application_name=application_name,
            lock_timeout_seconds=PROBE_SECONDS,
            statement_timeout_seconds=PROBE_SECONDS,
            bin_dirs=settings.postgresql_bin_dirs,
        )

    servers = Servers(
        settings.servers,
        engine_factory=make_server_engine,
        open_store=open_store,
        clock=clock,
        secrets=secrets,
    )
    normal_forms = NormalForms(open_store=open_store, servers=servers, clock=clock)
    live = LiveDatabases(open_store=open_store, servers=servers, secrets=secrets)
    versions = ReadVersions(open_store=open_store)
    detect_drift = DetectDrift(
        open_store=open_store, clock=clock, live=live, normal_forms=normal_forms
    )
    ports = Ports(
        open_store=open_store,
        servers=servers,
        secrets=secrets,
        archive=archive,
        clock=clock,
        connections_per_login=settings.connections_per_login,
    )
    assessor = Assessor(
        open_store=open_store,
        clock=clock,
        normal_forms=normal_forms,
        online_from_bytes=settings.online_from_bytes,
    )
    plan_migration = PlanMigration(open_store=open_store, live=live, assessor=assessor)
    build_database = DatabaseBuild(ports=ports)
    runners: dict[JobKind, Runner[Store]] = {
        JobKind.CREATE: build_database,
        JobKind.REGENERATE: build_database,
        JobKind.MIGRATE: DatabaseMigration(
            ports=ports,
            assessor=assessor,
            build=build_database,
            keep=timedelta(hours=settings.set_aside_hours),
        ),
        JobKind.REVERT: MigrationRevert(ports=ports),
        JobKind.TIDY: SetAsideRemoval(ports=ports),
        JobKind.ROTATE: CredentialRotation(ports=ports),
        JobKind.RETIRE: CredentialRetirement(ports=ports),
        JobKind.DROP: DatabaseDrop(ports=ports),
        JobKind.BACKUP: BackupTaking(ports=ports),
        JobKind.RESTORE: BackupRestore(ports=ports),
        JobKind.VERIFY: BackupVerification(ports=ports),
    }
    admission = Admission(limits=settings.limits)
    backups = Backups(
        open_store=open_store,
        announcer=announcer,
        clock=clock,
        archive=archive,
        admission=admission,
    )
    secret_keys = SecretKeys(
        open_store=open_store,
        secrets=secrets,
        key_file=settings.secret_key_file,
        archived_by_version=archive.count_by_version,
        copy_turn=copy_turn,
    )
    token_verifier = _token_verifier(settings)
    return Application(
        settings=settings,
        clock=clock,
        open_store=open_store,
        announcer=announcer,
        archive=archive,
        servers=servers,
        register_servers=RegisterServers(
            open_store=open_store,
            clock=clock,
            secrets=secrets,
            servers=servers,
            engine_factory=make_probe,
        ),
        look_at_servers=LookAtServers(
            open_store=open_store, clock=clock, servers=servers, engine_factory=make_probe
        ),
        hanging_servers=HangingServers(open_store=open_store, clock=clock),
        create_schema=CreateSchema(
            open_store=open_store, announcer=announcer, clock=clock, admission=admission
        ),
        edit_schema=EditSchema(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            plan=PlanEdit(open_store=open_store, live=live, assessor=assessor),
            admission=admission,
        ),
        delete_schema=DeleteSchema(
            open_store=open_store, announcer=announcer, clock=clock, runners=runners
        ),
        schemas=ReadSchemas(open_store=open_store.to_read),
        regenerate_database=RegenerateDatabase(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            servers=servers,
            secrets=secrets,
            admission=admission,
        ),
        look_at_database=LookAtDatabase(
            open_store=open_store, clock=clock, servers=servers, secrets=secrets
        ),
        credentials=DatabaseCredentials(
            open_store=open_store, clock=clock, servers=servers, secrets=secrets
        ),
        rotate_credential=RotateCredential(
            open_store=open_store, announcer=announcer, clock=clock, admission=admission
        ),
        backups=backups,
        backup_schedules=BackupSchedules(open_store=open_store, clock=clock),
        store_copies=_store_copies(settings, archive, clock, make_server_engine, copy_turn),
        recover_databases=RecoverDatabases(ports=ports, backups=backups),
        versions=versions,
        compare_states=CompareStates(versions=versions, live=live, normal_forms=normal_forms),
        detect_drift=detect_drift,
        adopt_drift=AdoptDrift(detect=detect_drift, admission=admission),
        plan_migration=plan_migration,
        migrations=Migrations(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            plan=plan_migration,
            admission=admission,
        ),
        find_uses=FindUses(live=live),
        lint_policies=LintPolicies(open_store=open_store),
        jobs=SteerJobs(
            open_store=open_store,
            announcer=announcer,
            clock=clock,
            runners=runners,
            admission=admission,
        ),
        admission=admission,
        quotas=Quotas(open_store=open_store, default=settings.limits.quotas),
        measure_databases=MeasureDatabases(open_store=open_store, servers=servers, clock=clock),
        keys=Keys(open_store=open_store, clock=clock),
        workspaces=Workspaces(open_store=open_store, clock=clock),
        audit_log=AuditLog(open_store=open_store, clock=clock),
        secret_keys=secret_keys,
        token_verifier=token_verifier,
        webhooks=Webhooks(
            open_store=open_store,
            clock=clock,
            secrets=secrets,
            allow_private=settings.webhooks_allow_private,
        ),
        deliver_webhooks=DeliverWebhooks(
            open_store=open_store,
            clock=clock,
            secrets=secrets,
            poster=HttpPoster(),
            allow_private=settings.webhooks_allow_private,
        ),
        signs_of_life=signs_of_life,
        runners=runners,
        doctor=Doctor(
            open_store=open_store,
            clock=clock,
            signs_of_life=signs_of_life,
            servers=servers,
            archive=archive,
            secret_keys=secret_keys,
            signing_keys=None if token_verifier is None else token_verifier.keys,
        ),
        pool_use=open_store.pool_use,
        close=close,
    )


def broker_of(settings: Settings) -> Broker:
    """Return the broker that the settings name."""
    return Broker(
        url=settings.broker_url or settings.redis_url,
        sentinel_master=settings.broker_sentinel_master,
    )


def _holds_secrets(open_store: StoreFactory) -> bool:
    """Tell whether the store has anything that is encrypted."""
    with open_store.to_read() as store:
        return bool(store.stored_secrets.count_by_version())


def _token_verifier(settings: Settings) -> TokenVerifier | None:
    """Return what verifies the tokens of the provider that is set up, if one is."""
    if settings.oidc_issuer is None:
        return None
    file = settings.oidc_public_key_file
    return TokenVerifier(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        authorized_parties=settings.oidc_authorized_parties,
        keys=PublishedKeys(issuer=settings.oidc_issuer, jwks_url=settings.oidc_jwks_url)
        if file is None
        else FixedKey(file),
    )


def _archive(settings: Settings, secrets: SecretBox) -> EncryptedArchive:
    """Return the archive where the settings say it is; what is encrypted is always readable."""
    archive: Archive = FolderArchive(settings.archive_dir)
    if settings.archive_url is not None:
        # Amazon's client is large, and most installations keep their archive in a folder.
        from core.backups.s3_archive import S3Address, S3Archive  # noqa: PLC0415 - see above

        archive = S3Archive(
            S3Address.parse(settings.archive_url),
            access_key_id=settings.archive_access_key_id,
            secret_access_key=settings.archive_secret_access_key,
        )
    return EncryptedArchive(archive, secrets, encrypts=settings.archive_encryption)


def _store_copies(
    settings: Settings,
    archive: Archive,
    clock: Clock,
    make_server_engine: Callable[[str, str], Engine],
    take_turn: Callable[[], AbstractContextManager[bool]],
) -> StoreCopies:
    """Return what copies the store, reached as the account that it belongs to."""
    url = urlsplit(settings.database_url)
    return StoreCopies(
        archive=archive,
        open_engine=lambda: make_server_engine(
            settings.database_url, "schema_builder:store_copies"
        ),
        database_name=unquote(url.path.removeprefix("/")),
        credentials=Credentials(
            role=unquote(url.username or ""), password=unquote(url.password or "")
        ),
        clock=clock,
        take_turn=take_turn,
    )
