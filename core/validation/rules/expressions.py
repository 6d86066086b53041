"""Rules about SQL expressions in checks, defaults, generated columns and indexes.

Source: PostgreSQL manual, sections 4.2 and 5.3 to 5.5, CREATE TABLE and CREATE INDEX.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.expressions import ColumnUse, Expression
from core.validation.inference import (
    TypeOfColumn,
    TypeOfName,
    is_boolean,
    mutable_parts,
    named_types,
    type_of,
)
from core.validation.known_functions import KNOWN
from core.validation.parsing import SyntaxProblem
from core.validation.rule import Remark, rule
from core.validation.sites import MUST_BE_BOOLEAN, MUST_BE_IMMUTABLE, ExpressionSite, Role
from core.validation.sql_types import SqlType
from core.validation.views import TableView

_SEQUENCE_FUNCTIONS = frozenset({"nextval", "currval", "setval", "lastval"})
_BUILT_IN = frozenset({None, "pg_catalog"})
_CALLABLE = KNOWN | _SEQUENCE_FUNCTIONS


def _parsed(design: Design) -> Iterator[tuple[TableView, ExpressionSite, Expression]]:
    for view, site in design.sites:
        if isinstance(site.parsed, Expression):
            yield view, site, site.parsed


def _remark(
    view: TableView, site: ExpressionSite, message: str, position: int | None, hint: str = ""
) -> Remark:
    place = "" if position is None else f" (character {position})"
    return Remark(
        path=site.path,
        message=f"{message}{place}.",
        hint=hint,
        table_id=view.table.id,
        column_id=site.column_id,
    )


@rule(code="TOO_MANY_EXPRESSIONS", level=Level.ERROR, catalogue="S001")
def too_many_expressions(design: Design) -> Iterator[Remark]:
    """A definition has at most 20,000 SQL expressions, and 1,000,000 characters in them.

    Together they hold at most 200,000 names, constants and operations, and one of them about a
    fiftieth of that. What is beyond is not read.
    """
    if design.expressions_left:
        yield Remark(
            path="tables",
            message=f"There are {design.expressions_left}.",
            hint="Split the definition, or say less in it.",
        )


@rule(code="EXPRESSION_INVALID", level=Level.ERROR, catalogue="K001")
def expression_invalid(design: Design) -> Iterator[Remark]:
    """An expression is exactly one expression of PostgreSQL's grammar, and nothing beside it.

    It is read with the grammar itself, bare and between parentheses, so that none can end what
    it stands in and go on with something else.
    """
    for view, site in design.sites:
        if isinstance(site.parsed, SyntaxProblem):
            yield _remark(
                view,
                site,
                f"The {site.role} is not one expression: {site.parsed.message}",
                site.parsed.position,
            )


@rule(code="EXPRESSION_FORBIDDEN", level=Level.ERROR, catalogue="K001")
def expression_forbidden(design: Design) -> Iterator[Remark]:
    """An expression holds no subquery, aggregate, window function, parameter or rows.

    PostgreSQL computes it for one row at a time and from that row alone.
    """
    for view, site, expression in _parsed(design):
        for found in expression.forbidden:
            yield _remark(view, site, f"The {site.role} holds {found.what}", found.position)


@rule(code="EXPRESSION_COLUMN_MISSING", level=Level.ERROR, catalogue="K001")
def expression_column_missing(design: Design) -> Iterator[Remark]:
    """An expression names columns of its own table.

    Names outside double quotes are folded to lower case.
    """
    for view, site, expression in _parsed(design):
        if site.role is Role.DEFAULT:
            continue
        for use in expression.columns:
            if not _exists(use, view, site.role):
                yield _remark(
                    view,
                    site,
                    f'The {site.role} names "{".".join(use.parts)}", no column of "{view.name}"',
                    use.position,
                    _spelling_hint(use, view),
                )


def _exists(use: ColumnUse, view: TableView, role: Role) -> bool:
    parts = use.parts
    if parts[-1] in view.by_name and parts[:-1] in {(), (view.name,)}:
        return True
    if role is Role.CHECK and parts == (view.name,):
        return True  # the whole row
    return parts == ("tableoid",) and role is not Role.INDEX_PART and role is not Role.INDEX_WHERE


def _spelling_hint(use: ColumnUse, view: TableView) -> str:
    wanted = use.parts[-1].lower()
    similar = next((name for name in view.by_name if name.lower() == wanted), None)
    return "" if similar is None else f'Write it in double quotes: "{similar}".'


@rule(code="DEFAULT_NAMES_COLUMN", level=Level.ERROR, catalogue="C003")
def default_names_column(design: Design) -> Iterator[Remark]:
    """A default names no column; what depends on other columns is a generated column.

    A text is written in single quotes: outside of them it is a name.
    """
    for view, site, expression in _parsed(design):
        if site.role is Role.DEFAULT:
            for use in expression.columns:
                yield _remark(
                    view,
                    site,
                    f'The default names the column "{".".join(use.parts)}"',
                    use.position,
                    "Use a generated column, or single quotes if it is a text.",
                )


@rule(code="DEFAULT_NEEDS_SEQUENCE", level=Level.ERROR, catalogue="C009")
def default_needs_sequence(design: Design) -> Iterator[Remark]:
    """A default asks no sequence, as a definition has none of its own."""
    for view, site, expression in _parsed(design):
        for call in expression.calls:
            if call.name in _SEQUENCE_FUNCTIONS and call.namespace in _BUILT_IN:
                yield _remark(
                    view,
                    site,
                    f'The {site.role} calls "{call.name}", and there is no sequence',
                    call.position,
                    "Say autoIncrement: true instead.",
                )


@rule(code="EXPRESSION_FUNCTION_UNKNOWN", level=Level.ERROR, catalogue="X001")
def expression_function_unknown(design: Design) -> Iterator[Remark]:
    """An expression calls functions that PostgreSQL brings along.

    A new database has no others. Functions that administer the server, read its files, change
    settings or run SQL that stands in a text are not for definitions.
    """
    for view, site, expression in _parsed(design):
        for call in expression.calls:
            is_built_in = call.namespace in _BUILT_IN
            if not is_built_in or call.name not in _CALLABLE:
                dotted = f"{call.namespace}.{call.name}" if call.namespace else call.name
                yield _remark(
                    view,
                    site,
                    f'The {site.role} calls "{dotted}", which is no function for definitions',
                    call.position,
                )


@rule(code="EXPRESSION_TYPE_UNKNOWN", level=Level.ERROR, catalogue="X001")
def expression_type_unknown(design: Design) -> Iterator[Remark]:
    """An expression names types that PostgreSQL brings along, or enums of the definition."""
    for view, site, expression in _parsed(design):
        for use in expression.types:
            if design.types.find(use.spelling) is None:
                yield _remark(
                    view,
                    site,
                    f'The {site.role} names the unknown type "{use.spelling.name}"',
                    use.position,
                )


@rule(code="EXPRESSION_NOT_BOOLEAN", level=Level.ERROR, catalogue="K001")
def expression_not_boolean(design: Design) -> Iterator[Remark]:
    """A check and an index predicate say yes or no."""
    for view, site, expression in _parsed(design):
        if site.role not in MUST_BE_BOOLEAN:
            continue
        if is_boolean(expression.root, _column_types(view), _named_types(design)) is False:
            yield _remark(
                view,
                site,
                f"The {site.role} is not a yes or no",
                None,
                "Compare it with something.",
            )


@rule(code="EXPRESSION_TYPE_DIFFERS", level=Level.ERROR, catalogue="C003")
def expression_type_differs(design: Design) -> Iterator[Remark]:
    """A default or generated column gives what a column of its type takes.

    Source: PostgreSQL manual, section 10.4 (value storage).
    """
    for view, site, expression in _parsed(design):
        column = view.by_id.get(site.column_id or "")
        if column is None or column.sql_type is None:
            continue
        found = type_of(expression.root, _column_types(view), _named_types(design))
        if found is not None and not found.is_assignable_to(column.sql_type):
            yield _remark(
                view,
                site,
                f'The {site.role} gives {_shown(design, found)}, and "{column.name}" has the type'
                f" {_shown(design, column.sql_type)}",
                None,
                "Convert it with CAST, or change the type.",
            )


def _shown(design: Design, found: SqlType) -> str:
    name = design.enums_by_id[found.name].name if found.is_enum else found.name
    return f"{name}[]" if found.is_array else name


@rule(code="EXPRESSION_NOT_IMMUTABLE", level=Level.ERROR, catalogue="K001")
def expression_not_immutable(design: Design) -> Iterator[Remark]:
    """What is stored or indexed gives the same result at any time and under any settings.

    So generated columns and indexes cannot use the clock, random numbers, the time zone or the
    format of dates.
    """
    for view, site, expression in _parsed(design):
        if site.role in MUST_BE_IMMUTABLE:
            for what, position in _mutable(design, view, expression):
                yield _remark(view, site, f"The {site.role} depends on {what}", position)


@rule(code="CHECK_NOT_IMMUTABLE", level=Level.MEDIUM, catalogue="K001")
def check_not_immutable(design: Design) -> Iterator[Remark]:
    """A check that depends on the clock or on settings can fail when a backup is restored.

    PostgreSQL checks a row when it is written and never again.
    Source: PostgreSQL manual, section 5.5.1.
    """
    for view, site, expression in _parsed(design):
        if site.role is Role.CHECK:
            for what, position in _mutable(design, view, expression):
                yield _remark(
                    view,
                    site,
                    f"The check depends on {what}",
                    position,
                    "Check it where rows are written, or in a trigger.",
                )


@rule(code="GENERATED_FROM_GENERATED", level=Level.ERROR, catalogue="K001")
def generated_from_generated(design: Design) -> Iterator[Remark]:
    """A generated column is computed from columns that are not generated themselves."""
    for view, site, expression in _parsed(design):
        if site.role is Role.GENERATED:
            for use in expression.columns:
                column = view.by_name.get(use.parts[-1])
                if column is not None and column.column.generated is not None:
                    yield _remark(
                        view,
                        site,
                        f'The generated column depends on "{column.name}", which is generated too',
                        use.position,
                        "Repeat its expression.",
                    )


def _mutable(design: Design, view: TableView, expression: Expression) -> Iterator[tuple[str, int]]:
    yield from mutable_parts(expression, _column_types(view), _named_types(design))


def _column_types(view: TableView) -> TypeOfColumn:
    def find(name: str) -> SqlType | None:
        column = view.by_name.get(name)
        return None if column is None else column.sql_type

    return find


def _named_types(design: Design) -> TypeOfName:
    return named_types(design.types.find)


RULES = (
    too_many_expressions,
    expression_invalid,
    expression_forbidden,
    expression_column_missing,
    default_names_column,
    default_needs_sequence,
    expression_function_unknown,
    expression_type_unknown,
    expression_not_boolean,
    expression_type_differs,
    expression_not_immutable,
    check_not_immutable,
    generated_from_generated,
)
"""The rules of this module."""
