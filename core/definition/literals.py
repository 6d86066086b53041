"""JSON literals as text that keeps every digit, and back; and which of them can be kept at all."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import simplejson

MAX_DIGITS = 4_000
"""Digits of a number. Source: CPython reads at most 4,300 into an int."""

MAX_EXPONENT = 16_000
"""Size of a decimal exponent. Source: PostgreSQL manual, section 8.1."""

MAX_DEPTH = 100
"""Levels of nesting."""

_BITS_PER_DIGIT = 3
_SURROGATE = re.compile("[\ud800-\udfff]")


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


_ENCODER = simplejson.JSONEncoder(
    use_decimal=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
)
_SORTING_ENCODER = simplejson.JSONEncoder(
    use_decimal=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
)
_DECODER = simplejson.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)


def json_text(value: object, *, sort_keys: bool = False) -> str:
    """Write a JSON value as compact text."""
    encoder = _SORTING_ENCODER if sort_keys else _ENCODER
    return str(encoder.encode(value))


def json_value(text: str) -> object:
    """Read JSON text, with `Decimal` for numbers that are not whole.

    Raises:
        ValueError: When the text is not JSON.
    """
    value: object = _DECODER.decode(text)
    return value


def folded_numbers(value: object) -> object:
    """Return a JSON value in which numbers that are equal are written alike: 100, 1E+2, 100.0.

    JSON says nothing of how a number is spelled, and stores spell it their own way.
    """
    if isinstance(value, dict):
        return {key: folded_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [folded_numbers(inner) for inner in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    sign, digits, exponent = Decimal(value).as_tuple()
    significant = "".join(map(str, digits)).rstrip("0")
    if not significant or not isinstance(exponent, int):
        return 0
    exponent += len(digits) - len(significant)
    return Decimal((sign, tuple(map(int, significant)), exponent))


def text_problem(text: str) -> tuple[str, str] | None:
    """Return the code and the sentence of what makes a text impossible to keep, if anything."""
    if "\x00" in text:
        return "ILLEGAL_CHARACTER", "Text cannot hold the character U+0000."
    if not text.isascii() and _SURROGATE.search(text):
        return "ILLEGAL_CHARACTER", "Text cannot hold half of a surrogate pair."
    return None


def json_problem(value: object, *, depth: int = MAX_DEPTH) -> tuple[str, str] | None:
    """Return the code and the sentence of what makes a JSON value impossible to keep, if anything.

    Nested texts, numbers and depth are looked at.
    """
    if depth == 0:
        return "TOO_DEEP", f"At most {MAX_DEPTH} levels of nesting are allowed."
    inner: list[object] = []
    problem: tuple[str, str] | None = None
    match value:
        case None | bool():
            pass
        case str():
            problem = text_problem(value)
        case int() | float() | Decimal():
            if not _is_keepable(value):
                problem = "NUMBER_OUT_OF_RANGE", "The number is not finite or too long."
        case list():
            inner = value
        case dict():
            inner = [*value, *value.values()]
        case _:
            problem = "WRONG_TYPE", "Expected a JSON value."
    nested = (json_problem(item, depth=depth - 1) for item in inner)
    return problem or next(filter(None, nested), None)


def _is_keepable(number: float | Decimal) -> bool:
    match number:
        case int():
            return number.bit_length() <= MAX_DIGITS * _BITS_PER_DIGIT
        case Decimal():
            _, digits, exponent = number.as_tuple()
            return (
                isinstance(exponent, int)  # a letter stands for what is not finite
                and len(digits) <= MAX_DIGITS
                and abs(exponent) <= MAX_EXPONENT
            )
        case _:
            return math.isfinite(number)
