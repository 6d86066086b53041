"""The archive as a bucket of S3-compatible storage.

Source: Amazon S3 User Guide, "Uploading and copying objects using multipart upload": an object
appears whole when its upload is completed, and a part has at least 5 MiB save the last.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from typing_extensions import override

from core.backups.archive import Archive, ArchiveReader, ArchiveWriter, StoredFile
from core.backups.errors import ArchiveUnavailableError, BackupMissingError

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3.client import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

PART_BYTES = 32 * 1024 * 1024
"""How much of a file is in memory while it is written. Equal parts, as some stores demand."""

MOST_PARTS = 10_000
"""Parts of one object. Source: Amazon S3 User Guide, "Multipart upload limits"."""

CHUNK_BYTES = 256 * 1024
"""How much is read at a time."""

MOST_RESUMPTIONS = 5
"""How often in a row a broken download is taken up again without a byte between."""

_MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
_GONE_UPLOAD = frozenset({"NoSuchUpload", "404", "NotFound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Address:
    """Where an archive is."""

    bucket: str
    """Name of the bucket."""
    prefix: str
    """What stands before each location, empty or with a slash at its end."""
    endpoint: str | None
    """Address of the store; None for Amazon's own."""
    region: str
    """Region of the bucket."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `s3://bucket/prefix?endpoint=https://…&region=…`."""
        parts = urlsplit(url)
        query = parse_qs(parts.query)
        prefix = parts.path.strip("/")
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=query.get("endpoint", [None])[0],
            region=query.get("region", ["us-east-1"])[0],
        )


class S3Archive(Archive):
    """Keeps each location as an object below one prefix of a bucket."""

    def __init__(
        self,
        address: S3Address,
        *,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        part_bytes: int = PART_BYTES,
    ) -> None:
        """Say where it is; nothing is connected yet.

        Args:
            address: Where it is.
            access_key_id: Who we are to the store; without it the usual places are searched, such
                as the role of the machine.
            secret_access_key: The proof of it.
            part_bytes: How much is sent at a time.
        """
        self._address = address
        self._part_bytes = part_bytes
        self._client: S3Client = boto3.session.Session().client(
            "s3",
            endpoint_url=address.endpoint,
            region_name=address.region,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            config=Config(
                connect_timeout=10,
                read_timeout=60,
                retries={"mode": "standard", "total_max_attempts": 4},
                s3={"addressing_style": "path" if address.endpoint else "auto"},
                # Digests that not every store knows are sent only where they are demanded; ours
                # are in `Content-MD5`, which all of them check.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    @override
    @contextmanager
    def write(self, location: str) -> Iterator[ArchiveWriter]:
        """Begin a file; leaving the block without `complete` leaves nothing behind."""
        writer = _S3Writer(
            self._client, self._address.bucket, self._key(location), location, self._part_bytes
        )
        try:
            yield writer
        finally:
            writer.abort()

    @override
    @contextmanager
    def open(self, location: str) -> Iterator[ArchiveReader]:
        """Open a file at its beginning."""
        with self._opened(location) as reader:
            yield reader

    @override
    def chunks(self, location: str, *, offset: int, length: int) -> Iterator[bytes]:
        """Yield the bytes of a range in chunks."""
        with self._opened(location) as reader:
            reader.seek(offset)
            while length > 0 and (chunk := reader.read(min(CHUNK_BYTES, length))):
                length -= len(chunk)
                yield chunk

    @override
    def remove(self, location: str) -> None:
        """Remove a file if it is there."""
        with _failures(location):
            self._client.delete_object(Bucket=self._address.bucket, Key=self._key(location))

    @override
    def discard(self, location: str) -> None:
        """Remove what an interrupted writer of that location left, and the file itself."""
        key, bucket = self._key(location), self._address.bucket
        with _failures(location):
            pages = self._client.get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=bucket, Prefix=key):
                for upload in page.get("Uploads", ()):
                    if upload["Key"] == key:
                        _abort(self._client, bucket, key, upload["UploadId"])
        self.remove(location)

    @override
    def locations(self, prefix: str) -> Iterator[str]:
        """Yield the locations that begin so, in order."""
        start = self._address.prefix
        with _failures(prefix):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._address.bucket, Prefix=f"{start}{prefix}"):
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(start)

    def body(self, location: str, offset: int, tag: str) -> StreamingBody:
        """Return the rest of a file from an offset on, as long as it is still the same file."""
        with _failures(location):
            answer = self._client.get_object(
                Bucket=self._address.bucket,
                Key=self._key(location),
                Range=f"bytes={offset}-",
                IfMatch=tag,
            )
        return answer["Body"]

    @contextmanager
    def _opened(self, location: str) -> Iterator[_S3Reader]:
        with _failures(location):
            head = self._client.head_object(Bucket=self._address.bucket, Key=self._key(location))
        reader = _S3Reader(self, location, head["ContentLength"], head["ETag"])
        try:
            yield reader
        finally:
            reader.close()

    def _key(self, location: str) -> str:
        if location.startswith("/") or ".." in location.split("/"):
            raise BackupMissingError(location=location)
        return f"{self._address.prefix}{location}"


