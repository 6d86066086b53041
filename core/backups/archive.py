"""The port to the archive, where the files of backups live: a folder, or object storage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """What is known of a file once it is complete."""

    size_bytes: int
    """Its size."""
    sha256: str
    """Digest of its content, hexadecimal, computed while it was written."""


class ArchiveWriter(Protocol):
    """A file being written. It appears in the archive only when it is complete."""

    def write(self, chunk: bytes) -> None:
        """Append."""
        ...

    def complete(self) -> StoredFile:
        """Make the file durable under its location, replacing what stood there."""
        ...


class ArchiveReader(Protocol):
    """A file being read."""

    @property
    def size_bytes(self) -> int:
        """Its size."""
        ...

    def read(self, size: int) -> bytes:
        """Return up to that many further bytes; none at the end."""
        ...


class Archive(Protocol):
    """The files of backups, by location: a relative path with forward slashes."""

    def write(self, location: str) -> AbstractContextManager[ArchiveWriter]:
        """Begin a file; leaving the block without `complete` leaves nothing behind.

        Raises:
            ArchiveUnavailableError: the archive takes no file at present.
        """
        ...

    def open(self, location: str) -> AbstractContextManager[ArchiveReader]:
        """Open a file at its beginning.

        Raises:
            BackupMissingError: there is no such file.
        """
        ...

    def chunks(self, location: str, *, offset: int, length: int) -> Iterator[bytes]:
        """Yield the bytes of a range in chunks.

        Raises:
            BackupMissingError: there is no such file.
        """
        ...

    def remove(self, location: str) -> None:
        """Remove a file if it is there."""
        ...

    def discard(self, location: str) -> None:
        """Remove what an interrupted writer of that location left, and the file itself."""
        ...

    def locations(self, prefix: str) -> Iterator[str]:
        """Yield the locations of complete files that begin so, in order."""
        ...
