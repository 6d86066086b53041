"""The archive as a folder on a disk that web and workers share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from typing_extensions import override

from core.backups.archive import Archive, ArchiveReader, ArchiveWriter, StoredFile
from core.backups.errors import ArchiveUnavailableError, BackupMissingError

CHUNK_BYTES = 256 * 1024
"""How much of a file is in memory at a time."""


class FolderArchive(Archive):
    """Keeps each location as a file below one folder, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    @override
    @contextmanager
    def write(self, location: str) -> Iterator[ArchiveWriter]:
        """Begin a file; leaving the block without `complete` leaves nothing behind."""
        path = self._path(location)
        part = path.with_name(f"{path.name}.{uuid4().hex}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise ArchiveUnavailableError(location=location, reason=str(error)) from error
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield _FolderWriter(file, part, path, location)
        finally:
            part.unlink(missing_ok=True)

    @override
    @contextmanager
    def open(self, location: str) -> Iterator[ArchiveReader]:
        """Open a file at its beginning."""
        with self._opened(location) as file:
            yield _FolderReader(file)

    @override
    def chunks(self, location: str, *, offset: int, length: int) -> Iterator[bytes]:
        """Yield the bytes of a range in chunks."""
        with self._opened(location) as file:
            file.seek(offset)
            while length > 0 and (chunk := file.read(min(CHUNK_BYTES, length))):
                length -= len(chunk)
                yield chunk

    @override
    def remove(self, location: str) -> None:
        """Remove a file if it is there."""
        try:
            self._path(location).unlink(missing_ok=True)
        except OSError as error:
            raise ArchiveUnavailableError(location=location, reason=str(error)) from error

    @override
    def discard(self, location: str) -> None:
        """Remove what an interrupted writer of that location left, and the file itself."""
        path = self._path(location)
        for part in path.parent.glob(f"{path.name}.*.part"):
            part.unlink(missing_ok=True)
        self.remove(location)

    @override
    def locations(self, prefix: str) -> Iterator[str]:
        """Yield the locations of complete files that begin so, in order."""
        found = (
            path.relative_to(self._folder).as_posix()
            for path in self._folder.rglob("*")
            if path.is_file() and path.suffix != ".part"
        )
        yield from sorted(location for location in found if location.startswith(prefix))

    @contextmanager
    def _opened(self, location: str) -> Iterator[BinaryIO]:
        try:
            file = self._path(location).open("rb")
        except FileNotFoundError as error:
            raise BackupMissingError(location=location) from error
        except OSError as error:
            raise ArchiveUnavailableError(location=location, reason=str(error)) from error
        with file:
            yield file

    def _path(self, location: str) -> Path:
        path = (self._folder / location).resolve()
        if not path.is_relative_to(self._folder):
            raise BackupMissingError(location=location)
        return path


class _FolderWriter(ArchiveWriter):
    def __init__(self, file: BinaryIO, part: Path, path: Path, location: str) -> None:
        self._file = file
        self._part = part
        self._path = path
        self._location = location
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    @override
    def write(self, chunk: bytes) -> None:
        try:
            self._file.write(chunk)
        except OSError as error:
            raise ArchiveUnavailableError(location=self._location, reason=str(error)) from error
        self._digest.update(chunk)
        self._size_bytes += len(chunk)

    @override
    def complete(self) -> StoredFile:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._part.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            raise ArchiveUnavailableError(location=self._location, reason=str(error)) from error
        return StoredFile(size_bytes=self._size_bytes, sha256=self._digest.hexdigest())


class _FolderReader(ArchiveReader):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    @property
    @override
    def size_bytes(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    @override
    def read(self, size: int) -> bytes:
        return self._file.read(size)


def _sync_folder(folder: Path) -> None:
    """Make a rename durable. Source: fsync(2) on the directory entry."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
