"""Rules about where the values of a column come from, and about counting up."""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.known_types import WHOLE_TYPES
from core.validation.rule import Remark, on_column, rule


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


RULES = (
    value_sources_conflict,
    identity_not_whole,
    identity_nullable,
    identity_repeated,
)
"""The rules of this module."""
