"""Writing JSON: numbers keep every digit, times are RFC 3339 in UTC, text is always valid UTF-8."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import simplejson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from typing_extensions import override

JSON = "application/json"


def write_json(value: object) -> str:
    """Return compact JSON text."""
    return simplejson.dumps(
        value,
        use_decimal=True,
        ensure_ascii=False,
        separators=(",", ":"),
        namedtuple_as_object=False,
        default=_write_other,
    )


def json_response(
    value: object,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = JSON,
) -> Response:
    """Return an answer with the value as its body."""
    return text_response(write_json(value), status, headers, content_type=content_type)


def text_response(
    text: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str = JSON,
) -> Response:
    """Return an answer with a body that is JSON text already."""
    # A lone surrogate, which only an error message can quote, becomes its own JSON escape.
    body = text.encode("utf-8", "backslashreplace")
    return Response(body, status=status, headers=headers, content_type=content_type)


def rfc3339(moment: datetime | None) -> str | None:
    """Return a time as clients read it: UTC, milliseconds, `Z`."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def camel_case(name: str) -> str:
    """Return a name as JSON spells it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON is any value
    """Return a value of the core as JSON values; dataclasses become objects with such names."""
    if is_dataclass(value) and not isinstance(value, type):
        return {camel_case(part.name): plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    return value


class StrictJsonProvider(JSONProvider):
    """What Flask and its extensions write JSON with."""

    @override
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return JSON text."""
        return write_json(obj)

    @override
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the value of a JSON text."""
        return simplejson.loads(s, use_decimal=True)


def write_with_all_digits(app: Flask) -> None:
    """Let the application write JSON this way everywhere."""
    app.json = StrictJsonProvider(app)


def _write_other(value: object) -> Any:  # noqa: ANN401 - JSON is any value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")
