"""The places of a table that hold SQL expressions, each with its expression parsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.definition.model import ExpressionDefault, Table
from core.validation.expressions import Expression, analyse_expression
from core.validation.parsing import SyntaxProblem


class Role(StrEnum):
    """What an expression is for."""

    CHECK = "check constraint"
    """Must not be false for any row."""
    DEFAULT = "default"
    """Fills a column that an insert leaves out."""
    GENERATED = "generated column"
    """Computes a column from others."""
    INDEX_PART = "index expression"
    """Is a key of an index."""
    INDEX_WHERE = "index predicate"
    """Chooses the rows of an index."""


MUST_BE_IMMUTABLE = frozenset({Role.GENERATED, Role.INDEX_PART, Role.INDEX_WHERE})
"""Roles whose expressions PostgreSQL wants immutable."""

MUST_BE_BOOLEAN = frozenset({Role.CHECK, Role.INDEX_WHERE})
"""Roles whose expressions say yes or no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionSite:
    """One expression with its place and its use."""

    role: Role
    """What it is for."""
    path: str
    """Its place in the document."""
    column_id: str | None
    """The column it belongs to, for defaults and generated columns."""
    parsed: Expression | SyntaxProblem
    """What it says, or why it is none."""

    @property
    def size(self) -> int:
        """How many nodes were read."""
        return self.parsed.size if isinstance(self.parsed, Expression) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionText:
    """One expression that is not read yet."""

    role: Role
    """What it is for."""
    path: str
    """Its place in the document."""
    sql: str
    """Its text."""
    column_id: str | None
    """The column it belongs to, for defaults and generated columns."""

    def parsed(self) -> ExpressionSite:
        """Read it."""
        return ExpressionSite(
            role=self.role,
            path=self.path,
            column_id=self.column_id,
            parsed=analyse_expression(self.sql),
        )


def table_texts(table: Table, path: str) -> Iterator[ExpressionText]:
    """Go through the expressions of a table in document order."""
    for place, column in enumerate(table.columns):
        column_path = f"{path}.columns[{place}]"
        if isinstance(column.default, ExpressionDefault):
            yield _text(
                Role.DEFAULT,
                f"{column_path}.defaultExpression",
                column.default.sql,
                column_id=column.id,
            )
        if column.generated is not None:
            yield _text(
                Role.GENERATED,
                f"{column_path}.generatedExpression",
                column.generated,
                column_id=column.id,
            )
    for place, check in enumerate(table.checks):
        yield _text(Role.CHECK, f"{path}.checks[{place}].expression", check.expression)
    for place, index in enumerate(table.indexes):
        index_path = f"{path}.indexes[{place}]"
        for number, part in enumerate(index.parts):
            if part.expression is not None:
                yield _text(
                    Role.INDEX_PART, f"{index_path}.parts[{number}].expression", part.expression
                )
        if index.where is not None:
            yield _text(Role.INDEX_WHERE, f"{index_path}.where", index.where)


def _text(role: Role, path: str, sql: str, *, column_id: str | None = None) -> ExpressionText:
    return ExpressionText(role=role, path=path, sql=sql, column_id=column_id)