class _S3Writer(ArchiveWriter):
    """Sends parts while it is written to; a file of one part is sent in one request."""

    def __init__(
        self, client: S3Client, bucket: str, key: str, location: str, part_bytes: int
    ) -> None:
        self._client = client
        self._bucket = bucket
        self._key = key
        self._location = location
        self._part_bytes = part_bytes
        self._upload_id: str | None = None
        self._parts: list[CompletedPartTypeDef] = []
        self._waiting = bytearray()
        self._digest = hashlib.sha256()
        self._size_bytes = 0

    @override
    def write(self, chunk: bytes) -> None:
        self._digest.update(chunk)
        self._size_bytes += len(chunk)
        self._waiting += chunk
        while len(self._waiting) >= self._part_bytes:
            self._send_part(bytes(self._waiting[: self._part_bytes]))
            del self._waiting[: self._part_bytes]

    @override
    def complete(self) -> StoredFile:
        rest = bytes(self._waiting)
        with _failures(self._location):
            if self._upload_id is None:
                self._client.put_object(
                    Bucket=self._bucket, Key=self._key, Body=rest, ContentMD5=_md5(rest)
                )
            else:
                if rest:
                    self._send_part(rest)
                self._client.complete_multipart_upload(
                    Bucket=self._bucket,
                    Key=self._key,
                    UploadId=self._upload_id,
                    MultipartUpload={"Parts": self._parts},
                )
            self._upload_id = None
            head = self._client.head_object(Bucket=self._bucket, Key=self._key)
        if head["ContentLength"] != self._size_bytes:
            raise ArchiveUnavailableError(
                location=self._location,
                reason=f"it holds {head['ContentLength']} of {self._size_bytes} bytes",
            )
        return StoredFile(size_bytes=self._size_bytes, sha256=self._digest.hexdigest())

    def abort(self) -> None:
        """Forget what was sent and not completed, as far as the store can be reached."""
        if self._upload_id is None:
            return
        try:
            _abort(self._client, self._bucket, self._key, self._upload_id)
        except (BotoCoreError, ClientError):
            return  # `discard` finds it when the job is cleaned up
        finally:
            self._upload_id = None

    def _send_part(self, content: bytes) -> None:
        with _failures(self._location):
            if self._upload_id is None:
                upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key)
                self._upload_id = upload["UploadId"]
            number = len(self._parts) + 1
            if number > MOST_PARTS:
                raise ArchiveUnavailableError(
                    location=self._location,
                    reason=f"it is longer than {MOST_PARTS * self._part_bytes:,} bytes",
                )
            part = self._client.upload_part(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=self._upload_id,
                PartNumber=number,
                Body=content,
                ContentMD5=_md5(content),
            )
        self._parts.append({"ETag": part["ETag"], "PartNumber": number})


class _S3Reader(ArchiveReader):
    """Reads on where a broken connection ended, as long as it is still the same file."""

    def __init__(self, archive: S3Archive, location: str, size_bytes: int, tag: str) -> None:
        self._archive = archive
        self._location = location
        self._size_bytes = size_bytes
        self._tag = tag
        self._offset = 0
        self._body: StreamingBody | None = None

    @property
    @override
    def size_bytes(self) -> int:
        return self._size_bytes

    @override
    def read(self, size: int) -> bytes:
        size = min(size, self._size_bytes - self._offset)
        if size <= 0:
            return b""
        for _ in range(MOST_RESUMPTIONS):
            chunk = self._read_once(size)
            if chunk:
                self._offset += len(chunk)
                return chunk
            self.close()
        raise ArchiveUnavailableError(location=self._location, reason="the connection breaks")

    def seek(self, offset: int) -> None:
        """Read on from there."""
        self.close()
        self._offset = offset

    def close(self) -> None:
        """Give the connection back."""
        if self._body is not None:
            self._body.close()
            self._body = None

    def _read_once(self, size: int) -> bytes:
        """Return further bytes; none when the connection broke."""
        if self._body is None:
            self._body = self._archive.body(self._location, self._offset, self._tag)
        try:
            return self._body.read(size)
        except (BotoCoreError, OSError):
            return b""


@contextmanager
def _failures(location: str) -> Iterator[None]:
    """Say what went wrong in our words; neither addresses nor keys are in them."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown"))
        if code in _MISSING:
            raise BackupMissingError(location=location) from error
        raise ArchiveUnavailableError(location=location, reason=code) from error
    except BotoCoreError as error:
        raise ArchiveUnavailableError(location=location, reason=type(error).__name__) from error


def _abort(client: S3Client, bucket: str, key: str, upload_id: str) -> None:
    """Abort an upload, unless somebody did."""
    try:
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") not in _GONE_UPLOAD:
            raise


def _md5(content: bytes) -> str:
    """Return what `Content-MD5` says of a body. Source: RFC 1864."""
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
