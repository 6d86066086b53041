"""Which names an SQL expression mentions, and whether one is another after renames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pglast import ast, parse_sql
from pglast.parser import ParseError
from pglast.stream import RawStream
from pglast.visitors import Visitor

_REMEMBERED = 10_000


class _ColumnNames(Visitor):
    """Gathers the last word of every reference to a column."""

    def __init__(self) -> None:
        self.found: set[str | None] = set()

    def visit_ColumnRef(self, _ancestors: object, node: Any) -> None:  # noqa: ANN401, N802 - pglast's way
        """Note a reference; `*` is noted as None."""
        last = node.fields[-1]
        self.found.add(last.sval if isinstance(last, ast.String) else None)


class _Renaming(Visitor):
    """Writes other names into references to columns."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_ColumnRef(self, _ancestors: object, node: Any) -> None:  # noqa: ANN401, N802 - pglast's way
        """Rename the column of one reference."""
        last = node.fields[-1]
        name = last.sval if isinstance(last, ast.String) else None
        if name is not None and name in self._names:
            renamed = ast.String(sval=self._names[name])
            node.fields = (*node.fields[:-1], renamed)


@lru_cache(maxsize=_REMEMBERED)
def mentioned(expression: str) -> frozenset[str] | None:
    """Return the names of columns that an expression mentions; None when it may be any.

    Example:
        >>> sorted(mentioned("lower(name) <> 'x' AND t.size > 3"))
        ['name', 'size']
    """
    try:
        statements = parse_sql(f"SELECT ({expression}\n)")
    except ParseError:
        return None
    visitor = _ColumnNames()
    visitor(statements)
    names = {name for name in visitor.found if name is not None}
    return None if None in visitor.found else frozenset(names)


def mentions_any(expression: str | None, names: frozenset[str] | set[str]) -> bool:
    """Tell whether an expression may mention one of these columns."""
    if expression is None or not names:
        return False
    found = mentioned(expression)
    return found is None or not found.isdisjoint(names)


def follows(before: str | None, after: str | None, renamed: Mapping[str, str]) -> bool:
    """Tell whether an expression becomes another by nothing but renamed columns.

    The server writes new names into its expressions by itself, so that nothing needs to be done.
    """
    if before is None or after is None:
        return before is after
    if before == after:
        return not mentions_any(before, set(renamed))
    if not mentions_any(before, set(renamed)):
        return False
    try:
        statements = parse_sql(f"SELECT ({before}\n)")
        wanted = parse_sql(f"SELECT ({after}\n)")
    except ParseError:
        return False
    _Renaming(renamed)(statements)
    return bool(RawStream()(statements) == RawStream()(wanted))
