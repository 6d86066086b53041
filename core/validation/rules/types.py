"""Rules about the types of columns and their parameters.

Source: PostgreSQL manual, chapter 8.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.definition.types import (
    LENGTH_TYPES,
    MOST_SECONDS_DIGITS,
    SECONDS_PRECISION_TYPES,
    DataType,
)
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.known_types import (
    PSEUDO_TYPES,
    SECONDS_TYPES,
    SERIALS,
    TAKES_MODIFIERS,
)
from core.validation.parsing import SyntaxProblem, TypeSpelling
from core.validation.rule import Remark, on_column, rule
from core.validation.sql_types import MAX_NATIVE_TYPES
from core.validation.views import ColumnView

MAX_LENGTH = 10_485_760
"""Characters of char and varchar. Source: PostgreSQL manual, section 8.3."""
MAX_BITS = 83_886_080
"""Bits of bit and bit varying. Source: MaxAttrSize * BITS_PER_BYTE in anybit_typmodin, varbit.c."""
MAX_DIGITS = 1_000
"""Declared precision of numeric. Source: PostgreSQL manual, section 8.1.2."""


@rule(code="ENUM_UNKNOWN", level=Level.ERROR, catalogue="C001")
def enum_unknown(design: Design) -> Iterator[Remark]:
    """A column of type ENUM says which enum of the definition it means."""
    for view in design.columns:
        column_type = view.column.type
        if column_type.data_type is not DataType.ENUM:
            continue
        if not column_type.enum_id:
            yield on_column(
                view, f'"{view.name}" does not say which enum it is.', "Give its enumId."
            )
        elif column_type.enum_id not in design.enums_by_id:
            yield on_column(
                view,
                f'"{view.name}" is an enum that does not exist: {column_type.enum_id}.',
                "Add it to the enums of the definition.",
                part="enumId",
            )


@rule(code="LENGTH_MISSING", level=Level.ERROR, catalogue="C001")
def length_missing(design: Design) -> Iterator[Remark]:
    """A VARCHAR says how long it can be; text without a limit is TEXT."""
    for view in design.columns:
        column_type = view.column.type
        if column_type.data_type is DataType.VARCHAR and column_type.length is None:
            yield on_column(
                view,
                f'"{view.name}" has no length.',
                "Give one, or use TEXT.",
                part="dataType",
            )


@rule(code="LENGTH_OUT_OF_RANGE", level=Level.ERROR, catalogue="C001")
def length_out_of_range(design: Design) -> Iterator[Remark]:
    """The length of CHAR and VARCHAR is from 1 to 10,485,760 characters."""
    for view in design.columns:
        column_type = view.column.type
        if column_type.length is None or column_type.data_type not in LENGTH_TYPES:
            continue
        if not 1 <= column_type.length <= MAX_LENGTH:
            yield on_column(
                view,
                f'The length of "{view.name}" is not from 1 to {MAX_LENGTH:,}.',
                "Use TEXT for text without a limit.",
                part="length",
            )


@rule(code="PRECISION_OUT_OF_RANGE", level=Level.ERROR, catalogue="C001")
def precision_out_of_range(design: Design) -> Iterator[Remark]:
    """The precision of DECIMAL is from 1 to 1,000 digits, that of times not below 0."""
    for view in design.columns:
        precision = view.column.type.precision
        if precision is None:
            continue
        data_type = view.column.type.data_type.canonical()
        if data_type is DataType.DECIMAL and not 1 <= precision <= MAX_DIGITS:
            bounds = f"1 to {MAX_DIGITS:,}"
        elif data_type in SECONDS_PRECISION_TYPES and precision < 0:
            bounds = f"0 to {MOST_SECONDS_DIGITS}"
        else:
            continue
        yield on_column(
            view, f'The precision of "{view.name}" is not from {bounds}.', part="precision"
        )


@rule(code="PRECISION_REDUCED", level=Level.LOW, catalogue="C001")
def precision_reduced(design: Design) -> Iterator[Remark]:
    """Times keep 6 fractional digits of a second; a higher precision is reduced to that."""
    for view in design.columns:
        column_type = view.column.type
        is_time = column_type.data_type.canonical() in SECONDS_PRECISION_TYPES
        if is_time and (column_type.precision or 0) > MOST_SECONDS_DIGITS:
            yield on_column(
                view,
                f'"{view.name}" keeps {MOST_SECONDS_DIGITS} fractional digits of a second.',
                "Leave the precision out.",
                part="precision",
            )


@rule(code="SCALE_OUT_OF_RANGE", level=Level.ERROR, catalogue="C001")
def scale_out_of_range(design: Design) -> Iterator[Remark]:
    """The scale of DECIMAL is from 0 to its precision.

    PostgreSQL takes others since version 15 only.
    """
    for view in design.columns:
        column_type = view.column.type
        if column_type.scale is None or column_type.data_type.canonical() is not DataType.DECIMAL:
            continue
        if column_type.precision is not None and not (
            0 <= column_type.scale <= column_type.precision
        ):
            yield on_column(
                view,
                f'The scale of "{view.name}" is not from 0 to its precision.',
                part="scale",
            )


@rule(code="SCALE_WITHOUT_PRECISION", level=Level.MEDIUM, catalogue="C001")
def scale_without_precision(design: Design) -> Iterator[Remark]:
    """A scale of DECIMAL means nothing without a precision, and is left out."""
    for view in design.columns:
        column_type = view.column.type
        is_decimal = column_type.data_type.canonical() is DataType.DECIMAL
        if is_decimal and column_type.precision is None and column_type.scale is not None:
            yield on_column(
                view, f'"{view.name}" has a scale and no precision.', "Give both.", part="scale"
            )


@rule(code="TOO_MANY_NATIVE_TYPES", level=Level.ERROR, catalogue="S001")
def too_many_native_types(design: Design) -> Iterator[Remark]:
    """A definition has at most 2,000 different texts of native types; the rest is not read."""
    if design.types.has_left_some:
        yield Remark(
            path="tables",
            message=f"There are more than {MAX_NATIVE_TYPES:,} different native types.",
            hint="Split the definition.",
        )


@rule(code="NATIVE_TYPE_INVALID", level=Level.ERROR, catalogue="C001")
def native_type_invalid(design: Design) -> Iterator[Remark]:
    """A nativeType is exactly one type name of PostgreSQL's grammar, and nothing beside it."""
    for view, found in _native_types(design):
        if isinstance(found, SyntaxProblem):
            yield on_column(
                view,
                f'The type of "{view.name}" is not one type name: {found.message}'
                f" (character {found.position}).",
                part="nativeType",
            )


