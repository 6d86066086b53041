"""What becomes of texts when the names that they mention change."""

from __future__ import annotations

import pytest

from core.dialects.postgresql.renamed_texts import (
    NewNames,
    element_of_array,
    evenly_written,
    renamed_expression,
)

LABELS = NewNames(labels={("public", "mood"): {"sad": "blue", "ok": "fine"}})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("feels = 'sad'::mood", "feels = CAST('blue' AS mood)", id="a label"),
        pytest.param(
            "feels = ANY ('{sad,x}'::mood[])",
            "feels = ANY(CAST('{blue,x}' AS mood[]))",
            id="labels in an array",
        ),
        pytest.param("feels = 'odd'::mood", None, id="another label"),
        pytest.param("'{odd}'::mood[] = many", None, id="other labels in an array"),
        pytest.param("""'{"sad"}'::mood[] = many""", None, id="quoted labels in an array"),
        pytest.param("feels = 1::mood", None, id="no text"),
        pytest.param("feels = other::mood", None, id="no constant"),
        pytest.param("feels = 'sad'::tone", None, id="another type"),
        pytest.param("((", None, id="no expression"),
    ],
)
def test_labels_follow_where_they_are_cast_to_their_enum(
    expression: str, expected: str | None
) -> None:
    """The same text elsewhere is only a text."""
    assert renamed_expression(expression, LABELS) == expected


def test_enums_and_columns_follow_wherever_they_stand() -> None:
    """With the namespace that they are in."""
    names = NewNames(columns={"a": "b"}, enums={("public", "mood"): ("app", "tone")})
    found = renamed_expression("t.a = 'sad'::mood AND c > 1", names)
    assert found == "t.b = CAST('sad' AS app.tone) AND c > 1"
    assert renamed_expression("t.* IS NULL", names) is None
    assert bool(names)
    assert not NewNames()


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ('feelings."Mood"[]', ("feelings", "Mood")),
        ("mood[3]", ("public", "mood")),
        ("mood", ("", "")),
        ("((", ("", "")),
    ],
)
def test_the_element_of_an_array_is_found_in_its_spelling(
    native: str, expected: tuple[str, str]
) -> None:
    """Whatever is no array has none."""
    assert element_of_array(native) == expected


def test_equal_expressions_are_written_evenly() -> None:
    """What cannot be read stays as it is."""
    assert evenly_written("((a>0))") == evenly_written("a > 0")
    assert evenly_written("((") == "(("
