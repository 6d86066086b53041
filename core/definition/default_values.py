"""Reading of a literal default as a value of a column's type, in one spelling for each value."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal

from core.definition.default_times import (
    date_text,
    interval_text,
    time_text,
    timestamp_text,
    zoned_timestamp_text,
)
from core.definition.literals import json_problem, json_text, json_value
from core.definition.types import ColumnType, DataType
from core.errors import InvalidInputError, SchemaBuilderError

_MAX_WHOLE = {
    DataType.SMALLINT: 2**15,
    DataType.INT: 2**31,
    DataType.BIGINT: 2**63,
}
"""The first number too large. Source: PostgreSQL manual, table 8.2."""

_DECIMAL_INTEGER_DIGITS = 131_072
_DECIMAL_SCALE = 16_383
"""Digits of an unconstrained numeric. Source: PostgreSQL manual, section 8.1.2."""

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
"""Spellings of truth values. Source: PostgreSQL manual, section 8.6."""

_WHOLE_DIGITS = 40
"""More than any whole number type has, and few enough to work with."""

_WHOLE = re.compile(rf"[+-]?[0-9]{{1,{_WHOLE_DIGITS}}}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,6})?")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_BYTES = re.compile(r"\\x(?:[0-9a-f]{2})*", re.IGNORECASE)

_SHOWN = 80


class DefaultMismatchError(InvalidInputError):
    """A default that is no value of its column's type."""

    code = "DEFAULT_DOES_NOT_FIT"

    def __init__(self, *, data_type: DataType, reason: str) -> None:
        super().__init__(
            f"The default does not fit the type {data_type.value}: {reason}.",
            hint="SQL goes into defaultExpression.",
        )
        self.reason = reason


def mismatch(column_type: ColumnType, reason: str) -> SchemaBuilderError:
    """Make the error that says why a default does not fit."""
    return DefaultMismatchError(data_type=column_type.data_type, reason=reason)


def value_of(value: object, column_type: ColumnType) -> object:
    """Return the value that a JSON literal is on a column of that canonical type.

    Raises:
        DefaultMismatchError: When it is none.
    """
    read = _READERS.get(column_type.data_type)
    return value if read is None else read(value, column_type)


def _whole(value: object, column_type: ColumnType) -> object:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, Decimal) and value.adjusted() < _WHOLE_DIGITS and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise mismatch(column_type, f"{_shown(value)} is not a whole number")
    limit = _MAX_WHOLE[column_type.data_type]
    if not -limit <= value < limit:
        raise mismatch(column_type, f"{_shown(value)} is out of range")
    return value


def _number(value: object, column_type: ColumnType) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise mismatch(column_type, f"{_shown(value)} is not a number")
    return Decimal(value)


def _decimal(value: object, column_type: ColumnType) -> object:
    number = _shortest(_number(value, column_type))
    _, digits, exponent = number.as_tuple()
    fraction_digits = -int(exponent)
    integer_digits = len(digits) - fraction_digits
    if column_type.precision is None:
        if integer_digits > _DECIMAL_INTEGER_DIGITS or fraction_digits > _DECIMAL_SCALE:
            raise mismatch(column_type, f"{_shown(value)} has too many digits")
    else:
        scale = column_type.scale or 0
        if fraction_digits > scale:
            raise mismatch(column_type, f"{_shown(value)} has more than {scale} fractional digits")
        if number and integer_digits > column_type.precision - scale:
            raise mismatch(column_type, f"{_shown(value)} has too many digits")
    return _plain(number)


def _floating(value: object, column_type: ColumnType) -> object:
    number = _shortest(_number(value, column_type))
    stored = float(number)
    if column_type.data_type is DataType.FLOAT:
        # In the machine's own form what is too large becomes infinite and nothing is raised.
        (stored,) = struct.unpack("@f", struct.pack("@f", stored))
    if math.isinf(stored) or (number and not stored):
        raise mismatch(column_type, f"{_shown(value)} is out of range")
    return _plain(number)


