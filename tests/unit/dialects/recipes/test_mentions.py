"""What expressions mention, and what the server renames in them by itself."""

from __future__ import annotations

import pytest

from core.dialects.postgresql.recipes.mentions import follows, mentioned, mentions_any


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("lower(name) <> 'age' -- size", {"name"}),
        ('t.size > 3 AND "A b" IS NULL', {"size", "A b"}),
        ("(t).size > 3", {"t", "size"}),
        ("1 + 1", set()),
    ],
    ids=["call", "qualified", "out of a row", "constant"],
)
def test_columns_are_found_and_texts_are_not(expression: str, names: set[str]) -> None:
    """What has to be made again around a column is found, and nothing else."""
    assert mentioned(expression) == frozenset(names)


@pytest.mark.parametrize("expression", ["t.*", "(((", "(a)[1] + b"], ids=["row", "broken", "array"])
def test_what_may_mention_anything_is_taken_as_mentioning_everything(expression: str) -> None:
    """Doubt is on the safe side."""
    assert mentioned(expression) is None
    assert mentions_any(expression, {"x"})


def test_nothing_mentions_no_columns() -> None:
    """There is nothing to look for."""
    assert not mentions_any(None, {"x"})
    assert not mentions_any("x > 0", set())


@pytest.mark.parametrize(
    ("before", "after", "is_same"),
    [
        ("a > 0 -- c", "(b>0)", True),
        ("a > b", "b > a", True),
        ("a > 0", "b > 1", False),
        ("c > 0", "c > 0", False),
        ("a > 0", "b > (", False),
    ],
    ids=["renamed", "swapped", "changed", "not renamed", "broken"],
)
def test_what_the_server_renames_by_itself_is_recognised(
    before: str, after: str, *, is_same: bool
) -> None:
    """A check over a renamed column needs neither to go nor to come."""
    assert follows(before, after, {"a": "b", "b": "a"}) is is_same
