"""An archive whose files are encrypted with keys of ours, over any other archive.

A file is a header and chunks, each sealed with AES-256-GCM under a key derived for this file
alone. The number of a chunk and whether it is the last are part of its nonce, so that chunks
cannot be left out, moved or repeated, nor a file cut off, without that being noticed; and a range
needs only the chunks that it touches. Files from before encryption was turned on are read as they
are: what they should hold is told by the digest in the record.
Source: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", CRYPTO 2015, the construction STREAM; NIST SP 800-38D, section 8.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from typing_extensions import override

from core.backups.archive import Archive, ArchiveReader, ArchiveWriter, StoredFile
from core.backups.errors import ArchiveKeyGoneError, BackupDamagedError, BackupMissingError
from core.secrets import SecretBox

MAGIC = b"SBENC\x00\x01\n"
"""First bytes of an encrypted file: a name and the version of the form."""

VERSION_BYTES = 32
"""Room for the name of the key's version, padded with zeros."""

SALT_BYTES = 32
"""Random bytes from which, with our key, the key of the file is derived."""

HEADER_BYTES = len(MAGIC) + VERSION_BYTES + SALT_BYTES

CHUNK_BYTES = 64 * 1024
"""Bytes of content in each chunk but the last."""

TAG_BYTES = 16
"""What sealing adds to a chunk."""

_PURPOSE = "archive"


