"""Rules about tables as a whole."""

from __future__ import annotations

import pytest

from tests.builders import column, definition, foreign_key, index, table
from tests.unit.validation.case import Case, no, parameters, yes

GOOD = table("users", "id", "age", primary_key="id")
COLUMNS = [f"c{place}" for place in range(1_601)]

CASES = (
    yes("NO_TABLES", "an empty definition", definition(), "tables"),
    no("NO_TABLES", "one table", definition(GOOD)),
    yes("TABLE_WITHOUT_COLUMNS", "no column", definition(table("t")), "tables[0].columns"),
    no("TABLE_WITHOUT_COLUMNS", "columns", definition(GOOD)),
    yes("TOO_MANY_COLUMNS", "1,601", definition(table("t", *COLUMNS)), "tables[0].columns"),
    no("TOO_MANY_COLUMNS", "1,600", definition(table("t", *COLUMNS[:-1]))),
    yes("MISSING_PRIMARY_KEY", "no key", definition(GOOD, table("t", "a")), "tables[1].columns"),
    no("MISSING_PRIMARY_KEY", "a key", definition(GOOD)),
    no("MISSING_PRIMARY_KEY", "a table without columns, which is worse", definition(table("t"))),
    yes("SINGLE_COLUMN_TABLE", "one column", definition(table("t", "a")), "tables[0].columns"),
    no("SINGLE_COLUMN_TABLE", "two columns", definition(GOOD)),
    yes("WIDE_TABLE", "31 columns", definition(table("t", *COLUMNS[:31])), "tables[0].columns"),
    no("WIDE_TABLE", "30 columns", definition(table("t", *COLUMNS[:30]))),
    yes("TABLE_WITHOUT_INDEX", "no index", definition(table("t", "a")), "tables[0]"),
    no("TABLE_WITHOUT_INDEX", "a key's index", definition(GOOD)),
    no("TABLE_WITHOUT_INDEX", "a unique one", definition(table("t", "a", uniques=["a"]))),
    yes(
        "TOO_MANY_INDEXES",
        "21 indexes",
        definition(table("t", *COLUMNS[:21], indexes=[index(name) for name in COLUMNS[:21]])),
        "tables[0]",
    ),
    no(
        "TOO_MANY_INDEXES",
        "20 indexes",
        definition(table("t", *COLUMNS[:20], indexes=[index(name) for name in COLUMNS[:20]])),
    ),
    yes(
        "TABLE_WITHOUT_RELATIONS",
        "a stranger among related tables",
        definition(
            GOOD,
            table("posts", column("user_id")),
            table("logs", "id"),
            foreign_keys=[foreign_key("posts", "user_id", "users")],
        ),
        "tables[2]",
    ),
    no("TABLE_WITHOUT_RELATIONS", "tables without any relation", definition(GOOD, table("t", "a"))),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_tables(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
