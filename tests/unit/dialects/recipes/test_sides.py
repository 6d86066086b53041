"""What one end of a plan finds by id."""

from __future__ import annotations

from core.dialects.postgresql.recipes.scenery import Side
from tests.builders import column, definition, table


def test_columns_are_found_with_their_tables() -> None:
    """Every column of every table is there, and nothing else."""
    first, second = table("t", "a", "b"), table("u", column("c"))
    side = Side(definition(first, second))

    assert list(side.columns.items()) == [
        (each.id, (owner, each)) for owner in (first, second) for each in owner.columns
    ]
    assert "nowhere" not in side.columns
    assert side.columns.get("nowhere") is None
