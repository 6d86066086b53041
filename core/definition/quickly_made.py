"""Frozen dataclasses that are made as quickly as those that are not.

A frozen dataclass fills its fields by a call of `object.__setattr__` for each, and a definition has
tens of thousands of values. Here a value can be written to until its fields are filled, being of
a class that differs in nothing else.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import update_wrapper
from typing import Any, TypeVar

_Value = TypeVar("_Value")


def quickly_made(frozen: type[_Value]) -> type[_Value]:
    """Let a dataclass that is frozen, with slots and keywords only, fill its fields directly.

    What is derived from it has to be a dataclass too, as its `__init__` makes nothing but this.
    """
    # Without both of these the interpreter takes the way through Python for either.
    writable = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    known: dict[str, Any] = {
        "_assign": object.__setattr__,
        "_draft": type(frozen.__name__, (frozen,), {"__slots__": (), **writable}),
        "_frozen": frozen,
    }
    parameters = []
    lines = ["_assign(self, '__class__', _draft)"]
    for each in fields(frozen):  # type: ignore[arg-type]  # the argument is a dataclass
        lines.append(f"self.{each.name} = {each.name}")
        if each.default is MISSING:
            parameters.append(each.name)
        else:
            known[f"_{each.name}"] = each.default
            parameters.append(f"{each.name}=_{each.name}")
    lines.append("self.__class__ = _frozen")
    body = "\n    ".join(lines)
    # As the standard library makes the one that this replaces, from names of fields alone.
    exec(f"def __init__(self, *, {', '.join(parameters)}):\n    {body}", known)  # noqa: S102
    frozen.__init__ = update_wrapper(known["__init__"], frozen.__init__)  # type: ignore[method-assign]  # that is the point
    return frozen
