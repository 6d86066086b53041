"""What can be told of an expression's types without a server: enough for two questions, no more.

Is it plainly not a yes or no? Does it plainly give another result another time? Where the answer
needs the server, these functions stay silent.

Source: PostgreSQL manual, section 36.7 (function volatility), and pg_proc and pg_cast of 18.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.validation.expressions import Call, Expression
from core.validation.known_functions import MUTABLE
from core.validation.known_types import MULTIRANGES, RANGES
from core.validation.parsing import Node, SyntaxProblem, TypeSpelling, spelling_of
from core.validation.sql_types import SqlType

TypeOfColumn = Callable[[str], SqlType | None]
"""Finds the type of a column by its name."""

TypeOfName = Callable[[Node], SqlType | None]
"""Finds the type that a type name means."""

_YES_OR_NO_OPERATORS = frozenset(
    [
        "=",
        "<>",
        "!=",
        "<",
        ">",
        "<=",
        ">=",
        "~",
        "~*",
        "!~",
        "!~*",
        "~~",
        "!~~",
        "~~*",
        "!~~*",
        "@>",
        "<@",
        "&&",
        "?",
        "?|",
        "?&",
        "@@",
        "@?",
        "-|-",
        "&<",
        "&>",
        "^@",
    ]
)
_NUMBER_OPERATORS = frozenset(
    ["+", "*", "/", "%", "^", "||", "->", "->>", "#>", "#>>", "|/", "||/"]
)

_YES_OR_NO_KINDS = frozenset(
    [
        "AEXPR_OP_ANY",
        "AEXPR_OP_ALL",
        "AEXPR_DISTINCT",
        "AEXPR_NOT_DISTINCT",
        "AEXPR_IN",
        "AEXPR_LIKE",
        "AEXPR_ILIKE",
        "AEXPR_SIMILAR",
        "AEXPR_BETWEEN",
        "AEXPR_NOT_BETWEEN",
        "AEXPR_BETWEEN_SYM",
        "AEXPR_NOT_BETWEEN_SYM",
    ]
)

_TRUTH_VALUES = frozenset(["t", "true", "y", "yes", "on", "1", "f", "false", "n", "no", "off", "0"])
"""Spellings of truth values, some of which may be cut short. Source: manual, section 8.6."""

_VALUE_FUNCTION_TYPES = {
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_CURRENT_TIME": "timetz",
    "SVFOP_CURRENT_TIME_N": "timetz",
    "SVFOP_CURRENT_TIMESTAMP": "timestamptz",
    "SVFOP_CURRENT_TIMESTAMP_N": "timestamptz",
    "SVFOP_LOCALTIME": "time",
    "SVFOP_LOCALTIME_N": "time",
    "SVFOP_LOCALTIMESTAMP": "timestamp",
    "SVFOP_LOCALTIMESTAMP_N": "timestamp",
}

_TEXT = frozenset({"text", "varchar", "bpchar", "name"})
_ZONED_PARTS = frozenset({"date", "time", "timetz", "timestamp"})
_READ_BY_SETTINGS = (
    frozenset({"date", "time", "timetz", "timestamp", "timestamptz", "interval", "money", "xml"})
    | frozenset({"regclass"})
    | RANGES
    | MULTIRANGES
)
_WRITTEN_BY_SETTINGS = (
    frozenset({"date", "timestamp", "timestamptz", "interval", "money", "regclass"})
    | RANGES
    | MULTIRANGES
)
_CLOCK_COMPARISONS = frozenset(
    {frozenset({"date", "timestamptz"}), frozenset({"timestamp", "timestamptz"})}
    | {frozenset({"time", "timetz"})}
)
_DEFAULT_CONFIGURATION = frozenset(
    ["to_tsvector", "to_tsquery", "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery"]
)
_OF_ZONED_TIME = frozenset(["date_trunc", "date_part", "extract"])


def is_boolean(node: Node, column_type: TypeOfColumn, named_type: TypeOfName) -> bool | None:
    """Say whether an expression is a yes or no; None where only the server knows."""
    if "A_Expr" in node:
        return _is_boolean_operation(node["A_Expr"])
    if "RowExpr" in node or "A_ArrayExpr" in node:
        return False
    text = node.get("A_Const", {}).get("sval")
    if text is not None:
        return str(text.get("sval", "")).strip().lower() in _TRUTH_VALUES
    found = type_of(node, column_type, named_type)
    return None if found is None else found == SqlType(name="bool")


def type_of(node: Node, column_type: TypeOfColumn, named_type: TypeOfName) -> SqlType | None:
    """Return the type of an expression where it can be told."""
    match next(iter(node.items()), ("", {})):
        case ("A_Const", constant):
            name = next((kind for key, kind in _CONSTANTS if key in constant), None)
        case ("BoolExpr" | "NullTest" | "BooleanTest", _):
            name = "bool"
        case ("A_Expr", operation):
            name = "bool" if _is_boolean_operation(operation) else None
        case ("CaseExpr", case):
            branches = [item["CaseWhen"]["result"] for item in case["args"]]
            branches.append(case.get("defresult", _NULL))
            return _type_of_all(branches, column_type, named_type)
        case ("CoalesceExpr" | "MinMaxExpr", {"args": arguments}):
            return _type_of_all(arguments, column_type, named_type)
        case ("ColumnRef", {"fields": fields}):
            return column_type(fields[-1].get("String", {}).get("sval", ""))
        case ("TypeCast", {"typeName": type_name}):
            found = named_type(type_name)
            return (
                None
                if found is None
                else SqlType(name=found.name, is_enum=found.is_enum, is_array=found.is_array)
            )
        case ("SQLValueFunction", {"op": operation}):
            name = _VALUE_FUNCTION_TYPES.get(operation, "name")
        case ("FuncCall", {"funcname": parts}):
            name = _RESULTS.get(parts[-1]["String"].get("sval", ""))
        case _:
            return None
    return None if name is None else SqlType(name=name)


def _type_of_all(
    nodes: list[Node], column_type: TypeOfColumn, named_type: TypeOfName
) -> SqlType | None:
    """Return the type that all expressions but constants NULL have, where it can be told."""
    found = {
        type_of(node, column_type, named_type)
        for node in nodes
        if "isnull" not in node.get("A_Const", {})
    }
    return found.pop() if len(found) == 1 else None


_NULL: Node = {"A_Const": {"isnull": True}}

_RESULTS = {
    "now": "timestamptz",
    "clock_timestamp": "timestamptz",
    "statement_timestamp": "timestamptz",
    "transaction_timestamp": "timestamptz",
    "gen_random_uuid": "uuid",
    "uuidv4": "uuid",
    "uuidv7": "uuid",
    "md5": "text",
}

_CONSTANTS = (("boolval", "bool"), ("ival", "int4"), ("fval", "numeric"), ("bsval", "bit"))


def _is_boolean_operation(operation: Node) -> bool | None:
    kind = operation.get("kind", "")
    if kind in _YES_OR_NO_KINDS:
        return True
    if kind != "AEXPR_OP":
        return None
    name = operation["name"][-1]["String"].get("sval", "")
    if name in _YES_OR_NO_OPERATORS:
        return True
    return False if name in _NUMBER_OPERATORS else None


def mutable_parts(
    expression: Expression, column_type: TypeOfColumn, named_type: TypeOfName
) -> Iterator[tuple[str, int]]:
    """Go through what gives another result another time or under other settings.

    Yields:
        What it is, for a sentence, and where it stands.
    """

    def name_of(node: Node) -> str:
        return _name(type_of(node, column_type, named_type))

    for call in expression.calls:
        if _is_mutable_call(call, [name_of(item) for item in call.arguments]):
            yield f'the function "{call.name}"', call.position
    for kind, node, position in expression.nodes:
        what = _mutable_node(kind, node, name_of)
        if what:
            yield what, position


def _mutable_node(kind: str, node: Node, name_of: Callable[[Node], str]) -> str:
    if kind == "SQLValueFunction":
        return str(node["op"]).removeprefix("SVFOP_").removesuffix("_N")
    if kind == "TypeCast":
        source, target = name_of(node["arg"]), name_of({"TypeCast": node})
        return f"the conversion from {source} to {target}" * is_mutable_cast(source, target)
    if kind == "A_Expr" and "lexpr" in node and "rexpr" in node and "name" in node:
        operator = node["name"][-1].get("String", {}).get("sval", "")
        left, right = name_of(node["lexpr"]), name_of(node["rexpr"])
        if is_mutable_operation(operator, left, right):
            return f'the operator "{operator}" between {left} and {right}'
    return ""


def _name(found: SqlType | None) -> str:
    if found is None:
        return ""
    name = "enum" if found.is_enum else found.name
    return f"{name}[]" if found.is_array else name


def is_mutable_cast(source: str, target: str) -> bool:
    """Say whether a conversion between two types depends on settings; unknown types are empty."""
    if source in _TEXT:
        return target in _READ_BY_SETTINGS or target.endswith("[]") or target == "enum"
    if target in _TEXT:
        return source in _WRITTEN_BY_SETTINGS or source.endswith("[]") or source == "enum"
    if source == "timestamptz":
        return target in _ZONED_PARTS
    if "money" in {source, target}:
        return source != target and bool(source and target)
    return (source, target) in {
        ("date", "timestamptz"),
        ("timestamp", "timestamptz"),
        ("time", "timetz"),
    }


def is_mutable_operation(operator: str, left: str, right: str) -> bool:
    """Say whether an operator between two types depends on the time zone."""
    if operator in {"=", "<>", "!=", "<", ">", "<=", ">="}:
        return frozenset({left, right}) in _CLOCK_COMPARISONS
    if operator == "-" and frozenset({left, right}) in _CLOCK_COMPARISONS - {
        frozenset({"time", "timetz"})
    }:
        return True
    return operator in {"+", "-"} and (
        (left == "timestamptz" and right in {"interval", "time"})
        or (operator == "+" and right == "timestamptz" and left in {"interval", "time"})
    )


def _is_mutable_call(call: Call, arguments: list[str]) -> bool:
    if call.namespace not in {None, "pg_catalog"}:
        return False
    match call.name, arguments:
        case "date_trunc" | "date_part" | "extract", [_, "timestamptz"]:
            return True
        case "date" | "time" | "timestamp" | "timetz" | "timestamptz", [source]:
            return is_mutable_cast(source, call.name)
        case "to_timestamp", [_, _]:
            return True
        case name, [_] if name in _DEFAULT_CONFIGURATION or name == "age":
            return True
        case _:
            return call.name in MUTABLE


def named_types(find: Callable[[TypeSpelling], SqlType | None]) -> TypeOfName:
    """Make a finder of types by the trees of their names out of one by their spellings."""

    def find_by_tree(node: Node) -> SqlType | None:
        spelling = spelling_of(node)
        return None if isinstance(spelling, SyntaxProblem) else find(spelling)

    return find_by_tree