class EncryptedArchive(Archive):
    """Encrypts what goes into another archive, and decrypts what comes out."""

    def __init__(self, inner: Archive, secrets: SecretBox, *, encrypts: bool = True) -> None:
        """Say what is encrypted with what.

        Args:
            inner: Keeps the files.
            secrets: The keys.
            encrypts: Whether new files are encrypted; those that are can be read in any case.
        """
        self._inner = inner
        self._secrets = secrets
        self._encrypts = encrypts

    @override
    @contextmanager
    def write(self, location: str) -> Iterator[ArchiveWriter]:
        """Begin a file; leaving the block without `complete` leaves nothing behind."""
        if not self._encrypts:
            with self._inner.write(location) as plain:
                yield plain
            return
        salt = secrets.token_bytes(SALT_BYTES)
        version, key = self._secrets.derive_key(_PURPOSE, salt)
        header = MAGIC + version.encode().ljust(VERSION_BYTES, b"\0") + salt
        with self._inner.write(location) as writer:
            writer.write(header)

            def confirm_key() -> None:
                # What was written with it could never be read.
                if version not in self._secrets.versions:
                    raise ArchiveKeyGoneError(location=location, version=version)

            yield _EncryptingWriter(writer, AESGCM(key), header, confirm_key)

    @override
    @contextmanager
    def open(self, location: str) -> Iterator[ArchiveReader]:
        """Open a file at its beginning."""
        with self._inner.open(location) as reader:
            header = _read_fully(reader, HEADER_BYTES)
            if header.startswith(MAGIC):
                sealed = self._sealed(location, header, reader.size_bytes)
                yield _DecryptingReader(reader, sealed)
            else:
                yield _PlainReader(reader, header)

    @override
    def chunks(self, location: str, *, offset: int, length: int) -> Iterator[bytes]:
        """Yield the bytes of a range in chunks."""
        with self._inner.open(location) as reader:
            header = _read_fully(reader, HEADER_BYTES)
            size_bytes = reader.size_bytes
        if not header.startswith(MAGIC):
            yield from self._inner.chunks(location, offset=offset, length=length)
            return
        sealed = self._sealed(location, header, size_bytes)
        end = min(offset + length, sealed.content_bytes)
        if offset >= end:
            return
        first, last = offset // CHUNK_BYTES, (end - 1) // CHUNK_BYTES
        whole = CHUNK_BYTES + TAG_BYTES
        incoming = self._inner.chunks(
            location, offset=HEADER_BYTES + first * whole, length=(last - first + 1) * whole
        )
        pieces = _pieces(incoming, whole)
        for number in range(first, last + 1):
            content = sealed.open(number, next(pieces, b""))
            begin = number * CHUNK_BYTES
            yield content[max(offset - begin, 0) : end - begin]

    @override
    def remove(self, location: str) -> None:
        """Remove a file if it is there."""
        self._inner.remove(location)

    @override
    def discard(self, location: str) -> None:
        """Remove what an interrupted writer of that location left, and the file itself."""
        self._inner.discard(location)

    @override
    def locations(self, prefix: str) -> Iterator[str]:
        """Yield the locations that begin so, in order."""
        return self._inner.locations(prefix)

    def count_by_version(self) -> Mapping[str, int]:
        """Return how many files there are by the version of their key; takes a look at each."""
        found: dict[str, int] = {}
        for location in self._inner.locations(""):
            with suppress(BackupMissingError), self._inner.open(location) as reader:
                header = _read_fully(reader, HEADER_BYTES)
                if header.startswith(MAGIC):
                    version = _version_in(header).decode(errors="replace")
                    found[version] = found.get(version, 0) + 1
        return found

    def _sealed(self, location: str, header: bytes, size_bytes: int) -> _Sealed:
        version = _version_in(header)
        salt = header[len(MAGIC) + VERSION_BYTES :]
        if len(header) < HEADER_BYTES or not version.isascii():
            raise BackupDamagedError(location=location, reason="its header is cut off or changed")
        _, key = self._secrets.derive_key(_PURPOSE, salt, version=version.decode())
        sealed_bytes = size_bytes - HEADER_BYTES
        chunks = max(1, -(-sealed_bytes // (CHUNK_BYTES + TAG_BYTES)))
        if sealed_bytes - (chunks - 1) * (CHUNK_BYTES + TAG_BYTES) < TAG_BYTES:
            raise BackupDamagedError(location=location, reason="it is cut off")
        return _Sealed(
            cipher=AESGCM(key),
            header=header,
            location=location,
            chunks=chunks,
            content_bytes=sealed_bytes - chunks * TAG_BYTES,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sealed:
    """An encrypted file whose size is known."""

    cipher: AESGCM
    header: bytes
    location: str
    chunks: int
    content_bytes: int

    def open(self, number: int, sealed: bytes) -> bytes:
        """Return the content of a chunk.

        Raises:
            BackupDamagedError: it is not what was written there.
        """
        nonce = _nonce(number, is_last=number == self.chunks - 1)
        try:
            return self.cipher.decrypt(nonce, sealed, self.header)
        except InvalidTag as error:
            raise BackupDamagedError(
                location=self.location,
                reason=f"its chunk {number + 1} of {self.chunks} was changed, moved or cut off",
            ) from error


class _EncryptingWriter(ArchiveWriter):
    def __init__(
        self,
        inner: ArchiveWriter,
        cipher: AESGCM,
        header: bytes,
        confirm_key: Callable[[], None],
    ) -> None:
        self._inner = inner
        self._cipher = cipher
        self._header = header
        self._confirm_key = confirm_key
        self._waiting = bytearray()
        self._number = 0
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    @override
    def write(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._size_bytes += len(chunk)
        self._waiting += chunk
        # A full chunk waits for what follows it, as the last one is sealed otherwise.
        while len(self._waiting) > CHUNK_BYTES:
            self._seal(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]

    @override
    def complete(self) -> StoredFile:
        self._seal(bytes(self._waiting), is_last=True)
        self._confirm_key()
        self._inner.complete()
        return StoredFile(size_bytes=self._size_bytes, sha256=self._digest.hexdigest())

    def _seal(self, content: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._inner.write(self._cipher.encrypt(nonce, content, self._header))
        self._number += 1


class _DecryptingReader(ArchiveReader):
    def __init__(self, inner: ArchiveReader, sealed: _Sealed) -> None:
        self._inner = inner
        self._sealed = sealed
        self._number = 0
        self._content = b""

    @property
    @override
    def size_bytes(self) -> int:
        return self._sealed.content_bytes

    @override
    def read(self, size: int) -> bytes:
        if not self._content and self._number < self._sealed.chunks:
            sealed = _read_fully(self._inner, CHUNK_BYTES + TAG_BYTES)
            self._content = self._sealed.open(self._number, sealed)
            self._number += 1
        content, self._content = self._content[:size], self._content[size:]
        return content


class _PlainReader(ArchiveReader):
    """A file from before encryption, whose first bytes were looked at."""

    def __init__(self, inner: ArchiveReader, beginning: bytes) -> None:
        self._inner = inner
        self._beginning = beginning

    @property
    @override
    def size_bytes(self) -> int:
        return self._inner.size_bytes

    @override
    def read(self, size: int) -> bytes:
        if self._beginning:
            content, self._beginning = self._beginning[:size], self._beginning[size:]
            return content
        return self._inner.read(size)


def _version_in(header: bytes) -> bytes:
    return header[len(MAGIC) : len(MAGIC) + VERSION_BYTES].rstrip(b"\0")


def _nonce(number: int, *, is_last: bool) -> bytes:
    """Return the nonce of a chunk; each comes once under the key of a file."""
    return number.to_bytes(11, "big") + bytes([is_last])


def _read_fully(reader: ArchiveReader, size: int) -> bytes:
    """Return so many bytes, fewer only at the end."""
    parts = bytearray()
    while len(parts) < size and (part := reader.read(size - len(parts))):
        parts += part
    return bytes(parts)


def _pieces(incoming: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the same bytes in pieces of one size; the last may be shorter."""
    waiting = bytearray()
    for part in incoming:
        waiting += part
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)
