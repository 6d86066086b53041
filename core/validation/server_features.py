"""What a definition says that a server of some version does not know.

The rules ask whether a definition is right for the newest version. Here it is asked whether it is
right for the server that is there, so that it is refused before anything is made. What only the
server can tell is let pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pglast import parser

from core.definition.model import DEFAULT_NAMESPACE, Definition, LiteralDefault
from core.validation import known_since
from core.validation.design import Design
from core.validation.expressions import Call, Expression, walk
from core.validation.parsing import Node, SyntaxProblem, spelling_of
from core.validation.sites import MUST_BE_IMMUTABLE, ExpressionText, table_texts
from core.validation.sql_types import SqlType
from core.validation.views import ColumnView, TableView

_BUILT_IN = frozenset({None, "pg_catalog"})
_WHOLE_NUMBERS = frozenset({"int2", "int4", "int8"})
_WRITTEN_NUMBER = re.compile(r"[+-]?0[xob].*|.*[0-9]_[0-9].*", re.IGNORECASE | re.DOTALL)
_INFINITE = re.compile(r"[+-]?inf(inity)?", re.IGNORECASE)
_NUMBER_TOKENS = frozenset({"ICONST", "FCONST"})

Need = tuple[str, int]
"""What is needed, and the first major version that knows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The server that a database is to stand on."""

    major: int
    """Its major version."""
    owns_public: bool = True
    """Whether the owner of a database owns its namespace `public`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that a definition says and the server does not know."""

    feature: str
    """What it is."""
    since: int
    """The first major version that knows it."""
    path: str
    """Where in the document."""


def lacks(definition: Definition, target: Target) -> tuple[Lack, ...]:
    """Return what the server does not know of a definition, tables first."""
    found = [each for each in _needs(Design(definition)) if each.since > target.major]
    if not target.owns_public:
        found += _descriptions_of_public(definition)
    return tuple(dict.fromkeys(found))


def _descriptions_of_public(definition: Definition) -> Iterator[Lack]:
    for place, namespace in enumerate(definition.namespaces):
        if namespace.name == DEFAULT_NAMESPACE and namespace.description:
            yield Lack(
                feature="a namespace public that belongs to the owner of the database",
                since=known_since.OWNED_PUBLIC,
                path=f"namespaces[{place}].description",
            )


def _needs(design: Design) -> Iterator[Lack]:
    for view in design.tables:
        for column in view.columns:
            yield from _of_column(column)
        for place, index in enumerate(view.table.indexes):
            if index.method == "spgist" and index.include_column_ids:
                yield Lack(
                    feature="further columns in an index of method spgist",
                    since=known_since.INCLUDING_SPGIST,
                    path=f"{view.path}.indexes[{place}].include",
                )
        for text in table_texts(view.table, view.path):
            for feature, since in _of_expression(text, view, design):
                yield Lack(feature=feature, since=since, path=text.path)


def _of_column(view: ColumnView) -> Iterator[Lack]:
    if view.sql_type is None:
        return
    for feature, since in _of_type(view.sql_type):
        yield Lack(feature=feature, since=since, path=f"{view.path}.dataType")
    if isinstance(view.column.default, LiteralDefault):
        for feature, since in _of_literal(view.column.default, view.sql_type):
            yield Lack(feature=feature, since=since, path=f"{view.path}.defaultValue")


def _of_type(sql_type: SqlType) -> Iterator[Need]:
    if sql_type.is_enum:
        return
    if sql_type.name in known_since.TYPES:
        yield f"the type {sql_type.name}", known_since.TYPES[sql_type.name]
    if sql_type.name == "numeric" and len(sql_type.modifiers) > 1:
        precision, scale = sql_type.modifiers[:2]
        if precision is not None and scale is not None and not 0 <= scale <= precision:
            yield f"the type numeric({precision},{scale})", known_since.FREE_SCALE


def _of_literal(default: LiteralDefault, sql_type: SqlType) -> Iterator[Need]:
    value = json.loads(default.json)
    if isinstance(value, str):
        yield from _of_text(value, sql_type)


def _of_text(text: str, sql_type: SqlType) -> Iterator[Need]:
    """Say what a text needs that is read as a value of a type."""
    text = text.strip()
    if not sql_type.is_scalar:
        return
    if sql_type.name == "numeric" and _INFINITE.fullmatch(text):
        yield "an infinite numeric", known_since.INFINITE_NUMERIC
    elif sql_type.name == "interval" and _INFINITE.fullmatch(text):
        yield "an infinite interval", known_since.INFINITE_INTERVAL
    elif sql_type.name in {*_WHOLE_NUMBERS, "numeric"} and _WRITTEN_NUMBER.fullmatch(text):
        yield f"the number {text}", known_since.WRITTEN_NUMBERS


def _of_expression(text: ExpressionText, view: TableView, design: Design) -> Iterator[Need]:
    site = text.parsed()
    parsed = site.parsed
    if not isinstance(parsed, Expression):
        return
    for token in parser.scan(text.sql):
        number = text.sql[token.start : token.end + 1]
        if token.name in _NUMBER_TOKENS and _WRITTEN_NUMBER.fullmatch(number):
            yield f"the number {number}", known_since.WRITTEN_NUMBERS
    for kind, node in walk(parsed.root):
        if kind in known_since.CONSTRUCTS:
            since, what = known_since.CONSTRUCTS[kind]
            yield what, since
        elif kind == "A_Indices" and "sval" in node.get("uidx", {}).get("A_Const", {}):
            yield "reading JSON by ['key']", known_since.SUBSCRIPTS_BY_TEXT
        elif kind == "TypeCast":
            yield from _of_cast(node, design)
    for call in parsed.calls:
        yield from _of_call(call, is_stored=site.role in MUST_BE_IMMUTABLE)
    column = view.by_id.get(text.column_id or "")
    if parsed.constant_text is not None and column is not None and column.sql_type is not None:
        yield from _of_text(parsed.constant_text, column.sql_type)


def _of_cast(node: Node, design: Design) -> Iterator[Need]:
    spelling = spelling_of(node["typeName"])
    sql_type = None if isinstance(spelling, SyntaxProblem) else design.types.find(spelling)
    if sql_type is None:
        return
    yield from _of_type(sql_type)
    constant = node.get("arg", {}).get("A_Const", {}).get("sval")
    if constant is not None:
        yield from _of_text(str(constant.get("sval", "")), sql_type)


def _of_call(call: Call, *, is_stored: bool) -> Iterator[Need]:
    if call.namespace not in _BUILT_IN or call.name in known_since.SPELLED_OTHERWISE:
        return
    signature = call.name, len(call.arguments)
    if call.name in known_since.FUNCTIONS:
        yield f"the function {call.name}", known_since.FUNCTIONS[call.name]
    elif signature in known_since.ARGUMENTS:
        yield (
            f"the function {call.name} with {signature[1]} argument(s)",
            known_since.ARGUMENTS[signature],
        )
    if is_stored and signature in known_since.IMMUTABLE:
        yield (
            f"{call.name} with {signature[1]} arguments as a function that can be stored",
            known_since.IMMUTABLE[signature],
        )
