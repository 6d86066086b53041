"""Finding things in a definition by their id."""

from __future__ import annotations

from tests.builders import column, definition, enum, table


def test_things_are_found_by_id() -> None:
    """And what is not there is None."""
    users = table("users", column("name", column_id="c1"))
    mood = enum("mood", "sad")
    design = definition(users, enums=[mood])
    assert design.table("users") is users
    assert design.enum("mood") is mood
    assert users.column("c1") is users.columns[0]
    assert (design.table("c1"), design.enum("users"), users.column("name")) == (None, None, None)
