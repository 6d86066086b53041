"""Rules about foreign keys together."""

from __future__ import annotations

import itertools

import pytest

from core.definition.model import Definition, ReferentialAction
from tests.builders import column, definition, foreign_key, native, table
from tests.unit.validation.case import Case, no, parameters, yes

CASCADE = ReferentialAction.CASCADE


def chain(*names: str, action: ReferentialAction = CASCADE) -> Definition:
    """Build tables in which each but the first refers to the one before it."""
    tables = [table(name, "id", "ref", primary_key="id") for name in dict.fromkeys(names)]
    keys = [
        foreign_key(after, "ref", before, on_delete=action, id=f"{before}-{after}")
        for before, after in itertools.pairwise(names)
    ]
    return definition(*tables, foreign_keys=keys)


USERS = table("users", "id", primary_key="id")
LONG = [f"t{place}" for place in range(14)]

CASES = (
    yes(
        "FOREIGN_KEY_CYCLE",
        "three in a circle",
        chain("a", "b", "c", "a", action=ReferentialAction.RESTRICT),
        "tables[0]",
    ),
    yes("FOREIGN_KEY_CYCLE", "many in a circle", chain(*LONG, "t0"), "tables[0]"),
    no("FOREIGN_KEY_CYCLE", "a line and a table that refers to itself", chain("a", "b", "b")),
    yes("CASCADE_CYCLE", "deletes in a circle", chain("a", "b", "a"), "tables[0]"),
    no(
        "CASCADE_CYCLE",
        "a circle that restricts",
        chain("a", "b", "a", action=ReferentialAction.RESTRICT),
    ),
    yes("CASCADE_DEEP", "four tables below", chain("a", "b", "c", "d", "e"), "tables[0]"),
    no("CASCADE_DEEP", "three tables below", chain("a", "b", "c", "d")),
    yes(
        "RELATION_IMPLIED",
        "columns called like tables",
        definition(
            USERS,
            table("categories", "id", primary_key="id"),
            table("posts", "id", "user_id", "category_id", primary_key="id"),
        ),
        "tables[2].columns[1]",
        "tables[2].columns[2]",
    ),
    no(
        "RELATION_IMPLIED",
        "declared ones, other types, other names, keys of several columns or of none, itself",
        definition(
            USERS,
            table("pairs", "a", "b", primary_key=["a", "b"]),
            table("bare", "a"),
            table("odd", column("odd_id"), primary_key="odd_id"),
            table(
                "posts",
                *("user_id", "pair_id", "bare_id", "thing_id", "_id", "id"),
                table_id="posts",
            ),
            table("notes", column("user_id", "TEXT"), column("users_id", native("x"))),
            table("memos", column("user_id", native("x"))),
            foreign_keys=[foreign_key("posts", "user_id", "users")],
        ),
    ),
    yes(
        "POLYMORPHIC_PAIR",
        "a type and an id",
        definition(table("t", column("owner_type", "TEXT"), "owner_id")),
        "tables[0].columns[0]",
    ),
    no(
        "POLYMORPHIC_PAIR",
        "a type alone, and an id that refers",
        definition(
            USERS,
            table(
                "t", column("kind_type", "TEXT"), column("user_type", "TEXT"), "user_id", "_type"
            ),
            foreign_keys=[foreign_key("t", "user_id", "users")],
        ),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_cascades(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
