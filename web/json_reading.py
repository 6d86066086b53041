"""Reading JSON strictly: one text has one meaning, and whatever is wrong has a place.

Stricter than RFC 8259 demands: duplicate keys, lone surrogates, deep nesting and absurd numbers
are refused here, so that nobody behind has to think of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import simplejson

from web.errors import InvalidJsonError

MAX_DEPTH = 128
"""Deepest nesting of arrays and objects."""
MAX_DIGITS = 1000
"""Most digits of one number."""
MAX_EXPONENT = 1000
"""Largest power of ten of one number, either way. PostgreSQL's jsonb holds far more."""

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_TEXT_OR_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d+', re.DOTALL)
_BYTE_ORDER_MARK = "\ufeff"


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON is any value, until a document is read
    """Return the value of a JSON text; numbers with a fraction or an exponent are Decimals.

    Raises:
        InvalidJsonError: with the line and column, or the path, of what is wrong.
    """
    text = _decode(body)
    duplicates: list[_Duplicated] = []

    def make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            members = _Duplicated(pairs)
            duplicates.append(members)
        return members

    try:
        value = simplejson.loads(
            text, parse_float=_read_number, object_pairs_hook=make_object, allow_nan=False
        )
    except simplejson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidJsonError(reason=_reason(error.msg), place=place) from error
    except RecursionError as error:
        raise _too_deep(text) from error
    except _AbsurdNumberError as error:
        raise _absurd_number(text, error.literal) from error
    except ValueError as error:  # the interpreter's own limit on digits
        raise _absurd_number(text, None) from error
    _refuse_strange_parts(value, has_duplicates=bool(duplicates))
    if _SURROGATE_ESCAPE.search(body):
        _refuse_lone_surrogates(value)
    return value


class _Duplicated(dict[str, Any]):
    """An object that had one key twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value] # add returns None, which is false


class _AbsurdNumberError(Exception):
    """A number that no column could hold."""

    def __init__(self, literal: str) -> None:
        super().__init__(literal)
        self.literal = literal


def _decode(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJsonError(
            reason="it is not valid UTF-8", place=f"byte {error.start + 1}"
        ) from error
    if text.startswith(_BYTE_ORDER_MARK):
        raise InvalidJsonError(reason="it begins with a byte order mark", place="line 1, column 1")
    if not text.strip():
        raise InvalidJsonError(reason="it is empty", place="line 1, column 1")
    return text


def _read_number(literal: str) -> Decimal:
    number = Decimal(literal)
    if len(literal) > MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT:
        raise _AbsurdNumberError(literal)
    return number


def _reason(message: str) -> str:
    """Return the library's words without their place, beginning small."""
    reason = message.partition(" at:")[0].removesuffix(" at").rstrip(":")
    return (reason[:1].lower() + reason[1:]).replace(" %r", "")


def _too_deep(text: str) -> InvalidJsonError:
    depth = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            return InvalidJsonError(
                reason=f"it is nested deeper than {MAX_DEPTH} levels",
                place=_line_and_column(text, token.start()),
            )
    return InvalidJsonError(reason="it is nested too deeply", place="line 1, column 1")


def _absurd_number(text: str, literal: str | None) -> InvalidJsonError:
    if literal is not None:
        position = text.find(literal)
    else:
        parts = _TEXT_OR_NUMBER.finditer(text)
        long_numbers = (part for part in parts if part[0][0] != '"' and len(part[0]) > MAX_DIGITS)
        position = next((part.start() for part in long_numbers), 0)
    return InvalidJsonError(
        reason="a number is longer or larger than any column could hold",
        place=_line_and_column(text, position),
    )


def _line_and_column(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return f"line {line}, column {column}"


_Path = tuple[str | int, ...]


def _walk(value: object) -> Iterator[tuple[_Path, dict[str, Any] | list[Any], int]]:
    """Yield every array and object with its path and depth, without recursion."""
    waiting: list[tuple[_Path, object, int]] = [((), value, 1)]
    while waiting:
        path, part, depth = waiting.pop()
        if isinstance(part, dict):
            yield path, part, depth
            waiting.extend(
                ((*path, key), child, depth + 1)
                for key, child in part.items()
                if isinstance(child, (dict, list))
            )
        elif isinstance(part, list):
            yield path, part, depth
            waiting.extend(
                ((*path, index), child, depth + 1)
                for index, child in enumerate(part)
                if isinstance(child, (dict, list))
            )


def _refuse_strange_parts(value: object, *, has_duplicates: bool) -> None:
    for path, part, depth in _walk(value):
        if depth > MAX_DEPTH:
            raise InvalidJsonError(
                reason=f"it is nested deeper than {MAX_DEPTH} levels", place=_head(path)
            )
        if has_duplicates and isinstance(part, _Duplicated):
            raise InvalidJsonError(
                reason=f"the key {part.key!r} occurs twice", place=_join(path, part.key)
            )


def _refuse_lone_surrogates(value: object) -> None:
    if isinstance(value, str):
        _refuse_surrogate(value, "line 1, column 1")
    for path, part, _ in _walk(value):
        members = part.items() if isinstance(part, dict) else enumerate(part)
        for key, child in members:
            if isinstance(key, str):
                _refuse_surrogate(key, _join(path, None))
            if isinstance(child, str):
                _refuse_surrogate(child, _join(path, key))


def _refuse_surrogate(text: str, place: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidJsonError(
            reason="a text has half a surrogate pair", place=place or "the whole"
        ) from error


def _join(path: _Path, key: str | int | None) -> str:
    steps = path if key is None else (*path, key)
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return written.removeprefix(".") or "the whole"


def _head(path: _Path) -> str:
    """Return the beginning of a path that is too long to show."""
    return _join(path[:6], None) + "…"
