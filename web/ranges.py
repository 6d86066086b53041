"""Downloads of parts of a file. Source: RFC 9110, section 14."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_if_range_header, parse_range_header

OCTETS = "application/octet-stream"


def download(
    *,
    size_bytes: int,
    sha256: str,
    name: str,
    chunks: Callable[[int, int], Iterator[bytes]],
) -> Response:
    """Answer with a file or the one range of it that is asked for; several ranges get it whole.

    Args:
        size_bytes: Its size.
        sha256: Its digest, which is its entity tag.
        name: What to call it when it is saved.
        chunks: Yields the bytes from an offset on, so many.
    """
    identity = {"Cache-Control": "private, no-cache", "ETag": f'"{sha256}"'}
    if request.if_none_match.contains_weak(sha256):
        return Response(status=304, headers=identity)
    headers = {
        **identity,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:",
    }
    begin, end, status = 0, size_bytes, 200
    asked = parse_range_header(request.headers.get("Range"))
    if (
        asked is not None
        and asked.units == "bytes"
        and len(asked.ranges) == 1
        and _may_split(sha256)
    ):
        found = asked.range_for_length(size_bytes)
        if found is None:
            raise RequestedRangeNotSatisfiable(length=size_bytes)
        begin, end = found
        status = 206
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size_bytes}"
    headers["Content-Length"] = str(end - begin)
    body = () if request.method == "HEAD" else chunks(begin, end - begin)
    return Response(body, status=status, headers=headers, content_type=OCTETS)


def _may_split(sha256: str) -> bool:
    """Whether the file is still the one that the client has a part of."""
    header = request.headers.get("If-Range")
    if header is None:
        return True
    condition = parse_if_range_header(header)
    return condition.etag == sha256
