"""JSON literals as text that keeps every digit, and back."""

from __future__ import annotations

from decimal import Decimal

import simplejson

_ENCODER = simplejson.JSONEncoder(
    use_decimal=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
)
_SORTING_ENCODER = simplejson.JSONEncoder(
    use_decimal=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
)
_DECODER = simplejson.JSONDecoder(parse_float=Decimal)


def json_text(value: object, *, sort_keys: bool = False) -> str:
    """Write a JSON value as compact text."""
    encoder = _SORTING_ENCODER if sort_keys else _ENCODER
    return str(encoder.encode(value))


def json_value(text: str) -> object:
    """Read JSON text, with `Decimal` for numbers that are not whole."""
    value: object = _DECODER.decode(text)
    return value
