"""Rules about enums.

Source: PostgreSQL manual, CREATE TYPE.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.definition.names import NAME_BYTES
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.rule import Remark, rule


@rule(code="ENUM_WITHOUT_VALUES", level=Level.ERROR, catalogue="C006")
def enum_without_values(design: Design) -> Iterator[Remark]:
    """An enum has at least one value."""
    for place, enum in enumerate(design.definition.enums):
        if not enum.values:
            yield Remark(
                path=f"enums[{place}].values",
                message=f'The enum "{enum.name}" has no values.',
                hint="Add one.",
            )


@rule(code="ENUM_VALUE_REPEATED", level=Level.ERROR, catalogue="E001")
def enum_value_repeated(design: Design) -> Iterator[Remark]:
    """The values of an enum are all different."""
    for place, enum in enumerate(design.definition.enums):
        seen: set[str] = set()
        for number, value in enumerate(enum.values):
            if value in seen:
                yield Remark(
                    path=f"enums[{place}].values[{number}]",
                    message=f'The enum "{enum.name}" has the value "{value}" already.',
                    hint="Remove it.",
                )
            seen.add(value)


@rule(code="ENUM_VALUE_TOO_LONG", level=Level.ERROR, catalogue="E001")
def enum_value_too_long(design: Design) -> Iterator[Remark]:
    """A value of an enum has at most 63 bytes in UTF-8."""
    for place, enum in enumerate(design.definition.enums):
        for number, value in enumerate(enum.values):
            size = len(value.encode(errors="replace"))
            if size > NAME_BYTES:
                yield Remark(
                    path=f"enums[{place}].values[{number}]",
                    message=f"The value has {size} bytes; at most {NAME_BYTES} fit.",
                    hint="Shorten it.",
                )


@rule(code="ENUM_UNUSED", level=Level.HINT, catalogue="E001")
def enum_unused(design: Design) -> Iterator[Remark]:
    """An enum that no column has."""
    used = {
        view.sql_type.name for view in design.columns if view.sql_type and view.sql_type.is_enum
    }
    for place, enum in enumerate(design.definition.enums):
        if enum.id not in used:
            yield Remark(
                path=f"enums[{place}]",
                message=f'No column has the enum "{enum.name}".',
                hint="Remove it, if it is not needed.",
            )


RULES = (enum_without_values, enum_value_repeated, enum_value_too_long, enum_unused)
"""The rules of this module."""
