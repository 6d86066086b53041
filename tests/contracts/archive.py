"""What every archive owes: complete files or none, ranges, and nothing outside of its own."""

from __future__ import annotations

import hashlib
from itertools import product

import pytest

from core.backups.archive import Archive
from core.backups.errors import BackupMissingError

LOCATION = "schema/backup.dump"
CONTENT = bytes(range(256)) * 1200
"""More than one chunk of any archive under test, and not a whole number of them."""


def store(archive: Archive, content: bytes, location: str = LOCATION) -> None:
    """Write a file in uneven pieces."""
    with archive.write(location) as writer:
        for start in range(0, len(content), 70_001):
            writer.write(content[start : start + 70_001])
        writer.complete()


def read(archive: Archive, location: str = LOCATION) -> bytes:
    """Read a file whole, as it comes."""
    with archive.open(location) as reader:
        return b"".join(iter(lambda: reader.read(50_000), b""))


class ArchiveContract:
    """Tests that an archive under test inherits; it brings the fixture `archive`."""

    @pytest.mark.parametrize(
        "content",
        [b"", b"x", CONTENT, CONTENT[: 64 * 1024], CONTENT[: 128 * 1024]],
        ids=["empty", "one byte", "long", "a whole chunk", "two whole chunks"],
    )
    def test_a_file_is_read_back_with_its_size_and_digest(
        self, archive: Archive, content: bytes
    ) -> None:
        """What is told of it is told of what was written, however it is kept."""
        with archive.write(LOCATION) as writer:
            writer.write(content[:100])
            writer.write(content[100:])
            stored = writer.complete()
        assert stored.size_bytes == len(content)
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        with archive.open(LOCATION) as reader:
            assert reader.size_bytes == len(content)
        assert read(archive) == content
        assert b"".join(archive.chunks(LOCATION, offset=0, length=len(content))) == content

    def test_a_range_is_what_is_there(self, archive: Archive) -> None:
        """Within a chunk, over many, at the edges of chunks, at the ends and beyond."""
        store(archive, CONTENT)
        edge, end = 64 * 1024, len(CONTENT)
        offsets = (0, 1, edge - 1, edge, edge + 1, 2 * edge, end - 1, end, end + 7)
        lengths = (0, 1, edge, 2 * edge + 1, end)
        for offset, length in product(offsets, lengths):
            found = b"".join(archive.chunks(LOCATION, offset=offset, length=length))
            assert found == CONTENT[offset : offset + length], (offset, length)

    def test_a_file_appears_when_it_is_complete(self, archive: Archive) -> None:
        """Until then, and when it is left early, what stood there stays."""
        with archive.write(LOCATION) as writer:
            writer.write(CONTENT)
        with pytest.raises(BackupMissingError):
            read(archive)
        store(archive, b"old")
        with archive.write(LOCATION) as writer:
            writer.write(CONTENT)
            assert read(archive) == b"old"
        assert read(archive) == b"old"
        store(archive, CONTENT)
        assert read(archive) == CONTENT

    def test_removing_and_discarding_twice_is_harmless(self, archive: Archive) -> None:
        """Whatever is gone stays gone."""
        store(archive, b"rows")
        for _ in range(2):
            archive.remove(LOCATION)
            archive.discard(LOCATION)
        assert list(archive.locations("")) == []

    def test_a_missing_file_is_named(self, archive: Archive) -> None:
        """The error says which file it is."""
        with pytest.raises(BackupMissingError, match=LOCATION), archive.open(LOCATION):
            pass
        with pytest.raises(BackupMissingError, match=LOCATION):
            list(archive.chunks(LOCATION, offset=0, length=1))

    @pytest.mark.parametrize("location", ["../secret.key", "a/../../secret.key", "/etc/passwd"])
    def test_no_location_leads_out_of_the_archive(self, archive: Archive, location: str) -> None:
        """Neither up nor to the root."""
        with pytest.raises(BackupMissingError), archive.open(location):
            pass

    def test_locations_are_told_by_their_beginning(self, archive: Archive) -> None:
        """In order, complete ones only."""
        for location in ("b/2", "a/1", "b/1"):
            store(archive, b"rows", location)
        with archive.write("b/3") as writer:
            writer.write(b"half")
            assert list(archive.locations("b/")) == ["b/1", "b/2"]
        assert list(archive.locations("")) == ["a/1", "b/1", "b/2"]
