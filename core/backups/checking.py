"""Whether a backup's file is in the archive and is what was written."""

from __future__ import annotations

import hashlib

from core.backups.archive import Archive
from core.backups.errors import BackupDamagedError
from core.backups.model import Backup
from core.jobs.running import JobRun

_CHUNK_BYTES = 1024 * 1024


def check_file(backup: Backup, archive: Archive, run: JobRun) -> None:
    """Compare size and digest of a backup's file with what was recorded when it was written.

    Raises:
        BackupMissingError: the file is not there.
        BackupDamagedError: it is shorter, longer or other than it was.
    """
    with archive.open(backup.location) as file:
        size_bytes = file.size_bytes
        if backup.size_bytes is not None and size_bytes < backup.size_bytes:
            raise BackupDamagedError(
                location=backup.location,
                reason=f"truncated to {size_bytes} of {backup.size_bytes} bytes",
            )
        digest = hashlib.sha256()
        done = 0
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            run.check()
            run.progress(
                f"{done / 1_000_000:.1f} MB checked.", fraction=min(done / max(size_bytes, 1), 1.0)
            )
    if backup.size_bytes is not None and size_bytes > backup.size_bytes:
        raise BackupDamagedError(
            location=backup.location,
            reason=f"it has {size_bytes} bytes where {backup.size_bytes} were written",
        )
    if backup.sha256 is not None and digest.hexdigest() != backup.sha256:
        raise BackupDamagedError(
            location=backup.location, reason="its SHA-256 is not the one it was written with"
        )
