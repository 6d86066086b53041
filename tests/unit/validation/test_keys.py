"""Rules about primary keys, unique constraints and checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Definition, PrimaryKey, Unique
from core.definition.reading_tables import flag_unique_id
from tests.builders import column, definition, native, table
from tests.unit.validation.case import Case, no, parameters, yes

MANY = [f"c{place}" for place in range(33)]


def keyed(*column_ids: str) -> Definition:
    """Build a table whose primary key has just these column ids."""
    built = table("t", column("a", nullable=False), column("b", nullable=False))
    return definition(replace(built, primary_key=PrimaryKey(column_ids=column_ids)))


def flagged(name: str) -> Unique:
    """Build the constraint that a column's flag stands for."""
    return Unique(id=flag_unique_id(f"t.{name}"), column_ids=(f"t.{name}",))


KEY = "tables[0].primaryKey"
UNIQUE = "tables[0].uniques[0]"

CASES = (
    yes("KEY_WITHOUT_COLUMNS", "an empty key", keyed(), KEY),
    yes(
        "KEY_WITHOUT_COLUMNS", "an empty unique", definition(table("t", "a", uniques=[[]])), UNIQUE
    ),
    no("KEY_WITHOUT_COLUMNS", "a key", keyed("t.a")),
    yes("KEY_COLUMN_MISSING", "a column elsewhere", keyed("t.a", "u.a"), KEY),
    no("KEY_COLUMN_MISSING", "columns of the table", keyed("t.b", "t.a")),
    yes("KEY_COLUMN_REPEATED", "a column twice", keyed("t.a", "t.a"), KEY),
    no("KEY_COLUMN_REPEATED", "two columns", keyed("t.a", "t.b")),
    yes("KEY_TOO_LONG", "33 columns", definition(table("t", *MANY, uniques=[MANY])), UNIQUE),
    no("KEY_TOO_LONG", "32 columns", definition(table("t", *MANY, uniques=[MANY[:32]]))),
    yes(
        "KEY_TYPE_UNSUPPORTED",
        "types without an order",
        definition(
            table("t", column("a", native("point")), column("b", native("xml")), uniques=["a", "b"])
        ),
        UNIQUE,
        "tables[0].uniques[1]",
    ),
    no(
        "KEY_TYPE_UNSUPPORTED",
        "types with one, arrays and jsonb among them, and types nobody knows",
        definition(
            table(
                "t",
                column("a", native("point[]")),
                column("b", "JSONB"),
                column("c", native("x")),
                primary_key=["a", "b", "c"],
            )
        ),
    ),
    yes(
        "PRIMARY_KEY_NULLABLE",
        "a nullable column",
        definition(replace(table("t", "a"), primary_key=PrimaryKey(column_ids=("t.a", "x")))),
        "tables[0].columns[0].nullable",
    ),
    no("PRIMARY_KEY_NULLABLE", "columns that are not, and no key", keyed("t.a")),
    yes(
        "UNIQUE_REPEATED",
        "the key and another constraint again",
        definition(table("t", "a", "b", primary_key="a", uniques=["a", "b", "b"])),
        UNIQUE,
        "tables[0].uniques[2]",
    ),
    no(
        "UNIQUE_REPEATED",
        "other columns, another order, and the flag on the key",
        definition(
            table("t", "a", "b", primary_key="a", uniques=[flagged("a"), ["a", "b"], ["b", "a"]])
        ),
    ),
    yes(
        "UNIQUE_NEEDLESS",
        "the flag on the key",
        definition(table("t", "a", primary_key="a", uniques=[flagged("a")])),
        "tables[0].columns[0].unique",
    ),
    no(
        "UNIQUE_NEEDLESS",
        "the flag on another column, and on one of several of the key",
        definition(
            table("t", "a", "b", primary_key="a", uniques=[flagged("b")]),
            table("u", "a", "b", primary_key=["a", "b"], uniques=[flagged("a")]),
            table("v", "a", uniques=[flagged("a")]),
        ),
    ),
    yes("UNIQUE_NULLABLE", "two", definition(table("t", "a", "b", uniques=[["a", "b"]])), UNIQUE),
    no(
        "UNIQUE_NULLABLE",
        "one column, and columns that are not nullable",
        definition(table("t", "a", column("b", nullable=False), uniques=["a", ["b", "nowhere"]])),
    ),
    no("UNIQUE_NULLABLE", "a primary key", keyed("t.a", "t.b")),
    yes(
        "UNIQUE_OPTIONAL", "one nullable column", definition(table("t", "a", uniques=["a"])), UNIQUE
    ),
    no(
        "UNIQUE_OPTIONAL",
        "one that is not nullable",
        definition(table("t", column("a", nullable=False), uniques=["a"])),
    ),
    yes(
        "CHECK_REPEATED",
        "the same in other blanks",
        definition(table("t", "a", checks=["a > 0", "a  >  0"])),
        "tables[0].checks[1]",
    ),
    no("CHECK_REPEATED", "another", definition(table("t", "a", checks=["a > 0", "a > 1"]))),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_keys(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