def _shortest(number: Decimal) -> Decimal:
    """Drop zeros at the end, without rounding to the context as `normalize` does."""
    sign, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    if not kept:
        return Decimal(0)
    dropped = len(digits) - len(kept)
    return Decimal((sign, tuple(map(int, kept)), int(exponent) + dropped))


def _plain(number: Decimal) -> int | Decimal:
    """Take a whole number of moderate size as an int."""
    _, _, exponent = number.as_tuple()
    if int(exponent) >= 0 and number.adjusted() < _WHOLE_DIGITS:
        return int(number)
    return number


def _boolean(value: object, column_type: ColumnType) -> object:
    if isinstance(value, bool):
        return value
    folded = value.strip().lower() if isinstance(value, str) else None
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise mismatch(column_type, f"{_shown(value)} is neither true nor false")


def _uuid(value: object, column_type: ColumnType) -> object:
    text = _text(value, column_type).strip()
    bare = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    if not _UUID.fullmatch(bare):
        raise mismatch(column_type, f"{_shown(value)} is not a UUID")
    digits = bare.replace("-", "").lower()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _bytes(value: object, column_type: ColumnType) -> object:
    text = _text(value, column_type)
    if text and not _BYTES.fullmatch(text):
        raise mismatch(column_type, f"{_shown(value)} is not in the form \\x0123 of hexadecimals")
    return text.lower() or "\\x"


def _characters(value: object, column_type: ColumnType) -> object:
    text = _text(value, column_type)
    if column_type.length is not None and len(text) > column_type.length:
        raise mismatch(
            column_type, f"it has {len(text)} characters where {column_type.length} are allowed"
        )
    return text


def _text(value: object, column_type: ColumnType) -> str:
    if isinstance(value, str):
        return value
    raise mismatch(column_type, f"{_shown(value)} is not a string")


def _json(value: object, column_type: ColumnType) -> object:
    """Take text that spells an object or an array as what it spells."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            spelled = json_value(value.strip())
        except (ValueError, RecursionError):
            return value
        problem = json_problem(spelled)
        if problem is not None:
            raise mismatch(column_type, f"{_shown(value)} cannot be kept. {problem[1]}")
        return spelled
    return value


def _temporal(read: Callable[[str, int], str | None], wanted: str) -> _Reader:
    def read_value(value: object, column_type: ColumnType) -> object:
        digits = 6 if column_type.precision is None else column_type.precision
        text = read(_text(value, column_type).strip(), digits)
        if text is None:
            raise mismatch(column_type, f"{_shown(value)} is not {wanted}")
        return text

    return read_value


def _shown(value: object) -> str:
    text = json_text(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_Reader = Callable[[object, ColumnType], object]

_READERS: dict[DataType, _Reader] = {
    DataType.SMALLINT: _whole,
    DataType.INT: _whole,
    DataType.BIGINT: _whole,
    DataType.DECIMAL: _decimal,
    DataType.FLOAT: _floating,
    DataType.DOUBLE: _floating,
    DataType.BOOLEAN: _boolean,
    DataType.UUID: _uuid,
    DataType.TEXT: _text,
    DataType.ENUM: _text,
    DataType.CHAR: _characters,
    DataType.VARCHAR: _characters,
    DataType.BLOB: _bytes,
    DataType.JSONB: _json,
    DataType.DATE: _temporal(date_text, "a day like 2024-12-31"),
    DataType.TIME: _temporal(time_text, "a time like 23:59:59, with no more digits than allowed"),
    DataType.TIMESTAMP: _temporal(
        timestamp_text,
        "a time like 2024-12-31T23:59:59 without a zone, with no more digits than allowed",
    ),
    DataType.TIMESTAMPTZ: _temporal(
        zoned_timestamp_text,
        "a time like 2024-12-31T23:59:59Z, with no more digits than allowed",
    ),
    DataType.INTERVAL: _temporal(interval_text, "a span like P1DT2H or 1 day 2 hours"),
}
