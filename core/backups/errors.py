"""What can go wrong with backups."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError


class BackupNotFoundError(NotFoundError):
    """The schema has no such backup."""

    code = "BACKUP_NOT_FOUND"

    def __init__(self, *, backup_id: str) -> None:
        super().__init__(
            f"There is no backup {backup_id} of this schema.",
            hint="GET …/backups lists those there are.",
        )


class BackupNotAvailableError(ConflictError):
    """The backup is not complete, so there is nothing to download, restore or verify."""

    code = "BACKUP_NOT_AVAILABLE"

    def __init__(self, *, backup_id: str, state: str) -> None:
        super().__init__(
            f"The backup {backup_id} is {state}.",
            hint="Wait for its job to end, or take another backup.",
        )


class BackupInUseError(ConflictError):
    """A job works with the backup."""

    code = "BACKUP_IN_USE"

    def __init__(self, *, backup_id: str, job_id: str) -> None:
        super().__init__(
            f"The job {job_id} works with the backup {backup_id}.",
            hint="Wait for it to end, or cancel it.",
        )


class BackupMissingError(InvalidInputError):
    """The file of a backup is not in the archive."""

    code = "BACKUP_MISSING"

    def __init__(self, *, location: str) -> None:
        super().__init__(
            f"The file {location} is not in the archive.",
            hint="Put it back from wherever it went, or use another backup.",
        )


class BackupDamagedError(InvalidInputError):
    """The file of a backup is not what was written."""

    code = "BACKUP_DAMAGED"

    def __init__(self, *, location: str, reason: str) -> None:
        super().__init__(
            f"The file {location} is damaged: {reason}.",
            hint="Use another backup, and find out what happened to the archive.",
        )


class BackupDiffersError(InvalidInputError):
    """A restored backup is not what was backed up."""

    code = "BACKUP_DIFFERS"

    def __init__(self, *, differences: Sequence[str]) -> None:
        super().__init__(
            f"The restored backup differs from what was backed up: {'; '.join(differences[:10])}.",
            hint="Take another backup, and do not rely on this one.",
        )


class ArchiveUnavailableError(UnavailableError):
    """The archive cannot be written or read at present."""

    code = "ARCHIVE_UNAVAILABLE"

    def __init__(self, *, location: str, reason: str) -> None:
        super().__init__(
            f"The archive does not take or give {location}: {reason}.",
            hint="Check its disk space and permissions.",
        )


class ArchiveKeyGoneError(UnavailableError):
    """The key of a file was removed while the file was being written."""

    code = "ARCHIVE_KEY_GONE"

    def __init__(self, *, location: str, version: str) -> None:
        super().__init__(
            f"The key {version} was removed while {location} was being written with it.",
            hint="Nothing: it is written anew, with the key in use by then.",
        )


class BackupScheduleNotFoundError(NotFoundError):
    """The schema has no backup schedule."""

    code = "BACKUP_SCHEDULE_NOT_FOUND"

    def __init__(self, *, schema_id: str) -> None:
        super().__init__(
            f"The schema {schema_id} has no backup schedule.",
            hint="PUT …/backup-schedule makes one.",
        )


class CronInvalidError(InvalidInputError):
    """A cron expression that cannot be used."""

    code = "CRON_INVALID"

    def __init__(self, *, cron: str, reason: str) -> None:
        super().__init__(
            f"{cron[:100]!r} is no cron expression: {reason}.",
            hint="Write five fields, such as `30 2 * * *` for every night at half past two.",
        )


class TimeZoneUnknownError(InvalidInputError):
    """A time zone that does not exist."""

    code = "TIME_ZONE_UNKNOWN"

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"There is no time zone {name[:100]!r}.",
            hint="Use a name of the IANA database, such as `Europe/Berlin` or `UTC`.",
        )


class NoStoreCopyError(NotFoundError):
    """The archive has no copy of the store."""

    code = "NO_STORE_COPY"

    def __init__(self) -> None:
        super().__init__(
            "The archive has no copy of the store.",
            hint="Do ARCHIVE_DIR or ARCHIVE_URL lead to the right archive?",
        )


class StoreCopyRunningError(ConflictError):
    """The store is being copied already, and two copies at once are of no use."""

    code = "STORE_COPY_RUNNING"

    def __init__(self) -> None:
        super().__init__(
            "The store is being copied into the archive already.",
            hint="Try again in a moment; `flask store copies` lists the copy once it is there.",
        )


class StoreNotEmptyError(ConflictError):
    """There is a store already, which a recovery does not replace."""

    code = "STORE_NOT_EMPTY"

    def __init__(self) -> None:
        super().__init__(
            "The store has tables already, so nothing was recovered into it.",
            hint="Let DATABASE_URL lead to an empty database.",
        )