@rule(code="NATIVE_TYPE_UNKNOWN", level=Level.ERROR, catalogue="X001")
def native_type_unknown(design: Design) -> Iterator[Remark]:
    """A nativeType is one that PostgreSQL brings along, or an enum of the definition.

    Types of extensions are not there in a new database. Pseudo-types are for functions; `serial`
    is no type but an order to make a sequence.
    """
    for view, found in _native_types(design):
        if isinstance(found, SyntaxProblem) or view.sql_type is not None:
            continue
        hint = "Choose a built-in type, or an enum of the definition."
        if found.namespace is None and found.name in SERIALS:
            hint = f"Use {SERIALS[found.name]} with autoIncrement."
        elif found.name in PSEUDO_TYPES:
            hint = "That name is for functions; no column can have it."
        yield on_column(
            view, f'"{view.name}" has the unknown type "{found.name}".', hint, part="nativeType"
        )


@rule(code="NATIVE_TYPE_PARAMETERS", level=Level.ERROR, catalogue="C001")
def native_type_parameters(design: Design) -> Iterator[Remark]:
    """The parameters of a nativeType are ones that the type takes."""
    for view, found in _native_types(design):
        if isinstance(found, SyntaxProblem) or view.sql_type is None or not found.modifiers:
            continue
        reason = (
            "takes no parameters"
            if view.sql_type.is_enum
            else _wrong_parameters(found.name, found.modifiers)
        )
        if reason:
            yield on_column(
                view, f'The type of "{view.name}", {found.name}, {reason}.', part="nativeType"
            )


def _wrong_parameters(name: str, modifiers: tuple[int | None, ...]) -> str:
    numbers = [item for item in modifiers if item is not None]
    if name not in TAKES_MODIFIERS:
        return "takes no parameters"
    if len(numbers) != len(modifiers):
        return "takes whole numbers only"
    if name == "interval":  # the first is the set of fields, the second the precision
        return _outside(numbers[1:], 0, MOST_SECONDS_DIGITS)
    if name in SECONDS_TYPES:
        return _too_many(numbers, 1) or _outside(numbers, 0, MOST_SECONDS_DIGITS)
    if name == "numeric":
        precision = numbers[0]
        reason = _too_many(numbers, 2) or _outside(numbers[:1], 1, MAX_DIGITS)
        return reason or _outside(numbers[1:], 0, precision)
    limit = MAX_LENGTH if name in {"varchar", "bpchar"} else MAX_BITS
    return _too_many(numbers, 1) or _outside(numbers, 1, limit)


def _too_many(numbers: list[int], limit: int) -> str:
    return f"takes no more than {limit} of them" if len(numbers) > limit else ""


def _outside(numbers: list[int], low: int, high: int) -> str:
    if all(low <= number <= high for number in numbers):
        return ""
    return f"takes a number from {low} to {high:,}"


def _native_types(design: Design) -> Iterator[tuple[ColumnView, TypeSpelling | SyntaxProblem]]:
    for view in design.columns:
        if view.column.type.data_type is DataType.NATIVE:
            yield view, design.types.spelling(view.column.type.native or "")


RULES = (
    enum_unknown,
    length_missing,
    length_out_of_range,
    precision_out_of_range,
    precision_reduced,
    scale_out_of_range,
    scale_without_precision,
    too_many_native_types,
    native_type_invalid,
    native_type_unknown,
    native_type_parameters,
)
"""The rules of this module."""
