"""The head of a dump in pg_dump's custom format: which version wrote it.

Source: PostgreSQL sources, src/bin/pg_dump/pg_backup_archiver.c, ReadHead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from core.databases.errors import DumpUnreadableError

HEAD_BYTES = 4096
"""Enough for the head of any archive; it is a few hundred bytes long."""

MAGIC = b"PGDMP"
CUSTOM_FORMAT = 1
COMPRESSION_IS_NAMED = (1, 15)
"""Version of the format from which one byte names the compression, a number being before."""

DATE_NUMBERS = 7
"""The numbers that make up the time of the dump."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveHead:
    """What the head says."""

    server_version: str
    """Version of the server that was dumped."""
    tool_version: str
    """Version of the pg_dump that wrote it."""

    @property
    def tool_major_version(self) -> int:
        """Major version of the pg_dump that wrote it."""
        match = re.match(r"\d+", self.tool_version)
        return 0 if match is None else int(match[0])


def read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """Read that many bytes, or fewer at the end."""
    parts: list[bytes] = []
    missing = size
    while missing and (part := read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def parse_head(head: bytes) -> ArchiveHead:
    """Read the head of an archive.

    Raises:
        DumpUnreadableError: it is no archive of that format, or it ends too early.
    """
    if not head.startswith(MAGIC):
        raise DumpUnreadableError(reason="it does not begin as a PostgreSQL archive does")
    try:
        return _Head(head).parse()
    except (IndexError, UnicodeDecodeError) as error:
        raise DumpUnreadableError(reason="its head is cut off or damaged") from error


class _Head:
    def __init__(self, head: bytes) -> None:
        self._head = head
        self._place = len(MAGIC)
        self._integer_size = 0

    def parse(self) -> ArchiveHead:
        version = (self._byte(), self._byte())
        self._byte()
        self._integer_size = self._byte()
        self._byte()
        if self._byte() != CUSTOM_FORMAT:
            raise DumpUnreadableError(reason="it is not in the custom format")
        if version >= COMPRESSION_IS_NAMED:
            self._byte()
        else:
            self._integer()
        for _ in range(DATE_NUMBERS):
            self._integer()
        self._text()
        return ArchiveHead(server_version=self._text(), tool_version=self._text())

    def _byte(self) -> int:
        value = self._head[self._place]
        self._place += 1
        return value

    def _integer(self) -> int:
        sign = self._byte()
        value = sum(self._byte() << (8 * place) for place in range(self._integer_size))
        return -value if sign else value

    def _text(self) -> str:
        length = max(self._integer(), 0)
        text = self._head[self._place : self._place + length]
        if len(text) < length:
            raise IndexError(length)
        self._place += length
        return text.decode()
