"""Rules about types and names that work and are often regretted.

Source: PostgreSQL wiki, "Don't Do This"; the catalogue's questionable types.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from core.definition.types import DataType
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.known_types import FLOAT_TYPES, TEXT_TYPES
from core.validation.rule import Remark, on_column, on_table, rule
from core.validation.sql_types import SqlType
from core.validation.views import ColumnView

_MONEY = frozenset(
    [
        "amount",
        "balance",
        "budget",
        "cost",
        "discount",
        "fee",
        "income",
        "payment",
        "price",
        "revenue",
        "salary",
        "subtotal",
        "tax",
        "total",
        "wage",
    ]
)
_SENSITIVE = frozenset(
    [
        "email",
        "iban",
        "password",
        "passwd",
        "passport",
        "phone",
        "pin",
        "secret",
        "ssn",
        "token",
        "birthday",
        "birthdate",
    ]
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NUMBERED = re.compile(r"(.*?)_?(\d+)")
_MIN_NUMBERED = 2


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _type_remark(view: ColumnView, message: str, hint: str) -> Remark:
    is_native = view.column.type.data_type is DataType.NATIVE
    return on_column(view, message, hint, part="nativeType" if is_native else "dataType")


@rule(code="TIMESTAMP_WITHOUT_ZONE", level=Level.LOW, catalogue="C009")
def timestamp_without_zone(design: Design) -> Iterator[Remark]:
    """A TIMESTAMP says what a clock on some wall showed; a TIMESTAMPTZ says when it was."""
    for view in design.columns:
        if view.sql_type is not None and view.sql_type.name == "timestamp":
            yield _type_remark(
                view, f'"{view.name}" has no time zone.', "Use TIMESTAMPTZ for a point in time."
            )


@rule(code="FLOAT_FOR_MONEY", level=Level.MEDIUM, catalogue="C009")
def float_for_money(design: Design) -> Iterator[Remark]:
    """Binary floating point cannot hold a tenth, so sums of money go wrong."""
    for view in design.columns:
        is_float = view.sql_type is not None and view.sql_type.name in FLOAT_TYPES
        if is_float and not _MONEY.isdisjoint(_words(view.name)):
            yield _type_remark(
                view,
                f'"{view.name}" looks like money in floating point.',
                "Use DECIMAL with precision and scale.",
            )


@rule(code="MONEY_TYPE", level=Level.LOW, catalogue="C009")
def money_type(design: Design) -> Iterator[Remark]:
    """The type money shows and rounds as a setting of the server says, without a currency."""
    for view in design.columns:
        if view.sql_type is not None and view.sql_type.name == "money":
            yield _type_remark(view, f'"{view.name}" has the type money.', "Use DECIMAL.")


@rule(code="PADDED_CHAR", level=Level.LOW, catalogue="C009")
def padded_char(design: Design) -> Iterator[Remark]:
    """A CHAR is filled up with blanks, which then count in some comparisons and not in others."""
    for view in design.columns:
        found = view.sql_type
        if found is not None and found.name == "bpchar" and found.modifiers != (1,):
            yield _type_remark(
                view, f'"{view.name}" is padded with blanks.', "Use VARCHAR or TEXT with a check."
            )


@rule(code="JSON_AS_TEXT", level=Level.LOW, catalogue="C009")
def json_as_text(design: Design) -> Iterator[Remark]:
    """The native type json keeps the text and is parsed at each use; jsonb is parsed once."""
    for view in design.columns:
        if view.sql_type is not None and view.sql_type.name == "json":
            yield _type_remark(view, f'"{view.name}" has the type json.', "Use JSONB.")


@rule(code="TEXT_KEY", level=Level.LOW, catalogue="C009")
def text_key(design: Design) -> Iterator[Remark]:
    """An id of characters is larger and slower than a number, and copied into each reference."""
    for view in design.tables:
        key = view.table.primary_key
        if key is None or len(key.column_ids) != 1:
            continue
        column = view.by_id.get(key.column_ids[0])
        if column is None or column.sql_type is None or "id" not in _words(column.name):
            continue
        if column.sql_type.is_scalar and column.sql_type.name in TEXT_TYPES:
            yield _type_remark(
                column,
                f'"{column.name}" names rows by characters.',
                "Use BIGINT with autoIncrement, or UUID.",
            )


@rule(code="SMALL_KEY", level=Level.LOW, catalogue="C009")
def small_key(design: Design) -> Iterator[Remark]:
    """A SMALLINT that counts up ends at 32,767 rows."""
    for view in design.columns:
        is_small = view.sql_type is not None and view.sql_type.name == "int2"
        if is_small and view.column.identity is not None:
            yield _type_remark(
                view, f'"{view.name}" counts up to 32,767 only.', "Use INT or BIGINT."
            )


@rule(code="COLUMN_TYPE_DIFFERS", level=Level.MEDIUM, catalogue="C007")
def column_type_differs(design: Design) -> Iterator[Remark]:
    """Columns of one name have one type in all tables, or readers and joins are misled.

    Enums are left out, as each may have its own `status`, and so are sizes and columns that name
    rows, as each table may have its own sort of `id`.
    """
    by_name: defaultdict[str, list[ColumnView]] = defaultdict(list)
    for table in design.tables:
        key = table.table.primary_key
        for view in table.columns:
            names_rows = key is not None and key.column_ids == (view.column.id,)
            if view.sql_type is not None and not view.sql_type.is_enum and not names_rows:
                by_name[view.name].append(view)
    for views in by_name.values():
        families = Counter(view.sql_type.family for view in views if view.sql_type is not None)
        if len(families) == 1:
            continue
        usual = max(families, key=lambda family: (families[family], family))
        for view in views:
            if view.sql_type is not None and view.sql_type.family != usual:
                yield _type_remark(
                    view,
                    f'"{view.name}" is {_shown(view.sql_type)} here and {usual} elsewhere.',
                    "Give columns of one name one type.",
                )


def _shown(found: SqlType) -> str:
    return f"{found.name}[]" if found.is_array else found.name


@rule(code="NUMBERED_COLUMNS", level=Level.LOW, catalogue="C010")
def numbered_columns(design: Design) -> Iterator[Remark]:
    """Columns that are counted (`phone1`, `phone2`) are rows of a table that is missing."""
    for view in design.tables:
        numbers: defaultdict[str, list[str]] = defaultdict(list)
        for column in view.columns:
            found = _NUMBERED.fullmatch(column.name)
            if found is not None and found[1]:
                numbers[found[1]].append(column.name)
        for names in numbers.values():
            if len(names) >= _MIN_NUMBERED:
                yield on_table(
                    view,
                    f'"{view.name}" counts its columns: {", ".join(names[:5])}.',
                    "Move them into a table of their own, a row each, or use an array.",
                    part="columns",
                )


@rule(code="SENSITIVE_COLUMN", level=Level.HINT, catalogue="C013")
def sensitive_column(design: Design) -> Iterator[Remark]:
    """A column that looks personal or secret, with no word on how it is kept."""
    for view in design.columns:
        if not view.column.description and not _SENSITIVE.isdisjoint(_words(view.name)):
            yield on_column(
                view,
                f'"{view.name}" looks sensitive and has no description.',
                "Say how it is protected: hashed, encrypted, who may read it.",
            )


RULES = (
    timestamp_without_zone,
    float_for_money,
    money_type,
    padded_char,
    json_as_text,
    text_key,
    small_key,
    column_type_differs,
    numbered_columns,
    sensitive_column,
)
"""The rules of this module."""
