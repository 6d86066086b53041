"""Views that group by a key: taken down and made again with it, or in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Definition, Table
from core.dialects.errors import PlanBlockedError
from core.dialects.facts import Facts, TableFacts
from tests.builders import column, definition, table
from tests.unit.dialects.recipes.test_what_reads_tables import BIG, places, planned, view

VIEW = replace(view("a")[0], column=None)


def keyed(*column_ids: str, uniques: tuple[tuple[str, ...], ...] = ()) -> Definition:
    """Build a table with a primary key, and unique constraints."""
    columns = [column(each, nullable=False) for each in ("a", "b", "c")]
    made: Table = table("t", *columns, primary_key=list(column_ids) or None)
    built = [
        replace(unique, id="u", name="u")
        for each in uniques
        for unique in table("t", *columns, uniques=[list(each)]).uniques
    ]
    return definition(replace(made, uniques=tuple(built)))


def facts(size: int, key: str = "t_pkey") -> Facts:
    """Know that a view groups by a key."""
    known = TableFacts(
        estimated_rows=5, size_bytes=size, index_size_bytes=0, key_dependents={key: (VIEW,)}
    )
    return Facts(server_major=18, tables={"t": known}, rows={})


@pytest.mark.parametrize("size", [1, BIG])
def test_what_stands_on_a_key_is_made_again_with_it(size: int) -> None:
    """A key over less columns does as well."""
    assert places(planned(keyed("a"), facts(size), keyed("a", "b")))
    less, more = (keyed("c", uniques=(each,)) for each in (("a",), ("a", "b")))
    assert places(planned(less, facts(size, "u"), more))


@pytest.mark.parametrize(
    "after", [keyed(), keyed("a", "c"), keyed("b", "a", "c")], ids=["gone", "other", "more"]
)
def test_what_stands_on_a_key_that_goes_is_in_the_way(after: Definition) -> None:
    """It is named with the key."""
    with pytest.raises(PlanBlockedError, match=r"View public\.v uses public\.t\.t_pkey, which goe"):
        planned(after, facts(1), keyed("a", "b"))


def test_what_stands_on_a_unique_constraint_that_goes_is_in_the_way() -> None:
    """Such as a rule that names it."""
    with pytest.raises(PlanBlockedError, match=r"uses public\.t\.u, which goes"):
        planned(keyed("c"), facts(1, "u"), keyed("c", uniques=(("a",),)))
