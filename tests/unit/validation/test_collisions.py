"""Rules about two things with one name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.definition.model import Check, PrimaryKey, Unique
from tests.builders import column, definition, enum, foreign_key, index, table
from tests.unit.validation.case import Case, no, parameters, yes

KEYED = replace(table("t", "a"), primary_key=PrimaryKey(column_ids=("t.a",), name="k"))


def unique(name: str) -> Unique:
    """Build a unique constraint of that name."""
    return Unique(id=f"u.{name}", column_ids=("t.a",), name=name)


def check(name: str) -> Check:
    """Build a check of that name."""
    return Check(id=f"c.{name}", expression="true", name=name)


CASES = (
    yes(
        "DUPLICATE_TABLE_NAME",
        "the same name twice",
        definition(table("t"), table("t", table_id="t2")),
        "tables[1].name",
    ),
    yes(
        "DUPLICATE_TABLE_NAME",
        "names that differ in case alone",
        definition(table("Users"), table("users")),
        "tables[1].name",
    ),
    no(
        "DUPLICATE_TABLE_NAME",
        "the same name in two namespaces",
        definition(table("t"), table("t", table_id="t2", namespace="b"), namespaces=["b"]),
    ),
    no(
        "DUPLICATE_TABLE_NAME", "two without a name", definition(table(""), table("", table_id="b"))
    ),
    yes(
        "DUPLICATE_COLUMN_NAME",
        "the same name, and one in other case",
        definition(table("t", "a", column("a", column_id="b"), "A")),
        "tables[0].columns[1].name",
        "tables[0].columns[2].name",
    ),
    no(
        "DUPLICATE_COLUMN_NAME",
        "one name in two tables",
        definition(table("t", "a"), table("u", "a")),
    ),
    no(
        "DUPLICATE_COLUMN_NAME",
        "two without a name",
        definition(table("t", "", column("", column_id="b"))),
    ),
    yes("DUPLICATE_NAMESPACE", "twice", definition(namespaces=["a", "A"]), "namespaces[1].name"),
    no("DUPLICATE_NAMESPACE", "different ones", definition(namespaces=["a", "public"])),
    yes(
        "NAMESPACE_UNDECLARED",
        "a table and an enum in one nobody declared",
        definition(table("t", namespace="x"), enums=[enum("e", "a", namespace="y")]),
        "enums[0].namespace",
        "tables[0].namespace",
    ),
    no(
        "NAMESPACE_UNDECLARED",
        "declared ones and public",
        definition(table("t", namespace="x"), table("u"), namespaces=["x"]),
    ),
    yes(
        "RELATION_NAME_TAKEN",
        "an index called like a table",
        definition(table("t", "a", indexes=[index("a", name="u")]), table("u")),
        "tables[0].indexes[0].name",
    ),
    yes(
        "RELATION_NAME_TAKEN",
        "a unique constraint called like the primary key of another table",
        definition(KEYED, table("u", "a", uniques=[unique("k")])),
        "tables[1].uniques[0].name",
    ),
    no(
        "RELATION_NAME_TAKEN",
        "the same index name in two namespaces",
        definition(
            table("t", "a", indexes=[index("a", name="i")]),
            table("u", "a", indexes=[index("a", name="i")], namespace="b"),
            namespaces=["b"],
        ),
    ),
    no("RELATION_NAME_TAKEN", "names left out", definition(KEYED, table("u", "a", uniques=["a"]))),
    yes(
        "TYPE_NAME_TAKEN",
        "an enum called like a table, and two alike",
        definition(
            table("t"), enums=[enum("t", "a"), enum("e", "a"), enum("E", "a"), enum("", "a")]
        ),
        "enums[0].name",
        "enums[2].name",
    ),
    no(
        "TYPE_NAME_TAKEN",
        "an enum in another namespace than the table",
        definition(table("t", namespace="b"), enums=[enum("t", "a")], namespaces=["b"]),
    ),
    yes(
        "CONSTRAINT_NAME_TAKEN",
        "a check like the key, a foreign key like a check",
        definition(
            replace(KEYED, checks=(check("k"), check("f"))),
            foreign_keys=[foreign_key("t", "a", "t", "a", name="f")],
        ),
        "tables[0].checks[0].name",
        "foreignKeys[0].name",
    ),
    no(
        "CONSTRAINT_NAME_TAKEN",
        "the same name on two tables, and a key of no table",
        definition(
            table("t", "a", checks=[check("c")]),
            table("u", "a", checks=[check("c")]),
            foreign_keys=[foreign_key("nowhere", "a", "t", "a", name="c")],
        ),
    ),
)


@pytest.mark.parametrize("case", parameters(CASES))
def test_rules_of_collisions(case: Case) -> None:
    """Each rule speaks where it must and keeps silent where it must."""
    case.try_out()
