"""The folder archive: complete files or none, and nothing outside the folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core.backups.errors import ArchiveUnavailableError, BackupMissingError
from core.backups.folder_archive import FolderArchive

LOCATION = "schema/backup.dump"


def _write(archive: FolderArchive, content: bytes) -> None:
    with archive.write(LOCATION) as writer:
        writer.write(content)
        writer.complete()


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_complete_file_is_there_with_its_size_and_digest(tmp_path: Path) -> None:
    """What was written is read back, and its facts were counted on the way."""
    archive = FolderArchive(tmp_path)
    with archive.write(LOCATION) as writer:
        writer.write(b"one ")
        writer.write(b"two")
        stored = writer.complete()
    assert stored.size_bytes == 7
    assert stored.sha256 == hashlib.sha256(b"one two").hexdigest()
    with archive.open(LOCATION) as reader:
        assert reader.size_bytes == 7
        assert reader.read(100) == b"one two"


def test_an_interrupted_file_leaves_nothing_behind(tmp_path: Path) -> None:
    """Leaving the block early removes the part, and the old file stays."""
    archive = FolderArchive(tmp_path)
    _write(archive, b"old")
    with archive.write(LOCATION) as writer:
        writer.write(b"new")
    assert _files(tmp_path) == [LOCATION]
    assert b"".join(archive.chunks(LOCATION, offset=0, length=10)) == b"old"


def test_discarding_removes_parts_of_killed_writers(tmp_path: Path) -> None:
    """A writer that was killed left a part, which goes with the file."""
    archive = FolderArchive(tmp_path)
    _write(archive, b"content")
    (tmp_path / "schema" / "backup.dump.0123.part").write_bytes(b"half")
    archive.discard(LOCATION)
    archive.discard(LOCATION)
    assert _files(tmp_path) == []


def test_a_range_is_read_in_the_middle(tmp_path: Path) -> None:
    """Offset and length cut out exactly that part."""
    archive = FolderArchive(tmp_path)
    _write(archive, b"0123456789")
    assert b"".join(archive.chunks(LOCATION, offset=3, length=4)) == b"3456"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The error says which file it is."""
    archive = FolderArchive(tmp_path)
    with pytest.raises(BackupMissingError, match=LOCATION), archive.open(LOCATION):
        pass


def test_a_location_outside_the_folder_is_refused(tmp_path: Path) -> None:
    """No location leads out of the archive."""
    archive = FolderArchive(tmp_path / "archive")
    with pytest.raises(BackupMissingError), archive.open("../../etc/passwd"):
        pass


def test_a_folder_that_takes_no_file_is_unavailable(tmp_path: Path) -> None:
    """A file where the folder should be is reported as an archive that is away."""
    (tmp_path / "schema").write_text("a file in the way")
    archive = FolderArchive(tmp_path)
    with pytest.raises(ArchiveUnavailableError), archive.write(LOCATION):
        pass


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """A dump holds everything, so nobody else may read it."""
    _write(FolderArchive(tmp_path), b"rows")
    assert (tmp_path / LOCATION).stat().st_mode & 0o077 == 0
