"""Names and texts stay what they are, whatever they contain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pglast import parse_sql

from core.dialects.postgresql import fenced, parenthesised, quote, quote_literal, quote_qualified

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("name", ["users", "_x", "a1", "user_id"], ids=str)
def test_plain_names_stay_as_they_are(name: str) -> None:
    """Most names need no quotation marks."""
    assert quote(name) == name


@pytest.mark.parametrize(
    "name",
    ["Users", "order", "select", "name", "1a", "a b", "é", "", "a$", "a-b", "a\n"],
    ids=repr,
)
def test_every_other_name_is_quoted(name: str) -> None:
    """Upper case, keywords of every category and foreign characters need quotation marks."""
    assert quote(name) == f'"{name}"'


def test_quotation_marks_in_names_are_doubled() -> None:
    """A name cannot end its own quotation."""
    assert quote('order"; DROP TABLE x; --') == '"order""; DROP TABLE x; --"'


def test_a_qualified_name_quotes_both_sides() -> None:
    """Namespace and name are names of their own."""
    assert quote_qualified("public", "a.b") == 'public."a.b"'


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_name_is_read_as_itself(text: str) -> None:
    """PostgreSQL's grammar reads back exactly the name, up to the 63 bytes it keeps."""
    name = text.encode()[:63].decode(errors="ignore")
    assert result_column(f"SELECT 1 AS {quote(name)}").name == name


@given(TEXTS)
def test_any_text_is_read_as_itself(text: str) -> None:
    """PostgreSQL's grammar reads back exactly the text."""
    assert result_column(f"SELECT {quote_literal(text)}").val.val.sval == text


def test_backslashes_are_safe_whatever_the_server_is_set_to() -> None:
    """The escape form does not depend on standard_conforming_strings."""
    assert quote_literal("a\\'b") == "E'a\\\\''b'"


def test_a_comment_in_an_expression_cannot_swallow_what_follows() -> None:
    """A line break ends the comment before the parenthesis."""
    assert parenthesised("a > 0 -- positive") == "(a > 0 -- positive\n)"


def test_sql_without_a_comment_is_not_changed() -> None:
    """Nothing is added without need."""
    assert fenced("a - b") == "a - b"


def result_column(query: str) -> Any:  # noqa: ANN401 pglast's nodes have no types
    """Return the only column of a query as PostgreSQL's grammar reads it."""
    (statement,) = parse_sql(query)
    select: Any = statement.stmt
    (column,) = select.targetList
    return column
