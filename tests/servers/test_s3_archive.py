"""The archive on S3-compatible storage, over real HTTP: the contract, parts, what goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from core.backups.archive import Archive
from core.backups.encryption import EncryptedArchive
from core.backups.errors import ArchiveUnavailableError, BackupMissingError
from core.backups.s3_archive import PART_BYTES, S3Address, S3Archive
from core.secrets import SecretBox
from tests.contracts.archive import CONTENT, LOCATION, ArchiveContract, read, store

pytestmark = pytest.mark.servers

SMALLEST_PART = 5 * 1024 * 1024
"""Least that stores take as a part that is not the last."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Address of an S3 server on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def address(endpoint: str) -> S3Address:
    """Where a bucket of this test's own is."""
    bucket = f"archive-{uuid4().hex[:12]}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="very-secret",
    )
    client.create_bucket(Bucket=bucket)
    return S3Address.parse(f"s3://{bucket}/some/folder?endpoint={endpoint}")


def s3_archive(address: S3Address, *, part_bytes: int = PART_BYTES) -> S3Archive:
    """Return the archive there."""
    return S3Archive(
        address, access_key_id="key", secret_access_key="very-secret", part_bytes=part_bytes
    )


class TestS3Archive(ArchiveContract):
    """The contract, kept by a bucket."""

    @pytest.fixture
    def archive(self, address: S3Address) -> Archive:
        """Return an empty archive."""
        return s3_archive(address)


class TestEncryptedS3Archive(ArchiveContract):
    """The contract, kept by an encrypted bucket."""

    @pytest.fixture
    def archive(self, address: S3Address, tmp_path: Path) -> Archive:
        """Return an empty archive."""
        return EncryptedArchive(s3_archive(address), SecretBox(tmp_path / "secret.key"))


def test_a_long_file_goes_in_parts(address: S3Address) -> None:
    """Twelve parts and a rest, read back whole and from the middle."""
    archive = s3_archive(address, part_bytes=SMALLEST_PART)
    piece = bytes(1024) * 512
    digest = hashlib.sha256()
    with archive.write(LOCATION) as writer:
        for _ in range(125):
            writer.write(piece)
            digest.update(piece)
        stored = writer.complete()
    assert (stored.size_bytes, stored.sha256) == (125 * len(piece), digest.hexdigest())
    middle = 60 * len(piece) + 7
    assert b"".join(archive.chunks(LOCATION, offset=middle, length=3)) == bytes(3)
    with archive.open(LOCATION) as reader:
        found = hashlib.sha256()
        while chunk := reader.read(1_000_000):
            found.update(chunk)
    assert found.hexdigest() == digest.hexdigest()


def test_parts_of_a_writer_that_was_left_or_killed_are_removed(
    address: S3Address, endpoint: str
) -> None:
    """Nobody pays for parts that nobody sees."""
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="very-secret",
    )

    def uploads() -> int:
        return len(client.list_multipart_uploads(Bucket=address.bucket).get("Uploads", ()))

    archive = s3_archive(address, part_bytes=SMALLEST_PART)
    with archive.write(LOCATION) as writer:
        writer.write(bytes(SMALLEST_PART))
        assert uploads() == 1
    assert uploads() == 0
    # As a killed process leaves it.
    client.create_multipart_upload(Bucket=address.bucket, Key=f"some/folder/{LOCATION}")
    client.create_multipart_upload(Bucket=address.bucket, Key=f"some/folder/{LOCATION}-other")
    archive.discard(LOCATION)
    assert uploads() == 1


def test_a_bucket_that_is_not_there_is_unavailable(endpoint: str) -> None:
    """That is the operator's affair, and no backup is said to be missing."""
    archive = s3_archive(S3Address.parse(f"s3://nowhere?endpoint={endpoint}"))
    with pytest.raises(ArchiveUnavailableError, match="NoSuchBucket"):
        store(archive, b"rows")
    with pytest.raises(ArchiveUnavailableError, match="NoSuchBucket"):
        list(archive.locations(""))


def test_a_store_that_is_away_is_unavailable_and_its_address_is_not_told() -> None:
    """A job tries again later."""
    archive = s3_archive(S3Address.parse("s3://bucket?endpoint=http://127.0.0.1:1"))
    with pytest.raises(ArchiveUnavailableError) as caught:
        store(archive, CONTENT)
    assert "127.0.0.1" not in caught.value.message
    assert caught.value.is_retryable


def test_a_file_that_is_replaced_while_it_is_read_is_not_mixed(address: S3Address) -> None:
    """The rest of another file is not taken for the rest of this one."""
    archive = s3_archive(address)
    store(archive, CONTENT)
    with archive.open(LOCATION) as reader:
        store(archive, CONTENT[::-1])
        with pytest.raises(ArchiveUnavailableError, match="PreconditionFailed"):
            reader.read(10)


def test_an_address_names_bucket_prefix_endpoint_and_region() -> None:
    """What is not named has its default."""
    assert S3Address.parse("s3://bucket/a/b/?endpoint=https://s3.example:9000&region=eu") == (
        S3Address(bucket="bucket", prefix="a/b/", endpoint="https://s3.example:9000", region="eu")
    )
    plain = S3Address.parse("s3://bucket")
    assert (plain.prefix, plain.endpoint, plain.region) == ("", None, "us-east-1")


def test_a_removed_file_is_missing(address: S3Address) -> None:
    """As in a folder."""
    archive = s3_archive(address)
    store(archive, b"rows")
    archive.remove(LOCATION)
    with pytest.raises(BackupMissingError):
        read(archive)
