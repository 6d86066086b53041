"""Measures of a design."""

from __future__ import annotations

from core.definition.model import Check, ReferentialAction
from core.validation import TableMeasure, analyse
from core.validation.analysis import complexity_score
from tests.builders import column, definition, enum, foreign_key, index, table

CASCADE = ReferentialAction.CASCADE


def test_a_design_is_measured() -> None:
    """Counts, extremes, ways and cycles are those of the definition."""
    built = definition(
        table("users", "id", "boss_id", primary_key="id", uniques=["boss_id"]),
        table(
            "posts",
            *("id", "user_id", column("title", "TEXT", nullable=False)),
            primary_key="id",
            checks=[Check(id="c", expression="title <> ''")],
            indexes=[index("user_id")],
        ),
        table("comments", "id", "post_id", "user_id", primary_key="id"),
        table("logs", "line", namespace="ops"),
        foreign_keys=[
            foreign_key("users", "boss_id", "users"),
            foreign_key("posts", "user_id", "users", on_delete=CASCADE),
            foreign_key("comments", "post_id", "posts", on_delete=CASCADE),
            foreign_key("comments", "user_id", "users"),
            foreign_key("nowhere", "user_id", "users"),
        ],
        enums=[enum("mood", "glad")],
        namespaces=["ops"],
    )
    found = analyse(built)
    assert (found.table_count, found.column_count, found.foreign_key_count) == (4, 9, 5)
    assert (found.index_count, found.unique_count, found.check_count) == (1, 1, 1)
    assert (found.enum_count, found.namespace_count, found.nullable_column_count) == (1, 2, 5)
    assert found.tables_without_primary_key == ("logs",)
    assert found.unrelated_tables == ("logs",)
    assert found.columns_per_table == 2.2
    assert found.widest_table == TableMeasure(table_id="posts", name="posts", value=3)
    assert found.most_referenced_table == TableMeasure(table_id="users", name="users", value=4)
    assert found.most_referring_table == TableMeasure(table_id="comments", name="comments", value=2)
    assert found.cycles == ()
    assert found.self_references == ("users",)
    assert found.longest_reference_chain == ("comments", "posts", "users")
    assert found.longest_cascade == ("users", "posts", "comments")
    assert found.complexity == 4 + 0.9 + 2.5 + 1 + 2
    assert found.complexity_band == "simple"


def test_nothing_is_measured_as_nothing() -> None:
    """An empty definition has measures too."""
    found = analyse(definition())
    assert found.table_count == 0
    assert found.columns_per_table == 0.0
    assert found.widest_table is None
    assert found.most_referenced_table is None
    assert found.longest_cascade == ()
    assert found.complexity == 0.0


def test_a_circle_is_named_and_counts_three() -> None:
    """Tables that refer to each other are listed together."""
    tables = [table(name, "id", "ref", primary_key="id") for name in ("a", "b")]
    keys = [foreign_key("a", "ref", "b"), foreign_key("b", "ref", "a")]
    found = analyse(definition(*tables, foreign_keys=keys))
    assert found.cycles == (("a", "b"),)
    assert found.longest_reference_chain == ()
    assert found.complexity == 2 + 0.4 + 1 + 3


def test_bands_follow_the_score() -> None:
    """A larger design gets a stronger word."""
    words = [
        analyse(definition(*(table(f"t{place}") for place in range(count)))).complexity_band
        for count in (20, 21, 75, 76, 250, 251)
    ]
    assert words == ["simple", "moderate", "moderate", "complex", "complex", "very complex"]


def test_the_score_is_the_documented_formula() -> None:
    """The example of the documentation holds."""
    score = complexity_score(
        tables=3, columns=20, foreign_keys=2, constraints=4, cycles=0, cascade_steps=1
    )
    assert score == 8.0
