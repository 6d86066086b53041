"""The unit of work over the store: one connection, one transaction, all repositories."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import QueuePool
from typing_extensions import override

from core.clock import Clock
from core.schemas.store import Store
from core.store.access import (
    SqlApiKeyRepository,
    SqlAuditRepository,
    SqlWorkspaceRepository,
)
from core.store.alerts import SqlAlertRepository
from core.store.backup_schedules import SqlBackupScheduleRepository
from core.store.backups import SqlBackupRepository
from core.store.condition import SqlConditionRepository
from core.store.credentials import SqlCredentialRepository
from core.store.database import MOST_CONNECTIONS
from core.store.databases import SqlDatabaseRepository, SqlServerRepository
from core.store.drift import SqlDriftRepository
from core.store.errors import StoreBusyError, StoreNotOpenError
from core.store.idempotency import SqlIdempotencyRepository
from core.store.jobs import SqlJobRepository
from core.store.lint_policies import SqlLintPolicyRepository
from core.store.listing import Surveys
from core.store.measures import SqlMeasureRepository
from core.store.migrations import SqlMigrationRepository
from core.store.normal_forms import SqlNormalFormRepository
from core.store.quotas import SqlQuotaRepository
from core.store.registrations import SqlRegistrationRepository
from core.store.schemas import SqlSchemaRepository
from core.store.stored_secrets import SqlStoredSecretRepository
from core.store.versions import SqlVersionRepository
from core.store.webhooks import SqlWebhookRepository


class SqlStore(Store):
    """One transaction of the store, rolled back unless committed; serves one block only."""

    def __init__(self, engine: Engine, clock: Clock, surveys: Surveys) -> None:
        self._engine = engine
        self._clock = clock
        self._surveys = surveys
        self._open_connection: Connection | None = None

    @override
    def __enter__(self) -> Self:
        """Take a connection and begin.

        Raises:
            StoreUnavailableError: the store cannot be reached.
            StoreBusyError: all connections of this process are in use.
        """
        try:
            self._open_connection = self._engine.connect()
        except PoolTimeoutError as error:
            raise StoreBusyError(reason="all connections of this process are in use") from error
        return self

    @override
    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Roll back what was not committed and give the connection back."""
        connection, self._open_connection = self._connection, None
        connection.close()

    @override
    def commit(self) -> None:
        """Make what was written in this block durable.

        Raises:
            StoreUnavailableError: the connection broke; whether the commit took effect is unknown.
        """
        self._connection.commit()

    @property
    @override
    def schemas(self) -> SqlSchemaRepository:
        """The schemas."""
        return SqlSchemaRepository(self._connection, self._surveys)

    @property
    @override
    def versions(self) -> SqlVersionRepository:
        """Their versions."""
        return SqlVersionRepository(self._connection)

    @property
    @override
    def databases(self) -> SqlDatabaseRepository:
        """Their databases."""
        return SqlDatabaseRepository(self._connection)

    @property
    @override
    def credentials(self) -> SqlCredentialRepository:
        """Who may log in to them."""
        return SqlCredentialRepository(self._connection)

    @property
    @override
    def servers(self) -> SqlServerRepository:
        """The servers these stand on."""
        return SqlServerRepository(self._connection, self._clock)

    @property
    @override
    def registrations(self) -> SqlRegistrationRepository:
        """What is decided and known of the servers."""
        return SqlRegistrationRepository(self._connection)

    @property
    @override
    def backups(self) -> SqlBackupRepository:
        """The backups of databases."""
        return SqlBackupRepository(self._connection)

    @property
    @override
    def backup_schedules(self) -> SqlBackupScheduleRepository:
        """When these are taken."""
        return SqlBackupScheduleRepository(self._connection)

    @property
    @override
    def alerts(self) -> SqlAlertRepository:
        """What somebody must look at."""
        return SqlAlertRepository(self._connection)

    @property
    @override
    def migrations(self) -> SqlMigrationRepository:
        """The plans of databases' changes."""
        return SqlMigrationRepository(self._connection)

    @property
    @override
    def drift(self) -> SqlDriftRepository:
        """What is known of databases that were changed by hand."""
        return SqlDriftRepository(self._connection)

    @property
    @override
    def normal_forms(self) -> SqlNormalFormRepository:
        """How servers write definitions."""
        return SqlNormalFormRepository(self._connection, self._clock)

    @property
    @override
    def lint_policies(self) -> SqlLintPolicyRepository:
        """What the owners of schemas make of findings."""
        return SqlLintPolicyRepository(self._connection)

    @property
    @override
    def jobs(self) -> SqlJobRepository:
        """The jobs."""
        return SqlJobRepository(self._connection)

    @property
    @override
    def idempotency(self) -> SqlIdempotencyRepository:
        """First answers to requests that may be repeated."""
        return SqlIdempotencyRepository(self._connection)

    @property
    def stored_secrets(self) -> SqlStoredSecretRepository:
        """Everything that is encrypted."""
        return SqlStoredSecretRepository(self._connection)

    @property
    @override
    def quotas(self) -> SqlQuotaRepository:
        """What workspaces have and may have."""
        return SqlQuotaRepository(self._connection)

    @property
    def webhooks(self) -> SqlWebhookRepository:
        """Addresses that are told of events."""
        return SqlWebhookRepository(self._connection)

    @property
    def condition(self) -> SqlConditionRepository:
        """How the store itself is."""
        return SqlConditionRepository(self._connection)

    @property
    def measures(self) -> SqlMeasureRepository:
        """Counts of what is recorded."""
        return SqlMeasureRepository(self._connection)

    @property
    def api_keys(self) -> SqlApiKeyRepository:
        """The API keys."""
        return SqlApiKeyRepository(self._connection)

    @property
    def workspaces(self) -> SqlWorkspaceRepository:
        """The workspaces and their members."""
        return SqlWorkspaceRepository(self._connection)

    @property
    def audit(self) -> SqlAuditRepository:
        """What was done."""
        return SqlAuditRepository(self._connection)

    @property
    def _connection(self) -> Connection:
        """The connection of the open block."""
        if self._open_connection is None:
            raise StoreNotOpenError
        return self._open_connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """How many connections to the store one process uses."""

    used: int
    """In use just now."""
    size: int
    """The most there can be."""


class StoreFactory:
    """Begins units of work: `with open_store() as store: …`. One per process, safe to share."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        # Shares the connections. Without a transaction to begin and to end, a question takes one
        # exchange with the server where it took three.
        self._reading_engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock
        self._surveys = Surveys()

    def __call__(self) -> SqlStore:
        """Return a unit of work that begins when its block is entered."""
        return SqlStore(self._engine, self._clock, self._surveys)

    def to_read(self) -> SqlStore:
        """Return a unit of work for questions only: whatever it wrote would be durable at once.

        Each statement sees what is committed when it begins, as in any unit of work.
        """
        return SqlStore(self._reading_engine, self._clock, self._surveys)

    def pool_use(self) -> PoolUse:
        """Return how many connections this process uses."""
        pool = self._engine.pool
        if not isinstance(pool, QueuePool):
            return PoolUse(used=0, size=0)
        return PoolUse(used=pool.checkedout(), size=MOST_CONNECTIONS)

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._engine.dispose()
