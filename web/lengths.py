"""Longest addresses and headers, refused here so that the refusal has the shape of all errors.

Gunicorn's own limits lie somewhat higher; what exceeds even those never gets here, and is refused
by `gunicorn_worker` in the same words.
"""

from __future__ import annotations

from flask import Flask, request

from web.bounds import LONGEST_HEADER, LONGEST_TARGET, MOST_HEADERS
from web.errors import AddressTooLongError, HeadersTooLargeError


def register_lengths(app: Flask) -> None:
    """Refuse requests with too long an address, or too long or too many headers."""
    app.before_request(_refuse_long_requests)


def _refuse_long_requests() -> None:
    target = request.environ.get("RAW_URI") or request.full_path
    if len(target) > LONGEST_TARGET:
        raise AddressTooLongError(longest=LONGEST_TARGET)
    headers = list(request.headers)
    if len(headers) > MOST_HEADERS or any(
        len(name) + len(text) > LONGEST_HEADER for name, text in headers
    ):
        raise HeadersTooLargeError(longest=LONGEST_HEADER, most=MOST_HEADERS)
