"""Rules about defaults: whether they are values of their columns, and NULL among them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core.definition.defaults import DefaultMismatchError, Literal, meaning, well_known_call
from core.definition.defaults import Expression as Call
from core.definition.literals import json_text
from core.definition.model import LiteralDefault
from core.definition.types import DataType
from core.validation.constants import is_no_value
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.expressions import Expression
from core.validation.known_types import AS_TEXT
from core.validation.rule import Remark, on_column, rule
from core.validation.sites import Role
from core.validation.sql_types import SqlType
from core.validation.views import ColumnView

_RESULTS = {
    "CURRENT_TIMESTAMP": "timestamptz",
    "now()": "timestamptz",
    "CURRENT_DATE": "date",
    "gen_random_uuid()": "uuid",
}
"""What the well-known calls give, but for NULL."""


@rule(code="DEFAULT_DOES_NOT_FIT", level=Level.ERROR, catalogue="C003")
def default_does_not_fit(design: Design) -> Iterator[Remark]:
    """A default is a value of the column's type, and for an enum one of its values."""
    for view, default in design.literal_defaults:
        try:
            found = meaning(default, view.column.type)
            if view.column.type.data_type is DataType.NATIVE and view.sql_type is not None:
                _check_native(found, view.sql_type)
        except DefaultMismatchError as error:
            yield on_column(view, error.message, error.hint or "", part="defaultValue")
            continue
        yield from _enum_remarks(design, view, found)


def _check_native(found: Literal | Call, sql_type: SqlType) -> None:
    """Raise when a default cannot be a value of a native type.

    Raises:
        DefaultMismatchError: It is a number, truth value or call of another type, or no text of it.
    """
    name: str | None = None
    text: str | None = None
    match found:
        case Call(sql=sql):
            name = _RESULTS.get(sql)
        case Literal(value=bool()):
            name = "bool"
        case Literal(value=int()):
            name = "int4"
        case Literal(value=Decimal()):
            name = "numeric"
        case Literal(value=str(text) | (None as text)):
            pass
        case _:
            text = json_text(found.value)
    if name is not None and not SqlType(name=name).is_assignable_to(sql_type):
        raise DefaultMismatchError(
            data_type=DataType.NATIVE, reason=f"{name} is not {sql_type.name}"
        )
    if text is None or sql_type.is_enum:
        return
    if is_no_value(text, sql_type) or _would_freeze(text, sql_type):
        raise DefaultMismatchError(
            data_type=DataType.NATIVE, reason=f"the text is no value of {sql_type.name}"
        )


def _would_freeze(text: str, sql_type: SqlType) -> bool:
    """Whether a text like `now()` would be read once, when the table is made."""
    return sql_type.name not in AS_TEXT and well_known_call(text) is not None


def _enum_remarks(design: Design, view: ColumnView, found: Literal | Call) -> Iterator[Remark]:
    sql_type = view.sql_type
    if sql_type is None or not sql_type.is_enum or sql_type.is_array:
        return
    enum = design.enums_by_id[sql_type.name]
    if isinstance(found, Literal) and found.value not in enum.values:
        yield on_column(
            view,
            f'The default of "{view.name}" is not a value of the enum "{enum.name}".',
            "Choose one of its values.",
            part="defaultValue",
        )


@rule(code="DEFAULT_NULL_REFUSED", level=Level.ERROR, catalogue="C004")
def default_null_refused(design: Design) -> Iterator[Remark]:
    """A column that refuses NULL does not have it as its default."""
    for view, default in design.literal_defaults:
        if not view.may_be_null and _is_null(default):
            yield on_column(
                view,
                f'"{view.name}" is not nullable and has the default NULL.',
                "Leave the default out.",
                part="defaultValue",
            )
    for table, site in design.sites:
        if site.role is not Role.DEFAULT or not isinstance(site.parsed, Expression):
            continue
        column = table.by_id.get(site.column_id or "")
        if column is not None and not column.may_be_null and site.parsed.is_null:
            yield on_column(
                column,
                f'"{column.name}" is not nullable and has the default NULL.',
                "Leave the default out.",
                part="defaultExpression",
            )


@rule(code="DEFAULT_TEXT_NULL", level=Level.MEDIUM, catalogue="C005")
def default_text_null(design: Design) -> Iterator[Remark]:
    """A default of the four letters 'NULL' is hardly meant."""
    for table, site in design.sites:
        if site.role is not Role.DEFAULT or not isinstance(site.parsed, Expression):
            continue
        text = site.parsed.constant_text
        column = table.by_id.get(site.column_id or "")
        if column is not None and text is not None and text.upper() == "NULL":
            yield on_column(
                column,
                f'The default of "{column.name}" is the text NULL.',
                "Leave the default out if none is meant.",
                part="defaultExpression",
            )


def _is_null(default: LiteralDefault) -> bool:
    return default.json.upper() == '"NULL"'


RULES = (default_does_not_fit, default_null_refused, default_text_null)
"""The rules of this module."""
