"""Texts read with PostgreSQL's own grammar: exactly one expression, or exactly one type name.

What is asked for is proven twice, bare and between parentheses, so that no text can close what it
is put into and go on with something else.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from pglast import parser

Node = dict[str, Any]
"""A node of the parse tree as JSON. `Any` is the library's; it does not leave this package."""

MAX_DEPTH = 600
"""Levels of JSON in a parse tree, about three for each level of an expression."""
MAX_NODES = 10_000
"""Objects of JSON in a parse tree, about three for each constant of an expression."""

_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxProblem:
    """Why a text is not what it should be."""

    message: str
    """The reason, without a full stop."""
    position: int
    """Where in the text, counted in characters from 1."""


_TOO_DEEP = SyntaxProblem(message="it nests too deeply", position=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSpelling:
    """A type name taken apart."""

    namespace: str | None
    """The namespace before the dot."""
    name: str
    """The name; built-in words of the grammar are their names in pg_type."""
    modifiers: tuple[int | None, ...]
    """Parameters in parentheses; None for one that is not a whole number."""
    is_array: bool
    """Whether brackets follow."""


def read_expression(sql: str) -> Node | SyntaxProblem:
    """Return the tree of a text that is exactly one expression."""
    bare = _read_target("SELECT\n", sql, "\n")
    if isinstance(bare, SyntaxProblem):
        return bare
    root = _read_target("SELECT (\n", sql, "\n)")
    return _TOO_DEEP if isinstance(root, dict) and _is_deep(root) else root


def read_type_name(sql: str) -> TypeSpelling | SyntaxProblem:
    """Take a text apart that is exactly one type name."""
    name: Node = {}
    for prefix, suffix in (("SELECT NULL::\n", "\n"), ("SELECT CAST(NULL AS\n", "\n)")):
        target = _read_target(prefix, sql, suffix)
        if isinstance(target, SyntaxProblem):
            return target
        cast: Node = target.get("TypeCast", {})
        if "isnull" not in cast.get("arg", {}).get("A_Const", {}):
            return SyntaxProblem(message="more than a type name", position=1)
        name = cast["typeName"]
    if any(token.name in _COMMENTS for token in parser.scan(sql)):
        return SyntaxProblem(message="a comment is not part of a type name", position=1)
    return spelling_of(name)


class Places:
    """The characters of a text by the bytes they begin at, counted from 1."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None

    def at(self, location: int, prefix: int) -> int:
        """Turn a byte offset of a parsed text into a position counted in characters from 1."""
        offset = max(0, location - prefix)
        if self._text.isascii():
            return min(offset, len(self._text)) + 1
        if self._starts is None:
            sizes = (len(character.encode()) for character in self._text)
            self._starts = list(accumulate(sizes, initial=0))
        return min(bisect_left(self._starts, offset), len(self._text)) + 1


EXPRESSION_PREFIX = len("SELECT (\n")
"""Bytes before an expression in the text whose locations its tree holds."""


def _read_target(prefix: str, sql: str, suffix: str) -> Node | SyntaxProblem:
    problem = _text_problem(sql)
    if problem is not None:
        return problem
    try:
        text = parser.parse_sql_json(f"{prefix}{sql}{suffix}")
    except parser.ParseError as error:
        message, index = error.args[0], error.args[1]
        end = len(prefix) + len(sql)
        place = min(max((end if index is None else index) - len(prefix), 0), len(sql)) + 1
        return SyntaxProblem(message=str(message), position=place)
    if text.count("{") > MAX_NODES:  # a few more where texts hold brackets
        return SyntaxProblem(message="it has too many parts", position=1)
    try:
        statements = json.loads(text)["stmts"]
    except RecursionError:
        return _TOO_DEEP
    if len(statements) != 1:
        place = statements[0].get("stmt_len", len(prefix)) if statements else len(prefix)
        return SyntaxProblem(
            message="more than one statement", position=Places(sql).at(place, len(prefix))
        )
    return _only_target(statements[0]["stmt"], sql, len(prefix))


def _text_problem(sql: str) -> SyntaxProblem | None:
    found = _UNSTORABLE.search(sql)
    if found is not None:
        return SyntaxProblem(
            message="a character that cannot be stored", position=found.start() + 1
        )
    return None if sql.strip() else SyntaxProblem(message="it is empty", position=1)


def _only_target(statement: Node, sql: str, prefix: int) -> Node | SyntaxProblem:
    select: Node = statement.get("SelectStmt", {})
    is_plain = (
        select.keys() <= {"targetList", "limitOption", "op"}
        and select.get("limitOption") == "LIMIT_OPTION_DEFAULT"
        and select.get("op") == "SETOP_NONE"
    )
    targets = select.get("targetList", [])
    if not is_plain or not targets:
        return SyntaxProblem(message="a query is not an expression", position=1)
    if len(targets) > 1:
        second = targets[1]["ResTarget"].get("location", prefix)
        return SyntaxProblem(
            message="more than one expression", position=Places(sql).at(second, prefix)
        )
    target: Node = targets[0]["ResTarget"]
    if "name" in target or "indirection" in target:
        return SyntaxProblem(message="an expression takes no name of its own", position=1)
    value: Node = target["val"]
    return value


def _is_deep(root: Node) -> bool:
    level: list[Any] = [root]
    for _ in range(MAX_DEPTH):
        level = [
            value
            for item in level
            for value in (item.values() if isinstance(item, dict) else item)
            if isinstance(value, dict | list)
        ]
        if not level:
            return False
    return True


def spelling_of(name: Node) -> TypeSpelling | SyntaxProblem:
    """Take the tree of a type name apart."""
    if name.get("setof") or name.get("pct_type"):
        return SyntaxProblem(message="a set or a reference is not a type of a column", position=1)
    parts = [part["String"].get("sval", "") for part in name["names"]]
    if len(parts) > 2:  # noqa: PLR2004 - a namespace and a name
        return SyntaxProblem(message="a type name has at most two parts", position=1)
    return TypeSpelling(
        namespace=parts[0] if len(parts) > 1 else None,
        name=parts[-1],
        modifiers=tuple(_modifier(item) for item in name.get("typmods", [])),
        is_array=bool(name.get("arrayBounds")),
    )


def _modifier(node: Node) -> int | None:
    constant: Node = node.get("A_Const", {})
    if "ival" not in constant:
        return None
    value = constant["ival"].get("ival", 0)
    return int(value)
