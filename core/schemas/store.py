"""The unit of work that the use cases around schemas, databases and backups need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from core.backups.alerts import AlertRepository
from core.backups.repository import BackupRepository
from core.backups.schedule import BackupScheduleRepository
from core.databases.drift_record import DriftRepository
from core.databases.normal_form_repository import NormalFormRepository
from core.databases.registration import RegistrationRepository
from core.databases.repository import (
    CredentialRepository,
    DatabaseRepository,
    MigrationRepository,
    ServerRepository,
)
from core.jobs.repository import JobStore
from core.quotas.repository import QuotaStore
from core.schemas.idempotency import IdempotencyRepository
from core.schemas.lint_policy import LintPolicyRepository
from core.schemas.repository import SchemaRepository, VersionRepository


class Store(JobStore, QuotaStore, Protocol):
    """One transaction over everything we record."""

    @property
    def schemas(self) -> SchemaRepository:
        """The schemas."""
        ...

    @property
    def versions(self) -> VersionRepository:
        """Their versions."""
        ...

    @property
    def databases(self) -> DatabaseRepository:
        """Their databases."""
        ...

    @property
    def credentials(self) -> CredentialRepository:
        """Who may log in to them."""
        ...

    @property
    def servers(self) -> ServerRepository:
        """The servers these stand on."""
        ...

    @property
    def registrations(self) -> RegistrationRepository:
        """What is decided and known of the servers."""
        ...

    @property
    def backups(self) -> BackupRepository:
        """The backups of databases."""
        ...

    @property
    def backup_schedules(self) -> BackupScheduleRepository:
        """When these are taken."""
        ...

    @property
    def alerts(self) -> AlertRepository:
        """What somebody must look at."""
        ...

    @property
    def migrations(self) -> MigrationRepository:
        """The plans of databases' changes."""
        ...

    @property
    def drift(self) -> DriftRepository:
        """What is known of databases that were changed by hand."""
        ...

    @property
    def normal_forms(self) -> NormalFormRepository:
        """How servers write definitions."""
        ...

    @property
    def lint_policies(self) -> LintPolicyRepository:
        """What the owners of schemas make of findings."""
        ...

    @property
    def idempotency(self) -> IdempotencyRepository:
        """First answers to requests that may be repeated."""
        ...


OpenStore = Callable[[], Store]
"""Begins a unit of work: `with open_store() as store: …`."""
