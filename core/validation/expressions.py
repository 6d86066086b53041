"""What an expression uses: columns, functions, types, and things no stored expression may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.validation.known_functions import AGGREGATES, SET_RETURNING
from core.validation.parsing import (
    EXPRESSION_PREFIX,
    Node,
    Places,
    SyntaxProblem,
    TypeSpelling,
    read_expression,
    spelling_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnUse:
    """A name that must be a column."""

    parts: tuple[str, ...]
    """The name as PostgreSQL folds it, with what stands before its dots."""
    position: int
    """Where it stands, counted in characters from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a function."""

    namespace: str | None
    """The namespace before the dot."""
    name: str
    """The function's name as PostgreSQL folds it."""
    arguments: tuple[Node, ...]
    """Trees of the arguments."""
    position: int
    """Where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """A construct that PostgreSQL refuses in every stored expression."""

    what: str
    """Its name with an article."""
    position: int
    """Where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeUse:
    """A type that is named."""

    spelling: TypeSpelling
    """The name."""
    position: int
    """Where it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An expression and what it uses."""

    root: Node
    """Its tree."""
    size: int
    """Nodes of its tree."""
    nodes: tuple[tuple[str, Node, int], ...]
    """Calls, casts, operators and value functions with their kinds and positions."""
    columns: tuple[ColumnUse, ...]
    """Columns it names."""
    calls: tuple[Call, ...]
    """Functions it calls."""
    types: tuple[TypeUse, ...]
    """Types it names."""
    forbidden: tuple[Forbidden, ...]
    """What it must not hold."""

    @property
    def is_null(self) -> bool:
        """Whether it is the constant NULL."""
        node = self.root
        while "TypeCast" in node:
            node = node["TypeCast"]["arg"]
        return "isnull" in node.get("A_Const", {})

    @property
    def constant_text(self) -> str | None:
        """The string that it is, if it is just that."""
        constant: Node = self.root.get("A_Const", {})
        text = constant.get("sval")
        return None if text is None else str(text.get("sval", ""))


_FORBIDDEN = {
    "SubLink": "a subquery",
    "ParamRef": "a parameter",
    "SetToDefault": "the word DEFAULT",
    "CurrentOfExpr": "a cursor",
    "GroupingFunc": "a grouping function",
    "MergeSupportFunc": "a function of MERGE",
    "JsonArrayQueryConstructor": "a subquery",
    "JsonObjectAgg": "an aggregate",
    "JsonArrayAgg": "an aggregate",
    "A_Star": "a star",
}

_AGGREGATE_MARKS = frozenset(
    {"agg_order", "agg_filter", "agg_within_group", "agg_star", "agg_distinct"}
)

_KEPT = frozenset({"FuncCall", "TypeCast", "A_Expr", "SQLValueFunction", "ArrayExpr"})


def analyse_expression(sql: str) -> Expression | SyntaxProblem:
    """Parse a text that must be exactly one expression and list what it uses."""
    root = read_expression(sql)
    if isinstance(root, SyntaxProblem):
        return root
    uses = _Uses()
    places = Places(sql)
    position = size = 1
    for kind, node in walk(root):
        size += 1
        location = node.get("location", -1)
        if location >= 0:
            position = places.at(location, EXPRESSION_PREFIX)
        uses.add(kind, node, position)
    return Expression(
        root=root,
        size=size,
        nodes=tuple(uses.nodes),
        columns=tuple(uses.columns),
        calls=tuple(uses.calls),
        types=tuple(uses.types),
        forbidden=tuple(uses.forbidden),
    )


class _Uses:
    """What has been met so far on the walk through a tree."""

    def __init__(self) -> None:
        self.nodes: list[tuple[str, Node, int]] = []
        self.columns: list[ColumnUse] = []
        self.calls: list[Call] = []
        self.types: list[TypeUse] = []
        self.forbidden: list[Forbidden] = []

    def add(self, kind: str, node: Node, position: int) -> None:
        """Note a node."""
        if kind in _FORBIDDEN:
            self._forbid(_FORBIDDEN[kind], position)
        elif kind == "ColumnRef":
            self._add_column(node, position)
        elif kind == "TypeName":
            self._add_type(node, position)
        elif kind in _KEPT:
            self.nodes.append((kind, node, position))
            if kind == "FuncCall":
                self._add_call(node, position)

    def _add_column(self, node: Node, position: int) -> None:
        texts = [item["String"] for item in node["fields"] if "String" in item]
        if len(texts) == len(node["fields"]):  # otherwise it ends in a star, which is forbidden
            parts = tuple(str(text.get("sval", "")) for text in texts)
            self.columns.append(ColumnUse(parts=parts, position=position))

    def _add_type(self, node: Node, position: int) -> None:
        spelling = spelling_of(node)
        if isinstance(spelling, SyntaxProblem):
            self._forbid("a set or a reference as a type", position)
        else:
            self.types.append(TypeUse(spelling=spelling, position=position))

    def _add_call(self, node: Node, position: int) -> None:
        call = _call(node, position)
        self.calls.append(call)
        mark = _forbidden_call(call, node)
        if mark is not None:
            self._forbid(mark, position)

    def _forbid(self, what: str, position: int) -> None:
        self.forbidden.append(Forbidden(what=what, position=position))


def walk(root: Node) -> Iterator[tuple[str, Node]]:
    """Go through the nodes with their kinds, without recursion, in the order of the text."""
    pending: list[object] = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(reversed(item))
        elif isinstance(item, dict):
            for key, value in item.items():
                if isinstance(value, dict):
                    if key == "typeName":
                        yield "TypeName", value
                    elif key[0].isupper():
                        yield key, value
            pending.extend(reversed(item.values()))


def _call(node: Node, position: int) -> Call:
    parts = [item["String"].get("sval", "") for item in node["funcname"]]
    return Call(
        namespace=parts[-2] if len(parts) > 1 else None,
        name=parts[-1],
        arguments=tuple(node.get("args", [])),
        position=position,
    )


def _forbidden_call(call: Call, node: Node) -> str | None:
    if "over" in node:
        return "a window function"
    if call.namespace in {None, "pg_catalog"}:
        if call.name in AGGREGATES:
            return f'the aggregate "{call.name}"'
        if call.name in SET_RETURNING:
            return f'the function "{call.name}", which returns rows,'
    if not _AGGREGATE_MARKS.isdisjoint(node):
        return "an aggregate"
    return None
