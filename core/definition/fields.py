"""Reading of one JSON object: each key with its type, its limits and its path.

Knows nothing of tables and columns. A key that holds null counts as absent. After a problem a
harmless value is returned, so that reading goes on and finds the others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TypeVar

from core.definition.literals import json_problem, text_problem
from core.definition.problems import Problems

T = TypeVar("T")

INT_LIMIT = 2**31
"""Whole numbers stand below this and not below its negative, as 4 bytes hold them."""

_MAX_SHOWN = 100


class Fields:
    """One JSON object of a document, read key by key."""

    __slots__ = ("_problems", "_raw", "path")

    def __init__(
        self, raw: object, *, path: str, keys: AbstractSet[str], problems: Problems
    ) -> None:
        self.path = path
        self._problems = problems
        self._raw: dict[str, object] = {}
        if not isinstance(raw, dict):
            problems.add(path, "WRONG_TYPE", f"Expected an object, found {kind_of(raw)}.")
            return
        self._raw = raw
        if not raw.keys() <= keys:
            for key in raw:
                if key not in keys:
                    self.refuse(str(key), "UNKNOWN_KEY", "This key is not known here.")

    def at(self, key: str) -> str:
        """Return the path of a key."""
        segment = key if _is_plain(key) else f"[{json.dumps(key[:_MAX_SHOWN])}]"
        if not self.path or segment is not key:
            return f"{self.path}{segment}"
        return f"{self.path}.{segment}"

    def refuse(self, key: str, code: str, message: str) -> None:
        """Note a problem with a key."""
        self._problems.add(self.at(key), code, message)

    def has(self, key: str) -> bool:
        """Return whether the key is there and holds something."""
        return self._raw.get(key) is not None

    def flag(self, key: str) -> bool | None:
        """Read true or false; None when absent."""
        value = self._raw.get(key)
        if value is None or value is True or value is False:
            return value
        self._refuse_type(key, "true or false", value)
        return None

    def whole(self, key: str) -> int | None:
        """Read a whole number of 4 bytes; None when absent."""
        value = self._raw.get(key)
        if value is None:
            return None
        if type(value) is not int:
            self._refuse_type(key, "a whole number", value)
            return None
        if not -INT_LIMIT <= value < INT_LIMIT:
            self.refuse(key, "NUMBER_OUT_OF_RANGE", "The number does not fit into 4 bytes.")
            return None
        return value

    def number(self, key: str) -> float:
        """Read any finite number that must be there."""
        value = self._raw.get(key)
        if value is None:
            self._refuse_absence(key)
        elif type(value) not in {int, float, Decimal}:
            self._refuse_type(key, "a number", value)
        else:
            try:
                number = float(value)  # type: ignore[arg-type]  # one of the three types above
            except (OverflowError, ValueError):
                number = math.inf
            if math.isfinite(number):
                return number
            self.refuse(key, "NUMBER_OUT_OF_RANGE", "The number is not finite or too large.")
        return 0.0

    def text(self, key: str, *, limit: int) -> str | None:
        """Read text of at most that many characters; None when absent."""
        value = self._raw.get(key)
        if value is None:
            return None
        return self._checked_text(key, value, limit)

    def required_text(self, key: str, *, limit: int, may_be_blank: bool = True) -> str:
        """Read text that must be there."""
        value = self._raw.get(key)
        if value is None:
            self._refuse_absence(key)
            return ""
        if not may_be_blank and isinstance(value, str) and not value.strip():
            self.refuse(key, "NAME_EMPTY", "This cannot be empty.")
            return ""
        return self._checked_text(key, value, limit)

    def choice(self, key: str, choices: Mapping[str, T], *, code: str) -> T | None:
        """Read one word of a closed list; None when absent or another."""
        value = self._raw.get(key)
        if value is None:
            return None
        if type(value) is not str:
            self._refuse_type(key, "a string", value)
            return None
        chosen = choices.get(value)
        if chosen is None:
            shown = json.dumps(value[:_MAX_SHOWN])
            self.refuse(key, code, f"{shown} is not one of {', '.join(choices)}.")
        return chosen

    def texts(self, key: str, *, limit: int, text_limit: int) -> tuple[str, ...] | None:
        """Read an array of texts; None when absent."""
        values = self._array(key, limit)
        if values is None:
            return None
        return tuple(
            self._checked_text(f"{key}[{index}]", value, text_limit)
            for index, value in enumerate(values)
        )

    def required_texts(self, key: str, *, limit: int, text_limit: int) -> tuple[str, ...]:
        """Read an array of texts that must be there."""
        texts = self.texts(key, limit=limit, text_limit=text_limit)
        if texts is None:
            self._refuse_absence(key)
            return ()
        return texts

    def nested(self, key: str, *, keys: AbstractSet[str]) -> Fields | None:
        """Read an object; None when absent."""
        value = self._raw.get(key)
        if value is None:
            return None
        return Fields(value, path=self.at(key), keys=keys, problems=self._problems)

    def objects(
        self, key: str, *, keys: AbstractSet[str], limit: int, required: bool = False
    ) -> list[Fields]:
        """Read an array of objects; empty when absent."""
        values = self._array(key, limit)
        if values is None:
            if required:
                self._refuse_absence(key)
            return []
        path = self.at(key)
        return [
            Fields(value, path=f"{path}[{index}]", keys=keys, problems=self._problems)
            for index, value in enumerate(values)
        ]

    def json_literal(self, key: str) -> object | None:
        """Read any JSON value whose texts and numbers can be kept; None when absent."""
        value = self._raw.get(key)
        if value is None:
            return None
        problem = json_problem(value)
        if problem is None:
            return value
        self.refuse(key, *problem)
        return None

    def _array(self, key: str, limit: int) -> Sequence[object] | None:
        value = self._raw.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self._refuse_type(key, "an array", value)
            return ()
        if len(value) > limit:
            self.refuse(key, "TOO_MANY", f"At most {limit:,} are allowed, found {len(value):,}.")
            return ()
        return value

    def _checked_text(self, key: str, value: object, limit: int) -> str:
        if not isinstance(value, str):
            self._refuse_type(key, "a string", value)
            return ""
        if len(value) > limit:
            self.refuse(
                key, "TOO_LONG", f"At most {limit:,} characters are allowed, found {len(value):,}."
            )
            return ""
        problem = text_problem(value)
        if problem is None:
            return value
        self.refuse(key, *problem)
        return ""

    def _refuse_type(self, key: str, expected: str, value: object) -> None:
        self.refuse(key, "WRONG_TYPE", f"Expected {expected}, found {kind_of(value)}.")

    def _refuse_absence(self, key: str) -> None:
        self.refuse(key, "MISSING_REQUIRED_FIELD", "This field is required.")


def kind_of(value: object) -> str:
    """Name the JSON type of a value, for sentences."""
    return next(
        (name for types, name in _KINDS if isinstance(value, types)), "something that is not JSON"
    )


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),
    ((int, float, Decimal), "a number"),
    (str, "a string"),
    (list, "an array"),
    (dict, "an object"),
)


def _is_plain(key: str) -> bool:
    bare = key.partition("[")[0]
    return bare.isascii() and bare.isidentifier() and len(key) <= _MAX_SHOWN
