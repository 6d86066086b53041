"""Reading of expressions and type names with PostgreSQL's grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.validation.expressions import Expression, analyse_expression
from core.validation.parsing import SyntaxProblem, TypeSpelling, read_expression, read_type_name


@pytest.mark.parametrize(
    ("sql", "message", "position"),
    [
        pytest.param("a +", "syntax error at end of input", 4, id="unfinished"),
        pytest.param("1) + (2", 'syntax error at or near ")"', 2, id="closed too early"),
        pytest.param("'é', b", "more than one expression", 6, id="two, behind a wide letter"),
        pytest.param("1; SELECT 2", "more than one statement", 2, id="two statements"),
        pytest.param("1 AS x", "an expression takes no name of its own", 1, id="a name"),
        pytest.param("1 FROM x", "a query is not an expression", 1, id="a query"),
        pytest.param("ab\x00", "a character that cannot be stored", 3, id="the character 0"),
        pytest.param("\ud800", "a character that cannot be stored", 1, id="half a pair"),
        pytest.param(" \n", "it is empty", 1, id="blanks"),
        pytest.param("-- x", "a query is not an expression", 1, id="a comment alone"),
        pytest.param("NOT " * 900 + "a", "it nests too deeply", 1, id="depth"),
    ],
)
def test_what_is_not_one_expression_is_refused_with_its_place(
    sql: str, message: str, position: int
) -> None:
    """The reason and the place are told, counted in the text as it was given."""
    assert read_expression(sql) == SyntaxProblem(message=message, position=position)


def test_a_text_full_of_brackets_is_not_called_deep() -> None:
    """Only the nesting counts, not how much there is, nor brackets inside of texts."""
    many = " OR ".join(f"a = '[{{\\\"{number}'" for number in range(400))
    assert not isinstance(read_expression(many), SyntaxProblem)


@pytest.mark.parametrize("levels", [320, 1_000])
def test_what_nests_too_deeply_is_told(levels: int) -> None:
    """A little beyond the limit, and beyond what can be read at all."""
    found = read_expression("1+" * levels + "1")
    assert found == SyntaxProblem(message="it nests too deeply", position=1)


def test_positions_are_those_of_the_text() -> None:
    """Wide letters before a name do not move it."""
    found = analyse_expression("'ééé' = lower(body)")
    assert isinstance(found, Expression)
    assert [use.position for use in found.columns] == [15]
    assert [call.position for call in found.calls] == [9]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("NULL", True, id="the word"),
        pytest.param("NULL::int", True, id="with a type"),
        pytest.param("'NULL'", False, id="a text"),
        pytest.param("1", False, id="a number"),
    ],
)
def test_null_is_told_from_what_looks_like_it(sql: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Only the constant NULL is NULL."""
    found = analyse_expression(sql)
    assert isinstance(found, Expression)
    assert found.is_null is expected


def test_a_type_name_is_taken_apart() -> None:
    """Namespace, name, parameters and brackets are told."""
    assert read_type_name('public."My Type"(1, x)[]') == TypeSpelling(
        namespace="public", name="My Type", modifiers=(1, None), is_array=True
    )
    assert read_type_name("numeric(0)") == TypeSpelling(
        namespace="pg_catalog", name="numeric", modifiers=(0,), is_array=False
    )


PIECES = st.sampled_from(
    (
        *("a", "1", "'x'", '"b"', "(", ")", ",", ";", "--", "/*", "*/", "+", "::", "int", " "),
        *("\n", "$$", "SELECT", "FROM", "AS", "CASE", "END", "[", "]", "E'\\''", "*", ".", "NOT"),
        *("IN", "UNION"),
    )
)


@given(st.lists(PIECES, max_size=8).map(" ".join) | st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the readers fail."""
    assert analyse_expression(text) is not None
    assert read_type_name(text) is not None


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_what_is_one_expression_stays_inside_what_it_is_put_into(text: str) -> None:
    """A text that passes is one operand, wherever a statement has it in parentheses."""
    if isinstance(read_expression(text), SyntaxProblem):
        return
    around = read_expression(f"(\n{text}\n) IS DISTINCT FROM 7")
    assert not isinstance(around, SyntaxProblem)
    assert around["A_Expr"]["kind"] == "AEXPR_DISTINCT"
