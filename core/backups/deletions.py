"""Finishing deletions of backups that a process began and did not live to end."""

from __future__ import annotations

import logging

from core.backups.archive import Archive
from core.schemas.store import OpenStore

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 100
"""How many deletions one round finishes; the next round goes on."""


def finish_deletions(*, open_store: OpenStore, archive: Archive) -> int:
    """Remove the files, and then the records, of backups that are being deleted; say how many.

    Running beside the process that began one is harmless: whatever is gone already stays gone.

    Raises:
        UnavailableError: the store or the archive is away; the next round tries again.
    """
    with open_store() as store:
        backups = store.backups.half_deleted(MOST_AT_ONCE)
    for backup in backups:
        archive.remove(backup.location)
        with open_store() as store:
            store.backups.remove(backup.id)
            store.commit()
        logger.info("deletion_finished", extra={"backup_id": backup.id})
    return len(backups)
