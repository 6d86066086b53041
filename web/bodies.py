"""Reading the body of a request."""

from __future__ import annotations

from typing import Any

from flask import request

from web.errors import UnsupportedMediaTypeError
from web.json_reading import read_json


def read_body() -> Any:  # noqa: ANN401 - JSON is any value, until a document is read
    """Return the JSON value of the request's body.

    Raises:
        UnsupportedMediaTypeError: it is not declared as JSON. (A browser sends any other type
            across origins without asking first.)
        InvalidJsonError: it is no JSON, or not strictly.
    """
    if not request.is_json:
        raise UnsupportedMediaTypeError(given=request.mimetype)
    return read_json(request.get_data(cache=True))
