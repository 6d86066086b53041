"""When nobody has to ask a server how it writes a definition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import (
    Check,
    Column,
    Definition,
    Enum,
    ExpressionDefault,
    Index,
    IndexPart,
    Table,
)
from core.definition.types import ColumnType, DataType
from core.planning.unchanged_texts import texts_carry_over

TEXT = ColumnType(data_type=DataType.TEXT)
AGE = Column(id="age", name="age", type=ColumnType(data_type=DataType.INT))
NAME = Column(id="name", name="name", type=TEXT)
NEW = Column(id="new", name="new", type=TEXT)
ADULT = Check(id="adult", name="adult", expression="age > 17")
LOWER = Index(id="lower", name="lower", parts=(IndexPart(expression="lower(name)"),))
BY_AGE = Index(id="by_age", name="by_age", parts=(IndexPart(column_id="age"),))
PLAIN = Table(id="t", name="users", columns=(AGE, NAME))
FULL = replace(PLAIN, checks=(ADULT,), indexes=(LOWER,))
MOOD = Enum(id="mood", name="mood", values=("good",))


def holds(before: Table | None, after: Table) -> bool:
    """Compare one table."""
    tables = () if before is None else (before,)
    return texts_carry_over(Definition(tables=tables), Definition(tables=(after,)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (FULL, FULL),
        (PLAIN, replace(PLAIN, name="people")),
        (PLAIN, replace(PLAIN, columns=(AGE,))),
        (None, PLAIN),
        (FULL, replace(FULL, columns=(AGE, NAME, NEW))),
        (FULL, replace(FULL, indexes=(LOWER, BY_AGE))),
        (FULL, replace(FULL, indexes=())),
    ],
    ids=["same", "renamed", "a column less", "new table", "a column more", "a plain index", "less"],
)
def test_texts_that_stood_there_carry_over(before: Table | None, after: Table) -> None:
    """Whatever has no text may come and go."""
    assert holds(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, FULL),
        (FULL, replace(FULL, name="people")),
        (PLAIN, replace(PLAIN, checks=(ADULT,))),
        (FULL, replace(FULL, checks=(replace(ADULT, expression="age > 20"),))),
        (FULL, replace(FULL, columns=(AGE, replace(NAME, name="called")))),
        (
            FULL,
            replace(
                FULL,
                columns=(AGE, NAME, replace(NEW, default=ExpressionDefault(sql="upper('a')"))),
            ),
        ),
        (FULL, replace(FULL, columns=(AGE, replace(NEW, name="name")))),
        (FULL, replace(FULL, indexes=(LOWER, replace(BY_AGE, where="age > 1")))),
        (FULL, replace(FULL, indexes=(replace(BY_AGE, id="other", name="lower"),))),
    ],
    ids=[
        "new table",
        "renamed table",
        "new check",
        "other check",
        "renamed column",
        "new default",
        "another column's name",
        "partial index",
        "another index's name",
    ],
)
def test_texts_that_a_server_may_write_otherwise_do_not(before: Table | None, after: Table) -> None:
    """It errs on the safe side."""
    assert not holds(before, after)


def test_a_table_under_the_name_of_one_with_texts_is_asked_about() -> None:
    """Its columns have nothing to do with that one's."""
    other = replace(PLAIN, id="other")
    before = Definition(tables=(FULL,))
    assert not texts_carry_over(before, Definition(tables=(other,)))
    plain = Definition(tables=(PLAIN,))
    assert texts_carry_over(plain, Definition(tables=(other,)))


def test_an_enum_of_another_name_may_be_in_any_text() -> None:
    """A new one is in none that stands."""
    before = Definition(tables=(FULL,), enums=(MOOD,))
    assert not texts_carry_over(before, replace(before, enums=(replace(MOOD, name="state"),)))
    new = Enum(id="new", name="new", values=("a",))
    assert texts_carry_over(before, replace(before, enums=(MOOD, new)))
