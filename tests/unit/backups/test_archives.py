"""Archives in folders, plain and encrypted, keep the contract; what was tampered with is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.backups.archive import Archive
from core.backups.encryption import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, EncryptedArchive
from core.backups.errors import BackupDamagedError
from core.backups.folder_archive import FolderArchive
from core.secrets import SecretBox, SecretUnreadableError
from tests.contracts.archive import CONTENT, LOCATION, ArchiveContract, read, store

WHOLE = CHUNK_BYTES + TAG_BYTES


class TestFolderArchive(ArchiveContract):
    """The contract, kept by a folder."""

    @pytest.fixture
    def archive(self, tmp_path: Path) -> Archive:
        """Return an empty archive."""
        return FolderArchive(tmp_path)


@pytest.fixture
def encrypted(tmp_path: Path) -> EncryptedArchive:
    """Return an encrypted archive in a folder, with a key of its own."""
    secrets = SecretBox(tmp_path / "secret.key")
    return EncryptedArchive(FolderArchive(tmp_path / "archive"), secrets)


class TestEncryptedArchive(ArchiveContract):
    """The contract, kept by an encrypted folder."""

    @pytest.fixture
    def archive(self, encrypted: EncryptedArchive) -> Archive:
        """Return an empty archive."""
        return encrypted


def test_nothing_of_the_content_is_in_the_file(encrypted: EncryptedArchive, tmp_path: Path) -> None:
    """And the same content never makes the same file."""
    content = b"4111 1111 1111 1111 " * 10_000
    store(encrypted, content)
    first = (tmp_path / "archive" / LOCATION).read_bytes()
    assert b"4111" not in first
    store(encrypted, content)
    assert (tmp_path / "archive" / LOCATION).read_bytes()[HEADER_BYTES:] != first[HEADER_BYTES:]


def cut_last_chunk(file: bytes) -> bytes:
    """Return a file that ends where a chunk does."""
    return file[: HEADER_BYTES + 2 * WHOLE]


def swap_chunks(file: bytes) -> bytes:
    """Return a file with two chunks in each other's place."""
    first, second = (file[HEADER_BYTES + n * WHOLE :][:WHOLE] for n in range(2))
    return file[:HEADER_BYTES] + second + first + file[HEADER_BYTES + 2 * WHOLE :]


def drop_chunk(file: bytes) -> bytes:
    """Return a file without its second chunk."""
    return file[: HEADER_BYTES + WHOLE] + file[HEADER_BYTES + 2 * WHOLE :]


def flip(position: int) -> Callable[[bytes], bytes]:
    """Return a change of one bit."""

    def change(file: bytes) -> bytes:
        changed = bytearray(file)
        changed[position] ^= 1
        return bytes(changed)

    return change


@pytest.mark.parametrize(
    "tamper",
    [
        cut_last_chunk,
        swap_chunks,
        drop_chunk,
        flip(-1),
        flip(HEADER_BYTES + 5),
        flip(HEADER_BYTES - 1),
        lambda file: file[:-1],
        lambda file: file + b"x",
        lambda file: file + file[-100:],
        lambda file: file[: HEADER_BYTES + 3],
        lambda file: file[:HEADER_BYTES],
        lambda file: file[: HEADER_BYTES - 1],
    ],
    ids=[
        "cut off after a chunk",
        "chunks swapped",
        "a chunk left out",
        "last bit",
        "a bit of the content",
        "a bit of the salt",
        "a byte less",
        "a byte more",
        "a piece repeated",
        "cut off in the first chunk",
        "cut off after the header",
        "cut off in the header",
    ],
)
def test_a_file_that_was_tampered_with_is_found(
    encrypted: EncryptedArchive, tmp_path: Path, tamper: Callable[[bytes], bytes]
) -> None:
    """When it is read whole, and when its end is."""
    store(encrypted, CONTENT)
    path = tmp_path / "archive" / LOCATION
    path.write_bytes(tamper(path.read_bytes()))
    with pytest.raises(BackupDamagedError):
        read(encrypted)
    with pytest.raises(BackupDamagedError):
        b"".join(encrypted.chunks(LOCATION, offset=0, length=len(CONTENT)))


def test_another_key_opens_nothing(encrypted: EncryptedArchive, tmp_path: Path) -> None:
    """One of the same version cannot decrypt it; one of another version is named as missing."""
    store(encrypted, CONTENT)
    inner = FolderArchive(tmp_path / "archive")
    with pytest.raises(BackupDamagedError):
        read(EncryptedArchive(inner, SecretBox(tmp_path / "other.key")))
    (tmp_path / "later.key").write_text((tmp_path / "secret.key").read_text().replace("v1:", "v2:"))
    with pytest.raises(SecretUnreadableError):
        read(EncryptedArchive(inner, SecretBox(tmp_path / "later.key")))


def test_files_of_an_older_key_are_still_read(encrypted: EncryptedArchive, tmp_path: Path) -> None:
    """New ones are written with the newest."""
    store(encrypted, CONTENT)
    other = SecretBox(tmp_path / "other.key")
    assert other.encrypt("x").startswith("v1:")
    both = tmp_path / "both.key"
    newest = (tmp_path / "other.key").read_text().replace("v1:", "v2:")
    both.write_text((tmp_path / "secret.key").read_text() + newest)
    rotated = EncryptedArchive(FolderArchive(tmp_path / "archive"), SecretBox(both))
    assert read(rotated) == CONTENT
    store(rotated, CONTENT, "new")
    assert read(rotated, "new") == CONTENT
    with pytest.raises(SecretUnreadableError):
        read(encrypted, "new")


def test_encryption_can_be_turned_off_again(encrypted: EncryptedArchive, tmp_path: Path) -> None:
    """New files are plain, and those that are encrypted are still read."""
    store(encrypted, CONTENT)
    inner = FolderArchive(tmp_path / "archive")
    plain = EncryptedArchive(inner, SecretBox(tmp_path / "secret.key"), encrypts=False)
    assert read(plain) == CONTENT
    store(plain, CONTENT, "new")
    assert read(inner, "new") == CONTENT


def test_files_from_before_encryption_are_read_as_they_are(
    encrypted: EncryptedArchive, tmp_path: Path
) -> None:
    """Whole and in parts; the digest in the record says whether they are what they should be."""
    store(FolderArchive(tmp_path / "archive"), CONTENT)
    assert read(encrypted) == CONTENT
    assert b"".join(encrypted.chunks(LOCATION, offset=7, length=9)) == CONTENT[7:16]
