"""Reading the body of a request."""

from __future__ import annotations

from typing import Any

from flask import g, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from web.context import web_context
from web.errors import (
    BodyTooLongError,
    RequestTooSlowError,
    RequestUnreadableError,
    UnsupportedContentEncodingError,
    UnsupportedMediaTypeError,
)
from web.json_reading import read_json

_SHOWN = 100
"""Characters of a refused header that are repeated."""


def read_body() -> Any:  # noqa: ANN401 - JSON is any value, until a document is read
    """Return the JSON value of the request's body.

    Raises:
        UnsupportedMediaTypeError: it is not declared as JSON. (A browser sends any other type
            across origins without asking first.)
        UnsupportedContentEncodingError: it is compressed.
        BodyTooLongError: it is longer than the settings allow.
        RequestTooSlowError: it did not arrive in time.
        RequestUnreadableError: it did not arrive as a whole.
        InvalidJsonError: it is no JSON, or not strictly.
    """
    if not request.is_json:
        raise UnsupportedMediaTypeError(given=request.mimetype[:_SHOWN])
    return read_json(body_bytes())


def body_bytes() -> bytes:
    """Return the request's body as it was sent, all of it; reading it again is free.

    Raises:
        UnsupportedContentEncodingError: it is compressed.
        BodyTooLongError: it is longer than the settings allow.
        RequestTooSlowError: it did not arrive in time.
        RequestUnreadableError: it did not arrive as a whole.
    """
    if "body_bytes" not in g:
        g.body_bytes = _read_to_the_end(web_context().settings.max_body_bytes)
    return bytes(g.body_bytes)


def _read_to_the_end(longest: int) -> bytes:
    """Return the body.

    Werkzeug ends a body without a declared length at its limit and says nothing, so the limit is
    set one byte higher here, and that byte tells.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip()
    if encoding.lower() not in {"", "identity"}:
        raise UnsupportedContentEncodingError(given=encoding[:_SHOWN])
    request.max_content_length = longest + 1
    parts: list[bytes] = []
    size = 0
    try:
        while size <= longest and (part := request.stream.read(longest + 1 - size)):
            parts.append(part)
            size += len(part)
    except RequestEntityTooLarge as error:
        raise BodyTooLongError(longest_bytes=longest) from error
    except ParseException as error:
        raise RequestUnreadableError(reason="its chunks are not what HTTP calls so") from error
    except (ClientDisconnected, TimeoutError) as error:
        # Werkzeug takes a body that is late for one whose sender went away.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            seconds = web_context().settings.request_seconds
            raise RequestTooSlowError(part="body", seconds=seconds) from error
        raise RequestUnreadableError(reason="its body ended too early") from error
    if size > longest:
        raise BodyTooLongError(longest_bytes=longest)
    # Gunicorn says nothing of a body that is shorter than was declared.
    if size < (request.content_length or 0):
        raise RequestUnreadableError(reason="its body is shorter than Content-Length says")
    return b"".join(parts)
