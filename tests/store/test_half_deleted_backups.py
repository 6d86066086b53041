"""Deletions of backups that a process began and did not live to end are finished."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.backups.deletions import finish_deletions
from core.backups.folder_archive import FolderArchive
from core.backups.model import Backup, BackupState
from core.store import StoreFactory
from tests.store.builders import later, make_backup, make_schema

pytestmark = pytest.mark.servers


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    """Return an empty archive."""
    return FolderArchive(tmp_path / "archive")


@pytest.fixture
def backups(open_store: StoreFactory, archive: FolderArchive) -> tuple[Backup, ...]:
    """Return a backup that stays and two whose deletion began, one of them without its file."""
    schema = make_schema()
    kept = replace(make_backup(schema), state=BackupState.AVAILABLE)
    half = replace(make_backup(schema, at=later(1)), state=BackupState.DELETING)
    without_file = replace(make_backup(schema, at=later(2)), state=BackupState.DELETING)
    for backup in (kept, half):
        with archive.write(backup.location) as writer:
            writer.write(b"dump")
            writer.complete()
    with open_store() as store:
        store.schemas.add(schema)
        for backup in (kept, half, without_file):
            store.backups.put(backup)
        store.commit()
    return kept, half, without_file


def test_what_was_being_deleted_is_gone_and_the_rest_stays(
    open_store: StoreFactory, archive: FolderArchive, backups: tuple[Backup, ...]
) -> None:
    """File and record go together; one whose file is gone already goes too."""
    kept, half, _ = backups
    with open_store() as store:
        assert store.backups.half_deleted(1) == [half]
    assert finish_deletions(open_store=open_store, archive=archive) == 2
    with open_store() as store:
        assert store.backups.list_page(kept.schema_id, page=1, limit=9) == ([kept], 1)
        assert store.backups.half_deleted(9) == []
    with archive.open(kept.location) as file:
        assert file.size_bytes == 4
    assert finish_deletions(open_store=open_store, archive=archive) == 0
