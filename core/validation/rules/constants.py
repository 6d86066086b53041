"""Rules about texts in quotes within SQL expressions."""

from __future__ import annotations

from collections.abc import Iterator

from core.validation.constants import is_no_value
from core.validation.design import Design
from core.validation.diagnostic import Level
from core.validation.expressions import Expression
from core.validation.parsing import Node, SyntaxProblem, spelling_of
from core.validation.rule import Remark, rule
from core.validation.sites import Role
from core.validation.sql_types import SqlType

_LENGTH_TYPES = frozenset({"varchar", "bpchar"})


@rule(code="EXPRESSION_TEXT_DOES_NOT_FIT", level=Level.ERROR, catalogue="C003")
def expression_text_does_not_fit(design: Design) -> Iterator[Remark]:
    """A text in quotes is a value of the type it is converted to, or of the column it fills.

    PostgreSQL reads such a text when the table is made. What only a server can tell is let pass.
    """
    for view, site in design.sites:
        if not isinstance(site.parsed, Expression):
            continue
        column = view.by_id.get(site.column_id or "")
        text = site.parsed.constant_text
        found = [
            (_text(node.get("arg", {})), _cast_type(design, node), position)
            for kind, node, position in site.parsed.nodes
            if kind == "TypeCast"
        ]
        if site.role is Role.DEFAULT and column is not None:
            found.append((text, column.sql_type, 1))
            if text is not None and column.sql_type is not None and _is_long(text, column.sql_type):
                yield Remark(
                    path=site.path,
                    message=f'The default of "{column.name}" is longer than the column.',
                    table_id=view.table.id,
                    column_id=site.column_id,
                )
        for constant, sql_type, position in found:
            if constant is None or sql_type is None:
                continue
            enum = design.enums_by_id.get(sql_type.name) if sql_type.is_enum else None
            if is_no_value(constant, sql_type, enum.values if enum else None):
                yield Remark(
                    path=site.path,
                    message=f"The {site.role} holds a text that is no value of the type"
                    f' "{enum.name if enum else sql_type.name}{"[]" * sql_type.is_array}"'
                    f" (character {position}).",
                    hint="Correct the text or the type.",
                    table_id=view.table.id,
                    column_id=site.column_id,
                )


def _is_long(text: str, sql_type: SqlType) -> bool:
    """Whether a text is longer than the column; spaces at its end are cut."""
    limit = sql_type.modifiers[0] if sql_type.modifiers else None
    if limit is None or not sql_type.is_scalar or sql_type.name not in _LENGTH_TYPES:
        return False
    return len(text.rstrip(" ")) > limit


def _cast_type(design: Design, node: Node) -> SqlType | None:
    spelling = spelling_of(node["typeName"])
    return None if isinstance(spelling, SyntaxProblem) else design.types.find(spelling)


def _text(node: Node) -> str | None:
    text = node.get("A_Const", {}).get("sval")
    return None if text is None else str(text.get("sval", ""))


RULES = (expression_text_does_not_fit,)
"""The rules of this module."""
