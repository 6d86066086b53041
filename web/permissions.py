"""What each route needs, whether it is audited and what it is counted as: the one place for that.

A route that is not named here needs an admin, is audited and counts as a write, so that forgetting
one opens nothing; a test finds it. Routes that change or reveal something are audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from core.access.roles import Scope
from core.jobs.model import JobKind


class Allowance(StrEnum):
    """What a request is counted as; how many a minute there may be stands in the settings."""

    WRITES = "writes"
    """It makes or changes something."""
    READS = "reads"
    """It looks at something, or stops something: that must go on when the writes are used up."""
    VALIDATIONS = "validations"
    """It checks or compares documents and changes nothing."""
    UNLIMITED = "unlimited"
    """It is not counted: whoever watches over the product asks often and by himself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a route needs."""

    allowance: Allowance
    """What a request is counted as."""

    scopes: tuple[Scope, ...] = ()
    """Every one of these; none means that it is enough to be somebody."""
    is_audited: bool = False
    """Whether each request is in the audit log."""
    spans_workspaces: bool = False
    """Whether it is about all workspaces of its sender, so that none has to be named."""
    is_public: bool = False
    """Whether nobody is asked who they are."""


PROBE = Permission(is_public=True, allowance=Allowance.UNLIMITED)
PUBLIC = Permission(is_public=True, allowance=Allowance.READS)
ANYBODY = Permission(allowance=Allowance.READS)
UNDECLARED = Permission(scopes=(Scope.ADMIN,), is_audited=True, allowance=Allowance.WRITES)


def _reads(*scopes: Scope) -> Permission:
    return Permission(scopes=scopes, allowance=Allowance.READS)


def _checks(*scopes: Scope) -> Permission:
    return Permission(scopes=scopes, allowance=Allowance.VALIDATIONS)


def _acts(*scopes: Scope) -> Permission:
    return Permission(scopes=scopes, is_audited=True, allowance=Allowance.WRITES)


def _reveals(*scopes: Scope) -> Permission:
    return replace(_reads(*scopes), is_audited=True)


def _stops(*scopes: Scope) -> Permission:
    return replace(_acts(*scopes), allowance=Allowance.READS)


_ADMINISTERS = _acts(Scope.ADMIN)

PERMISSIONS: Mapping[str, Permission] = {
    # How this server does, and the description of the API. The measures check their own token.
    "getHealth": PROBE,
    "getReadiness": PROBE,
    "getLiveness": PROBE,
    "getOpenapi": PUBLIC,
    "readDocs": PUBLIC,
    "begin": PUBLIC,
    "metrics": PROBE,
    # Designs.
    "listSchemas": _reads(Scope.SCHEMAS_READ),
    "getSchema": _reads(Scope.SCHEMAS_READ),
    "validateSchema": _checks(Scope.SCHEMAS_READ),
    "exportSchemaSql": _reads(Scope.SCHEMAS_READ),
    "analyseSchema": _reads(Scope.SCHEMAS_READ),
    "createSchema": _acts(Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION),
    "replaceSchema": _acts(Scope.SCHEMAS_WRITE),
    "deleteSchema": _acts(Scope.SCHEMAS_WRITE, Scope.DATABASES_DROP),
    # Versions.
    "listVersions": _reads(Scope.SCHEMAS_READ),
    "getVersion": _reads(Scope.SCHEMAS_READ),
    "compareVersions": _reads(Scope.SCHEMAS_READ),
    "compareStates": _checks(Scope.SCHEMAS_READ),
    "restoreVersion": _acts(Scope.SCHEMAS_WRITE),
    # Live databases.
    "getDatabaseStatus": _reads(Scope.SCHEMAS_READ),
    "getDatabaseMetrics": _reads(Scope.SCHEMAS_READ),
    "regenerateDatabase": _acts(Scope.DATABASES_PROVISION),
    "getDrift": _reads(Scope.SCHEMAS_READ),
    "adoptDrift": _acts(Scope.SCHEMAS_WRITE),
    "getImpact": _reads(Scope.SCHEMAS_READ),
    "getLintPolicy": _reads(Scope.SCHEMAS_READ),
    "replaceLintPolicy": _acts(Scope.SCHEMAS_WRITE),
    # Credentials. What changes a password takes as much as reading it does.
    "listCredentials": _reads(Scope.SCHEMAS_READ),
    "revealCredential": _acts(Scope.CREDENTIALS_REVEAL),
    "rotateCredential": _acts(Scope.DATABASES_PROVISION, Scope.CREDENTIALS_REVEAL),
    "testCredential": _acts(Scope.DATABASES_PROVISION),
    # Migrations.
    "listMigrations": _reads(Scope.SCHEMAS_READ),
    "getMigration": _reads(Scope.SCHEMAS_READ),
    "planMigration": _acts(Scope.SCHEMAS_WRITE),
    "discardMigration": _acts(Scope.SCHEMAS_WRITE),
    "applyMigration": _acts(Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION),
    "revertMigration": _acts(Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION),
    # Backups. The file of one has every row, so it takes as much as a password does.
    "listBackups": _reads(Scope.BACKUPS_READ),
    "getBackup": _reads(Scope.BACKUPS_READ),
    "downloadBackup": _reveals(Scope.BACKUPS_READ, Scope.CREDENTIALS_REVEAL),
    "takeBackup": _acts(Scope.BACKUPS_WRITE),
    "verifyBackup": _acts(Scope.BACKUPS_WRITE),
    "deleteBackup": _acts(Scope.BACKUPS_WRITE),
    "getBackupSchedule": _reads(Scope.BACKUPS_READ),
    "getBackupStatus": _reads(Scope.BACKUPS_READ),
    "replaceBackupSchedule": _acts(Scope.BACKUPS_WRITE),
    "deleteBackupSchedule": _acts(Scope.BACKUPS_WRITE),
    "restoreBackup": _acts(Scope.BACKUPS_WRITE, Scope.DATABASES_PROVISION),
    # Jobs. Trying one again needs what asking for it did, see `RETRIES`.
    "listJobs": _reads(Scope.SCHEMAS_READ),
    "readJob": _reads(Scope.SCHEMAS_READ),
    "streamJobEvents": _reads(Scope.SCHEMAS_READ),
    "cancelJob": _stops(Scope.JOBS_CANCEL),
    "retryJob": _acts(Scope.JOBS_CANCEL),
    # Webhooks send what happens in the workspace to others.
    "listWebhooks": _reads(Scope.ADMIN),
    "getWebhook": _reads(Scope.ADMIN),
    "listDeliveries": _reads(Scope.ADMIN),
    "createWebhook": _ADMINISTERS,
    "deleteWebhook": _ADMINISTERS,
    "testWebhook": _ADMINISTERS,
    "enableWebhook": _ADMINISTERS,
    # Servers belong to the installation: the routes look at the workspace too.
    "listServers": _reads(Scope.ADMIN),
    "getServer": _reads(Scope.ADMIN),
    "createServer": _ADMINISTERS,
    "replaceServer": _ADMINISTERS,
    "drainServer": _ADMINISTERS,
    "undrainServer": _ADMINISTERS,
    "deleteServer": _ADMINISTERS,
    # Who may do what.
    "getWorkspace": ANYBODY,
    "listWorkspaces": replace(ANYBODY, spans_workspaces=True),
    "listMembers": _reads(Scope.ADMIN),
    "putMember": _ADMINISTERS,
    "removeMember": _ADMINISTERS,
    "listKeys": _reads(Scope.ADMIN),
    "getKey": _reads(Scope.ADMIN),
    "createKey": _ADMINISTERS,
    "revokeKey": _stops(Scope.ADMIN),
    "listAuditEntries": _reads(Scope.ADMIN),
    # How much there may be.
    "listQuotas": ANYBODY,
    "chooseQuota": _ADMINISTERS,
}
"""What routes need, by their `operationId`."""

LOSSES = (Scope.DATABASES_PROVISION,)
"""What an edit of a design needs besides, where it may lose values of the live database."""

RETRIES: Mapping[JobKind, tuple[Scope, ...]] = {
    JobKind.CREATE: (Scope.DATABASES_PROVISION,),
    JobKind.REGENERATE: (Scope.DATABASES_PROVISION,),
    JobKind.MIGRATE: (Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION),
    JobKind.REVERT: (Scope.SCHEMAS_WRITE, Scope.DATABASES_PROVISION),
    JobKind.TIDY: (Scope.DATABASES_PROVISION,),
    JobKind.ROTATE: (Scope.DATABASES_PROVISION, Scope.CREDENTIALS_REVEAL),
    JobKind.RETIRE: (Scope.DATABASES_PROVISION,),
    JobKind.DROP: (Scope.DATABASES_DROP,),
    JobKind.BACKUP: (Scope.BACKUPS_WRITE,),
    JobKind.RESTORE: (Scope.BACKUPS_WRITE, Scope.DATABASES_PROVISION),
    JobKind.VERIFY: (Scope.BACKUPS_WRITE,),
}
"""What trying a job again needs beside stopping it, by its kind."""


def permission_of(operation: str) -> Permission:
    """Return what a route needs."""
    return PERMISSIONS.get(operation, UNDECLARED)
