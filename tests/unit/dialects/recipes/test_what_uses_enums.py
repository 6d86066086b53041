"""Functions and domains that use an enum: taken down and made again, or in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.dialects.errors import PlanBlockedError
from core.dialects.facts import Dependent, Facts, TableFacts
from tests.builders import TEXT, definition, enum
from tests.unit.dialects.recipes.test_what_reads_tables import (
    BEFORE,
    BIG,
    places,
    planned,
    retyped,
    turned,
    view,
)

MORE = replace(BEFORE, enums=(enum("mood", "sad", "ok", "new"), *BEFORE.enums[1:]))


def facts(size: int, *dependents: Dependent, of: str = "mood") -> Facts:
    """Know what uses an enum; the same read the table, where it is the table's column."""
    known = TableFacts(
        estimated_rows=5,
        size_bytes=size,
        index_size_bytes=0,
        dependents=tuple(each for each in dependents if each.column),
    )
    users = tuple(replace(each, column=None) for each in dependents)
    return Facts(server_major=18, tables={"t": known}, rows={}, enums={of: users})


FUNCTION = replace(view("m", kind="function")[0], column=None)
DOMAIN = replace(FUNCTION, kind="domain", name="public.d", drop_sql=None, create_sql=())


@pytest.mark.parametrize("size", [1, BIG])
def test_a_function_of_an_enum_is_made_again_with_the_type(size: int) -> None:
    """There and back."""
    plan = planned(turned(BEFORE), facts(size, FUNCTION))
    assert places(plan) == [(True, True)]
    assert places(plan, back=True) == [(True, True)]


def test_added_values_disturb_nothing_there() -> None:
    """The way back makes the type anew; what it cannot take down stays."""
    assert places(planned(MORE, facts(1, FUNCTION))) == []
    assert places(planned(MORE, facts(1, FUNCTION)), back=True) == [(True, True)]
    assert places(planned(MORE, facts(1, DOMAIN)), back=True) == []
    both = retyped(MORE, a="TEXT")
    known = facts(1, *view("m"))
    known = replace(known, tables={"t": replace(known.tables["t"], dependents=(*view("a", "m"),))})
    assert places(planned(both, known), back=True) == [(True, False), (False, True)]


def test_what_cannot_be_made_again_is_in_the_way() -> None:
    """It is named with the enum."""
    with pytest.raises(PlanBlockedError, match=r"Domain public\.d uses public\.mood"):
        planned(turned(BEFORE), facts(1, DOMAIN))


def test_what_uses_an_enum_that_goes_is_in_the_way() -> None:
    """Unless it reads a column that gets another type, and is made again then."""
    gone = replace(BEFORE, enums=BEFORE.enums[:1])
    with pytest.raises(PlanBlockedError, match=r"uses public\.unread, which goes"):
        planned(gone, facts(1, FUNCTION, of="unread"))
    without = retyped(replace(BEFORE, enums=BEFORE.enums[1:]), m=TEXT)
    assert places(planned(without, facts(1, *view("m"))))


def test_other_enums_are_no_matter() -> None:
    """Nobody looks at what uses them."""
    assert planned(
        definition(*BEFORE.tables, enums=[*BEFORE.enums, enum("more", "x")]), facts(1, DOMAIN)
    ).up
