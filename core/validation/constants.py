"""Texts that are plainly no value of a type, told without a server.

A server reads more than is checked here: where a text may be a value, nothing is said.

Source: PostgreSQL manual, chapter 8, and the input functions of PostgreSQL 18.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections.abc import Callable, Mapping

from core.validation.known_types import MULTIRANGES, RANGES
from core.validation.sql_types import SqlType

_WHOLE = re.compile(
    r"[+-]?(?:[0-9](?:_?[0-9])*|0x(?:_?[0-9a-f])+|0o(?:_?[0-7])+|0b(?:_?[01])+)", re.IGNORECASE
)
_NUMBER = re.compile(
    r"[+-]?(?:[0-9_]*(?:\.[0-9_]*)?(?:e[+-]?[0-9_]+)?|inf|infinity|nan|0[xob][0-9a-f_.p+-]+)",
    re.IGNORECASE,
)
_UUID = re.compile(r"\{?(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}\}?", re.IGNORECASE)
_BYTES = re.compile(
    r"\\x(?:\s*[0-9a-f]\s*[0-9a-f])*\s*|(?!\\x)(?:[^\\]|\\\\|\\[0-3][0-7]{2})*", re.IGNORECASE
)
_ADDRESS = re.compile(r"[0-9a-f:./]+", re.IGNORECASE)
_BYTE = re.compile(r"0*(?:[0-9]{1,2}|1[0-9]{2}|2[0-4][0-9]|25[0-5])")
_HARDWARE = re.compile(r"[0-9a-f:.-]{12,}", re.IGNORECASE)
_BITS = re.compile(r"b?[01]*|x[0-9a-f]*", re.IGNORECASE)
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?", re.DOTALL)
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]*)?)?")
_LIMITS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_TRUTH = ("true", "false", "yes", "no", "on", "off", "1", "0")
_SPACES = " \t\n\r\v\f"
_TIME_WORDS = frozenset({"now", "today", "tomorrow", "yesterday", "epoch", "infinity", "allballs"})
_MONTHS = 12
_LAST = (24, 59, 60)


def is_no_value(text: str, sql_type: SqlType, enum_values: tuple[str, ...] | None = None) -> bool:
    """Say whether a server would refuse to read a text as a value of a type, for all we know.

    Args:
        text: The text, without the quotation marks around it.
        sql_type: The type.
        enum_values: The values of the type where it is an enum.
    """
    if sql_type.is_array:
        return text.strip(_SPACES)[:1] not in {"{", "["}
    if sql_type.is_enum:
        return enum_values is not None and text not in enum_values
    reader = _MAY_BE.get(sql_type.name)
    return reader is not None and not reader(text)


def _whole(limit: int) -> Callable[[str], bool]:
    def may_be(text: str) -> bool:
        text = text.strip(_SPACES)
        if not _WHOLE.fullmatch(text):
            return False
        digits = text.replace("_", "").lstrip("+-0")
        return (
            not digits.isdecimal()
            or len(digits) < len(str(limit))
            or (
                len(digits) == len(str(limit)) and int(digits) <= limit - (not text.startswith("-"))
            )
        )

    return may_be


def _matching(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text.strip(_SPACES)) is not None


def _number(text: str) -> bool:
    text = text.strip(_SPACES)
    return _NUMBER.fullmatch(text) is not None and text.strip("+-_.") != ""


def _truth(text: str) -> bool:
    text = text.strip(_SPACES).lower()
    return text not in {"", "o"} and any(word.startswith(text) for word in _TRUTH)


def _with_digits(text: str) -> bool:
    return any(character.isdecimal() for character in text)


def _span(text: str) -> bool:
    return _with_digits(text) or text.strip(_SPACES).lstrip("+-").lower() == "infinity"


def _shape(text: str) -> bool:
    folded = text.lower()
    return _with_digits(text) or "inf" in folded or "nan" in folded


def _day(text: str) -> bool:
    text = text.strip(_SPACES)
    if not _with_digits(text):
        return _has_time_word(text)
    match = _DAY.fullmatch(text)
    if match is None or "bc" in text.lower():
        return True
    year, month, day = (int(part) for part in match.groups())
    return 1 <= month <= _MONTHS and year > 0 and 1 <= day <= monthrange(year, month)[1]


def _clock(text: str) -> bool:
    text = text.strip(_SPACES)
    match = _CLOCK.fullmatch(text)
    if match is None:
        return _with_digits(text) or _has_time_word(text)
    parts = [int(part) for part in match.groups(default="0")]
    return all(part <= last for part, last in zip(parts, _LAST, strict=True))


def _has_time_word(text: str) -> bool:
    return not _TIME_WORDS.isdisjoint(re.findall(r"[a-z]+", text.lower()))


def _json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _range(text: str) -> bool:
    text = text.strip(_SPACES).lower()
    return text.startswith(("[", "(", "empty"))


def _address(text: str) -> bool:
    text = text.strip(_SPACES)
    if _ADDRESS.fullmatch(text) is None:
        return False
    numbers = text.partition("/")[0].split(".")
    return ":" in text or all(_BYTE.fullmatch(number) for number in numbers)


_MAY_BE: Mapping[str, Callable[[str], bool]] = {
    **{name: _whole(limit) for name, limit in _LIMITS.items()},
    **dict.fromkeys(("float4", "float8", "numeric"), _number),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), _day),
    **dict.fromkeys(("time", "timetz"), _clock),
    **dict.fromkeys(("json", "jsonb"), _json),
    **dict.fromkeys(("inet", "cidr"), _address),
    **dict.fromkeys(("macaddr", "macaddr8"), _matching(_HARDWARE)),
    **dict.fromkeys(("bit", "varbit"), lambda text: _BITS.fullmatch(text) is not None),
    **dict.fromkeys(("box", "circle", "line", "lseg", "path", "point", "polygon"), _shape),
    **dict.fromkeys(RANGES, _range),
    **dict.fromkeys(MULTIRANGES, lambda text: text.strip(_SPACES).startswith("{")),
    "bool": _truth,
    "bytea": lambda text: _BYTES.fullmatch(text) is not None,
    "interval": _span,
    "money": _with_digits,
    "oid": _with_digits,
    "pg_lsn": lambda text: "/" in text,
    "tid": lambda text: "(" in text,
    "uuid": _matching(_UUID),
}
"""For each type that is checked, whether a text may be one of its values."""
