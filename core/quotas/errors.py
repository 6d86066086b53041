"""What can go wrong with quotas."""

from __future__ import annotations

from core.errors import ConflictError, UnavailableError
from core.quotas.model import Quota

_WORDS = {
    Quota.DATABASES: ("databases", "Delete a schema with its database"),
    Quota.DATABASE_BYTES: ("bytes of databases", "Delete rows or databases"),
    Quota.BACKUPS: ("backups", "Delete a backup that is not needed any more"),
    Quota.BACKUP_BYTES: ("bytes of backups", "Delete a backup that is not needed any more"),
    Quota.QUEUED_JOBS: ("jobs that wait", "Let some of them end, or cancel them"),
    Quota.SCHEMA_BYTES: ("bytes in the document of one schema", "Split the schema"),
}


def _sentence(quota: Quota, limit: int) -> str:
    return f"The workspace may have {limit} {_WORDS[quota][0]} (quota {quota})."


def _hint(quota: Quota) -> str:
    return f"{_WORDS[quota][1]}, or ask the operator for more."


class QuotaExceededError(ConflictError):
    """A workspace has as much as it may have.

    A conflict rather than a lack of permission, as the request is fine and its sender can remove
    what is in its way. Only for jobs that wait does it help to wait.
    """

    code = "QUOTA_EXCEEDED"

    def __init__(self, *, quota: Quota, limit: int) -> None:
        super().__init__(_sentence(quota, limit), hint=_hint(quota))
        self.quota = quota
        self.limit = limit
        self.is_retryable = quota is Quota.QUEUED_JOBS


class QueueFullError(UnavailableError):
    """As many jobs of all workspaces wait as there is room for."""

    code = "QUEUE_FULL"

    def __init__(self) -> None:
        super().__init__(
            "As many jobs wait as there is room for.", hint="Try again when some have ended."
        )


class QuotaAboveGivenError(ConflictError):
    """An admin wants more for the workspace than the installation gives it."""

    code = "QUOTA_ABOVE_GIVEN"

    def __init__(self, *, quota: Quota, given: int) -> None:
        super().__init__(
            f"The installation gives the workspace {given} {_WORDS[quota][0]}.",
            hint="An admin can only choose less; the operator can give more.",
        )
