"""Rules about where the values of a column come from: default, counting up, computation."""

from __future__ import annotations

from collections.abc import Iterator

from core.definition.defaults import DefaultMismatchError, Literal, meaning
from core.definition.model import LiteralDefault
from core.definition.types import DataType
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.expressions import Expression
from core.validation.known_types import WHOLE_TYPES
from core.validation.rule import Remark, on_column, rule
from core.validation.sites import Role


@rule(code="VALUE_SOURCES_CONFLICT", level=Level.ERROR, catalogue="C003")
def value_sources_conflict(design: Design) -> Iterator[Remark]:
    """A column counts up, or is computed, or has a default: one of the three at most.

    Source: PostgreSQL manual, CREATE TABLE.
    """
    for view in design.columns:
        column = view.column
        sources = [
            name
            for name, given in (
                ("counts up", column.identity is not None),
                ("is computed", column.generated is not None),
                ("has a default", column.default is not None),
            )
            if given
        ]
        if len(sources) > 1:
            yield on_column(
                view, f'"{view.name}" {" and ".join(sources)}.', "Leave one of them only."
            )


@rule(code="IDENTITY_NOT_WHOLE", level=Level.ERROR, catalogue="C012")
def identity_not_whole(design: Design) -> Iterator[Remark]:
    """Only SMALLINT, INT and BIGINT count up."""
    for view in design.columns:
        if view.column.identity is None:
            continue
        found = view.sql_type
        if found is not None and not (found.is_scalar and found.name in WHOLE_TYPES):
            yield on_column(
                view,
                f'"{view.name}" counts up and is not a whole number.',
                "Make it SMALLINT, INT or BIGINT.",
                part="autoIncrement",
            )


@rule(code="IDENTITY_NULLABLE", level=Level.ERROR, catalogue="C012")
def identity_nullable(design: Design) -> Iterator[Remark]:
    """A column that counts up is never NULL."""
    for view in design.columns:
        if view.column.identity is not None and view.column.nullable:
            yield on_column(
                view,
                f'"{view.name}" counts up and is nullable.',
                "Say nullable: false.",
                part="nullable",
            )


@rule(code="IDENTITY_REPEATED", level=Level.HIGH, catalogue="C012")
def identity_repeated(design: Design) -> Iterator[Remark]:
    """One column of a table counts up; a second one is hardly meant.

    PostgreSQL allows it, other engines and the SQL standard do not.
    """
    for view in design.tables:
        counting = [column for column in view.columns if column.column.identity is not None]
        for column in counting[1:]:
            yield on_column(
                column,
                f'"{counting[0].name}" counts up in this table already.',
                "Let one column count up.",
                part="autoIncrement",
            )


@rule(code="DEFAULT_DOES_NOT_FIT", level=Level.ERROR, catalogue="C003")
def default_does_not_fit(design: Design) -> Iterator[Remark]:
    """A default is a value of the column's type, and for an enum one of its values."""
    for view, default in design.literal_defaults:
        try:
            found = meaning(default, view.column.type)
        except DefaultMismatchError as error:
            yield on_column(view, error.message, error.hint or "", part="defaultValue")
            continue
        enum = design.enums_by_id.get(view.column.type.enum_id or "")
        if (
            view.column.type.data_type is DataType.ENUM
            and enum is not None
            and isinstance(found, Literal)
            and found.value not in enum.values
        ):
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


RULES = (
    value_sources_conflict,
    identity_not_whole,
    identity_nullable,
    identity_repeated,
    default_does_not_fit,
    default_null_refused,
    default_text_null,
)
"""The rules of this module."""
