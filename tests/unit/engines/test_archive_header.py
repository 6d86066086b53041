"""The head of an archive says who wrote it, or is refused."""

from __future__ import annotations

import io

import pytest

from core.databases.errors import DumpUnreadableError
from core.engines.postgresql.archive_header import ArchiveHead, parse_head, read_exactly
from core.engines.postgresql.restoring import with_head


def head_of(version: tuple[int, int] = (1, 16), *texts: str, format_number: int = 1) -> bytes:
    """Build a head as pg_dump writes it on a common machine."""
    head = b"PGDMP" + bytes([*version, 0, 4, 8, format_number])
    head += b"\x01" if version >= (1, 15) else b"\x01\xff\xff\xff\xff"
    head += b"\x00\x01\x00\x00\x00" * 7
    for text in ("name", *(texts or ("18.6", "18.6"))):
        head += b"\x00" + len(text.encode()).to_bytes(4, "little") + text.encode()
    return head


@pytest.mark.parametrize("version", [(1, 14), (1, 15), (1, 16)], ids=["old", "15", "16"])
def test_the_versions_are_read_from_every_form_of_the_head(version: tuple[int, int]) -> None:
    """Whether the compression is a number or a name."""
    head = parse_head(head_of(version, "15.3 (Debian 15.3-1)", "16.2"))
    assert head == ArchiveHead(server_version="15.3 (Debian 15.3-1)", tool_version="16.2")
    assert head.tool_major_version == 16


def test_a_beta_has_a_major_version_too() -> None:
    """And a text without a number has none."""
    assert parse_head(head_of((1, 16), "19beta1", "19beta1")).tool_major_version == 19
    assert parse_head(head_of((1, 16), "?", "?")).tool_major_version == 0


def test_a_head_that_ends_too_early_is_refused() -> None:
    """Wherever it ends."""
    whole = head_of()
    for size in range(len(whole)):
        with pytest.raises(DumpUnreadableError):
            parse_head(whole[:size])


def test_other_formats_are_refused() -> None:
    """A tar of pg_dump, and text."""
    with pytest.raises(DumpUnreadableError, match="custom format"):
        parse_head(head_of(format_number=3))
    with pytest.raises(DumpUnreadableError, match="does not begin"):
        parse_head(b"-- PostgreSQL database dump")


def test_a_head_that_was_read_is_handed_out_before_the_rest() -> None:
    """Also when the source hands out less than was asked for."""
    source = io.BytesIO(b"abcdefgh")
    head = read_exactly(lambda size: source.read(min(size, 2)), 5)
    assert head == b"abcde"
    read = with_head(head, source.read)
    assert [read(4), read(4), read(4)] == [b"abcde", b"fgh", b""]
    assert read_exactly(io.BytesIO(b"ab").read, 5) == b"ab"
