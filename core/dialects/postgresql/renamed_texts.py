"""What becomes of a text in a database when the names that it mentions change.

The server keeps expressions by what they mean, so that renamed columns, types and labels show in
them at once. Here the same is done to their texts.

Source: PostgreSQL manual, 9.28.3 System Catalog Information Functions, pg_get_expr.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream
from pglast.visitors import Visitor

_REMEMBERED = 10_000

QualifiedName = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNames:
    """Which names change."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Of columns of the one table that the texts speak of."""
    enums: Mapping[QualifiedName, QualifiedName] = field(default_factory=dict)
    """Of enums."""
    labels: Mapping[QualifiedName, Mapping[str, str]] = field(default_factory=dict)
    """Of values, by the old name of their enum."""

    def __bool__(self) -> bool:
        """Tell whether any name changes."""
        return bool(self.columns or self.enums or self.labels)


class _Renaming(Visitor):
    """Writes new names into a tree, and notes whether there was any to write."""

    def __init__(self, names: NewNames) -> None:
        self._names = names
        self.found = False

    def visit_ColumnRef(self, _ancestors: object, node: Any) -> None:  # noqa: ANN401, N802 - pglast's way
        """Rename the column of one reference."""
        last = node.fields[-1]
        name = last.sval if isinstance(last, ast.String) else None
        if name is not None and name in self._names.columns:
            node.fields = (*node.fields[:-1], ast.String(sval=self._names.columns[name]))
            self.found = True

    def visit_TypeCast(self, _ancestors: object, node: Any) -> None:  # noqa: ANN401, N802 - pglast's way
        """Rename the label that is cast to an enum, on the way to the enum itself."""
        labels = self._names.labels.get(_name_of(node.typeName))
        constant = node.arg
        if labels is None or not isinstance(constant, ast.A_Const):
            return
        value = constant.val
        if not isinstance(value, ast.String):
            return
        text = value.sval or ""
        renamed = _array(text, labels) if node.typeName.arrayBounds else labels.get(text)
        if renamed is not None:
            node.arg = ast.A_Const(isnull=False, val=ast.String(sval=renamed))
            self.found = True

    def visit_TypeName(self, _ancestors: object, node: Any) -> None:  # noqa: ANN401, N802 - pglast's way
        """Rename an enum."""
        renamed = self._names.enums.get(_name_of(node))
        if renamed is not None:
            node.names = tuple(ast.String(sval=each) for each in renamed)
            self.found = True


def renamed_expression(expression: str, names: NewNames) -> str | None:
    """Return an expression after renames, evenly written; None when it mentions none of the names.

    Example:
        >>> renamed_expression("((a > 0))", NewNames(columns={"a": "b"}))
        'b > 0'
    """
    try:
        statements = parse_sql(f"SELECT ({expression}\n)")
    except ParseError:
        return None
    visitor = _Renaming(names)
    visitor(statements)
    return _inside(statements) if visitor.found else None


@lru_cache(maxsize=_REMEMBERED)
def evenly_written(expression: str) -> str:
    """Return an expression in the one way in which equal trees are written."""
    try:
        return _inside(parse_sql(f"SELECT ({expression}\n)"))
    except ParseError:
        return expression


@lru_cache(maxsize=_REMEMBERED)
def element_of_array(native: str) -> QualifiedName:
    """Return what the spelling of a type is an array of; two empty texts when it is none.

    Example:
        >>> element_of_array('feelings."Mood"[]')
        ('feelings', 'Mood')
    """
    try:
        statements: Any = parse_sql(f"SELECT NULL::{native}")
    except ParseError:
        return "", ""
    cast = statements[0].stmt.targetList[0].val
    return _name_of(cast.typeName) if cast.typeName.arrayBounds else ("", "")


def _inside(statements: Any) -> str:  # noqa: ANN401 - pglast's tree
    text: str = RawStream()(statements)
    return text.removeprefix("SELECT ")


def _name_of(type_name: Any) -> QualifiedName:  # noqa: ANN401 - pglast's tree
    parts = [each.sval for each in type_name.names or ()]
    return (parts[-2] if len(parts) > 1 else "public", parts[-1]) if parts else ("", "")


def _array(text: str, labels: Mapping[str, str]) -> str | None:
    """Rename labels in the text of a flat array of plain labels."""
    if '"' in text or "\\" in text or not (text.startswith("{") and text.endswith("}")):
        return None
    items = text[1:-1].split(",")
    if not any(each in labels for each in items):
        return None
    return "{" + ",".join(labels.get(each, each) for each in items) + "}"
