"""Changes as JSON values and back: what a stored plan and the API carry.

A change is an object with its `type` and its fields, things of the definition likewise field by
field; what a field has anyway is left out.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from core.changes import Change
from core.errors import InternalError

_Value = TypeVar("_Value")

_CLASSES: dict[str, type[Change]] = {each.__name__: each for each in get_args(Change)}


class UnreadableChangeError(InternalError):
    """A stored change is not one that this version of the product knows."""

    code = "CHANGE_UNREADABLE"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"A stored change cannot be read: {reason}.")


def change_to_json(change: Change) -> dict[str, Any]:
    """Write a change as JSON values."""
    return {"type": type(change).__name__, **_write_fields(change)}


def change_from_json(value: Mapping[str, Any]) -> Change:
    """Read what `change_to_json` wrote.

    Raises:
        UnreadableChangeError: it did not write this.
    """
    word = value.get("type")
    if not isinstance(word, str) or word not in _CLASSES:
        raise UnreadableChangeError(reason=f"nothing is known of the type {word!r}")
    try:
        return _read_fields(_CLASSES[word], {key: value[key] for key in value if key != "type"})
    except (TypeError, ValueError, AttributeError) as error:
        raise UnreadableChangeError(reason=f"a field of {word} is wrong") from error


def _write_fields(thing: object) -> dict[str, Any]:
    written = {}
    for field in fields(thing):  # type: ignore[arg-type] # callers give dataclasses
        value = getattr(thing, field.name)
        if field.default is MISSING or value != field.default:
            written[field.name] = _write(value)
    return written


def _write(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_write(each) for each in value]
    return _write_fields(value) if is_dataclass(value) else value


def _read_fields(kind: type[_Value], value: Mapping[str, object]) -> _Value:
    hints = _hints(cast("Hashable", kind))
    unknown = sorted(value.keys() - hints.keys())
    if unknown:
        raise UnreadableChangeError(reason=f"{kind.__name__} has no field {unknown[0]}")
    return kind(**{name: _read(hints[name], each) for name, each in value.items()})


def _read(hint: Any, value: Any) -> object:  # noqa: ANN401 - type hints and JSON have no type
    if get_origin(hint) is tuple:
        return _read_tuple(get_args(hint), value)
    options = [each for each in get_args(hint) if each is not NoneType]
    if options:
        return None if value is None else _read(_fitting(options, value), value)
    if is_dataclass(hint):
        return _read_fields(cast("type[object]", hint), value)
    if issubclass(hint, StrEnum | float):
        return hint(value)
    if not isinstance(value, hint):
        raise UnreadableChangeError(reason=f"{value!r} is not of type {hint.__name__}")
    return cast("object", value)


def _read_tuple(arguments: tuple[Any, ...], value: Sequence[object]) -> tuple[object, ...]:
    if arguments[-1] is Ellipsis:
        return tuple(_read(arguments[0], each) for each in value)
    return tuple(_read(hint, each) for hint, each in zip(arguments, value, strict=True))


def _fitting(options: Sequence[Any], value: object) -> object:
    """Choose among the members of a union the first that has the fields of a value."""
    if len(options) == 1:
        return options[0]
    for each in options:
        if isinstance(value, Mapping) and value.keys() <= _hints(each).keys():
            return each
    raise UnreadableChangeError(reason=f"{value!r} is none of the possible values")


@cache
def _hints(kind: Hashable) -> Mapping[str, Any]:
    return get_type_hints(kind)
